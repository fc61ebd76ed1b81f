from django.apps import AppConfig


class AdvisorsConfig(AppConfig):
    name = "advisors"

    def ready(self) -> None:
        from advisors import rules  # noqa: F401  (registers relations)
