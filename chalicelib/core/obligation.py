"""An obligation: a duty somebody owes under a rule, with its dates. It stores dates; its state is derived at read."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from .counting import DayOfYear
from .dates import NOTHING, Dates, Stop
from .facts import Milestone
from .rulebook import Rule, Rulebook

# docs/glossary.md, "States"
STATES = {
    "undetermined": "待定", "waiting": "未开始", "upcoming": "未到起始日", "open": "办理中", "overdue": "已逾期", "done": "已办结",
    "done_late": "逾期办结", "suspended": "中止", "waived": "豁免", "lapsed": "失效", "withdrawn": "撤回",
}  # fmt: skip


class AnchorPoint(NamedTuple):
    """What set the clock going. `identity` outlives corrections; `on` is None where the day is not known yet."""

    event: str
    on: date | None
    milestone: Milestone | None = None
    identity: str = ""
    clock: date | None = None  # the day counted from, where it is not `on` (a day set in a document)

    @property
    def counts_from(self) -> date | None:
        return self.clock or self.on


@dataclass(slots=True, kw_only=True)
class Obligation:
    """Filled in by evaluate, never changed after it has been returned."""

    id: str
    holder: str
    rule: Rule
    book: Rulebook
    period: str | None = None
    about: str | None = None  # `for` in answers
    anchor: AnchorPoint | None = None
    begins_on: date | None = None  # a recurring period's first day
    year: int | None = None
    day_of_year: DayOfYear | None = None
    stops: tuple[Stop, ...] = ()
    extended_to: date | None = None
    dates: Dates = NOTHING
    needs: tuple[str, ...] = ()
    done: Milestone | None = None
    returned: Milestone | None = None  # what had been done about it was sent back, last by this
    mend_by: date | None = None  # the day by which it is to be done again, where the return set one
    waived: Milestone | None = None
    ended: Milestone | None = None  # the project was terminated
    suspended: Stop | None = None  # the last suspension that its clock met

    @property
    def closed(self) -> str | None:
        """waived, or withdrawn because the project was terminated; None while the duty stands."""
        return "waived" if self.waived else "withdrawn" if self.ended else None

    @property
    def may_be_overdue(self) -> bool:
        """A right, a minimum and a duty that lapses are never overdue."""
        return not (self.rule.kind == "at_least" or self.rule.lapses or self.rule.modality == "may")

    def state(self, on: date) -> str:
        """undetermined, waiting, upcoming, open, overdue, done, done_late, suspended, waived, lapsed or withdrawn, on `on`."""
        return state_of(
            self.dates,
            on,
            done_on=self.done and self.done.on,
            closed=self.closed,
            undetermined=bool(self.needs),
            suspended=self.suspended,
            begins_on=self.begins_on,
            may_be_overdue=self.may_be_overdue,
        )

    def answers_to(self, name: str, root: str) -> bool:
        """Whether a milestone's `of` (and the root of the milestone it names) means this obligation."""
        if name in (self.id, self.rule.id):
            return True
        anchor = self.anchor
        return bool(anchor and anchor.milestone and root == anchor.milestone.root and not self.rule.by)

    def is_open_on(self, day: date) -> bool:
        """Whether something done on `day` can still close it."""
        return not (self.done or self.waived) and self.state(day) != "lapsed"

    def begun_by(self, day: date) -> bool:
        """Whether something done on `day` can count for it: it was anchored, and its period had begun."""
        if self.rule.kind == "before_event":
            return not self.rule.year_before or day >= date(self.anchor.on.year - 1, 1, 1)
        if self.begins_on and day < self.begins_on:
            return False
        return not (self.anchor and self.anchor.on and day < self.anchor.on)


def state_of(
    dates: Dates,
    on: date,
    *,
    done_on: date | None,
    closed: str | None,
    undetermined: bool,
    suspended: Stop | None,
    begins_on: date | None,
    may_be_overdue: bool,
) -> str:
    """The state of a duty on a day: derived at every read, so that no midnight has to change anything."""
    if done_on:
        return "done_late" if dates.due_on and done_on > dates.due_on else "done"
    if closed:
        return closed
    if undetermined:
        return "undetermined"
    if suspended and suspended.covers(on):
        return "suspended"
    if begins_on and on < begins_on:
        return "waiting"
    if dates.opens_on and on < dates.opens_on:
        return "upcoming"
    if dates.due_on is None or on <= dates.due_on:
        return "open"
    if dates.earliest_next_on:
        return "done"  # the minimum has run
    return "overdue" if may_be_overdue else "lapsed"
