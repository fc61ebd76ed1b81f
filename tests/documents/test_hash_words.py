"""A 照合値 always says of what: of the content (printed on the paper) or of the file (named by consents and answers)."""

import re
from pathlib import Path

import pytest
from django.test import Client

from engagements.documents.builders.paper import grouped
from engagements.documents.models import Document
from engagements.documents.services import content_hash
from tests.factories.everything import everything

ROOT = Path(__file__).resolve().parent.parent.parent
SAID = ("内容の", "ファイルの", "入力の", "記録の")
PLACES = (
    "templates/**/*.html",
    "accounts/**/*.py",
    "advisors/**/*.py",
    "engagements/**/*.py",
    "oversight/**/*.py",
)


def test_no_text_speaks_of_a_hash_without_saying_of_what():
    bare = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for pattern in PLACES
        for path in ROOT.glob(pattern)
        for line in path.read_text().splitlines()
        for found in re.finditer("照合値", line)
        if not line[: found.start()].endswith(SAID)
    ]
    assert bare == []


@pytest.mark.sqlite
@pytest.mark.django_db
def test_the_page_of_a_paper_shows_the_value_that_is_printed_and_the_files_own():
    made = everything()
    paper = made.of["document"]
    Document.objects.filter(pk=paper.pk).update(sha256="ab" * 32)
    client = Client()
    client.force_login(made.people["secretariat"])
    shown = re.sub(r"<[^>]*>", "", client.get(paper.get_absolute_url()).content.decode())
    assert f"内容の照合値{grouped(content_hash(paper.snapshot))}" in re.sub(r"\s*\n\s*", "", shown)
    assert f"ファイルの照合値{grouped('ab' * 32)}" in re.sub(r"\s*\n\s*", "", shown)
