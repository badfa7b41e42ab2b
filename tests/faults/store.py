"""A store of which workers die in the middle of a write, are beaten by others, and see the outbox as it was a while ago."""

import random
import threading
from collections import Counter
from contextlib import contextmanager

from chalicelib.core.errors import Unavailable
from chalicelib.ports import Check, Delete, Put, StoreConflict
from tests.usecases.doubles import PowerCut

BEATEN, STALE = 0.004, 0.05  # of writes that another was faster at; of looks at the outbox that are old


class FaultyStore:
    """A Store over another. A worker is a thread; its death ends what it is doing, the others go on."""

    def __init__(self, inner, rng: random.Random, weather):
        self.inner, self.rng, self.weather = inner, rng, weather
        self.is_quiet = True  # nothing fails while the place is set up
        self.faults = Counter()
        self.in_flight: dict[int, str] = {}  # what a worker has sent and not yet accounted for: the message's key
        self.died_in_flight = Counter()
        self.waiting: dict[str, set[str]] = {"due": set(), "outbox": set()}  # the keys of each index, by which the run sleeps
        self._writes_left: dict[int, int] = {}
        self._seen: dict[str, list] = {}
        self._turn = threading.Lock()

    def get(self, key):
        with self._asked():
            return self.inner.get(key)

    def get_many(self, keys):
        with self._asked():
            return self.inner.get_many(keys)

    def scan(self, cursor=None, limit=1000):
        return self.inner.scan(cursor, limit)

    def query(self, partition, **how):
        with self._asked():
            found = self.inner.query(partition, **how)
        if self.is_quiet or not partition.startswith("outbox#") or how.get("after"):
            return found
        with self._turn:
            earlier, self._seen[partition] = self._seen.get(partition), found
            if not earlier or self.rng.random() >= STALE:
                return found
            self.faults["stale view of the outbox"] += 1
        return [*earlier, *(item for item in found if item not in earlier)]

    def write(self, changes):
        changes, worker = list(changes), threading.get_ident()
        with self._turn:
            left = self._writes_left.get(worker)
            is_beaten = not self.is_quiet and self.rng.random() < BEATEN
        if left == 0:
            del self._writes_left[worker]
            self.dies("death before a write")
        if is_beaten:
            self.faults["beaten by another writer"] += 1
            raise StoreConflict("another writer was faster")
        with self._asked():
            try:
                self.inner.write(changes)
            except Unavailable:
                self._looks(changes)
                raise
        if left is not None:
            self._writes_left[worker] = left - 1
        self._index(changes)
        self._records(changes)

    @contextmanager
    def _asked(self):
        """A worker of whom the store takes nothing gives up what it was doing."""
        try:
            yield
        except Unavailable:
            self._forgets("record refused after the vendor's answer")
            raise

    def _looks(self, changes) -> None:
        """Whether a write of which its writer does not know was carried out is seen by what is there."""
        with self.weather.calm():
            there = [(change, self.inner.get(change.key)) for change in changes if not isinstance(change, Check)]
        self._index([Put(change.key, {}) if item else Delete(change.key) for change, item in there])
        self._records([change for change, item in there if item and item.value == getattr(change, "value", None)])

    def _records(self, changes) -> None:
        """What a worker has sent is accounted for once the head of its notice is written."""
        worker = threading.get_ident()
        heads = {change.key.partition for change in changes if isinstance(change, Put) and change.key.sort == "head"}
        if worker in self.in_flight and f"notice#{self.in_flight[worker].rsplit('/', 1)[0]}" in heads:
            del self.in_flight[worker]

    def _index(self, changes) -> None:
        with self._turn:
            for change in changes:
                rows = self.waiting.get(change.key.partition.split("#", 1)[0])
                if rows is not None and not isinstance(change, Check):
                    (rows.add if isinstance(change, Put) else rows.discard)(change.key.sort)

    def dooms(self, writes: int) -> None:
        """This worker makes so many more writes and dies at the next."""
        self._writes_left[threading.get_ident()] = writes

    def dies(self, how: str) -> None:
        """This worker is dead. What it had sent may be sent again."""
        with self._turn:
            self.faults[how] += 1
        self._forgets("death between the vendor's answer and the record")
        raise PowerCut()

    def _forgets(self, how: str) -> None:
        key = self.in_flight.pop(threading.get_ident(), None)
        with self._turn:
            if key:
                self.faults[how] += 1
                self.died_in_flight[key] += 1

    def spares(self) -> None:
        """Who was to die and did not get so far lives on."""
        self._writes_left.pop(threading.get_ident(), None)
        self.in_flight.pop(threading.get_ident(), None)
