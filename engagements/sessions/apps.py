from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "engagements.sessions"
    label = "engagement_sessions"

    def ready(self) -> None:
        from engagements.sessions import rules  # noqa: F401  (registers relations, subscriptions, jobs)
