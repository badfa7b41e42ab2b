"""Sweep: hand what may leave to the queue, where there is one. The queue only makes sending fast: the rows of the outbox stay
until their notices are settled, so that what the queue loses is found again.

Each sweep hands over what has become due since the last one, with some minutes before it again, because what others wrote
meanwhile may be older than the moment it was seen; every ten minutes it hands over all that is due. A message too many does
no harm: a row that is gone has been seen to, and a claim is made once. What may leave before the next sweep is handed over too,
to be seen when its time has come.
"""

from datetime import datetime, timedelta
from itertools import groupby
from math import ceil

from ...ports import ABSENT, Key, Ports, Put, StoreConflict
from ..state import records

MARK = Key("heartbeat", "sweep")
AGAIN = timedelta(minutes=3)  # of which one lay ahead at the last sweep
ALL_EVERY = timedelta(minutes=10)
AHEAD = timedelta(minutes=1)  # until the next sweep


def sweep(ports: Ports, now: datetime) -> int:
    """Hand over the notices that may leave by `now`; returns how many, none where another sweep is at it. What a death in the
    middle leaves behind is found when all is handed over again."""
    mark = ports.store.get(MARK)
    is_whole = mark is None or now - records.instant_of(mark.value["all"]) >= ALL_EVERY
    after = None if is_whole else records.stamp(records.instant_of(mark.value["upto"]) - AGAIN)
    upto = records.stamp(now + AHEAD)
    ahead = {"upto": upto, "all": records.stamp(now) if is_whole else mark.value["all"]}
    try:
        ports.store.write([Put(MARK, ahead, mark.version if mark else ABSENT)])
    except StoreConflict:
        return 0
    count = 0
    for shard in range(records.SHARDS):
        rows = ports.store.query(f"outbox#{shard}", after=after, upto=f"{upto}~")
        for seconds, alike in groupby(rows, key=lambda row: _seconds_until(row.key, now)):  # rows stand in order of time
            ports.queue.put(({"notice": list(row.key)} for row in alike), seconds)
        count += len(rows)
    return count


def _seconds_until(row: Key, now: datetime) -> int:
    leaves = records.instant_of(row.sort.split("#", 1)[0])
    return max(0, ceil((leaves - now).total_seconds()))
