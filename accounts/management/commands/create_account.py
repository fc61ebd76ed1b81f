"""``manage.py create_account EMAIL --role ROLE``: the first real account of an installation."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import OFFICE_ROLES, PERSON_ROLES, TOWN_ROLES, Role
from municipalities.models import Municipality


class Command(BaseCommand):
    help = "Create an account and print a one-time link to set its password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--role", required=True, choices=sorted([*OFFICE_ROLES, *PERSON_ROLES, *TOWN_ROLES])
        )
        parser.add_argument("--name", default="")
        parser.add_argument("--municipality", default="", help="six-digit code, for a municipality's roles")

    def handle(self, *args: Any, **options: Any) -> None:
        municipality = Municipality.objects.filter(code=options["municipality"]).first()
        if options["role"] in TOWN_ROLES and municipality is None:
            self.stderr.write(
                _("この役割には団体コードが要ります。--municipality 033022 のように付けてください。")
            )
            sys.exit(1)
        try:
            url = services.create_account(
                email=options["email"],
                name=options["name"] or options["email"].partition("@")[0],
                role=Role(options["role"]),
                municipality=municipality if options["role"] in TOWN_ROLES else None,
                now=timezone.now(),
            )
        except ValidationError as error:
            for sentence in error.messages:
                self.stderr.write(sentence)
            sys.exit(1)
        self.stdout.write(url)
