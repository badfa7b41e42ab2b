"""What people do in a fault run: they report, sign, snooze, leave and come."""

from collections import Counter
from datetime import datetime, timedelta

from chalicelib.core.errors import DubanError
from chalicelib.core.ladder import instant, local_day
from chalicelib.usecases.registry.contact import remove_contact
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.answer_link import answer_token, redeem
from chalicelib.usecases.reminding.snooze import snooze
from chalicelib.usecases.state import records
from tests.faults.place import FIRST_DAY, LAST_DAY, OUTAGES, Place

ACTIONS_A_DAY = 0.08  # for each project


class People:
    """`actions`: what they will do, the last first; `done` and `refused`: what came of it."""

    def __init__(self, place: Place):
        self.place, self.rng = place, place.rng
        self.done, self.refused = Counter(), Counter()
        self.actions = self._planned()

    def _planned(self) -> list[tuple[datetime, str, str]]:
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

    def act(self) -> None:
        while self.actions and self.actions[-1][0] <= self.place.true:
            _, action, project = self.actions.pop()
            try:
                action(project)
                self.done[action.__name__] += 1
            except DubanError as refused:
                self.refused[f"{action.__name__}: {refused.code}"] += 1
            with self.place.weather.calm():
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
