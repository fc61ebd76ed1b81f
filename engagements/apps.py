from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "engagements"

    def ready(self) -> None:
        from engagements import rules  # noqa: F401  (registers relations and standings)
