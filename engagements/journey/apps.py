from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "engagements.journey"
    label = "engagement_journey"

    def ready(self) -> None:
        from engagements.journey import rules  # noqa: F401  (registers relations, subscriptions, jobs)
