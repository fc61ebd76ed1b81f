"""Rounds, towns and advisors of the matching format without surprises: change what a test is about."""

WEIGHTS = {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1}
YEAR = list(range(1, 13))


def a_round(**changes):
    return {
        "format": "madoguchi-matching/1",
        "round": {"id": "R1", "start": "2026-05-01", "end": "2026-12-31", "months": YEAR},
        "params": {
            "mode": "fresh",
            "fairness": "total",
            "sessions": 3,
            "weights": WEIGHTS,
            "max_leads": None,
        },
        "towns": [],
        "advisors": [],
        "employers": [],
        "conflicts": [],
        "declined": [],
        "forbidden": [],
        "history": [],
        "locked": [],
        "existing": [],
    } | changes


def a_town(name, **changes):
    return {
        "id": name,
        "municipality": "033022",
        "lat_e4": 400_000,
        "lon_e4": 1_413_000,
        "band": 2,
        "wants": ["transfer"],
        "preferred": [],
        "months": YEAR,
        "mode": "either",
        "priority": 0,
        "applied_at": "2026-04-01T09:00:00+09:00",
        "wants_trainee": False,
    } | changes


def an_advisor(name, **changes):
    return {
        "id": name,
        "role": "lead",
        "active": True,
        "employer": "325015",
        "lat_e4": 344_000,
        "lon_e4": 1_318_000,
        "band": 2,
        "tags": ["transfer"],
        "months": YEAR,
        "mode": "both",
        "max_km": 1_000,
        "capacity": 1,
        "current_load": 0,
        "cert_until": "2027-03-31",
    } | changes
