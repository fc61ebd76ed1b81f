from django.apps import AppConfig


class SurveyConfig(AppConfig):
    name = "engagements.survey"
    label = "engagement_survey"

    def ready(self) -> None:
        from engagements.survey import rules  # noqa: F401  (registers relations, subscriptions, jobs)
