"""Findings: what the text says about a project or a step, beside its dates - routes by amount, limits and gates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .condition import EventRef, View
from .errors import Text
from .facts import Milestone
from .obligation import Obligation
from .rulebook import Rule, Rulebook, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`outcome`: pass, route, warn, block or undetermined. `judged` is the milestone it speaks of, if any."""

    rule: str
    article: str
    kind: str
    outcome: str
    message: Text
    judged: Milestone | None = None
    needs: tuple[str, ...] = ()

    @classmethod
    def classified(cls, book: Rulebook) -> "Finding":
        entry = book.classified
        return cls(
            rule="classified", article=entry["article"], kind="classified", outcome="block", message=Text(**entry["route"])
        )

    @classmethod
    def scope(cls, entry: Scope, answer: bool | None, needs: Iterable[str]) -> "Finding":
        zh, en = entry.message
        outcome, message = {
            True: ("pass", Text(f"适用本办法：{zh}", f"In scope: {en}")),
            False: ("route", Text(f"不适用本办法：{zh}", f"Out of scope: {en}")),
            None: ("undetermined", Text(f"是否适用本办法待定：{zh}", f"Scope not determined: {en}")),
        }[answer]
        return cls(
            rule="scope", article=entry.article, kind="scope", outcome=outcome, message=message, needs=tuple(sorted(needs))
        )

    @classmethod
    def too_early(cls, obligation: Obligation, milestone: Milestone) -> "Finding":
        rule, opens_on = obligation.rule, obligation.dates.opens_on
        return cls(
            rule=rule.id,
            article=rule.article,
            kind="early_step",
            outcome="warn",
            judged=milestone,
            message=Text(
                f"“{rule.title.zh}”自{opens_on}起办理，{milestone.on}的报送早于起始日，不计为完成",
                f"{rule.title.en} opens on {opens_on}; what was done on {milestone.on} is too early to count",
            ),
        )

    @classmethod
    def beyond_cap(cls, obligation: Obligation, grant: Milestone, until: date, last: date) -> "Finding":
        rule, extension = obligation.rule, obligation.rule.extension
        return cls(
            rule=rule.id,
            article=extension.article,
            kind="band",
            outcome="block",
            judged=grant,
            message=Text(
                f"“{rule.title.zh}”延至{until}，超过第{extension.article}条最长延期{extension.cap.zh()}（至{last}）：{extension.quote}",
                f"{rule.title.en}: extended to {until}, beyond the {extension.cap.en()} of article {extension.article} (until {last})",
            ),
        )


def early_steps(view: View, book: Rulebook, rule: Rule, obligations: list[Obligation]) -> list[Finding]:
    """Barred steps taken before a minimum had run (at_least): they move no date."""
    found = []
    for obligation in obligations:
        anchor, first = obligation.anchor.milestone, obligation.dates.earliest_next_on
        for ref in rule.bars:
            for milestone in view.history.judged(ref.event, ref.results):
                barred = first and obligation.anchor.on <= milestone.on < first and milestone is not anchor
                if barred and (not rule.same or getattr(milestone, rule.same) == getattr(anchor, rule.same)):
                    name = book.vocabulary.events[milestone.event]
                    found.append(
                        Finding(
                            rule=rule.id,
                            article=rule.article,
                            kind="early_step",
                            judged=milestone,
                            outcome="block" if rule.modality == "must" else "warn",
                            message=Text(
                                f"“{name.zh}”（{milestone.on}）早于最短期间届满，{first}起方可（第{rule.article}条：{rule.quote}）",
                                f"{name.en} on {milestone.on} is too early: lawful from {first} (article {rule.article})",
                            ),
                        )
                    )
    return found


def judge(evaluation, in_scope: bool) -> list[Finding]:
    """Bands and gates of the edition in force on the judged day."""
    found = []
    for book in evaluation.editions:
        for rule in book.judgements:
            if (in_scope or rule.beyond_scope) and evaluation.may_speak(rule):
                found += (_band if rule.kind == "band" else _gate)(evaluation, book, rule)
    return found


def _band(evaluation, book: Rulebook, rule: Rule) -> list[Finding]:
    if rule.judged is None:
        return rows_of(rule, book, evaluation.view, None) if evaluation.governing(evaluation.on) is book else []
    return [
        finding
        for milestone in _judged(evaluation, book, rule, (rule.judged,))
        for finding in rows_of(rule, book, evaluation.views[book].at(milestone, milestone.on), milestone)
    ]


def _judged(evaluation, book: Rulebook, rule: Rule, refs: Iterable[EventRef]) -> Iterator[Milestone]:
    """The milestones a rule judges: those of a day on which its edition governs. A day without any is said."""
    for ref in refs:
        for milestone in evaluation.history.judged(ref.event, ref.results):
            governing = evaluation.governing(milestone.on)
            if governing is book:
                yield milestone
            elif governing is None:
                evaluation.say_outside(book, milestone.event, rule, milestone.on)


def rows_of(rule: Rule, book: Rulebook, view: View, judged: Milestone | None) -> list[Finding]:
    """A finding for each row that applies; one undetermined where facts are missing and no row is certain."""
    needs: set[str] = set()
    applies = rule.when.test(view, needs) if rule.when is not None else True
    if applies is False or applies is None and rule.judged is None and not _is_asked(rule, view):
        return []
    answers = [(row, row.when.test(view, needs)) for row in rule.rows] if applies else []
    found = [
        Finding(rule=rule.id, article=rule.article, kind="band", outcome=row.outcome, judged=judged, message=row.what)
        for row, answer in answers
        if answer
    ]
    if not found and needs:
        found = [_undetermined(rule, book, "band", judged, needs)]
    return found


def _is_asked(rule: Rule, view: View) -> bool:
    """A band whose condition is unknown is worth a question only for a fact that every project has: an amount."""
    needs: set[str] = set()
    rule.when.test(view, needs)
    return any(view.types[name].type == "money" for name in needs if name in view.types)


def _gate(evaluation, book: Rulebook, rule: Rule) -> list[Finding]:
    found = []
    for milestone in _judged(evaluation, book, rule, rule.bars):
        view = evaluation.views[book].at(milestone, milestone.on)
        if rule.when is None or rule.when.test(view, set()) is not False:
            found.append(gate_finding(rule, book, view, milestone))
    return found


def gate_finding(rule: Rule, book: Rulebook, view: View, judged: Milestone) -> Finding:
    """Whether the gate lets the judged step through; undetermined where a fact it rests on is not known."""
    needs: set[str] = set()
    applies = rule.when.test(view, needs) if rule.when is not None else True
    passes = rule.needs.test(view, needs)
    name = book.vocabulary.events[judged.event]
    if passes:
        return Finding(
            rule=rule.id,
            article=rule.article,
            kind="gate",
            outcome="pass",
            judged=judged,
            message=Text(f"“{name.zh}”符合第{rule.article}条：{rule.title.zh}", f"{name.en}: {rule.title.en} - satisfied"),
        )
    if passes is None or applies is None:
        return _undetermined(rule, book, "gate", judged, needs)
    return Finding(
        rule=rule.id,
        article=rule.article,
        kind="gate",
        judged=judged,
        outcome="block" if rule.modality == "must" else "warn",
        message=Text(
            f"“{name.zh}”（{judged.on}）不符合第{rule.article}条：{rule.quote}",
            f"{name.en} on {judged.on} is barred by article {rule.article}: {rule.title.en}",
        ),
    )


def _undetermined(rule: Rule, book: Rulebook, kind: str, judged: Milestone | None, needs: set[str]) -> Finding:
    missing = [book.called(name) for name in sorted(needs)]
    return Finding(
        rule=rule.id,
        article=rule.article,
        kind=kind,
        outcome="undetermined",
        judged=judged,
        needs=tuple(sorted(needs)),
        message=Text(
            f"第{rule.article}条“{rule.title.zh}”待定，缺少：{'、'.join(name.zh for name in missing)}",
            f"Article {rule.article}, {rule.title.en}: not determined, missing: {', '.join(name.en for name in missing)}",
        ),
    )
