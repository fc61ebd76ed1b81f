from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.signals import authentication_failed as mfa_failed

        from accounts import checks, municipalities_api, permissions, rules, sign_ins  # noqa: F401  (register checks and relations)
        from accounts.fields import CountField, DayField, HoursField
        from workflow import authority
        from workflow.inputs import Kind, read_with

        read_with({Kind.INTEGER: CountField, Kind.DECIMAL: HoursField, Kind.DATE: DayField})
        authority.answered_by(permissions.allows)
        mfa_failed.connect(sign_ins.on_second_step_failed)
