"""``manage.py api_token EMAIL``: print a new API token for that account, once."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.api_tokens import issue_api_token
from accounts.models import User
from workflow.errors import BadInput


class Command(BaseCommand):
    help = "Print a new API token for an account; it is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what it is for, as its owner will read it")
        parser.add_argument("--read-only", action="store_true", help="it reads and does nothing else")
        parser.add_argument("--days", type=int, choices=range(1, 366), default=365, metavar="DAYS")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            self.stderr.write(_("%(email)s のアカウントがありません。") % {"email": options["email"]})
            sys.exit(1)
        asked = {"name": options["name"][:60], "writes": not options["read_only"], "days": options["days"]}
        try:
            self.stdout.write(issue_api_token(user=user, now=timezone.now(), **asked))
        except BadInput as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
