"""Local governments by official code, with their former names and successors."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .dates import era_date
from .kinds import Kind

__all__ = ["Kind", "LocalGovernment", "Municipality", "MunicipalityName", "Prefecture"]

# Upper bounds (exclusive) of the population of bands 1 to 5; band 6 is everything above. docs/registry.md.
BAND_LIMITS = (5_000, 10_000, 30_000, 100_000, 300_000)
# Room for the index entry of any engine; a real key takes about 40 characters.
SEARCH_KEY_LENGTH = 600


def _constraints() -> list[models.BaseConstraint]:
    """What holds for every local government; `%(class)s` keeps the names apart."""
    unplaced = Q(lat__isnull=True, lon__isnull=True)
    # Said in full: a comparison with NULL would let half a point pass.
    placed = Q(lat__isnull=False, lon__isnull=False, lat__range=(-90, 90), lon__range=(-180, 180))
    return [
        models.CheckConstraint(name="%(class)s_code_six_digits", condition=Q(code__regex=r"^[0-9]{6}$")),
        models.CheckConstraint(
            name="%(class)s_point_on_earth",
            condition=unplaced | placed,
        ),
        models.CheckConstraint(
            name="%(class)s_ends_after_start",
            condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
        ),
    ]


class LocalGovernment(models.Model):
    """What prefectures and municipalities share. Text is kept exactly as it was given."""

    code = models.CharField(_("全国地方公共団体コード"), max_length=6, primary_key=True)
    name = models.CharField(_("名称"), max_length=50)
    kana = models.CharField(_("読み"), max_length=50)
    lat = models.DecimalField(_("緯度"), max_digits=7, decimal_places=4, null=True, blank=True)
    lon = models.DecimalField(_("経度"), max_digits=7, decimal_places=4, null=True, blank=True)
    population = models.PositiveIntegerField(_("人口"), null=True, blank=True)
    population_on = models.DateField(_("人口の基準日"), null=True, blank=True)
    valid_from = models.DateField(_("設置の日"), null=True, blank=True)
    valid_to = models.DateField(_("廃止の日"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def lat_e4(self) -> int | None:
        """Latitude in degrees times 10,000, as distances are computed."""
        return _e4(self.lat)

    @property
    def lon_e4(self) -> int | None:
        """Longitude in degrees times 10,000."""
        return _e4(self.lon)


class Prefecture(LocalGovernment):
    """One of the 47 prefectures (都道府県)."""

    class Meta:
        verbose_name = _("都道府県")
        verbose_name_plural = _("都道府県")
        ordering = ["code"]
        constraints = [
            *_constraints(),
            models.UniqueConstraint(name="prefecture_name_unique", fields=["name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Municipality(LocalGovernment):
    """A city, special ward, town or village. Never deleted: one that ended keeps its row."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.PROTECT, related_name="municipalities", verbose_name=_("都道府県")
    )
    kind = models.CharField(_("種類"), max_length=20, choices=Kind.choices)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("編入先"),
    )
    search_key = models.CharField(max_length=SEARCH_KEY_LENGTH, db_index=True, editable=False)

    class Meta:
        verbose_name = _("市区町村")
        verbose_name_plural = _("市区町村")
        ordering = ["code"]
        constraints = [
            *_constraints(),
            models.CheckConstraint(name="municipality_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="municipality_merged_has_ended",
                condition=Q(merged_into=None) | (Q(valid_to__isnull=False) & ~Q(merged_into=F("code"))),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """Prefecture and name: 岩手県葛巻町. Reads the prefecture: select_related it in lists."""
        return f"{self.prefecture.name}{self.name}"

    @property
    def band(self) -> int | None:
        """Size by population, 1 (smallest) to 6; None while the population is unknown."""
        return band_of(self.population)

    @property
    def population_text(self) -> str:
        """人口16,650人(令和8年1月1日現在), without the day where none is known."""
        if self.population is None:
            return gettext("人口の登録なし")
        people = gettext("人口%(people)s人") % {"people": f"{self.population:,}"}
        return people + counted_text(self.population_on)

    def name_on(self, day: date) -> str:
        """The name it bore on that day; the present one if no other is known. One query unless prefetched."""
        former = [name for name in self.former_names.all() if name.covers(day)]
        return former[0].name if former else self.name


class MunicipalityName(models.Model):
    """A former name and its days: from `valid_from` (None: unknown) until the day before `valid_to`."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="former_names", verbose_name=_("市区町村")
    )
    name = models.CharField(_("名称"), max_length=50)
    kana = models.CharField(_("読み"), max_length=50)
    valid_from = models.DateField(_("使い始めた日"), null=True, blank=True)
    valid_to = models.DateField(_("改めた日"))

    class Meta:
        verbose_name = _("旧名称")
        verbose_name_plural = _("旧名称")
        ordering = ["municipality", "valid_to", "id"]
        constraints = [
            models.CheckConstraint(
                name="municipalityname_ends_after_start",
                condition=Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, day: date) -> bool:
        """Whether this was the name on that day."""
        return (self.valid_from is None or self.valid_from <= day) and day < self.valid_to


def counted_text(day: date | None) -> str:
    """(令和8年1月1日現在), behind a number of residents; nothing where the day is not known."""
    return gettext("(%(day)s現在)") % {"day": era_date(day, weekday=False, western=False)} if day else ""


def band_of(population: int | None) -> int | None:
    """The size band of a population, 1 to 6; None for an unknown one."""
    return None if population is None else 1 + sum(population >= limit for limit in BAND_LIMITS)


def _e4(degrees: Decimal | None) -> int | None:
    return None if degrees is None else int(degrees * 10_000)
