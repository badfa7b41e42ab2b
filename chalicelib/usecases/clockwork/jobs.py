"""Long work in small steps - planning anew for whole places, imports, exports, previews: a record of how far it is, and a mark
that makes tick go on with it.

A crash loses at most one step, which is done again: every step is idempotent.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from ...core.errors import NotFound
from ...ports import Delete, Item, Key, Ports, Put, Store, StoreConflict
from ..proof import reconcile, retention
from ..rulebooks import previewing
from ..signing_in.access import Bearer
from ..state import checkpoint, records
from ..state.holder import load
from ..state.holders import holders
from ..state.job import CHECKPOINT, EXPORT, IMPORT, PREVIEW, RECONCILE, RECOUNT, REPLANNING, RETAIN, Steps, job_key, mark_of
from ..state.plan import REPLAN, TALLY, renew
from ..state.published import held
from ..state.tally import count
from ..tables import exporting, importing

log = logging.getLogger(__name__)

HOLDERS_A_STEP = 200
A_TURN = timedelta(seconds=20)  # so long may a job keep the others of a tick waiting


def progress(store: Store, job: str) -> dict[str, Any]:
    """The record of a job. NotFound for an unknown one."""
    item = store.get(job_key(job))
    if item is None:
        raise NotFound(f"没有“{job}”这项工作", f"there is no job {job!r}")
    return item.value


def progress_for(store: Store, bearer: Bearer, job: str) -> dict[str, Any]:
    """How far a job is, for an admin of a place it is about and for whoever started it. Of an import also: `what` is
    imported, the `total` of its rows, `counts` {new, changed} of those applied, and the `conflicts` that were left out; of an
    export `what`, its `form`, the `total` of its stages and how many were `passed`, and whether it `is_read`."""
    item = store.get(job_key(job))
    if item is None or item.value.get("bearer", {}).get("id") != bearer.id:
        bearer.must_be("admin")
    value = progress(store, job)
    if bearer.jurisdiction not in value["jurisdictions"]:
        raise NotFound(f"没有“{job}”这项工作", f"there is no job {job!r}")
    told = ("id", "state", "done", "started", *OF_AN_IMPORT, *OF_AN_EXPORT)
    return {"kind": REPLANNING, **{name: value[name] for name in ("kind", *told) if name in value}}


OF_AN_IMPORT = ("what", "total", "counts", "conflicts", "conflicts_count")
OF_AN_EXPORT = ("form", "passed", "is_read")


def run(ports: Ports, mark: Key, job: str, now: datetime) -> None:
    """Go on with a job, or hand it to the queue where there is one. Its mark stays until it is done, so that the next tick
    goes on, and what the queue loses is handed over again."""
    if ports.store.get(job_key(job)) is None:
        ports.store.write([Delete(mark)])
    elif ports.queue:
        ports.queue.put([{"job": job}])
    else:
        turn(ports, job, now)


def turn(ports: Ports, job: str, now: datetime) -> bool:
    """Go on with a job from where it is, note the progress after each of its steps, end it. After a while it makes way for
    what else is due. Whether anything is left to do; StoreConflict where another worker is at it."""
    makes_way = ports.clock() + A_TURN
    item = ports.store.get(job_key(job))
    if item is None:  # forgotten since it was handed over
        return False
    steps = KINDS[item.value.get("kind", REPLANNING)](ports, item.value, now) if item.value["state"] == "running" else ()
    for went_on, also in steps:
        value = {**item.value, **went_on}
        ports.store.write([Put(item.key, value, item.version), *also])
        item = Item(item.key, value, item.version + 1)
        if value["state"] == "running" and ports.clock() >= makes_way:
            return True
    ports.store.write([Delete(mark_of(item.value))])
    return False


def _each_holder(act: Callable[[Ports, str, datetime], None], ports: Ports, job: dict[str, Any], now: datetime) -> Steps:
    """Do the same for each holder of the places."""
    todo, last, state = holders(ports.store, job["jurisdictions"], job["after"]), job["after"], "running"
    while state == "running":
        slice_ = list(islice(todo, HOLDERS_A_STEP))
        for place, holder in slice_:
            act(ports, holder, now)
            last = place
        state = "running" if len(slice_) == HOLDERS_A_STEP else "done"
        job = {**job, "done": job["done"] + len(slice_), "after": last, "state": state}
        yield job, []


def _bring_up_to_date(ports: Ports, holder: str, now: datetime) -> None:
    with _else_marked(ports, holder, REPLAN, now):
        renew(held(ports), load(ports.store, holder), now)


def _count_anew(ports: Ports, holder: str, now: datetime) -> None:
    with _else_marked(ports, holder, TALLY, now):
        count(ports, holder, [], records.stamp(now))


@contextmanager
def _else_marked(ports: Ports, holder: str, mark: str, now: datetime) -> Iterator[None]:
    """What is done to one holder. Where somebody writes at the same moment, or its records are broken, a mark has tick see
    to it: the others are not kept waiting."""
    try:
        yield
    except StoreConflict:
        ports.store.write([Put(records.due_key(records.stamp(now), holder, mark), {})])
    except Exception:
        log.exception("could not see to %s (%s)", holder, mark, extra={"action": "holder-failed"})
        ports.store.write([Put(records.due_key(records.stamp(now), holder, mark), {})])


# What each kind of job does: it yields, after each step, what is new in its record and what is to be written with that.
KINDS: dict[str, Callable[[Ports, dict[str, Any], datetime], Steps]] = {
    REPLANNING: partial(_each_holder, _bring_up_to_date),
    RECOUNT: partial(_each_holder, _count_anew),
    IMPORT: importing.steps,
    PREVIEW: previewing.steps,
    EXPORT: exporting.steps,
    CHECKPOINT: checkpoint.steps,
    RECONCILE: reconcile.steps,
    RETAIN: retention.steps,
}
