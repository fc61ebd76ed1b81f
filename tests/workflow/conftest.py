"""What several tests of the door need: a transition that is declared otherwise for one test."""

from dataclasses import replace

import pytest

from engagements.applications.models import Call
from workflow.doors import rules


@pytest.fixture
def declare(monkeypatch):
    """Declare a transition of the call differently for one test."""

    def change(name, **parts):
        monkeypatch.setitem(rules(Call), name, replace(rules(Call)[name], **parts))

    return change
