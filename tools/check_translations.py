"""Every text of the code has its English: exit 1 with a line for each that is missing, empty or fuzzy.

usage: tools/check_translations.py [--update]    --update writes the missing texts, empty, into the catalogue

The texts are collected anew from code and templates into a temporary copy, and held against locale/.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "en"
IGNORED = (".*", "var", "staticfiles", "tests", "tools", "benchmarks", "docs", "locale", "__pycache__")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


@dataclass
class Entry:
    """One message of a catalogue: context, text and its translations (several for plural forms)."""

    fuzzy: bool = False
    context: str = ""
    text: str = ""
    translations: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text

    @property
    def complete(self) -> bool:
        return not self.fuzzy and bool(self.translations) and all(self.translations.values())


def entries(catalogue: str) -> Iterator[Entry]:
    """Reads the text of a .po file; obsolete messages and the header are left out."""
    entry, target = Entry(), ""
    for line in [*catalogue.splitlines(), ""]:
        if line.startswith("#,"):
            entry.fuzzy = "fuzzy" in line
        elif not line.strip():
            if entry.text:
                yield entry
            entry, target = Entry(), ""
        elif not line.startswith("#"):
            keyword, _, _ = line.partition('"')
            target = keyword.strip() or target
            _append(entry, target, "".join(_unescape(part) for part in STRING.findall(line)))


def _append(entry: Entry, keyword: str, value: str) -> None:
    if keyword == "msgid":
        entry.text += value
    elif keyword == "msgctxt":
        entry.context += value
    elif keyword.startswith("msgstr"):
        entry.translations[keyword] = entry.translations.get(keyword, "") + value


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[0]), text)


def problems(collected: str, translated: str) -> list[str]:
    """A line for each collected text without a complete translation, in the order of the code."""
    known = {entry.key: entry for entry in entries(translated)}
    return [line for entry in entries(collected) if (line := _problem(entry, known.get(entry.key)))]


def _problem(entry: Entry, translation: Entry | None) -> str:
    shown = entry.text.replace("\n", "\\n")
    if translation is None:
        return f"missing: {shown}"
    if translation.fuzzy:
        return f"fuzzy: {shown}"
    return "" if translation.complete else f"empty: {shown}"


def collect(folder: Path) -> str:
    """The catalogue that makemessages makes from a copy of the sources; writes into `folder` only."""
    copy = folder / "sources"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*IGNORED))
    (copy / "locale" / LOCALE / "LC_MESSAGES").mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "--locale",
        LOCALE,
        "--no-location",
        "--no-wrap",
    ]
    command += ["--extension", "html,txt,py,svg"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"makemessages failed: {done.stderr.strip()}")
    return (copy / "locale" / LOCALE / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")


def add_missing(catalogue: Path, collected: str) -> None:
    """Adds the texts the catalogue lacks, by gettext's merge; keeps what is translated, guesses nothing."""
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".pot", encoding="utf-8") as template:
        template.write(collected)
        template.flush()
        if not catalogue.exists():
            shutil.copyfile(template.name, catalogue)
        command = ["msgmerge", "--quiet", "--update", "--backup=none", "--no-fuzzy-matching", "--no-wrap"]
        subprocess.run([*command, str(catalogue), template.name], check=True)
        subprocess.run(
            ["msgattrib", "--no-obsolete", "--no-wrap", "-o", str(catalogue), str(catalogue)], check=True
        )


def main() -> int:
    """The command line; returns 1 when a translation is missing."""
    parser = argparse.ArgumentParser(description="Checks that every text has its English.")
    parser.add_argument(
        "--update", action="store_true", help="write the missing texts, empty, into the catalogue"
    )
    arguments = parser.parse_args()
    catalogue = ROOT / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
    with tempfile.TemporaryDirectory(prefix="madoguchi-messages-") as folder:
        collected = collect(Path(folder))
    if arguments.update:
        add_missing(catalogue, collected)
    found = problems(collected, catalogue.read_text(encoding="utf-8") if catalogue.exists() else "")
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(
            f"{len(found)} texts need an English translation in {catalogue.relative_to(ROOT)}",
            file=sys.stderr,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
