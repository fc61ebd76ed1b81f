"""The WSGI entry point of a production installation."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from config.startup import explained

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

application = get_wsgi_application()
# Refuses to serve while demonstration accounts exist (accounts.checks), as the queues and the sweep do.
with explained():
    call_command("check", databases=["default"])
