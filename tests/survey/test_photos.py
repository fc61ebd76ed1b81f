"""Pictures of remarks: what they carry, who sees them when, and what is made unreadable."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import Role
from engagements.survey import photos, selectors
from engagements.survey.models import Photo
from engagements.survey.recorder import passes
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of, member
from tests.factories.survey import SurveyFactory, save
from workflow.errors import BadInput, Conflict, NotAllowed

pytestmark = pytest.mark.django_db
PLACE_WRITTEN = "Exif-Pentax-999"


@pytest.fixture
def survey(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return SurveyFactory(records__teams=1)


@pytest.fixture
def contact(survey):
    return acting(contact_of(survey.engagement))


@pytest.fixture
def device(survey, contact):
    day = passes.open_day(survey, actor=contact, now=timezone.now())
    return passes.join(day, pin=passes.pin_of(day), name="撮影 三子", now=timezone.now())


def jpeg(size=(2000, 1000), orientation=None):
    """Left half black, right half white, with a device and a comment written beside it."""
    picture = Image.new("RGB", size, "white")
    picture.paste("black", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0110] = PLACE_WRITTEN
    if orientation:
        exif[0x0112] = orientation
    file = BytesIO()
    picture.save(file, "JPEG", exif=exif.tobytes(), comment=b"where it was")
    return file.getvalue()


def kept(device, uid="p-1", **more):
    recorder, _key = device
    return photos.keep(recorder, uid, jpeg(**more), now=timezone.now())


def noticed(survey, photo):
    document = selectors.latest_document(survey)
    document["routes"][0]["observations"] = [
        {"kind": "problem", "category": "wayfinding", "text": "番号札が見えない", "photo": photo.name}
    ]
    save(survey, document, reason="写真を足した")


def test_a_picture_arrives_once_small_and_without_what_was_written_beside_it(device):
    photo = kept(device)
    assert kept(device).pk == photo.pk
    data = photos.path_of(photo).read_bytes()
    assert (photo.width, photo.height) == (1600, 800)
    assert PLACE_WRITTEN.encode() not in data
    assert b"where it was" not in data
    with Image.open(BytesIO(data)) as opened:
        assert dict(opened.getexif()) == {}


def test_a_picture_that_was_held_sideways_stands_upright(device):
    photo = kept(device, size=(400, 200), orientation=6)
    assert (photo.width, photo.height) == (200, 400)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF-1.4", b"\xff\xd8\xff broken", jpeg()[:200]])
def test_what_is_no_picture_is_refused_and_nothing_is_kept(data, device):
    with pytest.raises(BadInput):
        photos.keep(device[0], "p-1", data, now=timezone.now())
    assert Photo.objects.count() == 0


@pytest.mark.parametrize("uid", ["", "../../etc", "a/b", "x" * 41, "あ"])
def test_a_name_that_could_leave_the_folder_is_refused(uid, device):
    with pytest.raises(BadInput):
        photos.keep(device[0], uid, jpeg(), now=timezone.now())


def test_a_device_sends_its_picture_with_its_key(device):
    headers = {"Authorization": f"Recorder {device[1]}"}
    answer = Client().post("/record/photo/abc-1/", jpeg(), content_type="image/jpeg", headers=headers)
    assert (answer.status_code, Photo.objects.get().uid) == (200, "abc-1")
    assert Client().post("/record/photo/abc-2/", jpeg(), content_type="image/jpeg").status_code == 401
    assert (
        Client().post("/record/photo/abc-3/", b"no", content_type="image/jpeg", headers=headers).status_code
        == 422
    )


def test_only_the_team_sees_a_picture_before_it_was_checked(device, survey, contact, client):
    photo = kept(device)
    noticed(survey, photo)
    address = f"/surveys/{survey.pk}/photos/{photo.uid}/file/"
    section = member(Role.SECTION, survey.engagement.municipality, email="madoguchi@town.example.test")
    client.force_login(section)
    assert client.get(address).status_code == 404
    assert address not in client.get(survey.get_absolute_url()).content.decode()
    photos.check(photo, actor=contact, now=timezone.now())
    assert client.get(address)["Content-Type"] == "image/jpeg"
    assert address in client.get(survey.get_absolute_url()).content.decode()


def test_fields_are_made_unreadable_for_good(device, contact):
    photo = kept(device, size=(1600, 1200))
    middle = photos.COLUMNS * 5 + 7, photos.COLUMNS * 5 + 8
    before = Image.open(photos.path_of(photo)).getpixel((50, 50))
    photos.cover(photo, middle, actor=contact, now=timezone.now())
    with Image.open(photos.path_of(photo)) as picture:
        colours = {picture.getpixel((x, 550)) for x in range(720, 800, 8)}
        assert len({round(sum(colour) / 30) for colour in colours}) <= photos.SQUARES + 1
        assert picture.getpixel((50, 50)) == before


def test_the_contact_covers_checks_and_removes_on_the_page(device, survey, client):
    photo = kept(device)
    noticed(survey, photo)
    client.force_login(contact_of(survey.engagement))
    listed = client.get(f"/surveys/{survey.pk}/photos/").content.decode()
    assert ("番号札が見えない" in listed, "確かめてください" in listed) == (True, True)
    address = f"/surveys/{survey.pk}/photos/{photo.uid}/"
    assert client.post(address, {"what": "cover", "idempotency_key": "a"}).status_code == 422
    assert (
        client.post(address, {"what": "cover", "field": ["3", "4"], "idempotency_key": "b"}).status_code
        == 302
    )
    assert client.post(address, {"what": "check", "idempotency_key": "c"}).status_code == 302
    assert "確認済み" in client.get(f"/surveys/{survey.pk}/photos/").content.decode()
    path = photos.path_of(photo)
    assert client.post(address, {"what": "remove", "idempotency_key": "d"}).status_code == 302
    assert (path.exists(), client.get(address).status_code) == (False, 404)
    assert "番号札が見えない" in client.get(survey.get_absolute_url()).content.decode()


@pytest.mark.parametrize("field", [-1, photos.COLUMNS * photos.ROWS])
def test_a_field_that_is_not_there_is_refused(field, device, contact):
    with pytest.raises(BadInput):
        photos.cover(kept(device), [field], actor=contact, now=timezone.now())


def test_a_picture_that_is_gone_is_not_checked_and_strangers_do_nothing(device, contact):
    photo = kept(device)
    stranger = acting(contact_of(SurveyFactory().engagement))
    for deed in (photos.check, photos.remove):
        with pytest.raises(NotAllowed):
            deed(photo, actor=stranger, now=timezone.now())
    photos.remove(photo, actor=contact, now=timezone.now() + timedelta(seconds=1))
    with pytest.raises(Conflict):
        photos.check(photo, actor=contact, now=timezone.now())
