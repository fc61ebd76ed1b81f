"""The lock files are in step with pyproject.toml: exit 1, a line a difference. `make lock` renews them.

Needs no network: every direct requirement is locked, within its range, with hashes, and both locks agree.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")

# A package may be pinned more than once, for different platforms.
Pins = dict[str, set[str]]


def pins(lock: str) -> Pins:
    """Name and versions of what a lock file pins."""
    found: Pins = {}
    for line in lock.splitlines():
        if match := PIN.match(line):
            found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def differences(requirements: Iterable[str], lock: str, file: str) -> Iterator[str]:
    """Requirements that the lock lacks or has out of range, and pins without a hash."""
    pinned = pins(lock)
    for requirement in map(Requirement, requirements):
        versions = pinned.get(canonicalize_name(requirement.name))
        if not versions:
            yield f"{file}: {requirement.name} is required and not locked"
        elif wrong := sorted(each for each in versions if not requirement.specifier.contains(each, True)):
            required = f"{requirement.specifier} is required"
            yield f"{file}: {requirement.name} {', '.join(wrong)} is locked, {required}"
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if (match := PIN.match(block)) and "--hash=sha256:" not in block:
            yield f"{file}: {match['name']} has no hash"


def disagreements(runtime: str, development: str) -> Iterator[str]:
    """What runs in production is what was tested: each runtime pin stands in the development lock too."""
    tested = pins(development)
    for name, versions in pins(runtime).items():
        if versions != tested.get(name):
            yield f"requirements-dev.lock: {name} is not {', '.join(sorted(versions))} as in requirements.lock"


def main() -> int:
    """The command line; returns 1 when the locks are out of step."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    development = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    wanted = project["dependencies"]
    found = [
        *differences(wanted, runtime, "requirements.lock"),
        *differences(
            [*wanted, *project["optional-dependencies"]["dev"]], development, "requirements-dev.lock"
        ),
        *disagreements(runtime, development),
    ]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("run: make lock", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
