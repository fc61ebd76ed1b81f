from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        from oversight import rules  # noqa: F401  (registers the office's pages)
