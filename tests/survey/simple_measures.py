"""The measures of madoguchi-survey/1 a second time, as plainly as possible, to compare the real ones with.

It shares no code with the service: it walks the raw JSON, holds every second of an interval in a set, and
rounds with fractions. It is slow and trusts its input.
"""

from datetime import datetime
from fractions import Fraction

FIELDS = [
    "name",
    "kana",
    "address",
    "former_address",
    "birth_date",
    "phone",
    "my_number",
    "registered_domicile",
    "bank_account",
    "date",
    "signature",
    "other",
]
ELEVEN = [
    "total_s",
    "waiting_s",
    "service_s",
    "other_s",
    "visits",
    "counters",
    "forms",
    "writes",
    "repeated_writes",
    "distance_m",
    "wrong_counters",
]


def seconds(text):
    """Seconds since 1970, the fraction cut off."""
    return int(datetime.fromisoformat(text).replace(microsecond=0).timestamp()) if text else None


def rounded(value, decimals=0):
    scaled = abs(Fraction(value)) * 10**decimals
    whole = int(scaled)
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    whole = whole if value >= 0 else -whole
    return whole if decimals == 0 else float(Fraction(whole, 10**decimals))


def lst(thing, name):
    return thing.get(name) or []


def every_second(visits, begin, end):
    """The seconds between two times of the visits that have both, and whether there is such a visit."""
    covered, known = set(), False
    for visit in visits:
        if visit.get(begin) and visit.get(end):
            known = True
            covered |= set(range(seconds(visit[begin]), seconds(visit[end])))
    return covered, known


def has_totals(route):
    return route.get("totals") is not None


def is_complete(route):
    ended = route.get("ended") or None
    if has_totals(route):
        return ended in (None, "finished")
    return ended == "finished" or (ended is None and bool(route.get("finished_at")))


def every_time(thing):
    """All the strings under the names of times, at any depth."""
    if isinstance(thing, list):
        return [time for item in thing for time in every_time(item)]
    if not isinstance(thing, dict):
        return []
    found = []
    for key, value in thing.items():
        if key in ("queued_at", "called_at", "finished_at", "at"):
            found += [value] if value else []
        elif key in ("visits", "observations", "forms", "writes"):
            found += every_time(value)
    return found


def route_times(route):
    visits = lst(route, "visits")
    total = None
    if route.get("started_at"):
        if route.get("finished_at"):
            total = seconds(route["finished_at"]) - seconds(route["started_at"])
        elif every_time(route):
            total = max(seconds(time) for time in every_time(route)) - seconds(route["started_at"])
    served, service_known = every_second(visits, "called_at", "finished_at")
    waited, waiting_known = every_second(visits, "queued_at", "called_at")
    service = len(served) if service_known or not visits else None
    waiting = len(waited - served) if waiting_known or not visits else None
    other = None
    if total is not None and service is not None and waiting is not None:
        other = total - waiting - service
    return {"total_s": total, "waiting_s": waiting, "service_s": service, "other_s": other}


def route_stops(route):
    visits = lst(route, "visits")
    changes = 0
    for i in range(1, len(visits)):
        here = (visits[i].get("building") or None, visits[i].get("floor") or None)
        there = (visits[i - 1].get("building") or None, visits[i - 1].get("floor") or None)
        changes += here != there
    sections = {visit["section"] for visit in visits if visit.get("section")}
    buildings = {visit["building"] for visit in visits if visit.get("building")}
    walks = [visit.get("distance_m") for visit in visits]
    return {
        "visits": len(visits),
        "counters": len({place(visit) for visit in visits}),
        "sections": len(sections) if sections else None,
        "buildings": len(buildings) if buildings else None,
        "floor_changes": changes,
        "distance_m": None if None in walks else sum(walks),
        "explained_again": sum(visit.get("explained_again") or 0 for visit in visits),
        "wrong_counters": len([visit for visit in visits if visit.get("outcome") == "wrong_counter"]),
        "come_again": len([visit for visit in visits if visit.get("outcome") == "come_again"]),
    }


def place(visit):
    return (visit.get("building") or None, visit.get("floor") or None, visit["counter"])


def forms_of(visits):
    return [form for visit in visits for form in lst(visit, "forms")]


def writes_of(visits, *, by_hand):
    all_writes = [write for form in forms_of(visits) for write in lst(form, "writes")]
    return [write for write in all_writes if ((write.get("how") or "written") == "written") == by_hand]


def route_paper(route):
    visits = lst(route, "visits")
    written = writes_of(visits, by_hand=True)
    by_field = dict.fromkeys(FIELDS, 0)
    pairs = {}
    for write in written:
        by_field[write["field"]] += write["times"]
        pair = (write.get("person") or None, write["field"])
        pairs[pair] = pairs.get(pair, 0) + write["times"]
    repeated = 0
    for (_, field), times in pairs.items():
        if field not in ("other", "signature") and times > 1:
            repeated += times - 1
    return {
        "forms": len(forms_of(visits)),
        "pages": sum(form.get("pages") or 0 for form in forms_of(visits)),
        "writes": sum(by_field.values()),
        "writes_by_field": by_field,
        "writes_avoided": sum(write["times"] for write in writes_of(visits, by_hand=False)),
        "repeated_writes": repeated,
    }


def route_rest(route, scenario):
    visits = lst(route, "visits")
    expected = [procedure["id"] for procedure in lst(scenario, "procedures")]
    done = {procedure for visit in visits for procedure in lst(visit, "procedures")}
    seen = lst(route, "observations") + [o for visit in visits for o in lst(visit, "observations")]
    kinds = {"problem": 0, "good": 0, "idea": 0}
    categories = {"facility": 0, "service": 0, "operation": 0, "form": 0, "system": 0, "wayfinding": 0}
    for observation in seen:
        kinds[observation["kind"]] += 1
        categories[observation["category"]] += 1
    return {
        "procedures_expected": len(expected),
        "procedures_done": len([procedure for procedure in expected if procedure in done]),
        "procedures_missed": [p for p in expected if p not in done] if is_complete(route) else None,
        "observations_by_kind": kinds,
        "observations_by_category": categories,
    }


def measure_route(route, scenario):
    whole = {"complete": is_complete(route), "lower_bound": not is_complete(route)}
    whole |= route_times(route) | route_stops(route) | route_paper(route) | route_rest(route, scenario)
    if not has_totals(route):
        return whole
    for name in whole:
        if name not in ("complete", "lower_bound"):
            whole[name] = route["totals"].get(name) if name in ELEVEN else None
    return whole


def spread(values):
    values = sorted(value for value in values if value is not None)
    if not values:
        return {"min": None, "median": None, "max": None, "mean": None}
    middle = Fraction(values[len(values) // 2] + values[(len(values) - 1) // 2], 2)
    average = Fraction(sum(values), len(values))
    return {"min": values[0], "median": rounded(middle), "max": values[-1], "mean": rounded(average)}


def measure_scenario(scenario, document, measured):
    mine = [route["id"] for route in lst(document, "routes") if route["scenario"] == scenario["id"]]
    complete = [measured[i] for i in mine if measured[i]["complete"]]
    totals = [measured[i]["total_s"] for i in mine if measured[i]["total_s"] is not None]
    bounds = [
        measured[i]["total_s"]
        for i in mine
        if measured[i]["lower_bound"] and measured[i]["total_s"] is not None
    ]
    result = {"routes": len(mine), "complete_routes": len(complete)}
    for name in ELEVEN:
        result[name] = spread([one[name] for one in complete])
    result["lower_bound_s"] = max(bounds) if bounds else None
    result["over_plan"] = None
    if scenario.get("planned_minutes") and totals:
        over = [total for total in totals if total > scenario["planned_minutes"] * 60]
        result["over_plan"] = rounded(Fraction(len(over), len(totals)), 3)
    result["missed"] = {}
    for procedure in lst(scenario, "procedures"):
        times = sum(procedure["id"] in (one["procedures_missed"] or []) for one in complete)
        if times:
            result["missed"][procedure["id"]] = times
    return result


def measure_counters(document):
    visits = [visit for route in lst(document, "routes") for visit in lst(route, "visits")]
    counters = []
    for where in {place(visit) for visit in visits}:
        here = [visit for visit in visits if place(visit) == where]
        counters.append(
            {
                "building": where[0],
                "floor": where[1],
                "counter": where[2],
                "visits": len(here),
                "waiting_s": sum(lasted(visit, "queued_at", "called_at") for visit in here),
                "service_s": sum(lasted(visit, "called_at", "finished_at") for visit in here),
                "forms": len(forms_of(here)),
                "writes": sum(write["times"] for write in writes_of(here, by_hand=True)),
                "problems": len([o for v in here for o in lst(v, "observations") if o["kind"] == "problem"]),
            }
        )
    # One pass a key, the least important first: sorting is stable.
    for key in ("counter", "floor", "building"):
        counters.sort(key=lambda one: [] if one[key] is None else [[ord(letter) for letter in one[key]]])
    return counters


def lasted(visit, begin, end):
    if visit.get(begin) and visit.get(end):
        return seconds(visit[end]) - seconds(visit[begin])
    return 0


def personas(scenario):
    people = [
        (str(person.get("relation") or None), str(person.get("age")), sorted(set(lst(person, "attributes"))))
        for person in lst(scenario, "household")
    ]
    return sorted(people)


def effect_of(before, after, old, new):
    result = {}
    for scenario in lst(after, "scenarios"):
        for other in lst(before, "scenarios"):
            if other["id"] == scenario["id"]:
                result[scenario["id"]] = one_effect(before, after, other, scenario, old, new)
    return result


def one_effect(before, after, other, scenario, old, new):
    was, now = old["scenarios"][scenario["id"]], new["scenarios"][scenario["id"]]
    reasons = []
    if before["survey"]["municipality"] != after["survey"]["municipality"]:
        reasons.append("municipality")
    if other["life_event"] != scenario["life_event"]:
        reasons.append("life_event")
    if personas(other) != personas(scenario):
        reasons.append("household")
    names = [{p.get("name") or None for p in lst(one, "procedures")} for one in (other, scenario)]
    if names[0] != names[1]:
        reasons.append("procedures")
    if was["complete_routes"] == 0 or now["complete_routes"] == 0:
        reasons.append("incomplete")
    result = {"comparable": reasons == [], "reasons": reasons}
    for name in ELEVEN:
        b, a = was[name]["median"], now[name]["median"]
        change = a - b if a is not None and b is not None else None
        relative = rounded(Fraction(change, b), 3) if change is not None and b != 0 else None
        result[name] = {"before": b, "after": a, "change": change, "change_share": relative}
    return result


def without_empty_strings(thing):
    """The same document, where an empty string is null in an object and left out of a list."""
    if isinstance(thing, dict):
        return {key: None if value == "" else without_empty_strings(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [without_empty_strings(item) for item in thing if item != ""]
    return thing


def measure(document, before=None):
    document = without_empty_strings(document)
    before = without_empty_strings(before)
    scenarios = {scenario["id"]: scenario for scenario in lst(document, "scenarios")}
    routes = {
        route["id"]: measure_route(route, scenarios[route["scenario"]]) for route in lst(document, "routes")
    }
    result = {
        "routes": routes,
        "scenarios": {i: measure_scenario(one, document, routes) for i, one in scenarios.items()},
        "counters": measure_counters(document),
    }
    if before is not None:
        result["effect"] = effect_of(before, document, measure(before), result)
    return result
