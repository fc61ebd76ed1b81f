from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, permissions, rules  # noqa: F401  (register checks and relations)
        from workflow import authority

        authority.answered_by(permissions.allows)
