"""Fills an empty installation with the demonstration, and does what its workers would: ``python -m crawl.furnish``."""

from __future__ import annotations

import django
from django.core.management import call_command


def main() -> None:
    """Tables, registry, demonstration, then mails and papers: pages are judged with their files there."""
    django.setup()
    from workflow import outbox  # needs the settings

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("import_registry")
    call_command("demo")
    while outbox.drain():
        pass


if __name__ == "__main__":
    main()
