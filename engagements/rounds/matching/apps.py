from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "engagements.rounds.matching"
    label = "engagement_matching"

    def ready(self) -> None:
        from engagements.rounds.matching import jobs, rules  # noqa: F401  (register relations, jobs, subscriptions)
