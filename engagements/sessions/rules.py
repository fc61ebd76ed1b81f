"""Relations of people to sessions: their town's, or those of an engagement in which they hold a role."""

from accounts import permissions
from engagements.rules import relate
from engagements.sessions import jobs, renewals  # noqa: F401  (register the sweep's tasks and what renews a link)
from engagements.sessions.models import Session

permissions.resource("session", Session)
relate("session", "engagement")
# The addressee of a link that was sent with a record holds a role over that session alone.
permissions.scoped("session", "session", "pk")
