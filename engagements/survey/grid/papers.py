"""Forms, what was written on them, and what was noticed: the cells that stand for lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.survey.grid.cells import BadCell, Shown, parse_text
from engagements.survey.grid.columns import DEFAULT_CATEGORY
from engagements.survey.measures import CATEGORIES
from engagements.survey.plain import one_line

WRITES_NEED_A_FORM = gettext_lazy("書いた回数があるので、申請書の数か名前を入れてください。")
Raw = MutableMapping[str, Any]
Item = Mapping[str, Any]


def _has(item: Item, *names: str) -> bool:
    """Whether any of these fields says something."""
    return any(item.get(name) not in (None, "", []) for name in names)


def _more_than(item: Item, *names: str) -> bool:
    """Whether the item has fields beside these."""
    return bool(set(item) - set(names))


def forms_of(visit: Item) -> list[Any]:
    return visit.get("forms") or []


# --- forms -----------------------------------------------------------------------------------


def show_forms(visit: Item) -> tuple[Shown, Shown]:
    """How many forms, and their names."""
    forms = forms_of(visit)
    names = "、".join(one_line(form.get("name") or "") for form in forms if form.get("name"))
    locked = (
        ""
        if _plain_forms(forms)
        else _("枚数や、申請書ごとの記入の記録があります。「記録を直す」の画面で直せます。")
    )
    return Shown(str(len(forms)) if forms else "", locked), Shown(names, locked)


def _plain_forms(forms: Sequence[Item]) -> bool:
    """Whether the forms hold nothing but names, the first also what was written at the visit."""
    if any(_has(form, "pages") or _more_than(form, "name", "pages", "writes") for form in forms):
        return False
    if any(_has(form, "writes") for form in forms[1:]):
        return False
    named = [bool(form.get("name")) for form in forms]
    separated = any(re.search("[、,\r\n]", form.get("name") or "") for form in forms)
    return not separated and named == sorted(named, reverse=True)


def set_forms(visit: Raw, count: int | None, names: str) -> None:
    """Forms by their place: names replaced, some added or taken away at the end."""
    wanted = [name for name in (part.strip() for part in re.split("[、,]", names)) if name]
    number = len(wanted) if count is None else count
    if number < len(wanted):
        raise BadCell(_("申請書の名前が%(names)sつあります。数を合わせてください。") % {"names": len(wanted)})
    if number > 100:
        raise BadCell(_("申請書は100件までにしてください。"))
    forms = forms_of(visit)
    if not number and any(_has(form, "writes") for form in forms):
        raise BadCell(str(WRITES_NEED_A_FORM))
    kept = [dict(form) for form in forms[:number]] + [{} for _more in range(number - len(forms))]
    for index, form in enumerate(kept):
        _put(form, "name", wanted[index] if index < len(wanted) else None)
    _put(visit, "forms", [{k: form[k] for k in sorted(form, key="name pages writes".find)} for form in kept])


def _put(holder: Raw, name: str, value: Any) -> None:
    if value in (None, []):
        holder.pop(name, None)
    else:
        holder[name] = value


# --- writes ----------------------------------------------------------------------------------


def _writes(visit: Item) -> list[tuple[Any, Any]]:
    return [(form, write) for form in forms_of(visit) for write in form.get("writes") or ()]


def _by_hand(write: Item) -> bool:
    return write.get("how") in (None, "", "written")


def _plain_write(write: Item) -> bool:
    return not _has(write, "person", "at") and not _more_than(write, "field", "times", "person", "how", "at")


def _show_sum(entries: Sequence[tuple[Any, Any]], *, plain: bool) -> Shown:
    if not entries:
        return Shown()
    locked = (
        ""
        if plain and len(entries) == 1 and _plain_write(entries[0][1])
        else _("誰の分か、いつ書いたかなどの記録があります。「記録を直す」の画面で直せます。")
    )
    return Shown(str(sum(write["times"] for _form, write in entries)), locked)


def written(visit: Item, field: str) -> list[tuple[Any, Any]]:
    return [(form, write) for form, write in _writes(visit) if _by_hand(write) and write["field"] == field]


def avoided(visit: Item) -> list[tuple[Any, Any]]:
    return [(form, write) for form, write in _writes(visit) if not _by_hand(write)]


def show_written(visit: Item, field: str) -> Shown:
    """How often a field was written by hand at this visit."""
    return _show_sum(written(visit, field), plain=True)


def show_avoided(visit: Item) -> Shown:
    """How often something was not written: printed already, typed by staff, or only checked."""
    entries = avoided(visit)
    plain = all(write["field"] == "other" and write["how"] == "prefilled" for _form, write in entries)
    return _show_sum(entries, plain=plain)


def set_writes(
    visit: Raw, entries: Sequence[tuple[Any, Any]], new: dict[str, Any], times: int | None
) -> None:
    """One entry of the visit's first form: changed, added or taken away."""
    if entries:
        form, write = entries[0]
        if times is None:
            form["writes"] = [other for other in form["writes"] if other is not write]
        else:
            write["times"] = times
    elif times is not None:
        forms = forms_of(visit)
        if not forms:
            raise BadCell(str(WRITES_NEED_A_FORM))
        forms[0]["writes"] = [*(forms[0].get("writes") or ()), {"field": new["field"], "times": times} | new]


# --- observations -----------------------------------------------------------------------------


def _of_kind(holder: Item, kind: str) -> list[Any]:
    return [item for item in holder.get("observations") or () if item["kind"] == kind]


def show_observations(holder: Item, kind: str) -> tuple[Shown, Shown]:
    """The texts of one kind, a line each, and their category."""
    found = _of_kind(holder, kind)
    categories = {item["category"] for item in found}
    plain = len(categories) <= 1 and all(_plain_observation(item) for item in found)
    locked = (
        ""
        if plain
        else _("見出し・時刻・写真などの記録があります。直すときは、書き出したファイルで直してください。")
    )
    category = next(iter(categories)) if len(categories) == 1 else ""
    return (
        Shown("\n".join(item["text"] for item in found), locked),
        Shown("" if category == DEFAULT_CATEGORY else category, locked),
    )


def _plain_observation(item: Item) -> bool:
    known = ("kind", "category", "text", "heading", "at", "photo")
    broken = re.search(r"[\r\n]", item["text"]) or not item["text"].strip()
    return not (broken or _has(item, "heading", "at", "photo") or _more_than(item, *known))


def set_observations(holder: Raw, kind: str, typed: str, category: str) -> None:
    """A line an observation, by its place among those of its kind; all of one category."""
    lines = [line for line in (parse_text(part) for part in typed.splitlines()) if line]
    chosen = category or DEFAULT_CATEGORY
    if chosen not in CATEGORIES:
        raise BadCell(_("一覧から選んでください。"))
    found = _of_kind(holder, kind)
    for item, line in zip(found, lines, strict=False):
        item["text"], item["category"] = line, chosen
    surplus = [id(item) for item in found[len(lines) :]]
    kept = [item for item in holder.get("observations") or () if id(item) not in surplus]
    new = [{"kind": kind, "category": chosen, "text": line} for line in lines[len(found) :]]
    _put(holder, "observations", kept + new)
