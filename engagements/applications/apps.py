from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "engagements.applications"
    label = "engagement_applications"

    def ready(self) -> None:
        from engagements.applications import rules  # noqa: F401  (registers relations, subscriptions, jobs)
