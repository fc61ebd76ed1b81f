"""The priority that the programme's rows recommend for what a town answered."""

from __future__ import annotations

from typing import Any, NamedTuple

from engagements.programme.selectors import questions


class Reason(NamedTuple):
    """An answer that a rule of the programme counts, in words."""

    priority: int
    label: str
    answer: str


def reasons(application: Any) -> list[Reason]:
    """The rules that the answers meet, the highest first. One query for the questions, where there are rules."""
    programme = application.call.programme
    if not programme.priority_rules:
        return []
    asked = {question.key: question for question in questions(programme)}
    found = [
        Reason(
            rule["priority"], asked[rule["question"]].label, _words(asked[rule["question"]], rule["value"])
        )
        for rule in programme.priority_rules
        if rule["question"] in asked and _meets(application.answers.get(rule["question"]), rule["value"])
    ]
    return sorted(found, reverse=True)


def recommended(application: Any) -> int:
    """0 to 3: the highest priority of the rules that the answers meet."""
    return max((reason.priority for reason in reasons(application)), default=0)


def _meets(answer: Any, value: str) -> bool:
    if isinstance(answer, bool):
        return answer == (value == "yes")
    return value in answer if isinstance(answer, list) else answer is not None and str(answer) == value


def _words(question: Any, value: str) -> str:
    return str(dict(question.choices).get(value, value))
