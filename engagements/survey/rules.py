"""Relations of people to this room's objects: those of their engagement."""

from accounts import permissions
from engagements.rules import relate
from engagements.survey.models import Survey

permissions.resource("survey", Survey)
relate("survey", "engagement")
