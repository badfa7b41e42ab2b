"""From facts to obligations and findings: the one computation everything else asks.

Pure: no clock, no files. The same editions, calendar, facts and days give the same answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial

from .calendar import Calendar
from .condition import View
from .counting import corresponding_day
from .dates import Stop, mended, remembered
from .deeds import Deeds, found_of
from .facts import Facts, History, Milestone, day, roots
from .findings import Finding, early_steps, judge
from .obligation import AnchorPoint, Obligation
from .rulebook import Anchor, Rule, Rulebook

EVERYTHING = frozenset(("project", "unit", "jurisdiction", "vendor"))
HORIZON_MONTHS = 24


@dataclass(slots=True, kw_only=True)
class NotComputed:
    """Something the text says that no date or finding stands for, and why."""

    article: str
    excerpt: str
    zh: str
    en: str


@dataclass(kw_only=True)
class Answer:
    """What evaluate gives: obligations in order of rule, findings, and what could not be computed."""

    on: date
    until: date
    editions: tuple[Rulebook, ...]
    calendar: Calendar
    view: View
    obligations: list[Obligation]
    noticed: list[Finding]  # what was found on the way to the obligations
    judge: Callable[[], list[Finding]]  # bands and gates, judged when asked for
    outside: dict[date, NotComputed]  # days outside the time a text is in force
    book: Rulebook  # the edition that governs `on`

    @cached_property
    def findings(self) -> list[Finding]:
        return self.noticed + self.judge()

    @property
    def not_computed(self) -> list[NotComputed]:
        """What lies outside the time a text is in force, then what the text says and nobody can compute."""
        self.findings  # noqa: B018 - judging may meet further days outside
        return list(self.outside.values()) + [
            NotComputed(article=article, excerpt=excerpt, zh=reason.zh, en=reason.en)
            for article, excerpt, reason in self.book.untranslatable
        ]


def evaluate(
    editions: Sequence[Rulebook],
    calendar: Calendar,
    facts: Facts,
    *,
    on: date,
    until: date | None = None,
    since: date | None = None,
    per: frozenset[str] = EVERYTHING,
) -> Answer:
    """Obligations and findings of one unit, its project (where given) and the authorities.

    `editions` are the rulebooks of the jurisdiction, oldest first; each governs what is anchored while it is in force.
    `on` is the day of judging; recurring rules without a phase give the periods due from `since` (1 January of its year
    unless said) to `until` (24 months after `on` unless said). `per` narrows the answer to duties held by these.
    """
    until = until or corresponding_day(on, HORIZON_MONTHS)
    return _Evaluation(editions, calendar, facts, on, until, since or date(on.year, 1, 1), per).answer()


class _Evaluation:
    def __init__(self, editions, calendar, facts, on, until, since, per):
        self.editions, self.calendar, self.facts, self.per = editions, calendar, facts, per
        self.on, self.until, self.since = on, until, since
        self.history = History(facts.milestones)
        self.events = self.history.events
        self.views = {edition: View(facts, self.history, edition.vocabulary.facts) for edition in editions}
        self.view = self.views[self.governing(on) or editions[-1]]
        self.not_computed: dict[date, NotComputed] = {}
        self.by_rule: dict[str, list[Obligation]] = {}
        self.deeds = Deeds(self.history, roots(facts.milestones))

    def answer(self) -> Answer:
        book = self.governing(self.on) or self.editions[-1]
        obligations: list[Obligation] = []
        findings: list[Finding] = []
        judged: Callable[[], list[Finding]] = list
        project = self.facts.project
        if project and project.get("classified"):
            findings.append(Finding.classified(book))
        else:
            in_scope, findings = self._scope(book)
            for edition in self.editions:
                for rule in edition.duties:
                    if rule.per in self.per and self.may_speak(rule) and self._applies(rule, in_scope):
                        obligations += self._obligations(edition, rule, findings)
            if project is not None and "project" in self.per:
                judged = partial(judge, self, in_scope)
        return Answer(
            on=self.on,
            until=self.until,
            editions=tuple(self.editions),
            calendar=self.calendar,
            view=self.view,
            obligations=obligations,
            noticed=findings,
            judge=judged,
            outside=self.not_computed,
            book=book,
        )

    def may_speak(self, rule: Rule) -> bool:
        """Whether any of what the rule waits for has happened, or is planned and to be judged."""
        return rule.waits_for is None or not rule.waits_for.isdisjoint(self.events)

    def governing(self, day: date) -> Rulebook | None:
        """The edition in force on `day`; of two that overlap the later one."""
        for edition in reversed(self.editions):
            if edition.in_force_on(day):
                return edition
        return None

    def _scope(self, book: Rulebook) -> tuple[bool, list[Finding]]:
        """Whether the project is under this rulebook at all. Unknown counts as in, and is said."""
        in_scope, findings = True, []
        if self.facts.project is None:
            return in_scope, findings
        for entry in book.scope:
            if entry.when is None:
                continue
            needs: set[str] = set()
            answer = entry.when.test(self.view, needs)
            in_scope = in_scope and answer is not False
            findings.append(Finding.scope(entry, answer, needs))
        return in_scope, findings

    def _applies(self, rule: Rule, in_scope: bool) -> bool:
        if rule.per == "project":
            return self.facts.project is not None and (in_scope or rule.beyond_scope)
        return True

    # Where clocks start

    def anchors(self, anchor: Anchor, book: Rulebook) -> Iterator[AnchorPoint]:
        """The points from which clocks of this anchor run; none while what it waits for has not happened."""
        match anchor.form:
            case "each" | "last_done":
                for milestone in found_of(self.history, anchor.events):
                    yield self._point(milestone, anchor.field)
            case "first" | "first_of":
                found = found_of(self.history, anchor.events)
                if found:
                    yield self._point(found[0], anchor.field)
            case "later_of":
                found = [found_of(self.history, refs) for refs in anchor.all_of]
                if all(found):
                    firsts = [listed[0] for listed in found]
                    last = max(firsts, key=lambda milestone: milestone.on)
                    yield AnchorPoint(last.event, last.on, last, "+".join(milestone.root for milestone in firsts))
            case "fact":
                value = day(self.views[book].value(anchor.name))
                if value:
                    yield AnchorPoint(anchor.name, value, None, anchor.name)
            case "due_of":
                for other in self.by_rule.get(anchor.name, ()):
                    due = other.dates.due_on
                    if due and (not anchor.missed or (other.state(self.on) in ("overdue", "lapsed", "done_late"))):
                        yield AnchorPoint(anchor.name, due, None, other.id)
            case "in_force":
                if book.valid_from:
                    yield AnchorPoint("in_force", book.valid_from, None, "in_force")

    @staticmethod
    def _point(milestone: Milestone, field: str | None) -> AnchorPoint:
        if field is None:
            return AnchorPoint(milestone.event, milestone.on, milestone, milestone.root)
        clock = getattr(milestone, field)
        return AnchorPoint(milestone.event, milestone.on, milestone, milestone.root, clock)

    def _planned_anchor(self, anchor: Anchor, book: Rulebook) -> Iterator[AnchorPoint]:
        """For before_event: the step itself where it happened, else the day it is planned for."""
        happened = list(self.anchors(anchor, book))
        if happened or anchor.form in ("fact", "due_of", "in_force"):
            yield from happened
            return
        events = {ref.event for ref in anchor.events}
        planned = [milestone for milestone in self.history.planned if milestone.event in events]
        for milestone in planned[-1:]:  # a plan may be moved: the last word counts
            yield self._point(milestone, anchor.field)

    # Obligations of one rule

    def _obligations(self, book: Rulebook, rule: Rule, findings: list[Finding]) -> list[Obligation]:
        made = [made for draft in self._drafts(book, rule) if (made := self._dated(draft))]
        if rule.extension and rule.extension.cap:
            findings += [finding for obligation in made for finding in self._beyond_cap(obligation)]
        if made:
            findings += self.deeds.fulfil(rule, made)
            for obligation in made if self.deeds.returned else ():
                self._mend(obligation)
            if rule.kind == "at_least":
                findings += early_steps(self.view, book, rule, made)
        made = [obligation for obligation in made if self._wanted(obligation)]
        self.by_rule[rule.id] = made
        return made

    def _drafts(self, book: Rulebook, rule: Rule) -> Iterator[Obligation]:
        if rule.kind == "recurring" and rule.by:
            yield from self._periods(book, rule)
            return
        for point in (self._planned_anchor if rule.kind == "before_event" else self.anchors)(rule.anchor, book):
            if rule.anchor.field and point.clock is None:
                yield self._draft(book, rule, point, needs=(f"milestone.{rule.anchor.field}",))
            else:
                yield self._draft(book, rule, point)
        if rule.kind == "recurring" and rule.anchor.form != "last_done":
            for milestone in found_of(self.history, rule.done_by):
                yield self._draft(book, rule, self._point(milestone, None))

    def _in_phase(self, draft: Obligation) -> bool:
        """Whether the phase has begun and lasts until the duty is due (undated: until now)."""
        phase, day = draft.rule.phase, draft.dates.due_on or self.on
        begins = next(self.anchors(phase.begins, draft.book), None)
        ends = self._phase_end(draft.rule, begins.on) if begins else None
        return bool(begins) and draft.anchor.on >= begins.on and (ends is None or day <= ends)

    def _phase_end(self, rule: Rule, begins: date) -> date | None:
        return min(
            (milestone.on for milestone in found_of(self.history, rule.phase.ends) if milestone.on >= begins), default=None
        )

    def _periods(self, book: Rulebook, rule: Rule) -> Iterator[Obligation]:
        """Fixed days of the year: those due while the phase lasts, or since the first day asked for."""
        point, first, last = None, self.since, self.until
        if rule.phase:
            point = next(self.anchors(rule.phase.begins, book), None)
            if not point:
                return
            ends = self._phase_end(rule, point.on)
            first, last = point.on, min(last, ends or last)
            point = point._replace(identity=rule.phase.name)
        since = self.facts.unit.get("since")
        if since and rule.per == "unit":
            first = max(first, day(since))
        marks = {1: "", 2: "-H", 4: "-Q"}.get(len(rule.by), "-")
        for year in range(first.year, last.year + 1):
            begins = date(year, 1, 1)
            for place, day_of_year in enumerate(rule.by, 1):
                due = day_of_year.of(year)
                if first <= due <= last:
                    suffix = f"{marks}{place}" if marks else ""
                    yield self._draft(
                        book,
                        rule,
                        point,
                        period=f"{year}{suffix}",
                        about=f"{year + rule.about}{suffix}",
                        begins_on=begins,
                        year=year,
                        day_of_year=day_of_year,
                    )
                begins = due + timedelta(days=1)

    def _draft(self, book: Rulebook, rule: Rule, point: AnchorPoint | None, **fields) -> Obligation:
        holder = self._holder(rule, point)
        ident = f"{holder}/{rule.id}/{fields.get('period') or '-'}/{point.identity if point else '-'}"
        return Obligation(id=ident, holder=holder, rule=rule, book=book, anchor=point, **fields)

    def _holder(self, rule: Rule, point: AnchorPoint | None) -> str:
        match rule.per:
            case "project":
                return self.facts.project.get("id") or "project"
            case "unit":
                return self.facts.unit.get("id") or "unit"
            case "vendor":
                return (point and point.milestone and point.milestone.vendor) or "vendor"
        return self.facts.jurisdiction

    def _dated(self, draft: Obligation) -> Obligation | None:
        """Its dates and whether its condition holds. None where it does not, or where another edition governs."""
        rule, needs = draft.rule, set(draft.needs)
        if rule.unset:
            needs.update(rule.unset)
        if rule.when is not None:
            view = self.views[draft.book]
            if draft.anchor and draft.anchor.milestone:
                view = view.at(draft.anchor.milestone, draft.anchor.on)
            if rule.when.test(view, needs) is False:
                return None
        if not rule.unset and not draft.needs:
            draft.stops = self._stops_for(rule, draft)
            draft.dates = self._dates(draft)
            draft.extended_to = max((ends for _, ends in self.deeds.grants(draft, draft.dates.literal_due_on)), default=None)
            if draft.extended_to:
                draft.dates = self._dates(draft, draft.extended_to)
        draft.needs = tuple(sorted(needs))
        if rule.kind == "recurring" and not rule.by and rule.phase and not self._in_phase(draft):
            return None
        if rule.kind == "recurring" and not rule.by and draft.dates.due_on:
            draft.period = draft.about = str(draft.dates.due_on.year)
        if rule.kind == "before_event" and rule.year_before:
            draft.about = str(draft.anchor.on.year)
        return draft if self._is_governed(draft) else None

    def _dates(self, draft: Obligation, extended_to: date | None = None):
        point = draft.anchor
        return remembered(
            draft.rule,
            point.counts_from if point else None,
            draft.year,
            draft.day_of_year,
            self.calendar,
            point.on if point else None,
            draft.stops,
            extended_to,
        )

    def _stops_for(self, rule: Rule, draft: Obligation) -> tuple[Stop, ...]:
        """A project's relative clocks stop with it; recurring ones, documents' dates and the authorities' run on."""
        relative = rule.kind in ("at_most", "at_least", "window")
        if (
            not (self.deeds.stops and relative and rule.per == "project")
            or rule.owed_by
            and rule.owed_by[0].name in draft.book.authorities
        ):
            return ()
        return self.deeds.stops

    def _is_governed(self, draft: Obligation) -> bool:
        """Only the edition in force on the anchor's day (recurring: the period's last day) speaks; a gap is reported."""
        point = draft.anchor
        on = draft.dates.literal_due_on if draft.rule.kind == "recurring" else None
        on = on or (point and point.on)
        if on is None or len(self.editions) == 1 and draft.book.in_force_on(on):
            return True
        governing = self.governing(on)
        if governing is None:
            self.say_outside(draft.book, point.event if point and point.on == on else None, draft.rule, on)
        return governing is draft.book

    def say_outside(self, book: Rulebook, event: str | None, rule: Rule, on: date) -> None:
        """No text is in force on a day that matters: said once for each day, never passed over."""
        name = book.vocabulary.events.get(event) or rule.title
        self.not_computed.setdefault(
            on,
            NotComputed(
                article=book.in_force_article,
                excerpt=book.in_force_quote,
                zh=f"“{name.zh}”（{on}）不在本办法有效期内（{book.valid_from}起施行），不作推算",
                en=f"{name.en} on {on} lies outside the time this text is in force (from {book.valid_from}); nothing is computed",
            ),
        )

    def _mend(self, obligation: Obligation) -> None:
        """What was returned is to be done again by the day the return sets, unless more time was granted since."""
        back = obligation.returned
        if back and back.due_on and not obligation.needs and not self.deeds.was_extended(obligation, back.on):
            obligation.mend_by = back.due_on
            obligation.dates = mended(obligation.dates, back.on, back.due_on, self.calendar)

    def _beyond_cap(self, obligation: Obligation) -> Iterator[Finding]:
        """Grants of more than the text allows: a fact is never refused, so they count, and it is said."""
        if obligation.extended_to:
            literal = self._dates(obligation).literal_due_on
            last = obligation.rule.extension.cap.after(literal, self.calendar)
            for milestone, ends in self.deeds.grants(obligation, literal):
                if ends > last:
                    yield Finding.beyond_cap(obligation, milestone, ends, last)

    def _wanted(self, obligation: Obligation) -> bool:
        """A repeated duty of earlier years that was done is history, not an answer."""
        due = obligation.dates.due_on
        return not (
            obligation.rule.kind == "recurring" and not obligation.rule.by and obligation.done and due and due < self.since
        )
