"""What is owed: the stored duties that a bearer may see, nearest first. Nothing is evaluated anew.

Where there is little (see `is_small`), or no limit, the obligations of each holder the bearer may see are read: a query a
project. Else the lists of the tally say which are nearest, and only those are read: a page costs the same whatever is stored,
and what was reported a moment ago joins the lists with the next tick.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from ...core.errors import Text
from ...core.notice import Line
from ...ports import Item, Key, Ports, Store
from ..signing_in.access import Bearer
from ..state import records
from ..state.holder import FACTS
from ..state.plan import whole_rows
from ..state.records import summary
from ..state.references import reference
from ..state.tally import unit_board

NOW_DUE = ("overdue", "open")
AHEAD = (*NOW_DUE, "upcoming", "waiting")
NO_DAY = "9999"  # after every day
FEW = 30  # projects, and parties: of so few every obligation is read
A_READ = 100  # entries of a list at a time
MOST_READ = 1000  # of them, where most are not to be done yet
LONGEST_REST = timedelta(days=31)  # act_by is the last working day before due_on: no holiday parts them by more


def owed(
    ports: Ports,
    bearer: Bearer,
    now: datetime,
    until: date | None = None,
    limit: int | None = None,
    *,
    mine: bool | None = None,
    only: str | None = None,
) -> list[dict[str, Any]]:
    """Summaries of what can be done now; or, with `until`, of all that has to be done by that day. Overdue ones come first,
    those without a day last. Beside what a receipt says of a duty, each has: reference, holder, unit (None for an office's
    own), subject (the name of the project, unit or place), sample, acknowledged, and mine: whether the bearer's party owes it.
    `mine`: only those of which that is so. `only`: a holder that the bearer may see, of which alone they are.
    With a limit, and where there is much, they come in the order of their last lawful days, of the nearest MOST_READ open."""
    if limit and not only and not is_small(ports.store, bearer):
        entries = _entries(ports.store, bearer, until, mine)
        return list(islice(_nearest_of(ports, bearer, entries, now, until, mine), limit))
    office = office_of(ports.store, bearer)
    found = []
    seen = {only: _unit_of(ports.store, only)} if only else dict(holders_seen(ports.store, bearer))
    for partition, rows in whole_rows(ports, list(seen), now).items():
        for row in rows:
            told = _told(row, now, until)
            if told:
                whose = is_mine(row["is"], bearer, seen[partition], office)
                found.append({**told, "holder": partition, "unit": seen[partition], "mine": whose})
    found = _with_names(ports, [duty for duty in found if mine in (None, duty["mine"])])
    return sorted(found, key=lambda duty: (not is_late(duty), _nearest(duty), duty["subject"], duty["id"]))[:limit]


def is_small(store: Store, bearer: Bearer) -> bool:
    """Whether so little is the bearer's to see that all of it may be read at once."""
    if bearer.role == "unit":
        parties = [f"party#{bearer.party}"]
    else:
        found = store.query(f"jurisdiction#{bearer.jurisdiction}", prefix="party#", limit=FEW + 1)
        parties = [item.key.sort for item in found]
    left = FEW if len(parties) <= FEW else -1
    for party in parties:
        if left < 0:
            break
        left -= len(store.query(party, prefix="project#", limit=left + 1))
    return left >= 0


def listed(
    ports: Ports,
    bearer: Bearer,
    now: datetime,
    name: str,
    after: str | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int,
) -> dict[str, Any]:
    """A page of a unit's list, "open" or "awaited": {duties, next}, in the order of their last lawful days, whatever their
    state; `next` is the cursor of the following page, or None. `since`, `until`: those days, both included."""
    begin = after or (f"{name}#{since}" if since else None)
    end = f"{name}#{until}~" if until else None
    found = ports.store.query(unit_board(bearer.party), prefix=f"{name}#", after=begin, upto=end, limit=limit + 1)
    office = office_of(ports.store, bearer)
    duties = [
        {**_worded(row, now), "holder": holder, "unit": unit, "mine": is_mine(row["is"], bearer, unit, office)}
        for holder, unit, row in _rows(ports, found[:limit], now)
        if records.needs_reminding(row["is"])
    ]
    return {"duties": _with_names(ports, duties), "next": found[limit - 1].key.sort if len(found) > limit else None}


def _entries(store: Store, bearer: Bearer, until: date | None, mine: bool | None) -> Iterator[Item]:
    """The entries of the lists that hold what the bearer may see, nearest first; of what is theirs or not where that is
    asked."""
    board = f"board#{bearer.jurisdiction}"
    if bearer.role == "unit":
        lists = [
            (unit_board(bearer.party), name) for name, whose in (("open", True), ("awaited", False)) if mine in (None, whose)
        ]
    elif mine:
        lists = [(board, "own"), *([(unit_board(bearer.party), "open")] if bearer.party else [])]
    else:
        lists = [(board, "open")]
    return merge(*(_entries_of(store, *of, until) for of in lists), key=lambda item: item.key.sort.partition("#")[2])


def _entries_of(store: Store, partition: str, name: str, until: date | None) -> Iterator[Item]:
    after, end = None, None
    if until and until < date.max - LONGEST_REST:
        end = f"{name}#{until + LONGEST_REST}~"
    while True:
        page = store.query(partition, prefix=f"{name}#", after=after, upto=end, limit=A_READ)
        yield from page
        if len(page) < A_READ:
            return
        after = page[-1].key.sort


def _nearest_of(
    ports: Ports, bearer: Bearer, entries: Iterator[Item], now: datetime, until: date | None, mine: bool | None
) -> Iterator[dict[str, Any]]:
    """The duties of the entries that are to be listed, read so many at a time."""
    office, entries = office_of(ports.store, bearer), islice(entries, MOST_READ)
    while some := list(islice(entries, A_READ)):
        found = []
        for holder, unit, row in _rows(ports, some, now):
            told = _told(row, now, until)
            whose = is_mine(row["is"], bearer, unit, office)
            if told and mine in (None, whose):
                found.append({**told, "holder": holder, "unit": unit, "mine": whose})
        yield from _with_names(ports, found)


def _rows(ports: Ports, entries: Iterable[Item], now: datetime) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """(holder, unit, stored obligation) of each entry whose obligation is still there; of a holder whose plan is being written
    in parts, what the facts give."""
    places = {}
    for item in entries:
        _, _, kind, ident, obligation = item.key.sort.split("#", 4)
        holder = f"{kind}#{ident}"
        places[records.obligation_key(holder, obligation)] = (holder, item.value["unit"] or None)
    rows = {key: item.value for key, item in ports.store.get_many(places).items()}
    facts = ports.store.get_many(Key(holder, FACTS) for holder, _ in places.values())
    parted = [key.partition for key, item in facts.items() if item.value.get("unfinished")]
    for holder, whole in whole_rows(ports, parted, now).items():
        rows |= {records.obligation_key(holder, row["is"]["id"]): row for row in whole}
    return ((*place, rows[key]) for key, place in places.items() if key in rows)


def is_late(duty: dict[str, Any]) -> bool:
    return duty["state"] == "overdue"


def duty_of(ports: Ports, bearer: Bearer, holder: str, obligation: str, now: datetime) -> dict[str, Any] | None:
    """One stored duty in the same words, whatever its state; None where there is none. Whether the bearer may see it is the
    caller's to know."""
    item = ports.store.get(records.obligation_key(holder, obligation))
    if item is None:
        return None
    unit = _unit_of(ports.store, holder)
    mine = is_mine(item.value["is"], bearer, unit, office_of(ports.store, bearer))
    return {**_worded(item.value, now), "holder": holder, "unit": unit, "mine": mine, **_named(ports, {holder})[holder]}


def _unit_of(store: Store, holder: str) -> str | None:
    kind, _, ident = holder.partition("#")
    if kind == "project":
        return store.get(Key(holder, "profile")).value["unit"]
    return ident if kind == "party" else None


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


def _with_names(ports: Ports, duties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = _named(ports, {duty["holder"] for duty in duties})
    return [{**duty, **names[duty["holder"]]} for duty in duties]


def _named(ports: Ports, holders: set[str]) -> dict[str, dict[str, Any]]:
    profiles = ports.store.get_many(Key(holder, "profile") for holder in holders)
    named = {}
    for holder in holders:
        kind, _, ident = holder.partition("#")
        profile = profiles[Key(holder, "profile")].value
        name = ports.rules.editions(ident)[-1].name.zh if kind == "jurisdiction" else profile["name"]
        named[holder] = {"subject": name, "sample": bool(profile.get("sample"))}
    return named
