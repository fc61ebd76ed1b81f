"""Relations of people to the log, and the start of everything that reacts to the stages below."""

from accounts import permissions
from engagements.journey import papers, subscriptions  # noqa: F401  (lines of a paper; reactions to the stages)
from engagements.journey.selectors import event_is_visible, events_visible_to
from workflow.models import Event

permissions.resource("event", Event)
permissions.register("event", permissions.Relation("municipality", event_is_visible, events_visible_to))
permissions.register("event", permissions.Relation("engagement", event_is_visible, events_visible_to))
