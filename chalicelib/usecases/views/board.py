"""The board: a jurisdiction on one page, from counters. Costs its months and its units, never its obligations."""

from datetime import date, datetime, timedelta
from typing import Any

from ...core.ladder import local_day
from ...ports import Item, Key, Ports, Store
from ..signing_in.access import Bearer
from ..state import records
from ..state.references import reference
from ..state.tally import DONE, LATE, NO_DAY, OPEN

SOON = 30  # days
PAGE = 50


def board(store: Store, bearer: Bearer, now: datetime) -> dict[str, Any]:
    """{totals, days, units}: what is open, overdue, due within 30 days, done and done late - in all, by the last lawful day,
    by unit. Units with the most overdue first; what an office owes is no unit's."""
    bearer.must_be("authority", "admin")
    today, partition = local_day(now), f"board#{bearer.jurisdiction}"
    days: dict[str, dict[str, int]] = {}
    for month in store.query(partition, prefix="month#"):
        days |= month.value["days"]
    totals = _counted({day: counts[OPEN] for day, counts in days.items() if OPEN in counts}, today)
    totals |= {name: sum(counts.get(name, 0) for counts in days.values()) for name in (DONE, LATE)}
    units = [_unit(item, today) for item in store.query(partition, prefix="unit#")]
    units.sort(key=lambda unit: (-unit["overdue"], -unit["soon"], unit["name"]))
    return {"totals": totals, "days": {day: counts for day, counts in days.items() if day != NO_DAY}, "units": units}


def open_page(
    ports: Ports,
    bearer: Bearer,
    now: datetime,
    after: str | None = None,
    *,
    since: str | None = None,
    until: str | None = None,
    own: bool = False,
    limit: int = PAGE,
) -> dict[str, Any]:
    """A page of what is open, the longest overdue first: {rows, next}; `next` is the cursor of the following page, or None.
    `since`, `until`: last lawful days, both included, NO_DAY for what has none. `own`: what offices owe."""
    bearer.must_be("authority", "admin")
    name = "own" if own else "open"
    begin = after or (f"{name}#{since}" if since else None)
    end = f"{name}#{until}~" if until else None
    partition = f"board#{bearer.jurisdiction}"
    found = ports.store.query(partition, prefix=f"{name}#", after=begin, upto=end, limit=limit + 1)
    page = found[:limit]
    place = ports.rules.editions(bearer.jurisdiction)[-1]
    offices = {key: name.zh for key, name in place.authorities.items()}
    rows = [_row(item, now, place.name.zh, offices) for item in page]
    return {"rows": rows, "next": page[-1].key.sort if len(found) > limit else None}


def figures_of(store: Store, bearer: Bearer, party: str, now: datetime) -> dict[str, int]:
    """{open, overdue, soon, later, done, late} of one unit, from its counter."""
    item = store.get(Key(f"board#{bearer.jurisdiction}", f"unit#{party}"))
    counts = {**item.value["counts"]} if item else {}
    closed = {name: counts.pop(name, 0) for name in (DONE, LATE)}
    return {**_counted(counts, local_day(now)), **closed}


def _row(item: Item, now: datetime, place: str, offices: dict[str, str]) -> dict[str, Any]:
    _, _, kind, ident, obligation = item.key.sort.split("#", 4)
    is_ = item.value
    return {
        "holder": f"{kind}#{ident}",
        "obligation": obligation,
        "reference": reference(obligation),
        "state": records.state_of_row(is_, local_day(now)),
        "due_on": is_["dates"][2],
        "act_by": is_["dates"][3],
        "subject": is_["name"] or place,
        "offices": [offices[key] for key in is_["owed_by"] if key in offices],
        **{name: is_.get(name) for name in ("title", "article", "form", "for", "unit", "unit_name")},
    }


def _unit(item: Item, today: date) -> dict[str, Any]:
    counts = dict(item.value["counts"])
    closed = {name: counts.pop(name, 0) for name in (DONE, LATE)}
    return {"id": item.key.sort.removeprefix("unit#"), "name": item.value["name"], **_counted(counts, today), **closed}


def _counted(open_: dict[str, int], today: date) -> dict[str, int]:
    """{open, overdue, soon, later} of how many are open by their last lawful day; later ones are those without a day too."""
    first, last = today.isoformat(), (today + timedelta(days=SOON)).isoformat()
    every = sum(open_.values())
    overdue = sum(count for day, count in open_.items() if day < first)
    soon = sum(count for day, count in open_.items() if first <= day <= last)
    return {OPEN: every, "overdue": overdue, "soon": soon, "later": every - overdue - soon}
