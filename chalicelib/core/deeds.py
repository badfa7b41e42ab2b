"""What was done about obligations: fulfilled, extended, suspended, waived, returned, ended."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from .condition import EventRef
from .dates import Stop
from .facts import History, Milestone
from .findings import Finding
from .obligation import Obligation
from .rulebook import Rule


def found_of(history: History, refs: Sequence[EventRef]) -> Sequence[Milestone]:
    """What happened of any of these, oldest first."""
    found = [listed for ref in refs if (listed := ref.found(history))]
    if len(found) <= 1:
        return found[0] if found else ()
    return sorted((milestone for listed in found for milestone in listed), key=lambda milestone: milestone.on)


class Deeds:
    """The milestones that act on obligations rather than start them. `roots` leads from any milestone's id to its root."""

    def __init__(self, history: History, roots: Mapping[str, str]):
        self.history, self.roots = history, roots
        self.stops = self._stops()
        self.waived, self.granted = history.of("waived"), history.of("extension_granted")
        self.generic = [milestone for milestone in history.of("fulfilled") if milestone.of]
        sent_back = [milestone for milestone in history.of("returned", None) if milestone.of]
        self.returned = {roots.get(milestone.of, milestone.of): milestone for milestone in sent_back}
        self.terminated = next(iter(history.of("terminated")), None)

    def _stops(self) -> tuple[Stop, ...]:
        """Suspensions of the project: each from `suspended` to the next `resumed`, or to its own `until`."""
        resumed = [milestone.on for milestone in self.history.of("resumed", None)]
        stops: list[Stop] = []
        for milestone in self.history.of("suspended"):
            if stops and stops[-1].covers(milestone.on):
                continue  # suspended already: its days count once
            ends = [day for day in resumed if day > milestone.on]
            if milestone.until:
                ends.append(milestone.until + timedelta(days=1))
            stops.append(Stop(milestone.on, min(ends, default=None)))
        return tuple(stops)

    def grants(self, draft: Obligation, literal: date | None) -> Iterator[tuple[Milestone, date]]:
        """The extensions that name this obligation (or name none, and its rule can be extended), each with its last day."""
        if literal is None or draft.rule.kind == "at_least":
            return
        for milestone in self.granted:
            ends = milestone.until or milestone.due_on
            named = (
                draft.answers_to(milestone.of, self.roots.get(milestone.of, milestone.of))
                if milestone.of
                else (draft.rule.extension is not None and draft.begun_by(milestone.on))
            )
            if ends and named and ends > literal:
                yield milestone, ends

    def was_extended(self, obligation: Obligation, since: date) -> bool:
        """Whether an extension that names it was granted on or after a day."""
        return any(
            milestone.on >= since and obligation.answers_to(milestone.of, self.roots.get(milestone.of, milestone.of))
            for milestone in self.granted
            if milestone.of
        )

    def fulfil(self, rule: Rule, obligations: list[Obligation]) -> list[Finding]:
        """Let each thing done close the obligation it names, else the one about its period, else the oldest open one;
        gives what was done too early to count. A submission that was returned (退回) fulfils nothing: what it would have closed
        is owed again."""
        too_early = []
        for milestone in self.waived:
            for obligation in obligations:
                if milestone.of and obligation.answers_to(milestone.of, self.roots.get(milestone.of, milestone.of)):
                    obligation.waived = milestone
        done = self._done(rule)
        oldest_first = sorted(obligations, key=_age) if done and len(obligations) > 1 else obligations
        for milestone in done:
            closed = self._closes(rule, milestone, oldest_first)
            if closed is None:
                continue
            if back := self.returned.get(milestone.root):
                closed.returned = back
            elif closed.dates.opens_on and milestone.on < closed.dates.opens_on and rule.kind in ("window", "recurring"):
                too_early.append(Finding.too_early(closed, milestone))
            else:
                closed.done = milestone
        for obligation in obligations:
            if self.terminated and rule.per == "project" and self._ends_with(self.terminated.on, obligation):
                obligation.ended = self.terminated
            if obligation.stops:
                met = [stop for stop in obligation.stops if self._is_running(obligation, stop)]
                obligation.suspended = met[-1] if met else None
        return too_early

    @staticmethod
    def _ends_with(day: date, obligation: Obligation) -> bool:
        """A project that ends on `day` owes no more what began before and was not yet late."""
        due, anchor = obligation.dates.due_on, obligation.anchor
        return (due is None or due >= day) and not (anchor and anchor.on and anchor.on >= day)

    def _done(self, rule: Rule) -> Sequence[Milestone]:
        """What may fulfil the rule, oldest first."""
        done = found_of(self.history, rule.done_by) if rule.done_by else ()
        return sorted([*done, *self.generic], key=lambda milestone: milestone.on) if self.generic else done

    def _closes(self, rule: Rule, milestone: Milestone, obligations: list[Obligation]) -> Obligation | None:
        if milestone.of:
            root = self.roots.get(milestone.of, milestone.of)
            named = [obligation for obligation in obligations if obligation.answers_to(milestone.of, root)]
            exact = [obligation for obligation in named if obligation.id == milestone.of]
            if (
                named or not rule.by or milestone.event == "fulfilled"
            ):  # of a yearly duty `of` may name what its phase began with
                return next((obligation for obligation in exact or named if obligation.is_open_on(milestone.on)), None)
        open_ones = [
            obligation
            for obligation in obligations
            if obligation.is_open_on(milestone.on) and not self._is_anchor(obligation, milestone)
        ]
        if milestone.for_ and obligations[0].about:
            return next((obligation for obligation in open_ones if milestone.for_ == obligation.about), None)
        return next((obligation for obligation in open_ones if obligation.begun_by(milestone.on)), None)

    @staticmethod
    def _is_anchor(obligation: Obligation, milestone: Milestone) -> bool:
        anchor = obligation.anchor
        return bool(anchor and anchor.milestone and anchor.milestone.root == milestone.root)

    @staticmethod
    def _is_running(obligation: Obligation, stop: Stop) -> bool:
        due = obligation.dates.literal_due_on
        return due is None or stop.since <= due


def _age(obligation: Obligation) -> tuple[date, date]:
    """Oldest first: by anchor, then by the day it is due."""
    anchor = obligation.anchor
    return (anchor.on if anchor and anchor.on else date.min, obligation.dates.literal_due_on or date.max)
