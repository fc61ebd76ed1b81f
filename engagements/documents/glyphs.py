"""Which characters of a text the documents' font can't draw; otherwise a missing one falls back silently."""

import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from fontTools.ttLib import TTFont

FONT_FAMILY = "Noto Sans CJK JP"
WEIGHTS = ("regular", "bold")
VARIATION_SELECTOR = "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
UNIT = re.compile(f".{VARIATION_SELECTOR}?", re.DOTALL)
# Text or emoji style of one and the same character: no shape of a name depends on them.
STYLE_SELECTORS = frozenset("\ufe0e\ufe0f")
# Controls, formats (joiners, direction marks), line and paragraph separators draw nothing.
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})

# A selector's entries: (base, glyph), the glyph None where the ordinary shape of the base is meant.
Variations = dict[int, list[tuple[int, str | None]]]


@dataclass(frozen=True)
class Face:
    """What a font face can draw: code points, and (base, selector) pairs of its variation sequences."""

    characters: frozenset[int]
    sequences: frozenset[tuple[int, int]]


@lru_cache(maxsize=1)
def font_faces() -> tuple[Face, ...]:
    """The regular and the bold face as fontconfig finds them; empty when the family is not installed."""
    found = [_font_file(weight) for weight in WEIGHTS]
    return tuple(_read(*place) for place in found if place)


def font_is_installed() -> bool:
    """Asks fontconfig alone: reading the faces takes a second."""
    return all(_font_file(weight) for weight in WEIGHTS)


def missing_glyphs(text: str) -> list[str]:
    """Characters and variation sequences of `text` that can't be printed as written, each once, in order.

    A sequence is checked as one: 葛 with U+E0100 counts as missing in a font that has only 葛. Everything is
    missing when the font is not installed.
    """
    units = dict.fromkeys(UNIT.findall(text))
    return [unit for unit in units if unicodedata.category(unit[0]) not in INVISIBLE and not _drawn(unit)]


def glyph_name(unit: str) -> str:
    """A missing character as a sentence can show it: itself, its code points and the name of the first."""
    points = " ".join(f"U+{ord(character):04X}" for character in unit)
    return f"{unit} ({points} {unicodedata.name(unit[0], '')}".rstrip() + ")"


def _drawn(unit: str) -> bool:
    faces = font_faces()
    if len(unit) == 2 and unit[1] not in STYLE_SELECTORS:
        pair = (ord(unit[0]), ord(unit[1]))
        return bool(faces) and all(pair in face.sequences for face in faces)
    return bool(faces) and all(ord(unit[0]) in face.characters for face in faces)


def _font_file(weight: str) -> tuple[str, int] | None:
    """File and index in its collection, or None: fontconfig names another family when it has not ours."""
    finder = shutil.which("fc-match")
    if finder is None:
        return None
    query = [finder, "-f", "%{family}\t%{file}\t%{index}", f"{FONT_FAMILY}:{weight}"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20).stdout
    family, _, place = answer.partition("\t")
    file, _, index = place.partition("\t")
    return (file, int(index or 0)) if FONT_FAMILY in family.split(",") else None


def _read(file: str, index: int) -> Face:
    with TTFont(file, fontNumber=index, lazy=True) as font:
        tables = font["cmap"].tables
        characters = frozenset(font.getBestCmap())
        variations: Variations = next((table.uvsDict for table in tables if table.format == 14), {})
    pairs = ((base, selector) for selector, entries in variations.items() for base, _ in entries)
    return Face(characters, frozenset(pair for pair in pairs if pair[0] in characters))
