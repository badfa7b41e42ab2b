"""Reconciliation: once a day what should have been planned, sent and told is compared with what was, holder by holder.

What is compared stands in compare.py; what is missing is a gap (gaps.py). One look may come between two writes of a worker: a
gap counts when a second look finds it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from ...ports import Change, Key, Ports, Put, StoreConflict
from ..state import records
from ..state.holder import settings_of
from ..state.holders import holders
from ..state.published import held
from .compare import in_a_waiting_notice, missing_at
from .gaps import Gap, Look, close

log = logging.getLogger(__name__)

WINDOW = timedelta(days=3)
HOLDERS_A_STEP = 50
ROWS_A_STEP = 200
LISTED = 100  # gaps that the record of a run names; its count is of all
RECORD = Key("reconciliation", "last")


def reconcile(ports: Ports, now: datetime, everything: bool = False) -> dict[str, Any]:
    """Compare now, mend, and give the record of it (see steps). `everything`: not only the last days but all that is kept."""
    places = sorted(ports.rules.jurisdictions())
    job = {"jurisdictions": places, "after": None, "done": 0, "started": records.stamp(now), "everything": everything}
    for went_on, _ in steps(ports, job, now):
        job = went_on
    return ports.store.get(RECORD).value


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Iterator[tuple[dict[str, Any], list[Change]]]:
    """The daily job. Ends with the record {at, started, looked_at, gaps, mended, found: [{what, about, owner, mended}]}."""
    since = records.instant_of(job["started"]) - (_all_that_is_kept(ports, job) if job.get("everything") else WINDOW)
    job = {"gaps": 0, "mended": 0, "found": [], **job}
    if job["after"] is None:
        job = _counted(job, _of_the_outbox(ports, now, since), 0)
    todo, state = holders(ports.store, job["jurisdictions"], job["after"]), "running"
    while state == "running":
        slice_ = list(islice(todo, HOLDERS_A_STEP))
        look = Look(ports=held(ports), now=now, since=records.stamp(since))
        found = [gap for _, holder in slice_ for gap in _of_a_holder(look, holder)]
        state = "running" if len(slice_) == HOLDERS_A_STEP else "done"
        job = {**_counted(job, found, len(slice_)), "after": slice_[-1][0] if slice_ else job["after"], "state": state}
        if state == "done":
            ports.store.write([Put(RECORD, _record(job, now))])
        yield job, []


def _all_that_is_kept(ports: Ports, job: dict[str, Any]) -> timedelta:
    """How far back every place still has its notices (see retention.py)."""
    return timedelta(days=min(settings_of(ports, place)["keep_notices_days"] for place in job["jurisdictions"]) - 1)


def _counted(job: dict[str, Any], found: list[Gap], looked_at: int) -> dict[str, Any]:
    named = [{"what": gap.what, "about": gap.about, "owner": gap.owner, "mended": bool(gap.mending)} for gap in found]
    return {
        **job,
        "done": job["done"] + looked_at,
        "gaps": job["gaps"] + len(found),
        "mended": job["mended"] + sum(each["mended"] for each in named),
        "found": [*job["found"], *named][:LISTED],
    }


def _record(job: dict[str, Any], now: datetime) -> dict[str, Any]:
    kept = {name: job[name] for name in ("started", "gaps", "mended", "found")}
    return {"at": records.stamp(now), "looked_at": job["done"], **kept}


# A look, a second one, and what is done about what both see


def _of_a_holder(look: Look, partition: str) -> list[Gap]:
    """The gaps of one holder, closed. What cannot be read is itself a gap."""
    try:
        return _closed(look, lambda again: missing_at(again, partition))
    except Exception:  # one broken record must not keep the others from being looked at
        log.exception("could not reconcile %s", partition, extra={"action": "reconcile-failed"})
        return [Gap("unreadable", "", partition)]


def _of_the_outbox(ports: Ports, now: datetime, since: datetime) -> list[Gap]:
    found, look = [], Look(ports=ports, now=now, since=records.stamp(since))
    for shard in range(records.SHARDS):
        after = None
        while page := ports.store.query(f"outbox#{shard}", after=after, limit=ROWS_A_STEP):
            for row in page:
                found += _closed(look, lambda again, row=row.key: in_a_waiting_notice(again, row))
            after = page[-1].key.sort
    return found


def _closed(look: Look, see: Callable[[Look], Iterable[Gap]]) -> list[Gap]:
    first = {(gap.what, gap.about) for gap in see(look)}
    if not first:
        return []
    again = Look(ports=look.ports, now=look.now, since=look.since)
    both = {(gap.what, gap.about): gap for gap in see(again) if (gap.what, gap.about) in first}
    found = []
    for gap in both.values():
        try:
            close(look.ports, gap, look.now)
            found.append(gap)
        except StoreConflict:  # somebody is at it: the next run sees what is left
            log.info("a gap changed while it was closed: %s %s", gap.what, gap.about, extra={"action": "gap-changed"})
    return found
