"""Rounds of any kind, and crowded small ones, as values of the matching format."""

from hypothesis import strategies as st

TAGS = ("transfer", "obituary", "birth", "layout", "forms", "digital")
MODES = ("onsite", "online", "either")


def employer_codes(count):
    return [f"E{number}" for number in range(count)]


@st.composite
def pairs(draw, towns, advisors, most=4):
    """Pairs of known ids, and now and then an unknown one."""
    town, advisor = st.sampled_from([*towns, "T?"]), st.sampled_from([*advisors, "A?"])
    return draw(st.lists(st.tuples(town, advisor).map(list), max_size=most))


def months():
    return st.one_of(
        st.just(list(range(1, 13))), st.lists(st.integers(1, 12), max_size=8), st.just([4, 5, 6, 7])
    )


def place():
    """Within some hundred kilometres of each other, or anywhere on earth."""
    near = st.tuples(st.integers(350_000, 362_000), st.integers(1_360_000, 1_372_000))
    far = st.tuples(st.integers(-900_000, 900_000), st.integers(-1_800_000, 1_800_000))
    return st.one_of(near, near, near, far)


@st.composite
def town(draw, name, advisors):
    lat, lon = draw(place())
    return {
        "id": name,
        "municipality": draw(st.sampled_from([*employer_codes(3), "other"])),
        "lat_e4": lat,
        "lon_e4": lon,
        "band": draw(st.integers(1, 6)),
        "wants": draw(st.lists(st.sampled_from(TAGS), max_size=5, unique=True)),
        "preferred": draw(st.lists(st.sampled_from([*advisors, "A?"]), max_size=3, unique=True)),
        "months": draw(months()),
        "mode": draw(st.sampled_from(MODES)),
        "priority": draw(st.integers(0, 3)),
        "applied_at": f"2026-04-0{draw(st.integers(1, 9))}T09:00:00+09:00",
        "wants_trainee": draw(st.booleans()),
    }


@st.composite
def advisor(draw, name):
    lat, lon = draw(place())
    return {
        "id": name,
        "role": draw(st.sampled_from(("lead", "lead", "lead", "trainee"))),
        "active": draw(st.sampled_from((True, True, True, True, False))),
        "employer": draw(st.sampled_from([*employer_codes(3), "else"])),
        "lat_e4": lat,
        "lon_e4": lon,
        "band": draw(st.integers(1, 6)),
        "tags": draw(st.lists(st.sampled_from(TAGS), max_size=4)),
        "months": draw(months()),
        "mode": draw(st.sampled_from(("onsite", "online", "both"))),
        "max_km": draw(st.sampled_from((0, 30, 60, 120, 500, 40_000))),
        "capacity": draw(st.integers(0, 4)),
        "current_load": draw(st.sampled_from((0, 0, 0, 1, 2, 5))),
        "cert_until": draw(st.sampled_from(("2027-03-31", "2027-03-31", "2026-12-31", "2026-06-30"))),
    }


@st.composite
def rounds(draw, most_towns=5, most_advisors=4):
    """A valid round; its locks may be impossible."""
    advisors = [f"A{number}" for number in range(draw(st.integers(0, most_advisors)))]
    towns = [f"T{number}" for number in range(draw(st.integers(0, most_towns)))]
    weights = draw(
        st.sampled_from(
            (
                {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1},
                {"expertise": 0, "preference": 1, "size": 7, "distance": 0, "continuity": 3},
            )
        )
    )
    return {
        "format": "madoguchi-matching/1",
        "round": {"id": "R1", "start": "2026-05-01", "end": "2026-12-31", "months": draw(months())},
        "params": {
            "mode": draw(st.sampled_from(("fresh", "rematch"))),
            "fairness": draw(st.sampled_from(("total", "maxmin"))),
            "sessions": draw(st.sampled_from((0, 1, 2, 3, 13))),
            "weights": weights,
            "max_leads": draw(st.one_of(st.none(), st.none(), st.integers(0, 4))),
        },
        "towns": [draw(town(name, advisors)) for name in towns],
        "advisors": [draw(advisor(name)) for name in advisors],
        "employers": [
            {"code": code, "max_lent": draw(st.integers(0, 3)), "lent": draw(st.integers(0, 1))}
            for code in draw(st.lists(st.sampled_from(employer_codes(3)), unique=True))
        ],
        "conflicts": draw(pairs(towns, advisors)),
        "declined": draw(pairs(towns, advisors)),
        "forbidden": draw(pairs(towns, advisors)),
        "history": draw(pairs(towns, advisors)),
        "locked": draw(st.one_of(st.just([]), st.just([]), pairs(towns, advisors, most=2))),
        "existing": draw(pairs(towns, advisors)),
    }
