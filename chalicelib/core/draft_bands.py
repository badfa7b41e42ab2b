"""The amounts and percentages of a text, as rows of a band or as the condition of a duty."""

import re
from typing import Any

from .clauses import Candidate, limit_of
from .draft_words import AMOUNTS, PERCENT_OF

_NEAR = 2  # characters between the two ends of one range: 200万元以上,500万元以下


def decide(what: str, candidates: list[str] | tuple[str, ...] = ()) -> dict[str, str]:
    """An open mark: what a person must decide, and what it may be."""
    return {"decide": f"{what}（可能是 {'、'.join(candidates)}）" if candidates else what}


def floor(text: str) -> dict[str, Any] | None:
    """The amount that is the condition of what follows: 总投资在500万元(含)以上的……"""
    found = re.search(r"\d+(?:亿|万)?元(?:\(含\))?以[上下]", text)
    if not found:
        return None
    operator, number = limit_of(found[0])
    return {"project.total_investment": {operator: number}}


def band(candidate: Candidate, most: int) -> dict[str, Any]:
    """What is judged, and a row for each amount or range; `most` is how long a row's words may be."""
    rows: list[dict[str, Any]] = []
    before, limits = None, candidate.fields.get("limits", ())
    # Where 400万元(含)以下 stands, the 400万元以上 beside it cannot include the number.
    closed = {number for operator, number in map(_limit, limits) if operator == "at_most"}
    for limit in limits:
        when = _test(limit, closed, rows[-1]["when"] if rows else {})
        near = before and limit.sentence is before.sentence and limit.start - before.end <= _NEAR
        before = limit
        if near and len(rows[-1]["when"]) == len(when) == 1 and "decide" not in {**rows[-1]["when"], **when}:
            (fact, test), (one,) = *rows[-1]["when"].items(), when.values()
            rows[-1]["when"] = {fact: {**test, **one}}
            continue
        spoken = limit.sentence.text[limit.sentence.clause(limit.start)[0] :][:most]
        rows.append(
            {
                "when": when,
                "outcome": decide("route（去向）、block（不得）还是 warn（提醒）"),
                "what": {"zh": spoken, "en": decide("同一句话的英文")},
            }
        )
    judged = (
        "判断哪个节点，如 adjustment_made"
        if "%" in candidate.sentence.plain[candidate.start : candidate.end]
        else "判断项目写 project，判断一个节点写它的代号"
    )
    return {"judged": decide(judged), "rows": rows or decide("各档的条件和去向")}


def _limit(limit: Candidate) -> tuple[str, int]:
    return limit_of(limit.sentence.plain[limit.start : limit.end])


def _test(limit: Candidate, closed: set[int], last: dict[str, Any]) -> dict[str, Any]:
    operator, number = _limit(limit)
    if operator == "at_least" and number in closed:
        operator = "above"
    if operator == "percent":
        of = next((fact for pattern, fact in PERCENT_OF if re.search(pattern, limit.before[-40:])), None)
        over = re.search("超过$", limit.before) and not re.search("不(?:得)?超过$", limit.before)
        return {"milestone.amount": {"above" if over else "at_most": {"percent": number, "of": of or decide("什么的百分之几")}}}
    fact = next((fact for pattern, fact in AMOUNTS if re.search(pattern, limit.before + limit.after[:12])), None)
    if not fact and "decide" not in last:
        fact = next(iter(last), None)  # 200万元(含)以下的: of what the row before is about
    return {fact: {operator: number}} if fact else decide(f"什么金额 {operator} {number}，如 project.total_investment")
