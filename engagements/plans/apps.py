from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "engagements.plans"
    label = "engagement_plans"

    def ready(self) -> None:
        from engagements.plans import renewals, rules  # noqa: F401  (registers relations, subscriptions, jobs)
