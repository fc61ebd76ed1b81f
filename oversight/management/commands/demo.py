"""``manage.py demo [--reset] [--scale N]``: the demonstration, the same people at every stage of the road."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.demo import PASSWORD, SIGN_INS
from accounts.models import User
from municipalities.models import Municipality
from oversight.demo import loading


class Command(BaseCommand):
    help = "Load the demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="empty the database first")
        parser.add_argument("--scale", type=int, default=0, help="add engagements up to this number")
        parser.add_argument("--sign-ins", action="store_true", help="only print the accounts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_ins"]:
            self.print_sign_ins()
            return
        if options["reset"]:
            call_command("flush", interactive=False, verbosity=0)
        if not Municipality.objects.exists():
            call_command("import_registry", verbosity=0, stdout=self.stderr)
        if not User.objects.filter(email=SIGN_INS[0][0]).exists():
            self.load()
        if options["scale"]:
            self.scale(options["scale"])

    def load(self) -> None:
        if User.objects.exists():
            self.stderr.write(_("この環境には実際のアカウントがあります。見本は空の環境でだけ使えます。"))
            sys.exit(1)
        self.stdout.write(_("見本を作りました(支援 %(count)d件)。") % {"count": loading.load(timezone.now())})

    def scale(self, number: int) -> None:
        if number < 0:
            self.stderr.write(_("--scale には0以上の数を入れてください。"))
            sys.exit(2)
        made = loading.scale(number)
        self.stdout.write(_("支援を%(count)d件足しました。") % {"count": made})

    def print_sign_ins(self) -> None:
        for email, description in SIGN_INS:
            self.stdout.write(f"  {email:<34}{description}")
        self.stdout.write(_("  パスワードはどれも %(password)s") % {"password": PASSWORD})
