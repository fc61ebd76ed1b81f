"""Relations of people to sessions: their town's, or those of an engagement in which they hold a role."""

from accounts import permissions
from engagements.rules import relate
from engagements.sessions.models import Session

permissions.resource("session", Session)
relate("session", "engagement")
