"""A result as the file of the format."""

from __future__ import annotations

import json
from dataclasses import asdict

from advisors.matching.problem import FORMAT, Result


def encode_result(result: Result) -> bytes:
    """JSON in ASCII: any id can be written, also one that no encoding of a text could hold."""
    value = {
        "format": FORMAT,
        "status": result.status,
        "solve_ms": result.solve_ms,
        "objective": None if result.objective is None else dict(result.objective),
        "assignments": [
            {
                "town": given.town,
                "advisor": given.advisor,
                "seat": given.seat,
                "mode": given.mode,
                "km": given.km,
                "score": given.score,
                "parts": dict(given.parts),
            }
            for given in result.assignments
        ],
        "unmatched": [asdict(seat) for seat in result.unmatched],
        "errors": [{"code": fault.code, "ids": list(fault.ids)} for fault in result.errors],
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")
