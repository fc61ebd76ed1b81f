"""``manage.py api_token EMAIL``: print a new API token for that account, once."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = "Print a new API token for an account; it is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            self.stderr.write(_("%(email)s のアカウントがありません。") % {"email": options["email"]})
            sys.exit(1)
        self.stdout.write(services.issue_api_token(user=user, now=timezone.now()))
