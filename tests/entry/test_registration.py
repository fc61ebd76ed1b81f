"""The first account of a town: asked for by anybody, confirmed by mail, admitted by its domain or by the office."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import links
from accounts.entry.models import Registration
from accounts.models import Membership, Role, User
from accounts.standings import actor_for, actor_of_link
from tests.factories import entry
from tests.factories.engagements import actor, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform, sweep
from workflow.errors import BadInput, GuardsUnmet, NotAllowed
from workflow.models import Event, Outbox, Span

pytestmark = pytest.mark.django_db
ADDRESS = "hanako@town.example.test"


@pytest.fixture(autouse=True)
def no_limits_left_over():
    cache.clear()


@pytest.fixture
def town():
    return MunicipalityFactory(code="033022", name="葛巻町")


def typed(**changes):
    return {
        "email": ADDRESS,
        "municipality": "033022",
        "section": "総務課",
        "name": "仮名 一子",
        "role": "contact",
    } | changes


def register(client, **changes):
    return client.post("/accounts/register/", typed(**changes))


def mails():
    return list(Outbox.objects.filter(kind="mail").order_by("pk"))


def test_a_trusted_domain_passes_at_once(client, town):
    entry.trust(town, "town.example.test")
    assert register(client)["Location"] == "/accounts/register/sent/"
    path = entry.link_path(ADDRESS)
    answer = client.post(path)
    assert answer.status_code == 200
    assert "パスワードを決める" in answer.content.decode()
    user = User.objects.get(email=ADDRESS)
    held = Membership.objects.get(user=user)
    assert (held.role, held.municipality_id, held.valid_from) == ("contact", "033022", timezone.localdate())
    assert not user.has_usable_password()
    assert [mail.address for mail in mails()] == [ADDRESS, ADDRESS]
    assert "/accounts/password/reset/key/" in mails()[-1].body


def test_the_set_password_link_of_the_page_opens_the_account(client, town):
    entry.trust(town, "town.example.test")
    register(client)
    answer = client.post(entry.link_path(ADDRESS))
    key = answer.content.decode().partition("/accounts/password/reset/key/")[2].partition('"')[0]
    asked = client.get(f"/accounts/password/reset/key/{key}", follow=True)
    assert asked.status_code == 200
    secret = "koke-no-musu-made-2026"
    done = client.post(asked.request["PATH_INFO"], {"password1": secret, "password2": secret})
    assert done.status_code == 302
    assert User.objects.get(email=ADDRESS).check_password(secret)


def test_another_address_waits_for_the_office(client, town):
    secretary = office()
    register(client)
    client.post(entry.link_path(ADDRESS))
    registration = Registration.objects.get()
    assert registration.state == "confirmed"
    assert not User.objects.filter(email=ADDRESS).exists()
    assert mails()[-1].address == secretary.email
    span = Span.objects.get(stream=registration.stream, left_at=None)
    assert (span.turn_role, span.turn_scope) == ("secretariat", "office")
    perform("admit", registration, actor(secretary))
    assert Membership.objects.get(user__email=ADDRESS).municipality == town
    assert mails()[-1].address == ADDRESS


def confirmed(town, **changes):
    registration = entry.registration(town=town, email=ADDRESS, **changes)
    Client().post(entry.link_path(ADDRESS))
    registration.refresh_from_db()
    return registration


def test_a_refusal_has_a_reason_and_a_way_back(town):
    registration, secretary = confirmed(town), actor(office())
    with pytest.raises(BadInput):
        perform("refuse", registration, secretary, reason="")
    perform("refuse", registration, secretary, reason="町の方ではないとのことです")
    assert "町の方ではないとのことです" in mails()[-1].body
    before = len(mails())
    perform("reconsider", registration, secretary, reason="電話で確かめました")
    perform("admit", registration, secretary)
    assert len(mails()) == before + 1


def test_an_admission_taken_back_ends_the_role_at_once(town):
    registration, secretary = confirmed(town), actor(office())
    perform("admit", registration, secretary)
    user = User.objects.get(email=ADDRESS)
    assert actor_for(user).has_role("contact")
    perform("revoke", registration, secretary, reason="別の方でした")
    user.refresh_from_db()
    assert not actor_for(user).has_role("contact")
    assert not user.is_active
    assert registration.state == "confirmed"


def test_a_stopped_account_is_the_offices_question_even_for_a_trusted_domain(town):
    entry.trust(town, "town.example.test")
    user = member(Role.CONTACT, town, email=ADDRESS)
    User.objects.filter(pk=user.pk).update(is_active=False)
    registration = confirmed(town)
    assert registration.state == "confirmed"
    with pytest.raises(GuardsUnmet, match="止められています"):
        perform("admit", registration, actor(office()))


@pytest.mark.parametrize("known", [False, True])
def test_the_page_says_the_same_whether_there_is_an_account_or_not(client, town, known):
    if known:
        member(Role.CONTACT, town, email=ADDRESS)
    answer = register(client, email=ADDRESS.upper() if known else ADDRESS)
    assert answer["Location"] == "/accounts/register/sent/"
    assert client.get("/accounts/register/sent/").status_code == 200
    assert len(mails()) == 1
    assert Registration.objects.exists() is not known
    assert ("サインイン" in mails()[0].subject) is known


def test_reading_the_link_confirms_nothing(client, town):
    register(client)
    path = entry.link_path(ADDRESS)
    for _time in range(2):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert Registration.objects.get().state == "requested"


def test_a_link_confirms_once_and_a_new_request_closes_the_older_link(client, town):
    register(client)
    first = entry.link_path(ADDRESS)
    register(client, section="税務課")
    assert client.post(first).status_code == 410
    assert client.post(entry.link_path(ADDRESS)).status_code == 200
    assert client.post(entry.link_path(ADDRESS)).status_code == 410
    assert Registration.objects.get().section == "税務課"


def test_a_link_confirms_no_other_request(town):
    mine, other = entry.registration(town=town), entry.registration()
    holder = links.find(entry.link_path(mine.email).strip("/").partition("/")[2])
    with pytest.raises(NotAllowed):
        perform("confirm", other, actor_of_link(holder))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("033023", "検査数字"),
        ("033023", "葛巻町なら033022です"),
        ("0330", "6けた"),
        ("999999", "検査数字"),
        ("なにもない町", "見つかりません"),
        ("", "必須"),
    ],
)
def test_a_wrong_municipality_is_explained_and_nothing_typed_is_lost(client, town, text, sentence):
    answer = register(client, municipality=text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "仮名 一子" in page
    assert not Registration.objects.exists()


@pytest.mark.parametrize("text", ["葛巻町", "033022", "03302", "0 3 3 0 2 2".replace(" ", "")])
def test_a_municipality_is_found_by_name_or_code(client, town, text):
    assert register(client, municipality=text).status_code == 302
    assert Registration.objects.get().municipality == town


def test_a_name_borne_by_several_asks_for_the_code(client, town):
    MunicipalityFactory(name="川上町甲")
    MunicipalityFactory(name="川上町乙")
    answer = register(client, municipality="川上町")
    assert answer.status_code == 422
    assert "コードを入れてください" in answer.content.decode()


def test_one_address_is_not_flooded(client, town):
    for _time in range(3):
        assert register(client).status_code == 302
    stopped = register(client)
    assert stopped.status_code == 429
    assert "仮名 一子" in stopped.content.decode()
    assert len(mails()) == 3
    assert register(client, email="other@town.example.test").status_code == 302


def test_one_host_does_not_ask_for_dozens(client, town):
    answers = [register(client, email=f"n{number}@town.example.test").status_code for number in range(31)]
    assert answers == [302] * 30 + [429]


def test_an_address_that_nobody_confirms_is_forgotten(client, town):
    register(client)
    registration = Registration.objects.get()
    later = timezone.now() + links.LIFETIME + timedelta(minutes=1)
    assert sweep.run(later, "test")["registrations"] == 1
    registration.refresh_from_db()
    assert registration.state == "expired"
    assert register(client).status_code == 302
    assert Registration.objects.filter(state="requested").count() == 1


def test_the_office_sees_what_supports_a_request(client, town):
    entry.trust(MunicipalityFactory(name="隣町"), "town.example.test")
    registration = confirmed(town)
    client.force_login(office(), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/accounts/registrations/{registration.pk}/").content.decode()
    assert "別の団体" in page
    assert "はじめの一人" in page
    assert "登録を認める" in page
    assert registration.name in client.get("/accounts/registrations/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(client, rows, django_assert_num_queries):
    for _number in range(rows):
        made = entry.registration()
        client.post(entry.link_path(made.email))
    client.force_login(office(), backend="allauth.account.auth_backends.AuthenticationBackend")
    with django_assert_num_queries(6):
        assert client.get("/accounts/registrations/").content.decode().count('scope="row"') == rows


def test_the_log_tells_who_and_why(town):
    registration, secretary = confirmed(town), office()
    perform("refuse", registration, actor(secretary), reason="確かめられません")
    told = Event.objects.filter(stream=registration.stream).order_by("pk")
    assert [event.type.partition(".")[2] for event in told] == ["begin", "mailed", "confirm", "refuse"]
    assert all(event.visibility == "office" for event in told)
    assert ADDRESS not in "".join(event.canonical for event in told)
    assert "確かめられません" in told.last().personal.payload
