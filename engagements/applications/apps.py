from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "engagements.applications"
    label = "engagement_applications"

    def ready(self) -> None:
        from engagements.applications import rules, succession  # noqa: F401  (register relations, subscriptions, jobs)
