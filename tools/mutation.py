"""Breaks the code on purpose, one change at a time, and lists the changes that no test notices.

usage: python -m tools.mutation [GROUP ...]

The groups, their tests and the survivors that were judged stand in tools/mutation.toml. mutmut works on a copy in
var/mutation; the next run tries the survivors again, `--fresh` everything. TEST_DATABASE_URL names the PostgreSQL to
test on, else SQLite. Exit 1 when a group has a survivor that nobody judged, or less than 90 % were killed.
"""

import argparse
import ast
import difflib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "var" / "mutation"
SOURCES = ("accounts", "advisors", "engagements", "workflow")
GENERATED = "# type: ignore # mutmut generated"
KEPT = {"staticmethod", "classmethod"}
GOAL = 0.9
# mutmut's exit codes: pytest's own, and what it makes of signals. Whatever breaks the run is noticed.
UNSEEN = {0: "survived", 5: "no test", 33: "no test", None: "not run", 2: "not run"}


@dataclass(frozen=True)
class Mutant:
    """One change: where, the line before and after, and what became of it (empty: killed)."""

    file: str
    function: str
    line: int
    before: str
    after: str
    fate: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.file, self.function, self.before, self.after


def copy_tree(folder: Path) -> None:
    """The files of the working tree, as they are now; only what changed is written, so that results stay valid."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines():
        source, target = ROOT / name, folder / name
        if source.is_symlink() or not source.is_file():
            continue
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def undecorated(source: str) -> str:
    """The same module with ``@d`` over a function written as ``f = d(f)`` after it: mutmut skips decorated functions."""
    lines = source.splitlines()
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(found, key=lambda node: -node.lineno):
        names = [ast.unparse(decorator) for decorator in node.decorator_list]
        if not names or set(names) & KEPT:
            continue
        indent, wrapped = " " * node.col_offset, node.name
        for name in reversed(names):
            wrapped = f"{name}({wrapped})"
        lines.insert(node.end_lineno or node.lineno, f"{indent}{node.name} = {wrapped}")
        for number in range(node.decorator_list[0].lineno - 1, node.lineno - 1):
            lines[number] = ""
    return "\n".join(lines) + "\n"


def mutated_files(group: dict[str, Any]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for pattern in group["mutate"] for path in ROOT.glob(pattern))


def settings(group: dict[str, Any]) -> str:
    """mutmut's own table; JSON's lists of strings are TOML's too."""
    others = sorted(path.name for path in ROOT.iterdir() if path.name[0] != "." and path.name not in SOURCES)
    values = {
        "source_paths": list(SOURCES),
        "only_mutate": mutated_files(group),
        "also_copy": [name for name in others if name not in ("var", "staticfiles")],
        "pytest_add_cli_args": [
            "-p",
            "tools.mutation_plugin",
            "--hypothesis-profile=mutation",
            "-p",
            "no:cacheprovider",
        ],
        "pytest_add_cli_args_test_selection": group["tests"],
        "track_dependencies": False,
        "on_dependency_change": "ignore",
        "timeout_multiplier": 4.0,
        "timeout_constant": 15.0,
    }
    return "\n[tool.mutmut]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def prepare(name: str, group: dict[str, Any], fresh: bool) -> Path:
    folder = WORK / name
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    copy_tree(folder)
    forget_survivors(folder)
    for file in mutated_files(group):
        (folder / file).write_text(undecorated((ROOT / file).read_text(encoding="utf-8")), encoding="utf-8")
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(settings(group))
    return folder


def forget_survivors(folder: Path) -> None:
    """What was killed stays so; what was not is tried again, as tests may have come."""
    for meta in (folder / "mutants").rglob("*.meta"):
        content = json.loads(meta.read_text(encoding="utf-8"))
        codes = content["exit_code_by_key"]
        content["exit_code_by_key"] = {key: None if code in UNSEEN else code for key, code in codes.items()}
        meta.write_text(json.dumps(content), encoding="utf-8")


def environment() -> dict[str, str]:
    foreign = ("DATABASE_URL", "REDIS_URL", "MADOGUCHI_DATA")
    kept = {key: value for key, value in os.environ.items() if key not in foreign}
    if url := os.environ.get("TEST_DATABASE_URL"):
        kept["DATABASE_URL"] = url
    return kept


def run(folder: Path) -> None:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    if subprocess.run(command, cwd=folder, env=environment()).returncode:
        sys.exit(f"{folder.name}: mutmut stopped")


def function_lines(source: str) -> dict[str, int]:
    """Where each function begins, under the name that mutmut gives it."""
    tree = ast.parse(source)
    found = {f"x_{node.name}": node.lineno for node in tree.body if isinstance(node, ast.FunctionDef)}
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for node in (node for node in owner.body if isinstance(node, ast.FunctionDef)):
            found[f"xǁ{owner.name}ǁ{node.name}"] = node.lineno
    return found


def _difference(before: list[str], after: list[str]) -> tuple[int, str, str]:
    """How many lines below the first, and the lines that differ, each side joined."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    first, last = changes[0], changes[-1]
    return first[1], " ".join(before[first[1] : last[2]]), " ".join(after[first[3] : last[4]])


def mutants(folder: Path, file: str) -> Iterator[Mutant]:
    """Every mutant of a file, read from what mutmut keeps beside its copy."""
    meta, spans = (folder / "mutants" / f"{file}.{kind}" for kind in ("meta", "spans"))
    if not meta.exists():
        return
    lines = (folder / "mutants" / file).read_text(encoding="utf-8").replace(GENERATED, "").splitlines()
    places = json.loads(spans.read_text(encoding="utf-8"))["spans"]
    starts = function_lines((ROOT / file).read_text(encoding="utf-8"))
    texts = {name: _body(lines[first - 1 : last], name) for name, (first, last) in places.items()}
    for key, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
        mutant = key.rpartition(".")[2]
        mangled = mutant.partition("__mutmut_")[0]
        below, before, after = _difference(texts[f"{mangled}__mutmut_orig"], texts[mutant])
        yield Mutant(file, _plain(mangled), starts[mangled] + below, before, after, UNSEEN.get(code, ""))


def _plain(mangled: str) -> str:
    """``x_name`` or ``xǁClassǁname`` as people write it."""
    return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def _body(lines: list[str], generated: str) -> list[str]:
    """The function's lines from ``def`` on, under its own name."""
    name = _plain(generated.partition("__mutmut_")[0]).rpartition(".")[2]
    stripped = [line.strip().replace(generated, name) for line in lines]
    first = next(number for number, line in enumerate(stripped) if line.startswith("def "))
    return stripped[first:]


def report(name: str, group: dict[str, Any], judged: dict[tuple[str, str, str, str], str]) -> bool:
    """Prints a line a file and the survivors; whether the group is as it has to be."""
    good = True
    for file in mutated_files(group):
        found = list(mutants(WORK / name, file))
        unseen = [mutant for mutant in found if mutant.fate]
        equivalent = [mutant for mutant in unseen if mutant.key in judged]
        killed = len(found) - len(unseen)
        rest = len(found) - len(equivalent)
        rate = killed / rest if rest else 1.0
        print(
            f"{file}: {len(found)} mutants, {killed} killed, {len(unseen)} not, {len(equivalent)} equivalent; {rate:.1%}"
        )
        for mutant in unseen:
            if mutant not in equivalent:
                print(f"  {file}:{mutant.line} {mutant.fate} ({mutant.function})")
                print(f"    - {mutant.before}\n    + {mutant.after}")
                good = False
        good &= rate >= GOAL
    return good


def main() -> int:
    """The command line; returns 1 when a test is missing."""
    plan = tomllib.loads((ROOT / "tools" / "mutation.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description="Lists the changes of the code that no test notices.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(plan["groups"]))
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--report", action="store_true", help="only print the results so far")
    asked = parser.parse_args()
    judged = {
        (each["file"], each["function"], each["before"], each["after"]): each["why"]
        for each in plan.get("judged", [])
    }
    good = True
    for name in asked.groups or plan["groups"]:
        if not asked.report:
            run(prepare(name, plan["groups"][name], asked.fresh))
        good &= report(name, plan["groups"][name], judged)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
