from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "engagements"

    def ready(self) -> None:
        from engagements import rules, succession  # noqa: F401  (register relations, standings, previews)
