"""The registry of local governments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MunicipalitiesConfig(AppConfig):
    """Who asks: prefectures and municipalities by official code."""

    name = "municipalities"
    verbose_name = _("自治体")
