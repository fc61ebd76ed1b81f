"""Two at one picture, one door or one role at once: nothing is lost, nothing is there twice, nothing breaks."""

from __future__ import annotations

from collections import Counter
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts.entry import office as desk
from accounts.models import Membership, Role, User
from engagements.survey import photos
from engagements.survey.models import Photo, Recorder, Survey
from engagements.survey.recorder import passes
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of, member, office
from tests.factories.survey import SurveyFactory
from tests.workflow.threads import at_once
from workflow import Actor
from workflow.errors import Conflict
from workflow.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6
SIZE = (1600, 1200)


@pytest.fixture
@transaction.atomic
def survey(settings: Any, tmp_path: Any) -> Survey:
    settings.MEDIA_ROOT = tmp_path
    made: Survey = SurveyFactory(records__teams=1)
    return made


@pytest.fixture
def contact(survey: Survey) -> Actor:
    return acting(contact_of(survey.engagement))


@pytest.fixture
def device(survey: Survey, contact: Actor) -> Recorder:
    day = passes.open_day(survey, actor=contact, now=timezone.now())
    return passes.join(day, pin=passes.pin_of(day), name="撮影 三子", now=timezone.now())[0]


def picture() -> bytes:
    """Every pixel differs from its neighbours, so that what was covered can be told."""
    drawn = Image.effect_noise(SIZE, 120).convert("RGB")
    file = BytesIO()
    drawn.save(file, "JPEG", quality=90)
    return file.getvalue()


def is_covered(photo: Photo, field: int) -> bool:
    """A covered field has a few squares of one colour each."""
    with Image.open(photos.path_of(photo)) as shown:
        width, height = shown.width // photos.COLUMNS, shown.height // photos.ROWS
        row, column = divmod(field, photos.COLUMNS)
        box = (column * width + 8, row * height + 8, column * width + 38, row * height + 38)
        low, high = shown.convert("L").crop(box).getextrema()
        return bool(high - low < 40)


def test_of_many_who_cover_at_once_no_cover_is_lost(device: Recorder, contact: Actor) -> None:
    photo = photos.keep(device, "p-1", picture(), now=timezone.now())
    fields = [17 + 3 * number for number in range(MANY)]
    assert not any(is_covered(photo, field) for field in fields)
    answers = at_once(MANY, lambda n: photos.cover(photo, [fields[n]], actor=contact, now=timezone.now()))
    assert answers == [None] * MANY
    assert all(is_covered(photo, field) for field in fields)
    assert [path.name for path in photos.path_of(photo).parent.iterdir()] == [photo.name]


def test_a_picture_that_comes_again_never_stands_over_its_cover(device: Recorder, contact: Actor) -> None:
    data = picture()
    photo = photos.keep(device, "p-1", data, now=timezone.now())

    def work(number: int) -> None:
        if number:
            photos.keep(device, "p-1", data, now=timezone.now())
        else:
            photos.cover(photo, [40], actor=contact, now=timezone.now())

    at_once(MANY, work)
    assert is_covered(photo, 40)
    assert Photo.objects.count() == 1


def test_a_picture_arrives_once_from_many(device: Recorder) -> None:
    data = picture()
    found = at_once(MANY, lambda n: photos.keep(device, "p-1", data, now=timezone.now()).pk)
    assert len(set(found)) == 1
    assert photos.path_of(Photo.objects.get()).exists()


def test_who_covers_what_is_removed_at_once_is_told(device: Recorder, contact: Actor) -> None:
    photo = photos.keep(device, "p-1", picture(), now=timezone.now())

    def work(number: int) -> None:
        if number:
            photos.cover(photo, [number], actor=contact, now=timezone.now())
        else:
            photos.remove(photo, actor=contact, now=timezone.now())

    kinds = Counter(type(answer) for answer in at_once(MANY, work))
    assert set(kinds) <= {type(None), Conflict}
    assert Photo.objects.get().removed_at is not None
    assert not photos.path_of(photo).exists()


def test_a_door_that_many_shut_is_shut_once(device: Recorder, contact: Actor) -> None:
    day = device.day
    at_once(MANY, lambda n: passes.close_day(day, actor=contact, now=timezone.now()))
    assert Event.objects.filter(type="survey.recording_closed").count() == 1


@pytest.fixture
def boss() -> Actor:
    return acting(office())


def test_a_role_that_many_end_ends_without_a_fault(survey: Survey, boss: Actor) -> None:
    """One that was never in force leaves its table: whoever comes second is told."""
    held = Membership.objects.get(user=member(Role.APPROVER, survey.engagement.municipality))
    told: dict[str, Any] = {"reason": "異動のため", "actor": boss, "now": timezone.now()}
    Membership.objects.filter(pk=held.pk).update(valid_from=timezone.localdate())
    held.refresh_from_db()
    answers = at_once(MANY, lambda n: desk.end_role(held, last_day=held.valid_from, **told))
    assert set(map(type, answers)) == {type(None)}
    assert Membership.objects.get(pk=held.pk).valid_to == held.valid_from


def test_a_role_that_many_give_is_given_once(survey: Survey, boss: Actor) -> None:
    person = User.objects.create_user("new@town.example.test", name="見本 七子")
    given: dict[str, Any] = {"role": Role.APPROVER, "municipality": survey.engagement.municipality}
    given |= {"section": "", "valid_from": date(2020, 4, 1), "valid_to": None, "reason": "就任のため"}
    at_once(MANY, lambda n: desk.give_role(person, actor=boss, now=timezone.now(), **given))
    assert Membership.objects.filter(user=person).count() == 1
