from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "engagements.documents"
    label = "engagement_documents"

    def ready(self) -> None:
        from engagements.documents import checks, rules  # noqa: F401  (registers checks, relations, builders, jobs)
