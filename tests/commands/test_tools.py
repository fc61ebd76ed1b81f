"""What `make check` looks for beside the linters."""

import pytest

from tools.check_hosts import foreign
from tools.check_locks import differences, disagreements, pins
from tools.check_translations import problems

HASH = " \\\n    --hash=sha256:" + "0" * 64


def catalogue(*messages: str) -> str:
    return 'msgid ""\nmsgstr ""\n"Language: en\\n"\n\n' + "\n".join(messages)


def message(text: str, translation: str = "", *, flags: str = "", context: str = "") -> str:
    lines = [f"#, {flags}"] if flags else []
    lines += [f'msgctxt "{context}"'] if context else []
    return "\n".join([*lines, f'msgid "{text}"', f'msgstr "{translation}"', ""])


COLLECTED = catalogue(message("申込"), message("期限"))


def test_a_complete_catalogue_has_no_problem() -> None:
    assert problems(COLLECTED, catalogue(message("期限", "Due"), message("申込", "Application"))) == []


def test_missing_empty_and_fuzzy_texts_are_named() -> None:
    collected = catalogue(message("申込"), message("期限"), message("確認"), message("送信"))
    translated = catalogue(
        message("期限"), message("確認", "Confirm", flags="fuzzy"), message("送信", "Send")
    )
    assert problems(collected, translated) == ["missing: 申込", "empty: 期限", "fuzzy: 確認"]


def test_an_obsolete_translation_counts_for_nothing() -> None:
    obsolete = '#~ msgid "申込"\n#~ msgstr "Application"\n'
    assert problems(COLLECTED, catalogue(message("期限", "Due"), obsolete)) == ["missing: 申込"]


def test_the_context_is_part_of_the_text() -> None:
    collected = catalogue(message("件", context="count"))
    assert problems(collected, catalogue(message("件", "cases"))) == ["missing: 件"]


def test_every_plural_form_needs_its_translation() -> None:
    plural = 'msgid "%(n)s 件"\nmsgid_plural "%(n)s 件"\nmsgstr[0] "{one}"\nmsgstr[1] "{many}"\n'
    collected = catalogue(plural.format(one="", many=""))
    assert problems(collected, catalogue(plural.format(one="%(n)s case", many=""))) == ["empty: %(n)s 件"]
    assert problems(collected, catalogue(plural.format(one="%(n)s case", many="%(n)s cases"))) == []


def test_a_text_over_several_lines_is_one_text() -> None:
    split = 'msgid ""\n"申込は\\n"\n"\\"受付\\"中"\nmsgstr "Applications\\n are open"\n'
    joined = 'msgid "申込は\\n\\"受付\\"中"\nmsgstr ""\n'
    assert problems(catalogue(joined), catalogue(split)) == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<img alt='' src='//cdn.example/x.png'>",
        '<link rel="stylesheet"\n href="https://fonts.example/css">',
        "@import 'https://fonts.example/css';",
        "a { background: url( //cdn.example/x.png ) }",
        "fetch(`https://api.example/x`)",
        'import x from "https://esm.example/x.js"',
        '<form action="https://elsewhere.example/">',
        '<button hx-post="https://elsewhere.example/">',
        '<use href="https://cdn.example/i.svg#a"/>',
    ],
)
def test_a_load_from_another_host_is_found(text: str) -> None:
    assert [line for line, _ in foreign(f"\n{text}")]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://www.soumu.go.jp/">総務省</a>',
        '<script src="/static/htmx.min.js"></script>',
        '<svg xmlns="http://www.w3.org/2000/svg">',
        "// see https://example.org/",
        "a { background: url('/static/x.png') }",
        "fetch('/api/v1/calls/')",
    ],
)
def test_links_own_files_and_names_are_no_loads(text: str) -> None:
    assert list(foreign(text)) == []


def test_a_lock_in_step_has_no_difference() -> None:
    lock = f"django==5.2.19{HASH}\n    # via x\nuvicorn==1.0 ; python_version < '3.12'{HASH}\n"
    assert list(differences(["Django>=5.2.19,<5.3", "uvicorn[standard]"], lock, "lock")) == []


def test_what_a_lock_lacks_has_out_of_range_or_without_hash_is_named() -> None:
    lock = f"django==5.1{HASH}\nredis==5.0\n"
    assert list(differences(["Django>=5.2,<5.3", "redis", "Pillow"], lock, "lock")) == [
        "lock: Django 5.1 is locked, <5.3,>=5.2 is required",
        "lock: Pillow is required and not locked",
        "lock: redis has no hash",
    ]


def test_both_locks_have_the_same_runtime() -> None:
    assert pins("django-q2[croniter]==1.11.1 \\\n") == {"django-q2": {"1.11.1"}}
    assert list(disagreements("a==1\nb==2\n", "a==1\nb==3\nc==1\n")) == [
        "requirements-dev.lock: b is not 2 as in requirements.lock"
    ]
