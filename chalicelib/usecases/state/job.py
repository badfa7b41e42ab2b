"""The record of long work, and the mark that makes tick go on with it. jobs.py does the work."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...ports import Change, Key, Ports, Put
from . import records

log = logging.getLogger(__name__)

JOB = "@job"
REPLANNING, IMPORT, PREVIEW, EXPORT = "replan", "import", "preview", "export"
CHECKPOINT, RECONCILE, RETAIN, RECOUNT = "checkpoint", "reconcile", "retain", "recount"
Steps = Iterator[tuple[dict[str, Any], list[Change]]]


def job_key(job: str) -> Key:
    return Key(f"job#{job}", "job")


def start_changes(job: str, what: dict[str, Any], now: datetime) -> list[Change]:
    """To be written with whatever makes the work necessary."""
    value = {"id": job, "done": 0, "after": None, "state": "running", "started": records.stamp(now), **what}
    return [Put(job_key(job), value), Put(mark_of(value), {})]


def hand_over(ports: Ports, job: str) -> None:
    """Have a job that was begun go on at once, where there is a queue. What the queue does not take waits for the next tick."""
    if ports.queue:
        try:
            ports.queue.put([{"job": job}])
        except Exception:
            log.exception("the queue did not take %s; the next tick goes on with it", job, extra={"action": "queue-refused"})


def mark_of(value: dict[str, Any]) -> Key:
    """What makes tick go on with a job, until it is done."""
    return records.due_key(value["started"], f"job#{value['id']}", JOB)
