"""The projects of a unit, a page at a time, each with how much it has to do - as the tally counted it."""

from datetime import datetime
from typing import Any

from ...core.ladder import local_day
from ...ports import Item, Key, Store
from . import records
from .lookup import folded, holds
from .tally import NO_DAY, OPEN

A_READ = 100  # projects at a time while looking for one
MOST_READ = 1000  # of them for a page: beyond, the reader goes on by the link to the next


def projects_page(
    store: Store, party: str, now: datetime, words: str = "", after: str | None = None, *, limit: int
) -> dict[str, Any]:
    """Those that are found by all the words (lookup.holds), in the order of their ids: {projects: [{id, name, current, overdue,
    next: the nearest last lawful day}], next: the cursor of the following page, or None}. A page may be empty and have a next."""
    shown, following = _found(store, party, folded(words).split(), after, limit)
    tallies = store.get_many(Key(f"project#{project['id']}", "tally") for project in shown)
    today = local_day(now).isoformat()
    for project in shown:
        tally = tallies.get(Key(f"project#{project['id']}", "tally"))
        places = tally.value["counted"].values() if tally else ()
        days = sorted(day for day, bucket, unit, _ in places if bucket == OPEN and unit)
        nearest = days[0] if days and days[0] != NO_DAY else None
        project |= {"current": len(days), "overdue": sum(day < today for day in days), "next": nearest}
    return {"projects": shown, "next": following}


def _found(
    store: Store, party: str, wanted: list[str], after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `limit` of its projects, and from which id the next page goes on."""
    unit = store.get(records.party_key(party)) if wanted else None
    found: list[dict[str, Any]] = []
    for _ in range(MOST_READ // A_READ):
        cursor = f"project#{after}" if after else None
        page = store.query(f"party#{party}", prefix="project#", after=cursor, limit=A_READ)
        for item in _fitting(store, page, unit.value["name"] if unit else "", wanted):
            if len(found) == limit:
                return found, found[-1]["id"]
            found.append({"id": _id(item), "name": item.value["name"]})
        if len(page) < A_READ:
            return found, None
        after = _id(page[-1])
    return found, after


def _fitting(store: Store, page: list[Item], unit: str, wanted: list[str]) -> list[Item]:
    if not wanted:
        return page
    profiles = store.get_many(records.project_key(_id(item)) for item in page)
    keys = {item.key: records.project_key(_id(item)) for item in page}
    return [item for item in page if keys[item.key] in profiles and holds(profiles[keys[item.key]].value, unit, wanted)]


def _id(item: Item) -> str:
    return item.key.sort.removeprefix("project#")
