"""How the work is done: by one process, or by functions with a queue between them that may repeat, reorder, delay and lose."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from chalice.app import SQSEvent

from chalicelib.core.errors import Unavailable
from chalicelib.usecases.clockwork.receive import receive_job, receive_notice
from chalicelib.usecases.clockwork.sweep import sweep
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.web.functions import each_message

LOST, TWICE = 0.03, 0.05  # of messages
POISONED = 8  # every so manieth batch
HIDDEN, MOST_TIMES = timedelta(minutes=30), 5  # infrastructure/template.yaml
A_BATCH = 10
POISON = ("not JSON", '{"notice": 7}', '{"job": "j1", ', "[]", '{"notice": ["outbox#0"]}')


class Embedded:
    """One process."""

    failed_otherwise = ()

    def __init__(self, place):
        self.place, self.faults = place, Counter()

    def plan(self, now: datetime) -> int:
        return tick(self.place.ports, now)

    def send(self, now: datetime) -> None:
        deliver(self.place.ports, now, self.place.url)


class Message(NamedTuple):
    """What stands in a queue: from when it is seen, and how often it was taken."""

    visible: datetime
    ident: str
    body: str
    taken: int = 0


class Cloud:
    """What the functions of web/functions.py do, one after the other; it is their queue (ports.Queue) too."""

    def __init__(self, place, rng: random.Random):
        self.place, self.rng = place, rng
        self.faults = Counter()
        self.waiting: dict[str, Message] = {}
        self.dead: list[Message] = []
        self.failed_otherwise: list[Message] = []  # neither poisoned nor put off by the store
        self._numbers, self._batches = count(1), count(1)

    def plan(self, now: datetime) -> int:
        return tick(self.place.ports, now)

    def send(self, now: datetime) -> None:
        """The sweep of a tick, and a function for every batch that can be seen."""
        sweep(self.place.ports, now)
        while batch := self._taken():
            self._handled(batch)

    def put(self, messages: Iterable[dict[str, Any]], delay: int = 0) -> None:
        for message in messages:
            luck = self.rng.random()
            if luck < LOST and not self.place.store.is_quiet:
                self.faults["message lost"] += 1
                self.place.journal.disturbed.append((self.place.ours, self.place.ours))
                continue
            for _ in range(2 if luck > 1 - TWICE else 1):
                self._add(json.dumps(message), self.place.true + timedelta(seconds=delay))

    def _add(self, body: str, visible: datetime) -> Message:
        message = Message(visible, f"m{next(self._numbers)}", body)
        self.waiting[message.ident] = message
        return message

    def _taken(self) -> list[Message]:
        """Some that can be seen, in no order, hidden from now on; what was taken too often is dead."""
        seen = [message for message in list(self.waiting.values()) if message.visible <= self.place.true]
        if seen and next(self._batches) % POISONED == 1 and not self.place.store.is_quiet:
            seen.append(self._add(self.rng.choice(POISON), self.place.true))
            self.faults["poisoned message"] += 1
        batch = []
        for message in self.rng.sample(seen, min(len(seen), A_BATCH)):
            if self.waiting.pop(message.ident, None) is None:
                continue  # another function has taken it
            again = message._replace(visible=self.place.true + HIDDEN, taken=message.taken + 1)
            if again.taken > MOST_TIMES:
                self.dead.append(again)
                continue
            self.waiting[message.ident] = again
            batch.append(again)
        return batch

    def _handled(self, batch: list[Message]) -> None:
        """SQS forgets those of a batch that did not fail. Who dies in the middle forgets none: all of it comes again."""
        records = [{"messageId": message.ident, "body": message.body, "receiptHandle": "r"} for message in batch]
        put_off: list[dict[str, Any]] = []
        answer = each_message(SQSEvent({"Records": records}, None), lambda body: self._handle(body, put_off))
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for message in batch:
            if message.ident not in failed:
                self.waiting.pop(message.ident, None)
            elif message.body not in POISON and json.loads(message.body) not in put_off:
                self.failed_otherwise.append(message)
        self.faults["message put off"] += len(put_off)

    def _handle(self, body: dict[str, Any], put_off: list[dict[str, Any]]) -> None:
        ports, now = self.place.ports, self.place.ours
        try:
            if "job" in body:
                receive_job(ports, body["job"], now)
            else:
                receive_notice(ports, body["notice"], now, self.place.url)
        except Unavailable:
            put_off.append(body)
            raise
