"""Vendors: they take messages as the real ones do, badly now and then, and keep what the receiver really got."""

import random
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.ports import GiveUp, Limit, Outgoing, RetryAfter, Sent
from tests.faults.weather import ANSWER

REMEMBERS = timedelta(hours=4)  # for so long a vendor that is idempotent drops the same text
MOODS = ("storm", "sick", "deaf", "down")


class Receipt(NamedTuple):
    """What the receiver got."""

    at: datetime  # by our clock, which sets the hours of quiet
    true: datetime  # by the vendor's
    channel: str
    address: str
    key: str
    text: str


class Trouble(NamedTuple):
    begins: datetime
    ends: datetime
    mood: str


class Vendor:
    """A channel (ports.Channel). `place` tells the time, spends it and lets workers die."""

    longest, asks_template, gives_receipts = 4_000, False, False

    def __init__(self, name: str, place, rng: random.Random, *limits: Limit, has_buttons=False, is_idempotent=False):
        self.name, self.bot, self.limits, self.place, self.rng = name, "bot", limits, place, rng
        self.has_buttons, self.is_idempotent = has_buttons, is_idempotent
        self.asked: list[tuple[datetime, str]] = []  # every request, by the vendor's clock: vendors count those
        self.asked_ours: list[tuple[datetime, str]] = []  # the same by our clock
        self.received: list[Receipt] = []
        self.repeats_dropped = 0
        self.blocked: set[str] = set()
        self.troubles: list[Trouble] = []
        self.troubles_had: list[Trouble] = []
        self.faults = Counter()
        self.lost_answers = Counter()  # by key: accepted, and we were not told
        self._taken: dict[tuple[str, str], datetime] = {}
        self._turn = threading.Lock()

    def size(self, text: str) -> int:
        return len(text)

    def wrong_address(self, address: str) -> None:
        return None

    def recovers(self) -> None:
        """From here on all is well."""
        self.troubles_had, self.troubles = self.troubles, []

    def mood(self) -> str:
        true = self.place.true
        return next((trouble.mood for trouble in self.troubles if trouble.begins <= true < trouble.ends), "well")

    def send(self, message: Outgoing):
        with self._turn:
            self.place.spend(self.rng.uniform(0.02, 0.2))
            self.asked.append((self.place.true, message.address))
            self.asked_ours.append(((self.place.true + self.place.offset).replace(microsecond=0), message.address))
            answer = self._answered(message)
        if isinstance(answer, Sent):
            self.place.weather.turns(ANSWER)
        if self.place.is_doomed("after the answer"):
            self.place.store.dies("death after a vendor's answer")
        return answer

    def _answered(self, message: Outgoing):
        if message.address in self.blocked:
            return self._fault("blocked for good", GiveUp("the reader has blocked us"))
        if self.place.is_doomed("before the request"):
            self.place.store.dies("death between the claim and the request")
        luck = self.rng.random()
        match self.mood():
            case "storm" if luck < 0.6:
                wait = self.rng.choice((1, 4.5, 20, 60))
                return self._fault("429", RetryAfter(wait, "429 too many", holds=self.rng.choice(("bot", "address"))))
            case "sick" if luck < 0.5:
                return self._fault("error in a 200", RetryAfter(self.rng.choice((5, 60)), "errcode 45033"))
            case "deaf" if luck < 0.3:
                self._accept(message)
                self.lost_answers[message.key] += 1
                return self._fault("timeout after acceptance", RetryAfter(30, "no answer", uncertain=True))
            case "deaf" if luck < 0.5:
                return self._fault("refused before acceptance", RetryAfter(30, "not connected"))
            case "down":
                return self._fault("down", RetryAfter(30, "out of service"))
        self._accept(message)
        return Sent(f"{self.name}-{len(self.asked)}")

    def _accept(self, message: Outgoing) -> None:
        place, same = self.place, (message.address, message.text)
        place.store.in_flight[threading.get_ident()] = message.key
        if self.is_idempotent and same in self._taken and place.true - self._taken[same] < REMEMBERS:
            self.repeats_dropped += 1
            return
        self._taken[same] = place.true
        self.received.append(Receipt(place.ours, place.true, self.name, message.address, message.key, message.text))

    def _fault(self, what: str, answer):
        self.faults[what] += 1
        return answer


def vendors(place, rng: random.Random) -> dict[str, Vendor]:
    """With limits like those of the real ones."""
    per_chat = (Limit(1, 1, "address"), Limit(20, 60, "address"))
    made = (
        Vendor("telegram", place, rng, Limit(25, 1, "bot"), *per_chat, has_buttons=True),
        Vendor("wecom_app", place, rng, Limit(30, 60, "address"), has_buttons=True, is_idempotent=True),
        Vendor("dingtalk", place, rng, Limit(20, 60, "address")),
        Vendor("email", place, rng, Limit(20, 60, "bot")),
    )
    return {vendor.name: vendor for vendor in made}
