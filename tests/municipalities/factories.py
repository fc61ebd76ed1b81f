"""Local governments for tests. Without a code of their own they get one that no real municipality has."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from municipalities.codes import full_code
from municipalities.models import Kind, Municipality, Prefecture
from municipalities.services import search_key


class PrefectureFactory(DjangoModelFactory):
    """岩手県, once."""

    class Meta:
        model = Prefecture
        django_get_or_create = ("code",)

    code = "030007"
    name = "岩手県"
    kana = "イワテケン"


class MunicipalityFactory(DjangoModelFactory):
    """An invented town of 岩手県, in force, of unknown population."""

    class Meta:
        model = Municipality
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda number: full_code(f"03{700 + number % 300}"))
    prefecture = factory.SubFactory(PrefectureFactory)
    name = factory.Sequence(lambda number: f"見本{number}町")
    kana = "ミホンチョウ"
    kind = Kind.TOWN
    lat = "40.0399"
    lon = "141.4365"

    @factory.lazy_attribute
    def search_key(self) -> Any:
        """As an import would write it."""
        return search_key(self, self.prefecture)
