"""The projects of a unit, a page at a time, each with how much it has to do - as the tally counted it."""

from datetime import datetime
from typing import Any

from ...core.ladder import local_day
from ...ports import Key, Store
from .lookup import folded
from .tally import NO_DAY, OPEN

A_READ = 200  # names at a time while looking for one


def projects_page(
    store: Store, party: str, now: datetime, words: str = "", after: str | None = None, *, limit: int
) -> dict[str, Any]:
    """Those whose id or name holds all the words, in the order of their ids: {projects: [{id, name, current, overdue, next: the
    nearest last lawful day}], next: the cursor of the following page, or None}."""
    wanted, found = folded(words).split(), []
    cursor = f"project#{after}" if after else None
    while len(found) <= limit and (page := store.query(f"party#{party}", prefix="project#", after=cursor, limit=A_READ)):
        for item in page:
            ident = item.key.sort.removeprefix("project#")
            told = folded(f"{ident} {item.value['name']}")
            if all(word in told for word in wanted):
                found.append({"id": ident, "name": item.value["name"]})
        cursor = page[-1].key.sort
    shown = found[:limit]
    tallies = store.get_many(Key(f"project#{project['id']}", "tally") for project in shown)
    today = local_day(now).isoformat()
    for project in shown:
        tally = tallies.get(Key(f"project#{project['id']}", "tally"))
        places = tally.value["counted"].values() if tally else ()
        days = sorted(day for day, bucket, unit, _ in places if bucket == OPEN and unit)
        nearest = days[0] if days and days[0] != NO_DAY else None
        project |= {"current": len(days), "overdue": sum(day < today for day in days), "next": nearest}
    return {"projects": shown, "next": shown[-1]["id"] if len(found) > limit else None}
