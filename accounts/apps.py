from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, municipalities_api, permissions, rules  # noqa: F401  (register checks and relations)
        from workflow import authority

        authority.answered_by(permissions.allows)
