from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "workflow"

    def ready(self) -> None:
        from workflow import checks, outbox, retention, sweep  # noqa: F401  (registers checks, the mail handler, sweep tasks)
