/* What a person would see at a glance on this page; a list of sentences, one a fault. Runs inside the page. */
async () => {
  const faults = [];
  const say = (element, text) => faults.push(`${name(element)} ${text}`);
  const HIDDEN = { visibilityProperty: true, contentVisibilityAuto: true };

  function name(element) {
    const id = element.id ? `#${element.id.replace(/\d+/g, "N")}` : "";
    const field = element.getAttribute("name");
    const words = (element.innerText || "").trim().split("\n")[0].slice(0, 30);
    const by = field ? `[name=${field.replace(/\d+/g, "N")}]` : id || [...element.classList].map((one) => `.${one}`).join("");
    return `<${element.localName}${by}>${words && !field ? ` 「${words}」` : ""}`;
  }

  const box = (element) => element.getBoundingClientRect();
  const shown = (element) => element.checkVisibility(HIDDEN) && box(element).width > 0 && box(element).height > 0;
  /* Kept for screen readers only: cut to a point on purpose. */
  const only_heard = (element) => {
    for (let one = element; one; one = one.parentElement) {
      if (box(one).width <= 1 && box(one).height <= 1) return true;
      if (getComputedStyle(one).clipPath === "inset(50%)") return true;
    }
    return false;
  };
  const seen = (element) => shown(element) && !only_heard(element);
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);

  function beyond() {
    const reach = document.documentElement.scrollWidth - innerWidth;
    if (reach <= 0) return;
    const scrolls = (element) => element && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    const far = [...document.body.querySelectorAll("*")].filter(
      (element) => box(element).right > innerWidth + 0.5 && !scrolls(element.parentElement),
    );
    const culprit = far.sort((a, b) => box(b).right - box(a).right)[0] || document.body;
    say(culprit, `makes the page scroll sideways by ${reach} px`);
  }

  function heading() {
    const count = all("h1").length;
    if (count !== 1) faults.push(`the page has ${count} headings of the first level`);
    if (!document.title.trim()) faults.push("the page has no title");
    for (const element of all("h1, h2, h3, h4")) if (!element.innerText.trim()) say(element, "is an empty heading");
  }

  function label(element) {
    const named = (element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const pictures = [...element.querySelectorAll("img[alt], [aria-label], svg title")];
    return [
      element.textContent,
      element.getAttribute("aria-label"),
      element.title,
      element.localName === "input" ? element.value : "",
      ...named.map((id) => document.getElementById(id)?.textContent),
      ...pictures.map((picture) => picture.getAttribute("alt") || picture.getAttribute("aria-label") || picture.textContent),
    ].join("").trim();
  }

  function labels() {
    const pressed = "a[href], button, summary, [role=button], [role=link], input[type=submit], input[type=button]";
    for (const element of all(pressed)) if (!label(element)) say(element, "has no label");
    for (const link of all('a[href^="#"]')) {
      const target = decodeURIComponent(link.hash.slice(1));
      if (target && !document.getElementById(target)) say(link, `leads to #${target}, which is not on the page`);
    }
  }

  const DIGITS = ["numeric", "decimal"];
  const counts = (field) => field.type === "number" || DIGITS.includes(field.inputMode);

  /* Half-width characters that a field has to show at once: what it says itself, up to a dozen. */
  function characters(field) {
    const said = field.hasAttribute("size") ? field.size : field.type === "number" ? field.max.length : field.maxLength;
    return said > 0 ? Math.min(said, 12) : counts(field) ? 2 : 12;
  }

  const EMS = { date: 7, time: 4.5, "datetime-local": 9, month: 6, week: 6, file: 10, color: 2.5, range: 4 };
  const TYPED = ["text", "search", "email", "tel", "url", "password", "number"];

  const ARROW = 14;
  const paper = document.createElement("canvas").getContext("2d");
  /* How wide what a list shows would like to be. */
  function words(list, style) {
    paper.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return paper.measureText(list.selectedOptions[0]?.text || "").width;
  }

  /* The narrowest usable width of a field, in px of its box: its text, its inner margins, never under 40. */
  function least(field) {
    const style = getComputedStyle(field);
    const em = parseFloat(style.fontSize);
    const margins = ["paddingLeft", "paddingRight", "borderLeftWidth", "borderRightWidth"];
    const around = margins.reduce((sum, side) => sum + parseFloat(style[side]), 0);
    if (field.localName === "textarea") return 160;
    if (field.localName === "select") return Math.max(48, Math.min(words(field, style), 10 * em) + around + ARROW);
    if (TYPED.includes(field.type)) return Math.max(40, characters(field) * em * 0.5 + around);
    return (EMS[field.type] || 0) * em;
  }

  /* What a finger hits: a tick box is as large as the label round it. */
  function target(field) {
    const round = ["checkbox", "radio"].includes(field.type) ? field.closest("label") || field.labels?.[0] : null;
    return round && box(round).width * box(round).height > box(field).width * box(field).height ? box(round) : box(field);
  }

  function fields() {
    const px = (number) => Math.round(number * 10) / 10;
    for (const field of all("input:not([type=hidden]), select, textarea, button, summary")) {
      const size = box(field), wanted = least(field), hit = target(field);
      if (size.width < wanted - 1) say(field, `is ${px(size.width)} px wide, ${Math.ceil(wanted)} px are needed`);
      if (hit.width < 23.5 || hit.height < 23.5) say(field, `is a target of ${px(hit.width)} × ${px(hit.height)} px, 24 × 24 are needed`);
      if (!TYPED.includes(field.type)) continue;
      const short = counts(field) || field.value.length <= characters(field) / 2;
      if (short && field.scrollWidth > field.clientWidth + 1) say(field, `cuts its value 「${field.value}」`);
    }
  }

  const cuts = (style, axis) => ["hidden", "clip"].includes(style[`overflow${axis}`]);
  function texts() {
    for (const element of all("body *")) {
      const style = getComputedStyle(element);
      if (!element.innerText?.trim() || element.closest("svg, select, textarea")) continue;
      const designed = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (designed) continue;
      if (cuts(style, "X") && element.scrollWidth > element.clientWidth + 1) say(element, "cuts its text at the side");
      if (cuts(style, "Y") && element.scrollHeight > element.clientHeight + 2) say(element, "cuts its text at the bottom");
    }
  }

  async function pictures() {
    for (const picture of all("img")) {
      await picture.decode().catch(() => {});
      if (!picture.naturalWidth) say(picture, `shows no picture (${new URL(picture.src).pathname})`);
    }
    const files = (window.icon_files ||= {});
    for (const icon of document.querySelectorAll("svg use")) {
      const [file, id] = (icon.getAttribute("href") || icon.getAttribute("xlink:href") || "#").split("#");
      if (!file) {
        if (!document.getElementById(id)) faults.push(`the icon #${id} is not on the page`);
        continue;
      }
      files[file] ||= await fetch(file).then((answer) => (answer.ok ? answer.text() : "")).catch(() => "");
      if (!files[file].includes(`id="${id}"`)) faults.push(`the icon ${id} is not in ${file}`);
    }
  }

  beyond();
  heading();
  labels();
  fields();
  texts();
  await pictures();
  return [...new Set(faults)];
}
