"""A second, simple reading of the matching format: every assignment is tried. For small rounds only."""

from itertools import count
from math import asin, cos, floor, radians, sin, sqrt

PARTS = ("expertise", "preference", "size", "distance", "continuity")


def km(town, advisor):
    lat1, lat2 = radians(town["lat_e4"] / 10_000), radians(advisor["lat_e4"] / 10_000)
    dlon = radians((advisor["lon_e4"] - town["lon_e4"]) / 10_000)
    h = min(1, sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(dlon / 2) ** 2)
    return floor(2 * 6371 * asin(sqrt(h)))


def ways(town, advisor):
    """The distance part of each possible mode, on-site first."""
    found = {}
    if town["mode"] != "online" and advisor["mode"] != "online" and km(town, advisor) <= advisor["max_km"]:
        found["onsite"] = max(0, 100 - km(town, advisor) // 10)
    if town["mode"] != "onsite" and advisor["mode"] != "onsite":
        found["online"] = 100 if town["mode"] == "online" else 50
    return found


def filters(value, town, advisor, seat):
    """The seven filters, in their order, as (code, passed)."""
    pair = [town["id"], advisor["id"]]
    employer = next((e for e in value["employers"] if e["code"] == advisor["employer"]), None)
    lends = employer is None or employer["max_lent"] > employer["lent"]
    months = set(town["months"]) & set(advisor["months"]) & set(value["round"]["months"])
    yield (
        "NO_CERTIFIED",
        advisor["role"] == seat and advisor["active"] and advisor["cert_until"] >= value["round"]["end"],
    )
    yield "NO_CAPACITY", advisor["capacity"] > advisor["current_load"] and (seat == "trainee" or lends)
    yield "CONFLICT", advisor["employer"] != town["municipality"] and pair not in value["conflicts"]
    yield "DECLINED", pair not in value["declined"]
    yield "FORBIDDEN", pair not in value["forbidden"]
    yield "NO_COMMON_MONTHS", len(months) >= value["params"]["sessions"]
    yield "TOO_FAR", bool(ways(town, advisor))


def may(value, town, advisor, seat):
    return all(passed for _code, passed in filters(value, town, advisor, seat))


def reason(value, town, seat):
    """The first filter that leaves nobody; OUTRANKED when somebody passes all."""
    left = value["advisors"]
    for at in range(7):
        code, left = step(value, town, seat, left, at)
        if not left:
            return code
    return "OUTRANKED"


def step(value, town, seat, left, at):
    judged = [(advisor, list(filters(value, town, advisor, seat))[at]) for advisor in left]
    code = judged[0][1][0] if judged else "NO_CERTIFIED"
    return code, [advisor for advisor, (_code, passed) in judged if passed]


def parts(value, town, advisor):
    wants = {tag: 5 - place for place, tag in enumerate(town["wants"])}
    met = sum(worth for tag, worth in wants.items() if tag in advisor["tags"])
    preferred = dict(zip(town["preferred"], (100, 70, 40), strict=False))
    return {
        "expertise": floor(100 * met / sum(wants.values())) if wants else 100,
        "preference": preferred.get(advisor["id"], 0),
        "size": max(0, 100 - 25 * abs(town["band"] - advisor["band"])),
        "distance": max(ways(town, advisor).values()),
        "continuity": 100 if [town["id"], advisor["id"]] in value["history"] else 0,
    }


def score(value, town, advisor):
    return sum(
        value["params"]["weights"][part] * points for part, points in parts(value, town, advisor).items()
    )


def ranks(value):
    """Town id → rank."""
    rematch = value["params"]["mode"] == "rematch"
    advisors = {advisor["id"]: advisor for advisor in value["advisors"]}

    def stands(town):
        names = [a for t, a in value["existing"] if t == town["id"] and a in advisors]
        return rematch and any(may(value, town, advisors[name], "lead") for name in names)

    ordered = sorted(value["towns"], key=lambda t: (not stands(t), -t["priority"], t["applied_at"], t["id"]))
    return dict(zip((town["id"] for town in ordered), count(), strict=False))


def lead_plans(value):
    """Every assignment of leads that the hard rules allow, as {town: advisor}."""
    towns = value["towns"]
    advisors = value["advisors"]
    limits = {e["code"]: e["max_lent"] - e["lent"] for e in value["employers"]}
    cap = value["params"].get("max_leads")
    locked = {tuple(pair) for pair in value["locked"]}

    def place(at, plan, held, lent):
        if cap is not None and len(plan) > cap:
            return
        if at == len(towns):
            if locked <= set(plan.items()):
                yield dict(plan)
            return
        yield from place(at + 1, plan, held, lent)
        town = towns[at]
        for advisor in advisors:
            name, code = advisor["id"], advisor["employer"]
            if not may(value, town, advisor, "lead"):
                continue
            if held.get(name, 0) >= advisor["capacity"] - advisor["current_load"]:
                continue
            if code in limits and lent.get(code, 0) >= limits[code]:
                continue
            yield from place(
                at + 1,
                plan | {town["id"]: name},
                held | {name: held.get(name, 0) + 1},
                lent | {code: lent.get(code, 0) + 1},
            )

    yield from place(0, {}, {}, {})


def lead_aims(value, plan, rank):
    """The tiers of the leads, greater is better: coverage, kept, least score, score, −load²."""
    towns = {town["id"]: town for town in value["towns"]}
    advisors = {advisor["id"]: advisor for advisor in value["advisors"]}
    scores = {pair: score(value, towns[pair[0]], advisors[pair[1]]) for pair in plan.items()}
    locked = {tuple(pair) for pair in value["locked"]}
    existing = {tuple(pair) for pair in value["existing"]} if value["params"]["mode"] == "rematch" else set()
    given = list(plan.values())
    least = min((found for pair, found in scores.items() if pair not in locked), default=-1)
    return (
        sum(len(towns) - rank[town] for town in plan),
        len(existing & set(plan.items())),
        least if value["params"]["fairness"] == "maxmin" else 0,
        sum(scores.values()),
        -sum(
            (a["current_load"] + given.count(a["id"])) ** 2 for a in advisors.values() if a["role"] == "lead"
        ),
    )


def trainee_aims(value, led, rank):
    """The best (coverage, score) of trainee seats beside these towns' leads."""
    towns = [town for town in value["towns"] if town["wants_trainee"] and town["id"] in led]
    people = [advisor for advisor in value["advisors"] if advisor["role"] == "trainee"]

    def best(at, held):
        if at == len(towns):
            return (0, 0)
        found = best(at + 1, held)
        for advisor in people:
            name = advisor["id"]
            if not may(value, towns[at], advisor, "trainee"):
                continue
            if held.get(name, 0) < advisor["capacity"] - advisor["current_load"]:
                cover, points = best(at + 1, held | {name: held.get(name, 0) + 1})
                worth = len(value["towns"]) - rank[towns[at]["id"]]
                found = max(found, (cover + worth, points + score(value, towns[at], advisor)))
        return found

    return best(0, {})


def best_aims(value):
    """The best reachable figures of all tiers, and the set of towns served; None when the locks cannot stand."""
    rank = ranks(value)
    found = max(((lead_aims(value, plan, rank), sorted(plan)) for plan in lead_plans(value)), default=None)
    if found is None:
        return None
    aims, served = found
    return aims, set(served), trainee_aims(value, set(served), rank)
