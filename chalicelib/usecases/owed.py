"""What is owed: the stored duties that a bearer may see, nearest first. Nothing is evaluated anew.

Reads the obligations of each holder the bearer may see: a query a project for a unit, one a project of the whole place for
an office; and the profiles of those that owe something.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from ..core.errors import Text
from ..core.notice import Line
from ..ports import Key, Ports, Store
from . import records
from .access import Bearer
from .holder import whole_rows
from .references import reference
from .submit import summary

NOW_DUE = ("overdue", "open")
AHEAD = (*NOW_DUE, "upcoming", "waiting")
NO_DAY = "9999"  # after every day


def owed(
    ports: Ports, bearer: Bearer, now: datetime, until: date | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Summaries of what can be done now; or, with `until`, of all that has to be done by that day. Overdue ones come first,
    those without a day last. Beside what a receipt says of a duty, each has: reference, holder, unit (None for an office's
    own), subject (the name of the project, unit or place), sample, acknowledged, and mine: whether the bearer's party owes it."""
    office = office_of(ports.store, bearer)
    found = []
    seen = dict(holders_seen(ports.store, bearer))
    for partition, rows in whole_rows(ports, list(seen), now).items():
        for row in rows:
            told = _told(row, now, until)
            if told:
                mine = is_mine(row["is"], bearer, seen[partition], office)
                told |= {"holder": partition, "unit": seen[partition], "mine": mine}
                found.append(told)
    names = _named(ports, {duty["holder"] for duty in found})
    found = [{**duty, **names[duty["holder"]]} for duty in found]
    return sorted(found, key=lambda duty: (not is_late(duty), _nearest(duty), duty["subject"], duty["id"]))[:limit]


def is_late(duty: dict[str, Any]) -> bool:
    return duty["state"] == "overdue"


def duty_of(ports: Ports, bearer: Bearer, holder: str, obligation: str, now: datetime) -> dict[str, Any] | None:
    """One stored duty in the same words, whatever its state; None where there is none. Whether the bearer may see it is the
    caller's to know."""
    item = ports.store.get(records.obligation_key(holder, obligation))
    if item is None:
        return None
    kind, _, ident = holder.partition("#")
    unit = ident if kind == "party" else None
    if kind == "project":
        unit = ports.store.get(Key(holder, "profile")).value["unit"]
    mine = is_mine(item.value["is"], bearer, unit, office_of(ports.store, bearer))
    return {**_worded(item.value, now), "holder": holder, "unit": unit, "mine": mine, **_named(ports, {holder})[holder]}


def line_of(ports: Ports, duty: dict[str, Any]) -> Line:
    """A duty as a notice speaks of it."""
    return Line(
        reference=duty["reference"][:6],
        subject=duty["subject"],
        title=Text(**duty["title"]),
        article=duty["article"],
        place=ports.rules.editions(duty["jurisdiction"])[-1].name,
        dates=records.dates_of_row(duty),
        submit_to=tuple(duty["submit_to"]),
        form=duty["form"],
        kind="",
        late=False,
        sample=duty["sample"],
    )


def _told(row: dict[str, Any], now: datetime, until: date | None) -> dict[str, Any] | None:
    """The duty in a few words, if it is one to be listed."""
    is_ = row["is"]
    if not records.needs_reminding(is_) or is_["kind"] == "at_least":
        return None
    told = _worded(row, now)
    if told["state"] not in (AHEAD if until else NOW_DUE) or until and _nearest(told) > until.isoformat():
        return None
    return told


def _worded(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    is_ = row["is"]
    more = {name: is_[name] for name in ("jurisdiction", "dates")}
    return {**summary(is_, now), **more, "reference": reference(is_["id"]), "acknowledged": row.get("acknowledged")}


def _nearest(duty: dict[str, Any]) -> str:
    """The day that reminders count back from, while it lies ahead; else the last lawful one."""
    return duty["act_by"] or duty["due_on"] or NO_DAY


def holders_seen(store: Store, bearer: Bearer) -> Iterator[tuple[str, str | None]]:
    """Each holder that the bearer may see, and the unit it belongs to."""
    place = f"jurisdiction#{bearer.jurisdiction}"
    if bearer.role == "unit":
        parties = [f"party#{bearer.party}"]
    else:
        yield place, None
        parties = [item.key.sort for item in store.query(place, prefix="party#")]
    for party in parties:
        unit = party.partition("#")[2]
        yield party, unit
        for project in store.query(party, prefix="project#"):
            yield project.key.sort, unit


def office_of(store: Store, bearer: Bearer) -> str | None:
    """The key the rulebook gives the bearer's office."""
    profile = bearer.party and bearer.role == "authority" and store.get(records.party_key(bearer.party))
    return profile.value["authority"] if profile else None


def is_mine(is_: dict[str, Any], bearer: Bearer, unit: str | None, office: str | None) -> bool:
    owing = is_["owed_by"] or ["unit"]
    is_ours = unit is not None and unit == bearer.party
    return office in owing or is_ours and ("unit" in owing or "parent" in owing)


def _named(ports: Ports, holders: set[str]) -> dict[str, dict[str, Any]]:
    profiles = ports.store.get_many(Key(holder, "profile") for holder in holders)
    named = {}
    for holder in holders:
        kind, _, ident = holder.partition("#")
        profile = profiles[Key(holder, "profile")].value
        name = ports.rules.editions(ident)[-1].name.zh if kind == "jurisdiction" else profile["name"]
        named[holder] = {"subject": name, "sample": bool(profile.get("sample"))}
    return named
