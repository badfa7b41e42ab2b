"""The weather over DynamoDB: for a minute it refuses every write, or everything, or its answers are lost. It comes in where
botocore sends and receives, so that nothing of ours can tell it from AWS's own.

What is refused is asked again after a pause, which is a real one: so is the minute, unless `haste` makes it shorter.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

A_SPELL = timedelta(seconds=60)
AT_IT = 5.0  # seconds: who was refused longer ago has done something else since
CONFLICT, THROTTLED, UNSURE = "conflicts on every write", "throttling", "lost answers"
WORK, ANSWER = "work", "an answer"
WRITE = "TransactWriteItems"


class Weather:
    """`forecast`: from when on it turns bad and how, the last first: once there is WORK, or between a vendor's ANSWER and the
    record of it. `bad`: how it is until it `ends`."""

    def __init__(self, place, rng: random.Random, haste: float = 1.0):
        self.place, self.rng, self.haste = place, rng, haste
        self.forecast: dict[str, list[tuple[datetime, str]]] = {WORK: [], ANSWER: []}
        self.bad, self.ends = "", place.true
        self.faults = Counter()
        self._refused = 0.0  # when, by the machine's clock
        self._mine, self._turn = threading.local(), threading.Lock()

    def over(self, events: Any) -> None:
        """Over a client of botocore, whose events these are."""
        events.register("before-call.dynamodb", self._refuses)
        events.register("after-call.dynamodb", self._loses)

    def turns(self, once: str) -> None:
        """It turns bad, if it is time."""
        true, ours, forecast = self.place.true, self.place.ours, self.forecast[once]
        if forecast and forecast[-1][0] <= true:
            _, self.bad = forecast.pop()
            self.ends = true + A_SPELL
            self.faults[f"a minute of {self.bad}, at {once}"] += 1
            self.place.journal.disturbed.append((ours, ours + A_SPELL))

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Who looks on from outside: what is meanwhile asked by this thread is answered well."""
        before, self._mine.is_calm = getattr(self._mine, "is_calm", False), True
        try:
            yield
        finally:
            self._mine.is_calm = before

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A worker of ours: it may also lose an answer. People see theirs, or know that nothing was done."""
        self._mine.is_worker = True
        try:
            yield
        finally:
            self._mine.is_worker = False

    def mood(self) -> str:
        return "" if self.place.true >= self.ends or getattr(self._mine, "is_calm", False) else self.bad

    def _refuses(self, model, **_: Any) -> Any:
        """botocore: what a handler of before-call gives is the answer, and nothing is sent."""
        mood, is_write = self.mood(), model.name == WRITE
        if mood == CONFLICT and is_write:
            return self._refusal("TransactionCanceledException", CONFLICT, ["None", "TransactionConflict"])
        if mood == THROTTLED and is_write:
            return self._refusal("TransactionCanceledException", THROTTLED, ["ProvisionedThroughputExceeded"])
        if mood == THROTTLED:
            return self._refusal("ProvisionedThroughputExceededException", THROTTLED)
        if mood == UNSURE and self.rng.random() < 0.2:
            return self._refusal("InternalServerError", "answered with a 500", status=500)
        return None

    def _loses(self, model, **_: Any) -> None:
        is_worker = getattr(self._mine, "is_worker", False)
        if model.name == WRITE and is_worker and self.mood() == UNSURE and self.rng.random() < 0.3:
            self._passes("answer of a write lost")
            raise ReadTimeoutError(endpoint_url="dynamodb")

    def _refusal(self, code: str, fault: str, reasons: list[str] | None = None, status: int = 400) -> tuple[AWSResponse, dict]:
        self._passes(fault)
        told: dict[str, Any] = {"Error": {"Code": code, "Message": fault}, "ResponseMetadata": {"HTTPStatusCode": status}}
        if reasons:
            told["CancellationReasons"] = [{"Code": reason} for reason in reasons]
        return AWSResponse("dynamodb", status, {}, None), told

    def _passes(self, fault: str) -> None:
        with self._turn:
            self.faults[fault] += 1
            before, self._refused = self._refused, time.monotonic()
            if self._refused - before < AT_IT:
                self.place.true += timedelta(seconds=(self._refused - before) * self.haste)
