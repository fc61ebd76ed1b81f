from django.apps import AppConfig


class EntryConfig(AppConfig):
    name = "accounts.entry"
    label = "account_entry"

    def ready(self) -> None:
        from accounts.entry import rules, sweeps  # noqa: F401  (registers relations, subscriptions, the sweep's tasks)
