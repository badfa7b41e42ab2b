"""The place of a fault run: its people and projects, its clocks, and a journal of what the checker has to know.

Everything is drawn from a seed. Only how two workers interleave is left to the machine.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from chalicelib import bootstrap, config
from chalicelib.core.ladder import instant
from chalicelib.usecases.state import records
from tests.faults.engines import Engine
from tests.faults.machines import Cloud, Embedded
from tests.faults.store import FaultyStore
from tests.faults.vendors import vendors
from tests.faults.weather import Weather
from tests.usecases.world import SECRET, World

FIRST_DAY, LAST_DAY = date(2026, 9, 14), date(2026, 10, 23)  # with the Mid-Autumn days and the week of 1 October
OUTAGES = (  # of ours, six hours each: over the dawn of a day with deadlines, over the last morning before a long holiday
    (instant(date(2026, 9, 21), "05:30"), instant(date(2026, 9, 21), "11:30")),
    (instant(date(2026, 9, 30), "05:00"), instant(date(2026, 9, 30), "11:00")),
)
PROJECTS_A_UNIT = 12
FACTS = {"total_investment": 6_000_000, "kind": "new"}


class Known(NamedTuple):
    """What an obligation said from one moment of the run on."""

    moment: int
    at: datetime  # by our clock
    is_: dict[str, Any]
    born: datetime


class Journal:
    """What happened, in its true order; `moment` counts."""

    def __init__(self):
        self._moments = count(1)
        self.obligations: dict[str, list[Known]] = {}
        self.ticks: list[tuple[int, datetime]] = []  # those that came to their end
        self.contacts: list[tuple[int, dict[str, dict[str, Any]]]] = []  # "party/contact" -> the contact
        self.signed: dict[str, int] = {}  # obligation -> when somebody first acknowledged it
        self.jumps: list[datetime] = []  # when our clock was set, by the vendors' time
        self.skews: list[tuple[datetime, datetime]] = []  # of two whose clocks were far apart: the vendors' time, ours
        self.disturbed: list[tuple[datetime, datetime]] = []  # by our clock: what was late then is no wonder

    def moment(self) -> int:
        return next(self._moments)


class Place(World):
    """See tests/usecases/world.py. `true` is the vendors' time, `ours` what the clock of whoever asks says of it. On DynamoDB
    a queue stands between the functions, and there is weather over the store."""

    def __init__(self, folder, seed: int, projects: int, engine: Engine, haste: float = 1.0):
        self.rng, self.place, self.numbers = random.Random(seed), "yunyang", count(1)
        self.true, self.offset = instant(FIRST_DAY, "05:10"), timedelta(0)
        self.skews: dict[int, timedelta] = {}  # by how much a worker's clock differs from the others'
        self.weather = Weather(self, random.Random(seed + 3), haste)
        self.store = FaultyStore(engine.store, random.Random(seed + 1), self.weather)
        self.vendors = vendors(self, random.Random(seed + 2))
        self.stands_still = False
        self.doom: str | None = None  # of the worker whose message is next
        made = bootstrap.make_ports(config.read({"DUBAN_DATA": str(folder)}), self.store)
        self.ports = replace(made, channels=dict(self.vendors), clock=lambda: self.ours, secret=SECRET)
        self.journal = Journal()
        self.machine: Cloud | Embedded = Embedded(self)
        if engine.events:
            self.weather.over(engine.events)
            self.machine = Cloud(self, random.Random(seed + 4))
            self.ports = replace(self.ports, queue=self.machine)
        self.engine = engine
        self.projects: dict[str, dict[str, Any]] = {}
        self._settle_in(projects)
        self.store.is_quiet = False

    # Time

    @property
    def ours(self) -> datetime:
        """Our clock tells whole seconds (bootstrap.clock)."""
        skew = self.skews.get(threading.get_ident(), timedelta(0))
        return (self.true + self.offset + skew).replace(microsecond=0)

    now = ours

    def spend(self, seconds: float) -> None:
        """What a request takes. It stands still while two work: what the one spends passes for the other at the same time."""
        if not self.stands_still:
            self.true += timedelta(seconds=seconds)

    @contextmanager
    def skewed(self, by: timedelta) -> Iterator[None]:
        """The clock of this worker is off by so much."""
        self.skews[threading.get_ident()] = by
        try:
            yield
        finally:
            del self.skews[threading.get_ident()]

    def is_doomed(self, how: str) -> bool:
        """Whether the worker that asks is to die here; only one is."""
        if self.doom != how:
            return False
        self.doom = None
        return True

    # Who is there

    def _settle_in(self, projects: int) -> None:
        self.unit("dept")
        self.office()
        self.contact("dept", channels=("email", "telegram"))
        self.contact("dept", "boss", channels=("telegram",), at_once=True, roles=["leader"])
        self.contact("office", channels=("wecom_app", "email"))
        self.units = [f"u{number}" for number in range(max(4, projects // PROJECTS_A_UNIT))]
        for unit in self.units:
            self.unit(unit, parent="dept")
            self._people(unit)
        for number in range(projects):
            self._project(f"p{number}", self.rng.choice(self.units))
        self.note_contacts()
        for partition in (
            *(f"party#{unit}" for unit in ("dept", *self.units)),
            *(f"project#{ident}" for ident in self.projects),
        ):
            self.note(partition)

    def _people(self, unit: str) -> None:
        for number in range(self.rng.randint(1, 3)):
            more: dict[str, Any] = {}
            if self.rng.random() < 0.2:
                more["prefers"] = {"quiet_from": "18:30", "quiet_to": "09:15", "digest_at": "09:30"}
            if self.rng.random() < 0.15:
                more["language"] = "en"
            self._contact(unit, f"c{number}", at_once=self.rng.random() < 0.2, **more)
        if self.rng.random() < 0.7:
            self._contact(unit, "chief", roles=["leader"])

    def _contact(self, unit: str, ident: str, **more: Any) -> None:
        names = self.rng.sample(list(self.vendors), self.rng.choice((1, 2, 2, 3)))
        reads = [
            {"channel": name, "address": f"group-of-{unit}" if name == "dingtalk" else f"{name}:{unit}/{ident}"}
            for name in names
        ]
        for each in reads:
            if self.rng.random() < 0.04:
                self.vendors[each["channel"]].blocked.add(each["address"])
        self.contact(unit, f"{unit}-{ident}", **{"channels": (), **more})
        self.change_contact(unit, f"{unit}-{ident}", channels=reads)

    def change_contact(self, unit: str, ident: str, **change: Any) -> None:
        from chalicelib.usecases.registry.contact import change_contact

        change_contact(self.ports, unit, ident, change, "the run", self.ours)

    def _project(self, ident: str, unit: str) -> None:
        """It was completed half a year ago and is to be accepted within the weeks of the run, or some after; it was told to mend."""
        completed = FIRST_DAY - timedelta(days=self.rng.randint(140, 186))
        happened = {"construction_completed": {"on": completed.isoformat()}}
        if self.rng.random() < 0.8:
            due = FIRST_DAY + timedelta(days=self.rng.randint(1, 60))
            happened["rectification_ordered"] = {"on": "2026-09-01", "due_on": due.isoformat()}
        given = [{"id": f"{ident}-{event[:5]}", "event": event, **what} for event, what in happened.items()]
        self.project(ident, unit, milestones=given, facts=FACTS)
        self.projects[ident] = {"unit": unit, **{milestone["event"]: milestone["id"] for milestone in given}}

    # What the checker has to know

    def note(self, partition: str) -> None:
        """What the obligations of a holder say now."""
        moment = self.journal.moment()
        for ident, row in self.rows(partition).items():
            known = self.journal.obligations.setdefault(ident, [])
            if not known or known[-1].is_ != row["is"]:
                known.append(Known(moment, self.ours, row["is"], records.instant_of(row["born"])))

    def note_contacts(self) -> None:
        found = {}
        for party in ("dept", "office", *self.units):
            for item in self.store.query(f"party#{party}", prefix="contact#"):
                found[f"{party}/{item.value['id']}"] = item.value
        self.journal.contacts.append((self.journal.moment(), found))

    def rows(self, partition: str = "") -> dict[str, dict]:
        return {item.value["is"]["id"]: item.value for item in self.store.inner.query(partition, prefix="obligation#")}
