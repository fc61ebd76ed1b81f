from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "engagements.programme"
    label = "engagement_programme"

    def ready(self) -> None:
        from engagements.programme import rules  # noqa: F401  (registers relations, subscriptions, jobs)
