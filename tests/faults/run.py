"""The run: people report, sign and leave; workers plan, send and die; vendors fall ill; our clock is set right now and then."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.core.errors import Unavailable
from chalicelib.core.ladder import instant
from chalicelib.usecases.state import records
from tests.faults.people import People
from tests.faults.place import FIRST_DAY, LAST_DAY, OUTAGES, Place
from tests.faults.vendors import MOODS, Trouble
from tests.faults.weather import ANSWER, CONFLICT, THROTTLED, UNSURE, WORK
from tests.usecases.doubles import PowerCut, at_once

NEAR, FAR, SELDOM = 0.5, 5.0, 0.1  # seconds by which the clock of the second of two workers may be off, and that seldom
DYING, TWO_WORKERS, JUMPS_A_DAY = 0.03, 0.2, 0.7
IDLE = 0.1  # of the looks that would find nothing: most are left out, they cost the run half its time
SHORT, LONG = (1.0, 28.0), 10_000.0  # seconds between two beats while something is to be done; the longest sleep


class Run:
    """One run over one place."""

    def __init__(self, place: Place):
        self.place, self.rng = place, place.rng
        self.people, self.done = People(place), Counter()
        self.jumps = self._planned_jumps()
        self._fall_ill()
        self.place.doom = "after the answer"  # of the first who sends; later ones are drawn
        self._forecast()

    def run(self, last_day: date = LAST_DAY) -> None:
        ends = instant(last_day, "17:00")
        while self.place.true < ends:
            self.people.act()
            self._jump()
            if outage := next((end for begin, end in OUTAGES if begin <= self.place.true < end), None):
                self.place.true = outage
                continue
            self._beat()
            self._sleep(ends)
        self._run_out()

    def _run_out(self) -> None:
        """The last tick, without faults; then the vendors recover and what is planned leaves."""
        place = self.place
        place.store.is_quiet, place.doom, place.weather.forecast = True, None, {WORK: [], ANSWER: []}
        place.true = max(place.true, place.weather.ends)
        self.people.actions, self.jumps = [], []
        for vendor in place.vendors.values():
            vendor.recovers()
        for _ in range(20):
            self._tick()
            self._deliver()
            if not place.machine.plan(place.ours):
                break
        self.last_tick = place.ours
        for _ in range(20_000):
            if not place.store.waiting["outbox"]:
                return
            place.machine.send(place.ours)
            self._sleep(place.true + timedelta(days=30), planning=False)

    # A beat of the machine

    def _beat(self) -> None:
        place = self.place
        if self.rng.random() < DYING:
            place.doom = self.rng.choice(("after the answer", "after the answer", "before the request"))
        if self._is_waiting("due") or self._is_waiting("outbox"):
            place.weather.turns(WORK)
        if self.rng.random() < TWO_WORKERS:
            first, second = self.rng.choice(
                ((self._deliver, self._deliver), (self._tick, self._deliver), (self._tick, self._tick))
            )
            place.stands_still = True
            at_once(first, partial(second, self._skew()))
            place.stands_still = False
            self.done["beats of two workers"] += 1
        for index, work in (("due", self._tick), ("outbox", self._deliver)):
            if self._is_waiting(index) or self.rng.random() < IDLE:
                work()
        self.done["beats"] += 1

    def _skew(self) -> timedelta:
        if self.rng.random() >= SELDOM:
            return timedelta(seconds=self.rng.uniform(-NEAR, NEAR))
        self.place.journal.skews.append((self.place.true, self.place.ours))
        self.done["beats of two whose clocks were far apart"] += 1
        return timedelta(seconds=self.rng.uniform(-FAR, FAR))

    def _is_waiting(self, index: str) -> bool:
        return min(self.place.store.waiting[index], default="~") <= records.stamp(self.place.ours) + "~"

    def _tick(self, skew: timedelta = timedelta(0)) -> None:
        def work(now: datetime) -> None:
            refused = self.place.weather.faults.total()
            self.place.machine.plan(now)
            if self.place.weather.faults.total() == refused:  # else it may have left something to the next one
                self.place.journal.ticks.append((self.place.journal.moment(), now))

        self._worker(work, skew)

    def _deliver(self, skew: timedelta = timedelta(0)) -> None:
        self._worker(self.place.machine.send, skew)

    def _worker(self, work: Callable[[datetime], Any], skew: timedelta) -> None:
        """A worker that may die after some writes, or in a vendor's hands, and whose clock is not quite right."""
        store, place = self.place.store, self.place
        if not store.is_quiet and self.rng.random() < DYING:
            store.dooms(self.rng.randint(0, 8))
        with place.weather.at_work(), place.skewed(skew):
            began = place.ours
            try:
                work(began)
            except PowerCut:
                place.journal.disturbed.append((began, place.ours + timedelta(seconds=150)))  # until the leases have run out
            except Unavailable:
                self.done["workers that got nowhere"] += 1
            finally:
                store.spares()

    def _sleep(self, upto: datetime, planning: bool = True) -> None:
        """Not past what comes next, and never for the same time twice."""
        place = self.place
        indexes = ("due", "outbox") if planning else ("outbox",)
        rows = [min(place.store.waiting[index]) for index in indexes if place.store.waiting[index]]
        ahead = [records.instant_of(row.split("#", 1)[0]) - place.offset for row in rows]
        ahead += [action[0] for action in self.people.actions[-1:]] + [jump[0] for jump in self.jumps[-1:]]
        ahead += [begin for begin, _ in OUTAGES if begin > place.true]
        soonest = min([*ahead, upto, place.true + timedelta(seconds=LONG)])
        place.true = max(soonest, place.true) + timedelta(seconds=self.rng.uniform(*SHORT))

    # What fails

    def _fall_ill(self) -> None:
        for vendor in self.place.vendors.values():
            for number in range((LAST_DAY - FIRST_DAY).days):
                begins = instant(FIRST_DAY + timedelta(days=number), "08:00") + timedelta(
                    minutes=self.rng.choice((20, 40, 52, 200))
                )
                length = timedelta(minutes=self.rng.choice((5, 20, 60, 200)))
                if self.rng.random() < 0.6:
                    vendor.troubles.append(Trouble(begins, begins + length, self.rng.choice(MOODS)))

    def _planned_jumps(self) -> list[tuple[datetime, timedelta]]:
        """When our clock is set, and by how much; the last first."""
        days = (LAST_DAY - FIRST_DAY).days
        found = []
        for _ in range(round(days * JUMPS_A_DAY)):
            at = instant(FIRST_DAY, "00:00") + timedelta(minutes=self.rng.randint(400, days * 1440))
            found.append((at, timedelta(seconds=self.rng.choice((-120, -60, -7, 45, 130, 400)))))
        return sorted(found, reverse=True)

    def _jump(self) -> None:
        place = self.place
        while self.jumps and self.jumps[-1][0] <= place.true:
            _, by = self.jumps.pop()
            before = place.ours
            place.offset = timedelta(0) if abs(place.offset + by) > timedelta(minutes=8) else place.offset + by
            if before - place.ours > timedelta(minutes=2):
                place.offset = before - place.true - timedelta(minutes=2)
            place.journal.disturbed.append((min(before, place.ours), max(before, place.ours) + timedelta(seconds=60)))
            self.done["clock forward" if place.ours > before else "clock back"] += 1
            place.journal.jumps.append(place.true)

    def _forecast(self) -> None:
        """Each day a minute of bad weather over DynamoDB, at dawn or while messages leave."""
        if not self.place.engine.events:
            return
        kinds = (CONFLICT, THROTTLED, UNSURE) if self.place.engine.has_tokens else (CONFLICT, THROTTLED)
        for number in reversed(range((LAST_DAY - FIRST_DAY).days)):
            day, mood = FIRST_DAY + timedelta(days=number), kinds[number % len(kinds)]
            once, at = ((ANSWER, "08:30"), (WORK, "05:50"))[number % 2]
            self.place.weather.forecast[once].append((instant(day, at), mood))
