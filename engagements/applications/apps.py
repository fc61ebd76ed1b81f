from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "engagements.applications"
    label = "engagement_applications"

    def ready(self) -> None:
        from engagements.applications import calls, jobs, renewals, rules, succession  # noqa: F401  (register relations and tasks of the sweep)
