"""The board: a jurisdiction on one page, from counters. Costs its months and its units, never its obligations."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from ..core.ladder import local_day
from ..ports import Item, Ports, Store
from . import records
from .access import Bearer
from .references import reference
from .tally import NO_DAY, OPEN

SOON = 30  # days
PAGE = 50
OWN = 20  # of the offices' own duties on the first page


def board(store: Store, bearer: Bearer, now: datetime) -> dict[str, Any]:
    """{totals, days, units}: what is open, overdue, due within 30 days, done and done late - in all, by the last lawful day,
    by unit. Units with the most overdue first; what an office owes is no unit's."""
    bearer.must_be("authority", "admin")
    today, partition = local_day(now), f"board#{bearer.jurisdiction}"
    days: dict[str, dict[str, int]] = {}
    for month in store.query(partition, prefix="month#"):
        days |= month.value["days"]
    totals: Counter = Counter()
    for day, counts in days.items():
        totals.update({name: count for name, count in counts.items()})
        totals.update(_urgency(day, counts.get(OPEN, 0), today))
    units = [_unit(item, today) for item in store.query(partition, prefix="unit#")]
    units.sort(key=lambda unit: (-unit["overdue"], -unit["soon"], unit["name"]))
    return {"totals": _all(totals), "days": {day: counts for day, counts in days.items() if day != NO_DAY}, "units": units}


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
        **{name: is_[name] for name in ("title", "article", "form", "unit", "unit_name")},
    }


def _unit(item: Item, today: date) -> dict[str, Any]:
    counts: Counter = Counter()
    for name, count in item.value["counts"].items():
        if name[:1].isdigit():
            counts[OPEN] += count
            counts.update(_urgency(name, count, today))
        else:
            counts[name] += count
    return {"id": item.key.sort.removeprefix("unit#"), "name": item.value["name"], **_all(counts)}


def _urgency(day: str, count: int, today: date) -> dict[str, int]:
    if day < today.isoformat():
        return {"overdue": count}
    return {"soon": count} if day != NO_DAY and (date.fromisoformat(day) - today).days <= SOON else {}


def _all(counts: Counter) -> dict[str, int]:
    """`later`: what is open and neither overdue nor due within 30 days, or has no last day."""
    later = counts[OPEN] - counts["overdue"] - counts["soon"]
    return {**{name: counts[name] for name in (OPEN, "overdue", "soon", "done", "late")}, "later": later}
