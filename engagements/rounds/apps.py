from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "engagements.rounds"
    label = "engagement_rounds"

    def ready(self) -> None:
        from engagements.rounds import rules  # noqa: F401  (registers relations, subscriptions, jobs)
