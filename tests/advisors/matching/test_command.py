"""solve_matching: files in, file out, exit codes, time limits."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.advisors.matching.rounds import a_round, a_town, an_advisor


def solve(tmp_path, value, *options):
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    if value is not None:
        source.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    code = 0
    try:
        call_command("solve_matching", "--input", str(source), "--output", str(target), *options)
    except SystemExit as end:
        code = end.code
    return code, json.loads(target.read_bytes())


def crowded(towns=12, advisors=6):
    return a_round(
        towns=[a_town(f"T{n:02d}", priority=n % 4) for n in range(towns)],
        advisors=[an_advisor(f"A{n}", capacity=2) for n in range(advisors)],
    )


def test_the_whole_answer(tmp_path):
    value = a_round(
        towns=[
            a_town("T1", preferred=["A9", "A1"], wants=["transfer", "forms"]),
            a_town("T2", mode="online"),
        ],
        advisors=[an_advisor("A1")],
        history=[["T1", "A1"]],
    )
    code, found = solve(tmp_path, value)
    assert code == 0
    assert found.pop("solve_ms") >= 0
    assert found == {
        "format": "madoguchi-matching/1",
        "status": "OPTIMAL",
        "objective": {
            "coverage": 2,
            "matched": 1,
            "kept": 0,
            "min_score": 680,
            "score": 680,
            "load_sq": 1,
            "max_load": 1,
            "trainee_coverage": 0,
            "trainee_matched": 0,
            "trainee_score": 0,
        },
        "assignments": [
            {
                "town": "T1",
                "advisor": "A1",
                "seat": "lead",
                "mode": "online",
                "km": 1045,
                "score": 680,
                "parts": {
                    "expertise": 55,
                    "preference": 70,
                    "size": 100,
                    "distance": 50,
                    "continuity": 100,
                },
            }
        ],
        "unmatched": [{"town": "T2", "seat": "lead", "reason": "OUTRANKED"}],
        "errors": [],
    }


def test_nothing_asked_nothing_given(tmp_path):
    code, found = solve(tmp_path, a_round())
    assert (code, found["status"], found["assignments"]) == (0, "OPTIMAL", [])
    assert found["objective"]["min_score"] == -1


@pytest.mark.parametrize("value", [None, b"{"], ids=["missing", "broken"])
def test_an_unreadable_file_is_invalid_input(tmp_path, value):
    code, found = solve(tmp_path, value)
    assert (code, found["status"], found["errors"]) == (
        2,
        "INVALID_INPUT",
        [{"code": "BAD_VALUE", "ids": []}],
    )


def test_an_impossible_lock_ends_with_3(tmp_path):
    code, found = solve(tmp_path, a_round(towns=[a_town("T1")], locked=[["T1", "A1"]]))
    assert (code, found["status"], found["objective"]) == (3, "INFEASIBLE", None)


@pytest.mark.parametrize("limit", ["0", "60"])
def test_a_limit_ends_the_run_with_a_valid_answer(tmp_path, limit):
    code, found = solve(tmp_path, crowded(), "--time-limit", limit)
    assert code == 0
    assert found["status"] == ("FEASIBLE" if limit == "0" else "OPTIMAL")
    assert found["objective"]["matched"] == 12


@pytest.mark.parametrize("limit", ["-1", "soon", "nan", "inf"])
def test_a_limit_is_a_number_of_seconds(tmp_path, limit):
    with pytest.raises(CommandError):
        call_command("solve_matching", "--input", "a", "--output", "b", "--time-limit", limit)


def test_giant_weights_are_answered_but_not_called_proven(tmp_path):
    value = crowded()
    value["params"] = value["params"] | {"weights": dict.fromkeys(value["params"]["weights"], 10**30)}
    code, found = solve(tmp_path, value)
    assert (code, found["status"], found["objective"]["matched"]) == (0, "FEASIBLE", 12)
    assert found["objective"]["score"] == sum(pair["score"] for pair in found["assignments"])


def test_an_output_that_cannot_be_written(tmp_path, capsys):
    source = tmp_path / "in.json"
    source.write_text(json.dumps(a_round()))
    with pytest.raises(SystemExit) as end:
        call_command("solve_matching", "--input", str(source), "--output", str(tmp_path))
    assert end.value.code == 1
    assert str(tmp_path) in capsys.readouterr().err
