"""Relations of people to accounts and to the log."""

from accounts import permissions

permissions.resource("account")
