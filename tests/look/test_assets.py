"""What holds for every template and asset of ours, wherever it was written."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

ROOT = Path(settings.BASE_DIR)
# Documents are laid out on paper by another engine; their styles never reach a browser.
PAGES = sorted(
    p for p in (ROOT / "templates").rglob("*.html") if "documents" not in p.relative_to(ROOT).parts
)
BUDGET = 100_000


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_nothing_inline_and_nothing_foreign(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", source), "inline script"
    assert not re.search(r"<style|\sstyle=\"", re.sub(r"\{[%#].*?[%#]\}", "", source)), "inline style"
    assert not re.search(r"\son[a-z]+=", source), "inline handler"
    assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", source), "another host"


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "static/img/icons.svg").read_text()))
    asked = {name for path in PAGES for name in re.findall(r'{% icon "(\w+)"', path.read_text())}
    asked |= set(re.findall(r'": "(\w+)"', (ROOT / "config/templatetags/look.py").read_text())) & {
        "check",
        "half",
        "clock",
    }
    assert asked
    assert asked <= drawn


def test_the_assets_of_a_page_fit_the_budget() -> None:
    names = [name_of(p).removeprefix("static/") for p in (ROOT / "static").rglob("*") if p.is_file()]
    files = [finders.find(name) for name in [*names, "django_htmx/htmx-2.min.js"]]
    assert all(files)
    assert sum(len(gzip.compress(Path(str(file)).read_bytes())) for file in files) <= BUDGET


def stylesheets() -> list[Path]:
    found = list((ROOT / "static/css").glob("*.css"))
    assert found
    return found


def test_stylesheets_load_nothing() -> None:
    for path in stylesheets():
        assert not re.search(r"@import|url\((?!#)", path.read_text()), path.name


def test_stylesheets_use_only_colours_that_are_named() -> None:
    """Colours live in one place, so that contrast settings reach all of them."""
    named = set(re.findall(r"(--[\w-]+):", (ROOT / "static/css/madoguchi.css").read_text()))
    for path in stylesheets():
        assert set(re.findall(r"var\((--[\w-]+)\)", path.read_text())) <= named, path.name
