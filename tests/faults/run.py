"""The run: people report, sign and leave; workers plan, send and die; vendors fall ill; our clock is set right now and then."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.core.errors import DubanError
from chalicelib.core.ladder import instant, local_day
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.contact import remove_contact
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.answer_link import answer_token, redeem
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.usecases.reminding.snooze import snooze
from chalicelib.usecases.state import records
from tests.faults.place import FIRST_DAY, LAST_DAY, Place
from tests.faults.vendors import MOODS, Trouble
from tests.usecases.doubles import PowerCut, at_once

OUTAGES = (  # of ours, six hours each: over the dawn of a day with deadlines, over the last morning before a long holiday
    (instant(date(2026, 9, 21), "05:30"), instant(date(2026, 9, 21), "11:30")),
    (instant(date(2026, 9, 30), "05:00"), instant(date(2026, 9, 30), "11:00")),
)
DYING, TWO_WORKERS, JUMPS_A_DAY = 0.03, 0.2, 0.7
IDLE = 0.1  # of the looks that would find nothing: most are left out, they cost the run half its time
ACTIONS_A_DAY = 0.08  # for each project
SHORT, LONG = (1.0, 28.0), 10_000.0  # seconds between two beats while something is to be done; the longest sleep


class Run:
    """One run over one place."""

    def __init__(self, place: Place):
        self.place, self.rng = place, place.rng
        self.done, self.refused = Counter(), Counter()
        self.actions = self._planned_actions()
        self.jumps = self._planned_jumps()
        self._fall_ill()

    def run(self) -> None:
        ends = instant(LAST_DAY, "17:00")
        while self.place.true < ends:
            self._act()
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
        place.store.is_quiet, place.doom = True, None
        for vendor in place.vendors.values():
            vendor.recovers()
        for _ in range(20):
            self._tick()
            if not tick(place.ports, place.ours):
                break
        self.last_tick = place.ours
        for _ in range(20_000):
            if not place.store.waiting["outbox"]:
                return
            deliver(place.ports, place.ours, place.url)
            self._sleep(place.true + timedelta(days=30), planning=False)

    # A beat of the machine

    def _beat(self) -> None:
        place = self.place
        if self.rng.random() < DYING:
            place.doom = self.rng.choice(("after the answer", "after the answer", "before the request"))
        if self.rng.random() < TWO_WORKERS:
            place.stands_still = True
            at_once(*self.rng.choice(((self._deliver, self._deliver), (self._tick, self._deliver), (self._tick, self._tick))))
            place.stands_still = False
            self.done["beats of two workers"] += 1
        for index, work in (("due", self._tick), ("outbox", self._deliver)):
            if self._is_waiting(index) or self.rng.random() < IDLE:
                work()
        self.done["beats"] += 1

    def _is_waiting(self, index: str) -> bool:
        return min(self.place.store.waiting[index], default="~") <= records.stamp(self.place.ours) + "~"

    def _tick(self) -> None:
        def work() -> None:
            now = self.place.ours
            tick(self.place.ports, now)
            self.place.journal.ticks.append((self.place.journal.moment(), now))

        self._worker(work)

    def _deliver(self) -> None:
        self._worker(lambda: deliver(self.place.ports, self.place.ours, self.place.url))

    def _worker(self, work: Callable[[], Any]) -> None:
        """A worker that may die after some writes, or in a vendor's hands."""
        store, place = self.place.store, self.place
        if not store.is_quiet and self.rng.random() < DYING:
            store.dooms(self.rng.randint(0, 8))
        began = place.ours
        try:
            work()
        except PowerCut:
            place.journal.disturbed.append((began, place.ours + timedelta(seconds=150)))  # until the leases have run out
        finally:
            store.spares()

    def _sleep(self, upto: datetime, planning: bool = True) -> None:
        """Not past what comes next, and never for the same time twice."""
        place = self.place
        indexes = ("due", "outbox") if planning else ("outbox",)
        rows = [min(place.store.waiting[index]) for index in indexes if place.store.waiting[index]]
        ahead = [records.instant_of(row.split("#", 1)[0]) - place.offset for row in rows]
        ahead += [action[0] for action in self.actions[-1:]] + [jump[0] for jump in self.jumps[-1:]]
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

    # What people do

    def _planned_actions(self) -> list[tuple[datetime, str, str]]:
        """(when, what, the project), the last first."""
        kinds = {
            self.apply: 5, self.mend: 4, self.correct: 4, self.withdraw: 1, self.give_back: 2, self.sign: 12, self.sign_by_link: 4,
            self.snooze: 8, self.report: 3, self.go_away: 2, self.leave: 1, self.come: 1, self.unblock: 1,
        }  # fmt: skip
        found = []
        days, projects = (LAST_DAY - FIRST_DAY).days, sorted(self.place.projects)
        for _ in range(round(days * ACTIONS_A_DAY * len(projects))):
            (kind,) = self.rng.choices(list(kinds), kinds.values())
            day = FIRST_DAY + timedelta(days=self.rng.randint(0, days - 1))
            at = instant(day, "06:00") + timedelta(seconds=self.rng.randint(0, 17 * 3600))
            if any(begin <= at < end for begin, end in OUTAGES):
                continue  # there is nothing to talk to
            found.append((at, kind, self.rng.choice(projects)))
        return sorted(found, key=lambda action: action[0], reverse=True)

    def _act(self) -> None:
        while self.actions and self.actions[-1][0] <= self.place.true:
            _, action, project = self.actions.pop()
            try:
                action(project)
                self.done[action.__name__] += 1
            except DubanError as refused:
                self.refused[f"{action.__name__}: {refused.code}"] += 1
            self.place.note(f"project#{project}")

    def today(self) -> str:
        return local_day(self.place.ours).isoformat()

    def apply(self, project: str) -> None:
        self.place.submit("acceptance-application", project, party=self._unit(project), news=True, applied_on=self.today())

    def mend(self, project: str) -> None:
        self.place.submit(
            "rectification-report", project, party=self._unit(project), news=True, rectified_on=self.today(), of=None
        )

    def correct(self, project: str) -> None:
        """The day of completion was another: what hangs on it moves."""
        on = FIRST_DAY - timedelta(days=self.rng.randint(130, 180))
        known = self.place.projects[project]
        body = {
            "classified": False,
            "replaces": known["construction_completed"],
            "event": "construction_completed",
            "on": on.isoformat(),
            "reason": "误填",
        }
        self.place.submit("correction", project, party=known["unit"], role="unit", news=True, body=body)
        newest = self.place.store.inner.query(f"project#{project}", prefix="milestone#", newest_first=True, limit=1)
        known["construction_completed"] = newest[0].value["id"]

    def withdraw(self, project: str) -> None:
        known = self.place.projects[project]
        body = {
            "classified": False,
            "void": known.get("rectification_ordered", "none"),
            "event": "rectification_ordered",
            "on": "2026-09-01",
            "reason": "发错了",
        }
        self.place.submit("withdrawal", project, party="office", role="authority", news=True, body=body)

    def give_back(self, project: str) -> None:
        """What was applied for is returned, if it was."""
        found = [row for row in self.place.milestones(f"project#{project}") if row["event"] == "acceptance_applied"]
        if found:
            self.place.submit(
                "return",
                project,
                party="office",
                news=True,
                returned_on=self.today(),
                reasons=["缺少监理总结"],
                of=found[-1]["id"],
                due_on=None,
            )

    def report(self, project: str) -> None:
        self.place.submit(
            "serious-issue",
            project,
            party=self._unit(project),
            role="unit",
            news=True,
            step="delay_found",
            happened_on=self.today(),
        )

    def sign(self, project: str) -> None:
        self._sign(project, self._somebody(project), "button")

    def _sign(self, project: str, person: str, how: str) -> None:
        rows = [ident for ident, row in self.place.rows(f"project#{project}").items() if records.needs_reminding(row["is"])]
        if rows:
            duty = self.rng.choice(sorted(rows))
            acknowledge(self.place.ports, person, f"project#{project}", duty, how, self.place.ours)
            self.place.journal.signed.setdefault(duty, self.place.journal.moment())

    def sign_by_link(self, project: str) -> None:
        """By the address in the last message that somebody of the unit got on a channel without buttons."""
        unit = self._unit(project)
        got = [
            each.key.rsplit("/", 1)[0]
            for name in ("dingtalk", "email")
            for each in self.place.vendors[name].received
            if each.key.startswith(f"{unit}/")
        ]
        if got:
            page = redeem(self.place.ports, answer_token(self.place.ports, got[-1]), "link", self.place.ours)
            for duty in page["duties"]:
                self.place.journal.signed.setdefault(duty["obligation"], self.place.journal.moment())

    def snooze(self, project: str) -> None:
        rows = [ident for ident, row in self.place.rows(f"project#{project}").items() if records.needs_reminding(row["is"])]
        if rows:
            day = self.place.ports.rules.calendar().next_working(
                local_day(self.place.ours) + timedelta(days=self.rng.randint(1, 5))
            )
            snooze(
                self.place.ports,
                self._somebody(project),
                f"project#{project}",
                self.rng.choice(sorted(rows)),
                day,
                self.place.ours,
            )

    def go_away(self, project: str) -> None:
        unit = self._unit(project)
        mine = self._clerks(unit)
        if len(mine) > 1:
            who, other = self.rng.sample(mine, 2)
            first = local_day(self.place.ours)
            away = {
                "from": first.isoformat(),
                "until": (first + timedelta(days=self.rng.randint(1, 9))).isoformat(),
                "to": other,
            }
            self.place.change_contact(unit, who, away=away)
            self.place.note_contacts()

    def leave(self, project: str) -> None:
        """A clerk leaves for good; another begins, so that the unit is never without."""
        unit = self._unit(project)
        self.come(project)
        remove_contact(self.place.ports, unit, self.rng.choice(self._clerks(unit)), "the run", self.place.ours)
        self.place.note_contacts()

    def come(self, project: str) -> None:
        unit = self._unit(project)
        self.place._contact(unit, f"n{next(self.place.numbers)}")
        self.place.note_contacts()

    def unblock(self, project: str) -> None:
        """Somebody who had blocked us does not any more."""
        vendor = self.rng.choice(list(self.place.vendors.values()))
        if vendor.blocked:
            vendor.blocked.remove(self.rng.choice(sorted(vendor.blocked)))

    def _unit(self, project: str) -> str:
        return self.place.projects[project]["unit"]

    def _clerks(self, unit: str) -> list[str]:
        found = self.place.store.inner.query(f"party#{unit}", prefix="contact#")
        return [item.value["id"] for item in found if "leader" not in item.value["roles"]]

    def _somebody(self, project: str) -> str:
        unit = self._unit(project)
        return f"{unit}/{self.rng.choice(self._clerks(unit))}"
