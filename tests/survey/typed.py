"""What a browser would send back of a page: its inputs as they stand, changed by hand."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, str]] = []
        self.inside: list[str] = []
        self.select = self.area = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "template":
            self.inside.append(tag)
        if tag == "form":
            self.forms.append({})
        if self.inside or not self.forms:
            return
        name, fields = at.get("name", ""), self.forms[-1]
        if tag == "input" and name and "disabled" not in at:
            if at.get("type") not in ("checkbox", "radio", "file") or "checked" in at:
                fields[name] = at.get("value", "on" if at.get("type") == "checkbox" else "")
        elif tag == "select":
            self.select = "" if "disabled" in at else name
            if self.select:
                fields[name] = ""
        elif tag == "option" and self.select and "selected" in at:
            fields[self.select] = at.get("value", "")
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.inside.pop()
        if tag == "select":
            self.select = ""
        if tag == "textarea" and self.area:
            # Browsers drop the line end after the tag and send the others as CR LF.
            self.forms[-1][self.area] = self.text.removeprefix("\n").replace("\n", "\r\n")
            self.area = ""


def fields_of(response: Any, containing: str) -> dict[str, str]:
    """The fields of the form that has this one, as a browser would send them untouched."""
    parser = _Fields()
    parser.feed(response.content.decode())
    return next(form for form in parser.forms if containing in form)
