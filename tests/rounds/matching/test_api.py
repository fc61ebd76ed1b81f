"""A client alone takes a round from nothing to published offers; the OpenAPI document is true for it."""

import pytest

from engagements.rounds.models import Offer
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.matching import WEIGHTS
from tests.factories.rounds import AcceptedFactory
from workflow.models import Outbox
from workflow.outbox import deliver

pytestmark = pytest.mark.django_db


def body(town, **changes):
    return {
        "call": town.call_id,
        "title": "第1回",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "months": [9, 10, 11],
        "fairness": "total",
        "weights": WEIGHTS,
    } | changes


def test_a_client_solves_adjusts_and_publishes():
    towns = [AcceptedFactory() for _ in range(2)]
    advisors = [AdvisorFactory(capacity=1) for _ in range(2)]
    client = Caller(office(), Contract())
    made = client.post("rounds/", body(towns[0])).json()
    address = f"rounds/{made['id']}"
    lock = {"kind": "lock", "application": towns[1].pk, "advisor": advisors[0].pk, "reason": "約束"}
    assert client.post(f"{address}/adjustments/", lock).status_code == 201
    client.do(address, "solve")
    deliver(Outbox.objects.get(kind="solve-round").pk)
    found = client.get(f"{address}/").json()
    assert (found["state"], found["proposal"]["result"]["status"]) == ("proposed", "OPTIMAL")
    pairs = {(row["town"], row["advisor"]) for row in found["proposal"]["result"]["assignments"]}
    assert (str(towns[1].pk), str(advisors[0].pk)) in pairs
    client.do(address, "publish", message="お願いします")
    assert Offer.objects.filter(state="sent").count() == 2
    assert [row["id"] for row in client.get("rounds/?state=published").json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"months": []}, "months"), ({"weights": {}}, "weights"), ({"fairness": "x"}, "fairness")],
)
def test_bad_values_are_named(changes, field):
    client = Caller(office(), Contract())
    refused = client.post("rounds/", body(AcceptedFactory(), **changes))
    assert refused.status_code == 422
    assert field in refused.content.decode()


def test_an_advisor_reads_no_round():
    client = Caller(AdvisorFactory().user, Contract())
    assert client.get("rounds/").status_code == 403
    assert client.post("rounds/", body(AcceptedFactory())).status_code == 403
