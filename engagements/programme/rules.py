"""Relations of people to this room's objects: the office alone."""

from accounts import permissions
from engagements.programme.models import Programme

permissions.resource("programme", Programme)
