"""The kinds of local governments below a prefecture."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """Values are those of the registry file."""

    DESIGNATED_CITY = "designated_city", _("政令指定都市")
    CITY = "city", _("市")
    SPECIAL_WARD = "special_ward", _("特別区")
    TOWN = "town", _("町")
    VILLAGE = "village", _("村")
