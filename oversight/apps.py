from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        from oversight import retention as kept
        from oversight import rules  # noqa: F401  (registers the office's pages)
        from workflow import retention

        retention.lay_down(kept.TABLE)
