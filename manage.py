#!/usr/bin/env python
"""Django's command line, with the local settings unless the environment names others."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import execute_from_command_line

    from config.startup import explained

    with explained():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
