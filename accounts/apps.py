from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, municipalities_api, permissions, rules  # noqa: F401  (register checks and relations)
        from accounts.fields import CountField, DayField, HoursField
        from workflow import authority
        from workflow.inputs import Kind, read_with

        read_with({Kind.INTEGER: CountField, Kind.DECIMAL: HoursField, Kind.DATE: DayField})
        authority.answered_by(permissions.allows)
