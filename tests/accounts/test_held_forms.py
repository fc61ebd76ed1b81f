"""A sign-in that expires in the middle of a form: the form waits, is offered, and works."""

import pytest
from django.test import Client

from engagements.journey.models import Journey
from tests.factories.engagements import PASSWORD, EngagementFactory, contact_of, office
from tests.look.markup import Page
from workflow.models import Event

pytestmark = pytest.mark.django_db
REASON = "町の選挙のため、\n9月まで <止めます> & 再開します。"


@pytest.fixture
def client():
    """A browser: forms without their token are refused."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def engagement():
    return EngagementFactory()


@pytest.fixture
def page_path(engagement):
    return f"/do/engagement/{engagement.pk}/pause/"


def fields(page):
    """What the page's own form would send."""
    return {field["name"]: field["value"] or "" for field in page.all("input", type="hidden")}


def shown(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return Page(response.content.decode())


def sign_in(client, user, answer):
    """Where one comes after signing in at the page that ``answer`` sent to."""
    assert answer.status_code == 302
    path, _question, query = answer.headers["Location"].partition("?")
    assert path == "/accounts/login/"
    form = fields(shown(client, answer.headers["Location"]))
    response = client.post(f"{path}?{query}", form | {"login": user.email, "password": PASSWORD})
    assert response.status_code == 302
    return response.headers["Location"]


@pytest.fixture
def expired(client, page_path):
    """A form that was opened signed in, filled, and sent after the session had ended."""
    user = office()
    client.login(email=user.email, password=PASSWORD)
    form = fields(shown(client, page_path)) | {"reason": REASON}
    client.session.flush()
    return user, form, client.post(page_path, form)


def test_nothing_is_done_and_nothing_is_lost(client, engagement, page_path, expired):
    user, form, answer = expired
    assert Journey.objects.get(pk=engagement.pk).state == "preparing"
    offered = shown(client, sign_in(client, user, answer))
    assert offered.one("form", action=page_path)["method"] == "post"
    kept = fields(offered)
    assert kept["reason"] == REASON
    assert kept["idempotency_key"] == form["idempotency_key"]
    assert client.post(page_path, kept).status_code == 302
    assert Journey.objects.get(pk=engagement.pk).state == "paused"
    event = Event.objects.get(type="engagement.pause")
    assert event.actor_key == f"user:{user.pk}"
    assert "選挙" in event.personal.payload


def test_sent_on_twice_it_is_done_once(client, page_path, expired):
    user, _form, answer = expired
    kept = fields(shown(client, sign_in(client, user, answer)))
    first, second = client.post(page_path, kept), client.post(page_path, kept)
    assert first.headers["Location"] == second.headers["Location"]
    assert Event.objects.filter(type="engagement.pause").count() == 1


def test_it_is_offered_until_it_was_sent(client, page_path, expired):
    user, _form, answer = expired
    place = sign_in(client, user, answer)
    for _time in range(2):
        kept = fields(shown(client, place))
        assert kept["reason"] == REASON
    assert client.post(page_path, kept).status_code == 302
    assert client.get(place).headers["Location"] == "/"


def test_somebody_else_who_signs_in_there_may_do_no_more_than_before(client, engagement, page_path, expired):
    _user, _form, answer = expired
    other = contact_of(EngagementFactory())
    kept = fields(shown(client, sign_in(client, other, answer)))
    assert client.post(page_path, kept).status_code == 404
    assert Journey.objects.get(pk=engagement.pk).state == "preparing"


def test_another_browser_is_offered_nothing(expired):
    user, _form, _answer = expired
    other = Client()
    other.login(email=user.email, password=PASSWORD)
    assert other.get("/accounts/resume/").headers["Location"] == "/"


def test_reading_a_page_keeps_nothing(client, page_path):
    answer = client.get(page_path)
    assert answer.headers["Location"] == f"/accounts/login/?next={page_path.replace('/', '%2F')}"
    assert "held_form" not in client.session


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(page_path):
    """htmx would put the sign-in page into the part that it asked for."""
    answer = Client().post(page_path, {"reason": REASON}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/?next=%2Faccounts%2Fresume%2F")


NEW = {"what": "new", "title": "転入の調査", "held_on": "2026-12-01", "round": "1"}


@pytest.mark.parametrize(
    ("role", "path", "filled", "changed", "status"),
    [
        (contact_of, "/engagements/{}/survey/", NEW, {"title": "おくやみの調査", "round": "2"}, 302),
        # Paused it is already: that is what is said then.
        (lambda _it: office(), "/do/engagement/{}/pause/", {"reason": "選挙"}, {"reason": "町の選挙"}, 409),
    ],
)
def test_back_correct_send_is_asked_once_more_and_then_taken(
    client, engagement, role, path, filled, changed, status
):
    """A browser's Back brings the form as it was sent, with the key that was used."""
    client.force_login(role(engagement))
    path = path.format(engagement.pk)
    token = fields(shown(client, path)) | {"idempotency_key": "used"}
    assert [client.post(path, token | filled).status_code for _time in range(2)] == [302, 302]
    asked = client.post(path, token | filled | changed)
    said = asked.content.decode()
    assert (asked.status_code, "すでに一度送られています" in said) == (409, True)
    assert all(value in said for value in changed.values())
    fresh = next(field["value"] for field in Page(said).all("input", type="hidden", name="idempotency_key"))
    assert fresh != "used"
    again = client.post(path, token | filled | changed | {"idempotency_key": fresh})
    assert (again.status_code, "すでに一度送られています" in again.content.decode()) == (status, False)
