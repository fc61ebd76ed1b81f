/* The page without its words and values: what axe judges is the same wherever this is the same. Runs inside the page. */
() => {
  const draw = (element) => {
    const given = [...element.attributes].map((one) =>
      ["class", "type", "role", "lang", "scope"].includes(one.name) || one.name.startsWith("aria-")
        ? `${one.name}=${["aria-label", "aria-labelledby", "aria-describedby", "aria-controls"].includes(one.name) ? Boolean(one.value) : one.value}`
        : one.name,
    );
    const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const inside = element.localName === "svg" ? [] : [...element.children].map(draw);
    /* Lists of different lengths are of one kind. */
    const different = inside.filter((part, index) => part !== inside[index - 1]);
    return `<${element.localName} ${given.sort().join(" ")}${words ? " …" : ""}>${different.join("")}`;
  };
  return draw(document.body);
}
