"""Finding a project, a unit, a duty or a receipt by what somebody has of it: a part of its name, its code, its number.

Costs a page of the index of names (lookup.py) and a few keyed reads, whatever is stored. Within a unit its own projects are
looked through, a bounded number for a page (state/unit_projects.py).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ...core.cells import plain
from ...core.errors import Forbidden, NotFound
from ...ports import Item, Key, Ports
from ..signing_in.access import Bearer, may_see
from ..state import lookup, natural, records, references
from ..state.unit_projects import projects_page
from .duty import may_see_duty
from .owed import duty_of

PAGE = 30
A_READ = 100  # entries of the index at a time
MOST_READ = 1000  # of them for a page: beyond, the reader goes on by the link to the next
MOST_WORDS = 5  # that are looked for in the index
KINDS = {"projects": "project", "units": "party"}
LONGEST = 100  # characters


def exact(ports: Ports, bearer: Bearer, words: str, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """What is called so and not otherwise: {projects, units} by id or code, {duties} by reference, {receipts} by number. Each
    list is empty where there is none that the bearer may see."""
    store, word = ports.store, plain(words)[:LONGEST]
    if not word:
        return {"projects": [], "units": [], "duties": [], "receipts": []}
    projects = natural.projects(store, bearer.jurisdiction, [word]).values()
    units = natural.parties(store, bearer.jurisdiction, [word]).values() if bearer.role != "unit" else ()
    called = (known for known in references.called(store, word) if may_see_duty(ports, bearer, *known))
    duties = (duty_of(ports, bearer, *known, now) for known in called)
    return {
        "projects": _worded(ports, bearer, [f"project#{ident}" for ident in projects]),
        "units": _worded(ports, bearer, [f"party#{ident}" for ident in units]),
        "duties": [duty for duty in duties if duty],
        "receipts": list(_receipts(ports, bearer, word)),
    }


def _receipts(ports: Ports, bearer: Bearer, word: str) -> Iterator[dict[str, Any]]:
    """What was sent in under the number, or under the id that the number is made of."""
    bare = word.replace("-", "")
    known = dict.fromkeys(
        [*references.received(ports.store, bare), *references.received(ports.store, references.receipt_number(word))]
    )
    for holder, ident in known:
        try:
            profile = may_see(ports, bearer, holder)
            if holder.startswith("jurisdiction#"):
                bearer.must_be("authority", "admin")
        except (Forbidden, NotFound):
            continue
        item = ports.store.get(Key(holder, f"submission#{ident}"))
        kind, _, subject = holder.partition("#")
        if item:
            about = {"kind": "unit" if kind == "party" else kind, "subject": subject, "name": profile.get("name", "")}
            yield {**about, "id": ident, "form": item.value["form"], "at": item.value["at"]}


def named(
    ports: Ports, bearer: Bearer, what: str, words: str, now: datetime, after: str | None = None, limit: int = PAGE
) -> dict[str, Any]:
    """Those whose name, code or id holds all the words: {rows, next}; `what` is "projects" or "units". A row has id, name,
    code and, of a project, unit and unit_name. `next`: the cursor of the following page, or None; a page may be empty and have
    one. A unit finds its own projects."""
    wanted = lookup.folded(words[:LONGEST]).split()
    if not wanted or what not in KINDS or (bearer.role == "unit" and what == "units"):
        return {"rows": [], "next": None}
    if bearer.role == "unit":
        return _own(ports, bearer, words[:LONGEST], now, after, limit)
    kind, rows = KINDS[what], []
    driver = _driver(ports, bearer, kind, wanted)
    for _ in range(MOST_READ // A_READ):
        entries = lookup.begun(ports.store, bearer.jurisdiction, kind, driver, after, A_READ)
        for entry, row in _fitting(ports, bearer, entries, wanted, driver):
            if len(rows) == limit:
                return {"rows": rows, "next": after}
            rows.append(row)
            after = entry.key.sort
        after = entries[-1].key.sort if entries else after
        if len(entries) < A_READ:
            return {"rows": rows, "next": None}
    return {"rows": rows, "next": after}


def _driver(ports: Ports, bearer: Bearer, kind: str, wanted: list[str]) -> str:
    """The word by which the index is read: the longest that it has at all, for one may be of the unit's name."""
    words = sorted(wanted, key=len, reverse=True)[:MOST_WORDS]
    there = (word for word in words if lookup.begun(ports.store, bearer.jurisdiction, kind, word, None, 1))
    return next(there, words[0])


def _fitting(
    ports: Ports, bearer: Bearer, entries: list[Item], wanted: list[str], driver: str
) -> Iterator[tuple[Item, dict[str, Any]]]:
    """The entries whose holders hold all the words, each holder once."""
    rows = {f"{row['kind']}#{row['id']}": row for row in _worded(ports, bearer, {entry.value["holder"] for entry in entries})}
    for entry in entries:
        row = rows.get(entry.value["holder"])
        if row and lookup.is_first(entry, lookup.words_of(row), driver) and lookup.holds(row, row["unit_name"], wanted):
            yield entry, row


def _worded(ports: Ports, bearer: Bearer, holders: Iterable[str]) -> list[dict[str, Any]]:
    """Projects and parties of the bearer's place - of a unit, its own - in the words of a list."""
    holders = list(holders)
    found = ports.store.get_many(Key(holder, "profile") for holder in holders)
    there = [(holder, found[Key(holder, "profile")].value) for holder in holders if Key(holder, "profile") in found]
    profiles = [(holder, profile) for holder, profile in there if profile["jurisdiction"] == bearer.jurisdiction]
    units = ports.store.get_many(records.party_key(profile["unit"]) for _, profile in profiles if "unit" in profile)
    rows = []
    for holder, profile in profiles:
        kind = holder.partition("#")[0]
        unit = profile.get("unit", profile["id"])
        if bearer.role == "unit" and unit != bearer.party or kind == "party" and not profile["is_unit"]:
            continue
        owner = units.get(records.party_key(unit))
        rows.append(
            {
                "kind": kind,
                "id": profile["id"],
                "name": profile["name"],
                "code": profile.get("code") or profile.get("uscc"),
                "unit": unit,
                "unit_name": owner.value["name"] if owner else "",
            }
        )
    return rows


def _own(ports: Ports, bearer: Bearer, words: str, now: datetime, after: str | None, limit: int) -> dict[str, Any]:
    page = projects_page(ports.store, bearer.party, now, words, after, limit=limit)
    return {"rows": _worded(ports, bearer, [f"project#{each['id']}" for each in page["projects"]]), "next": page["next"]}
