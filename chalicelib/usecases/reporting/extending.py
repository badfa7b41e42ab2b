"""Extending: which duties more time can be asked or granted for, and what is refused because it would move nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...core.dates import zh_day
from ...core.errors import InvalidInput
from ...core.evaluate import Answer
from ...core.facts import PASSED, Milestone
from ...core.obligation import Obligation
from ...ports import Ports
from ..state.holder import Holder, assess, load, projections
from ..telling.people import audiences

EVENTS = ("extension_requested", "extension_granted")
OPEN = ("open", "overdue", "upcoming", "suspended")


def is_about_time(schema: dict[str, Any]) -> bool:
    """Whether a form asks for more time or grants it."""
    return any(record["event"] in EVENTS for record in schema["x-duban"]["records"])


def ids(ports: Ports, partition: str, now: datetime) -> set[str]:
    """The holder's duties of which the text allows an extension and whose day can still move."""
    answer = assess(load(ports.store, partition), ports, now)
    return {
        obligation.id
        for obligation in answer.obligations
        if obligation.rule.extension and obligation.dates.due_on and obligation.state(answer.on) in OPEN
    }


def told_with_news(
    ports: Ports, holder: Holder, answer: Answer, milestones: Sequence[dict[str, Any]], now: datetime
) -> set[str]:
    """The duties that these milestones give more time for, where the news of the decision says until when to those who do
    them: it reaches the unit's own people alone, so nothing of what others lead, or where nobody at the unit can be reached."""
    given = [Milestone.of_json(each, "") for each in milestones if each["event"] == EVENTS[1]]
    named = {obligation.id for obligation in answer.obligations for each in given if _is_named(obligation, each)}
    if not named:
        return set()
    _, reached = next(audiences(ports, holder.partition, {"jurisdiction": holder.jurisdiction, "owed_by": ["unit"]}, now))
    led_by_unit = {is_["id"] for is_ in projections(holder, answer).values() if is_["owed_by"][:1] in ([], ["unit"])}
    return named & led_by_unit if reached else set()


def check(before: Answer, milestones: Sequence[dict[str, Any]]) -> None:
    """InvalidInput for more time that is none: of a duty that is done, that has no last day, or until a day that is not later.
    A correction is not looked at: the day it corrects has been counted already. What names nothing that is known here is let
    through; the receipt says that it acts on nothing."""
    for each in milestones:
        milestone = Milestone.of_json(each, "")
        if milestone.event not in EVENTS or milestone.result not in PASSED or milestone.void or milestone.replaces:
            continue
        named = [obligation for obligation in before.obligations if _is_named(obligation, milestone)]
        faults = [_why_not(obligation, milestone, before) for obligation in named]
        if named and all(faults):
            raise InvalidInput("不能这样延期，未保存任何内容", "that is no extension; nothing was stored", errors=tuple(faults))


def _is_named(obligation: Obligation, milestone: Milestone) -> bool:
    return bool(milestone.of) and obligation.answers_to(milestone.of, milestone.of)


def _why_not(obligation: Obligation, milestone: Milestone, answer: Answer) -> dict[str, Any] | None:
    title, due = obligation.rule.title, obligation.dates.due_on
    if obligation.done:
        day = obligation.done.on
        return _fault(
            "/of",
            milestone.of,
            f"“{title.zh}”已于{zh_day(day)}办结，不需要延期；办结有误的，先用“更正”或“撤回”表",
            (f"{title.en} was done on {day} and needs no more time; correct or withdraw that first if it was wrong"),
        )
    state = obligation.state(answer.on)
    if state in ("waived", "withdrawn", "lapsed"):
        return _fault("/of", milestone.of, f"“{title.zh}”已不再需要办理，不能延期", f"{title.en} is not owed any more")
    if due is None:
        return _fault(
            "/of",
            milestone.of,
            f"“{title.zh}”没有期限，无从延期；请选有法定期限的事项",
            (f"{title.en} has no last day that could move; name a duty that has one"),
        )
    until = milestone.until or milestone.due_on
    if until and until <= due:
        return _fault(
            "/until",
            str(until),
            (f"延至的日期{zh_day(until)}不晚于“{title.zh}”现在的期限{zh_day(due)}；请填{due}以后的日期"),
            f"{until} is not after the last day that {title.en} has now, {due}; give a later day",
        )
    return None


def _fault(field: str, value: str, zh: str, en: str) -> dict[str, Any]:
    return {"field": field, "value": value, "message": {"zh": zh, "en": en}}
