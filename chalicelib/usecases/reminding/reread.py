"""Reread: just before a notice leaves, the facts are read again - what is done, moved or withdrawn is not said."""

from datetime import date, datetime
from typing import Any

from ...core.dates import Dates
from ...core.errors import Text
from ...core.ladder import counted_from
from ...core.notice import Line
from ...ports import Key, Ports
from ..state import records
from ..state.holder import basis_of, load
from ..state.plan import renew
from ..state.references import SHORT, reference
from ..telling import news
from ..telling.people import AUDIENCES, lead

SAID = "said"  # a step that carries words of an admin's
SNOOZED = "snoozed"
MOVED = "moved"
TIMELESS = ("new", SNOOZED)  # said whatever the dates have become


def reread(ports: Ports, step: dict[str, Any], now: datetime) -> tuple[Line | None, str]:
    """The step as a line of the notice, if the facts of this moment still call for it; else why not."""
    if step["kind"] == SAID:
        return _of_words(step), ""
    if step["kind"] in news.KINDS:
        return news.line(ports, step["holder"], step["obligation"], step["kind"]), "gone"
    key = records.obligation_key(step["holder"], step["obligation"])
    item = ports.store.get(key)
    if item is None:
        return None, "gone"
    if item.value["basis"] != basis_of(ports, item.value["is"]["jurisdiction"]):
        renew(ports, load(ports.store, step["holder"]), now)
        item = ports.store.get(key)
    row = {**records.NEW_ROW, **item.value}
    if why := _why_not(step, row):
        return None, why
    return _line(ports, step, row), ""


def _why_not(step: dict[str, Any], row: dict[str, Any]) -> str:
    is_, kind, to = row["is"], step["kind"], step["to"]
    if is_["done_on"]:
        return "done"
    if not records.needs_reminding(is_):
        return is_["closed"] or "suspended"
    if kind not in TIMELESS and not step["rung"].endswith(f"@{counted_from(kind, records.dates_of_row(is_))}"):
        return "date moved"
    if kind == "unheard" and row["acknowledged"]:
        return "acknowledged"
    if kind != SNOOZED and row["said"].get(to) != step["rung"]:
        return "superseded"  # a later rung was planned meanwhile: its own notice says it
    return ""


def _line(ports: Ports, step: dict[str, Any], row: dict[str, Any]) -> Line:
    is_ = row["is"]
    book = ports.rules.editions(is_["jurisdiction"])[-1]
    profile = ports.store.get(Key(step["holder"], "profile")).value
    was = row["moved_from"] if step["kind"] == MOVED else None
    return Line(
        reference=reference(is_["id"])[:SHORT],
        subject=profile.get("name") or book.name.zh,
        title=Text(**is_["title"]),
        article=is_["article"],
        place=book.name,
        dates=records.dates_of_row(is_),
        submit_to=tuple(is_["submit_to"]),
        form=is_["form"],
        kind=step["kind"],
        late=step["late"],
        sample=bool(profile.get("sample")),
        unit=lead(ports, step["holder"], is_) if step["to"] != AUDIENCES[0] else "",
        to=step["to"],
        moved_from=date.fromisoformat(was) if was and was != is_["dates"][2] else None,
    )


def _of_words(step: dict[str, Any]) -> Line:
    return Line(
        reference="",
        subject=step["subject"],
        title=Text(**step["title"]),
        article="",
        place=Text("", ""),
        dates=Dates(None),
        submit_to=(),
        form=None,
        kind=SAID,
        late=False,
        sample=False,
        said=Text(**step["text"]),
        asks=False,
    )
