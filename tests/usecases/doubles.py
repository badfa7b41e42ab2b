"""A store that counts and fails as told, a channel that records, and threads that start together."""

import threading

from chalicelib.ports import Item, Key, Outgoing, Put, Sent, StoreConflict


class PowerCut(BaseException):
    """The machine died in the middle of a write; nothing of that write is there."""


class Watched:
    """A store that counts what it is asked, remembers what was written and fails at writes as told."""

    def __init__(self, inner):
        self.inner, self.reads, self.written = inner, 0, []
        self._attempts, self._fault_of, self._turn = 0, lambda attempt: None, threading.Lock()

    def get(self, key):
        with self._turn:
            self.reads += 1
        return self.inner.get(key)

    def get_many(self, keys):
        with self._turn:
            self.reads += 1
        return self.inner.get_many(keys)

    def query(self, partition, **how):
        with self._turn:
            self.reads += 1
        return self.inner.query(partition, **how)

    def scan(self, cursor=None, limit=1000):
        with self._turn:
            self.reads += 1
        return self.inner.scan(cursor, limit)

    def write(self, changes):
        changes = list(changes)
        with self._turn:
            fault, self._attempts = self._fault_of(self._attempts), self._attempts + 1
            if fault:
                raise fault
            self.inner.write(changes)
            self.written.append(changes)

    def dies_after(self, writes: int):
        """Let so many more writes through, and none after them."""
        last = self._attempts + writes
        self._fault_of = lambda attempt: PowerCut() if attempt >= last else None

    def is_beaten_at(self, write: int):
        """Of the writes to come, that of this number (0: the next) finds that another was faster."""
        when = self._attempts + write
        self._fault_of = lambda attempt: StoreConflict("another writer was faster") if attempt == when else None

    def revives(self):
        self._fault_of = lambda attempt: None

    def everything(self) -> dict[Key, Item]:
        """All that is stored, found through what was ever written."""
        return self.inner.get_many({change.key for changes in self.written for change in changes})

    def puts(self, prefix: str) -> list[Key]:
        """Every key of partitions starting so that was put, as often as it was."""
        return [
            change.key
            for changes in self.written
            for change in changes
            if isinstance(change, Put) and change.key.partition.startswith(prefix)
        ]


class Recorder:
    """A channel that keeps what it was handed and answers as told; `Sent` when told nothing."""

    longest, has_buttons, is_idempotent, asks_template, gives_receipts = 10_000, True, False, False, False

    def __init__(self, name: str, *limits, **differences):
        self.name, self.bot, self.limits, self.sent, self.answers = name, "bot", limits, [], []
        vars(self).update(differences)
        self._turn = threading.Lock()

    def size(self, text: str) -> int:
        return len(text)

    def wrong_address(self, address: str) -> None:
        return None

    def is_private(self, address: str) -> bool:
        return not address.startswith("group:")

    def send(self, message: Outgoing):
        with self._turn:
            self.sent.append(message)
            return self.answers.pop(0) if self.answers else Sent(f"{self.name}-{len(self.sent)}")

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]


def at_once(*works):
    """Run these in threads that start together; gives their answers, raises what one of them raised."""
    barrier, answers, faults = threading.Barrier(len(works)), [None] * len(works), []

    def run(place, work):
        barrier.wait()
        try:
            answers[place] = work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=job) for job in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return answers
