"""``make crawl``: every page as every sign-in of the demonstration, at two widths, judged by a real browser.

usage: python -m crawl [--role ROLE] [--width PX] [--pages PATTERN] [--each N | --all] [--fast] [--output FOLDER]

A throw-away installation with the demonstration is served on a free port, and everybody walks it by links from home.
Pictures, a contact sheet (index.html) and report.json go to var/crawl. The last lines of the output are the faults, one
a line, and their sum. Exit codes: 0 no fault; 1 faults, or the crawl could not run; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.async_api import Browser, Error, async_playwright

from accounts.demo import PASSWORD, SIGN_INS
from crawl import report
from crawl.installation import ROOT, Unavailable, installation
from crawl.judge import HEIGHTS, Judge
from crawl.walk import NOBODY, Walker, Wishes

CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: Walks side by side: one processor for the browser's pages, one for the service.
AT_ONCE = 2
EMAILS = {NOBODY: ""} | {email.partition("@")[0]: email for email, _text in SIGN_INS}
#: The longest walks first, so that none is left alone at the end.
ORDER = ("secretariat", "admin", "auditor")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crawl", description="Walks every page as every role.")
    parser.add_argument("--role", choices=EMAILS, action="append", help="only these; may be repeated")
    parser.add_argument("--width", type=int, choices=HEIGHTS, action="append", help="only this width")
    parser.add_argument(
        "--pages", default="", metavar="PATTERN", help="judge only these, a part of a pattern: /surveys/N/day"
    )
    parser.add_argument("--each", type=int, default=2, metavar="N", help="addresses of a pattern (2)")
    parser.add_argument("--all", action="store_const", dest="each", const=0, help="every address")
    parser.add_argument("--fast", action="store_true", help="without axe")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "crawl", metavar="FOLDER")
    parser.add_argument("--site", help="a demonstration that is running already, instead of one of our own")
    return parser.parse_args(argv)


def _empty(folder: Path) -> None:
    """Pictures of pages that are gone would mislead. A folder that holds something else is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / report.MARK).exists():
        raise Unavailable(f"{folder} holds something else than a crawl; name another folder with --output")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / report.MARK).touch()


async def _walk(browser: Browser, walkers: Sequence[Walker]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(walker: Walker) -> None:
        async with places:
            await walker.walk(browser, email=EMAILS[walker.role], password=PASSWORD)
            print(f"{walker.role}: {len(walker.visits)} addresses", file=sys.stderr, flush=True)

    async with asyncio.TaskGroup() as group:
        for walker in sorted(walkers, key=lambda walker: (walker.role not in ORDER, walker.role)):
            group.create_task(one(walker))


async def _crawl(walkers: Sequence[Walker]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        try:
            await _walk(browser, walkers)
        finally:
            with contextlib.suppress(Error):
                await browser.close()


@contextlib.contextmanager
def _site(named: str | None) -> Iterator[str]:
    if named:
        yield named.rstrip("/")
    else:
        with installation() as site:
            yield site


def crawl(asked: argparse.Namespace) -> list[Walker]:
    """Makes the installation, walks, and writes the report; the walkers hold what they found."""
    _empty(asked.output)
    wishes = Wishes(asked.each, asked.pages, asked.output)
    judge = Judge(tuple(asked.width or HEIGHTS), axe=not asked.fast)
    with _site(asked.site) as site:
        walkers = [Walker(role, site, wishes, judge) for role in asked.role or EMAILS]
        began = time.monotonic()
        asyncio.run(_crawl(walkers))
    report.write(asked.output, walkers, seconds=time.monotonic() - began)
    return walkers


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    asked = _arguments(argv)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        walkers = crawl(asked)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except (Unavailable, Error) as error:
        print(f"crawl: {error}", file=sys.stderr)
        return 1
    faults = report.fault_lines(walkers)
    print(*report.table(walkers), f"{asked.output / report.SHEET}", "", *faults, sep="\n")
    print(f"{len(faults)} faults", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
