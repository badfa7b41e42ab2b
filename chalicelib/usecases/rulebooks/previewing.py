"""The preview of a large place: a job that goes over its holders in steps and keeps what it finds for a few days.

What is asked, and the first rows of each list, are kept beside the job's record, so that each item stays small. A preview
is of one version: where rules are published before it is done, it stops, and is to be asked for again.

partition           sort              holds
job#<id>            asked             {"json"}: the change, or the notice of a year, and until which day messages are compared
                    found#<number>    {"rows": [[list, row]]}: what was found, in the order of the holders
previews#<place>    <instant>#<job>   the previews of a place, for retention
"""

import json
import logging
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...ports import MAX_CHANGES, Change, Delete, Key, Ports, Put, Store
from ..signing_in.access import Bearer
from ..state import records
from ..state.holder import load
from ..state.holders import holders
from ..state.job import PREVIEW, Steps, hand_over, job_key, mark_of, start_changes
from ..state.once import Once, retrying
from .preview import MESSAGES, NOTHING, compare, counted, horizon, sides
from .publish import must_fit

log = logging.getLogger(__name__)

AT_ONCE = 300  # holders: so many are looked at while somebody waits
HOLDERS_A_STEP = 100
SHOWN = 1000  # rows of each list, and of each kind of change, that are kept; the counts are of all
ROWS_A_PART = 200
KEPT = timedelta(days=3)


def is_large(store: Store, jurisdiction: str) -> bool:
    """Whether a preview of the place takes longer than a request may. A query for each party at most, of AT_ONCE."""
    return sum(1 for _ in islice(holders(store, [jurisdiction]), AT_ONCE + 1)) > AT_ONCE


def begin(
    ports: Ports, bearer: Bearer, jurisdiction: str, asked: dict[str, Any], now: datetime, *, once: Once, job: str
) -> dict[str, Any]:
    """Start a preview of {change} or of {year, notice}, either with `until` (a day): {job}, a new name. InvalidInput as publishing
    would raise it, and where what is asked is too large to be kept."""
    sides(ports, jurisdiction, asked, now)
    kept = {"json": json.dumps(asked, ensure_ascii=False)}
    must_fit(kept)
    horizon(asked, now)
    answer = {"job": job}
    what = {
        "kind": PREVIEW,
        "jurisdictions": [jurisdiction],
        "bearer": {"id": bearer.id},
        "rules": _in_force(ports, jurisdiction),
        "found": NOTHING,
        "unread": 0,
        "kept": {},
        "parts": 0,
    }

    def attempt() -> dict[str, Any]:
        listed = Put(Key(_listed(jurisdiction), f"{records.stamp(now)}#{job}"), {"job": job})
        beside = Put(_asked(job), kept)
        ports.store.write([listed, beside, *start_changes(job, what, now), *once.remember(answer)])
        hand_over(ports, job)
        return answer

    return retrying(once, ports.store, attempt)


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Steps:
    """Go on with a preview; every step judges by the instant at which it was begun."""
    (place,), began = job["jurisdictions"], records.instant_of(job["started"])
    if _is_stale(ports, job):
        yield {**job, "state": "stale"}, []
        return
    asked = _what(ports.store, job["id"])
    is_, then = sides(ports, place, asked, began)
    todo = holders(ports.store, [place], job["after"])
    while job["state"] == "running":
        slice_ = list(islice(todo, HOLDERS_A_STEP))
        rows: list[list[Any]] = []
        for _, partition in slice_:
            job = _with(job, rows, partition, is_, then, began, horizon(asked, began))
        parts = [rows[start : start + ROWS_A_PART] for start in range(0, len(rows), ROWS_A_PART)]
        also: list[Change] = [
            Put(_part(job["id"], number), {"rows": part}) for number, part in enumerate(parts, start=job["parts"])
        ]
        job = {
            **job,
            "done": job["done"] + len(slice_),
            "after": slice_[-1][0] if slice_ else job["after"],
            "parts": job["parts"] + len(parts),
            "state": "running" if len(slice_) == HOLDERS_A_STEP else "done",
        }
        if _is_stale(ports, job):
            job = {**job, "state": "stale"}
        yield job, also


def _with(
    job: dict[str, Any],
    rows: list[list[Any]],
    partition: str,
    is_: Ports,
    then: Ports,
    began: datetime,
    until: datetime,
) -> dict[str, Any]:
    """The job's record after one holder, whose rows are added to `rows`. One that cannot be read keeps the others not
    waiting; it is counted."""
    try:
        holder = load(is_.store, partition)
        changed, told = compare(holder, is_, then, began, until)
    except Exception:
        log.exception("could not preview %s", partition, extra={"action": "preview-failed"})
        return {**job, "unread": job["unread"] + 1}
    kept = dict(job["kept"])
    found = [("changes", "overdue" if row["overdue_at_once"] else row["change"], row) for row in changed]
    found += [(name, name, row) for name in MESSAGES for row in told[name]]
    for name, kind, row in found:
        if kept.get(kind, 0) < SHOWN:
            kept[kind] = kept.get(kind, 0) + 1
            rows.append([name, row])
    return {**job, "kept": kept, "found": counted(job["found"], len(holder.rows), changed, told)}


def result(ports: Ports, bearer: Bearer, job: str) -> dict[str, Any]:
    """A preview for the admin who asked for it: {id, state, started, done, unread, version, asked, preview}. `preview` is as
    preview() says it, its lists the first rows, and None until it is done; `state` is stale once other rules are in force."""
    bearer.must_be("admin")
    item = ports.store.get(job_key(job))
    record = item.value if item else {}
    if record.get("kind") != PREVIEW or record["bearer"]["id"] != bearer.id:
        raise NotFound(
            f"没有“{job}”这次预览，或已过期，请重新预览", f"there is no preview {job!r}, or no more; ask for another"
        )
    bearer.must_see(record["jurisdictions"][0], None)
    is_stale = _is_stale(ports, record)
    return {
        **{name: record[name] for name in ("id", "started", "done", "unread")},
        "state": "stale" if is_stale else record["state"],
        "version": record["rules"]["version"],
        "asked": _what(ports.store, job),
        "preview": _found(ports.store, record) if record["state"] == "done" and _is_readable(record) else None,
    }


def _found(store: Store, record: dict[str, Any]) -> dict[str, Any]:
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in ("changes", *MESSAGES)}
    for part in store.query(f"job#{record['id']}", prefix="found#"):
        for name, row in part.value["rows"]:
            lists[name].append(row)
    until = horizon(_what(store, record["id"]), records.instant_of(record["started"]))
    return {
        "version": record["rules"]["version"],
        "until": local_day(until).isoformat(),
        "counts": record["found"],
        "changes": lists["changes"],
        "messages": {name: lists[name] for name in MESSAGES},
    }


def forget_old(store: Store, jurisdiction: str, now: datetime) -> int:
    """Remove the previews of a place that were asked for KEPT ago; how many."""
    old = store.query(_listed(jurisdiction), upto=f"{records.stamp(now - KEPT)}~")
    for listed in old:
        items = store.query(f"job#{listed.value['job']}")
        marks = [mark_of(item.value) for item in items if item.key.sort == "job"]
        keys = [*(item.key for item in items), *marks]
        for start in range(0, len(keys), MAX_CHANGES):
            store.write(Delete(key) for key in keys[start : start + MAX_CHANGES])
        store.write([Delete(listed.key)])
    return len(old)


def _is_stale(ports: Ports, record: dict[str, Any]) -> bool:
    """Whether other rules are in force by now, or an older program counted other things."""
    return _in_force(ports, record["jurisdictions"][0]) != record["rules"] or not _is_readable(record)


def _is_readable(record: dict[str, Any]) -> bool:
    return record["found"].keys() == NOTHING.keys()


def _in_force(ports: Ports, jurisdiction: str) -> dict[str, Any]:
    """Which rules and calendar govern."""
    return {"version": ports.rules.version(jurisdiction)["number"], "since": ports.rules.since(jurisdiction)}


def _listed(jurisdiction: str) -> str:
    return f"previews#{jurisdiction}"


def _asked(job: str) -> Key:
    return Key(f"job#{job}", "asked")


def _what(store: Store, job: str) -> dict[str, Any]:
    return json.loads(store.get(_asked(job)).value["json"])


def _part(job: str, number: int) -> Key:
    return Key(f"job#{job}", f"found#{number:04d}")
