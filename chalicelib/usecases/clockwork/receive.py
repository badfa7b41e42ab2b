"""Receive: what a worker does with one message of the queue. Messages come at least once and in any order, so that what one
is about may have been seen to already: then there is nothing to do."""

from datetime import datetime

from ...ports import Key, Ports, StoreConflict
from ..reminding.deliver import deliver_one
from ..state.published import held
from ..telling.notices import notice_of
from .jobs import turn


def receive_notice(ports: Ports, row: list[str], now: datetime, public_url: str) -> str | None:
    """Send the notice that stands in this row of the outbox. Returns the state it was settled in (accepted, withheld, given
    up), None where it is gone, another worker has it or it waits: then its row, wherever it has moved, is swept up again."""
    item = ports.store.get(Key(*row))
    try:
        if item is None or not deliver_one(held(ports), item, now, public_url):
            return None
    except StoreConflict:
        return None
    return ports.store.get(Key(f"notice#{notice_of(item.key)}", "head")).value["state"]


def receive_job(ports: Ports, job: str, now: datetime) -> None:
    """Go on with a job for one turn, and have the queue call for the next one."""
    try:
        if turn(ports, job, now):
            ports.queue.put([{"job": job}])
    except StoreConflict:
        return  # another worker is at it
