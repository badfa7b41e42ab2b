"""The record of long work, and the mark that makes tick go on with it. jobs.py does the work."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...ports import Change, Key, Put
from . import records

JOB = "@job"
REPLANNING, IMPORT, PREVIEW = "replan", "import", "preview"
CHECKPOINT, RECONCILE, RETAIN = "checkpoint", "reconcile", "retain"
Steps = Iterator[tuple[dict[str, Any], list[Change]]]


def job_key(job: str) -> Key:
    return Key(f"job#{job}", "job")


def start_changes(job: str, what: dict[str, Any], now: datetime) -> list[Change]:
    """To be written with whatever makes the work necessary."""
    value = {"id": job, "done": 0, "after": None, "state": "running", "started": records.stamp(now), **what}
    return [Put(job_key(job), value), Put(mark_of(value), {})]


def mark_of(value: dict[str, Any]) -> Key:
    """What makes tick go on with a job, until it is done."""
    return records.due_key(value["started"], f"job#{value['id']}", JOB)
