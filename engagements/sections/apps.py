from django.apps import AppConfig


class SectionsConfig(AppConfig):
    name = "engagements.sections"
    label = "engagement_sections"

    def ready(self) -> None:
        from engagements.sections import rules  # noqa: F401  (registers relations, subscriptions, jobs)
