"""Conditions of rules: one small language over facts and history, three-valued.

A condition answers True, False or None (unknown). Where it is None, the names of the missing facts are added to
`needs`. The language is described in docs/rules.md; `condition(data, ...)` turns its data into a node here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .errors import InvalidRulebook, Text
from .facts import PASSED, Facts, History, Milestone, fen

OPERATORS = {
    "is": ("为", "is"),
    "not": ("不为", "is not"),
    "in": ("属于", "is one of"),
    "at_least": ("达到或超过", "is at least"),
    "above": ("超过", "is above"),
    "at_most": ("不超过", "is at most"),
    "below": ("低于", "is below"),
    "contains": ("包含", "contains"),
}
RESULTS = {"any": None, "passed": PASSED, "failed": ("failed",), "returned": ("returned",)}


@dataclass(frozen=True, slots=True)
class FactType:
    """What a fact is called and what it holds (money, flag, text, list, day); `default` stands in when it is not given."""

    type: str
    zh: str
    en: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class EventRef:
    """An event as a rule names it: with the results that count (None: any)."""

    event: str
    results: tuple | None = PASSED

    def found(self, history: History) -> Sequence[Milestone]:
        return history.of(self.event, self.results)


class View:
    """What a condition sees: the facts, the history and, where one is judged, the milestone."""

    __slots__ = ("facts", "history", "milestone", "on", "types")

    def __init__(
        self,
        facts: Facts,
        history: History,
        types: Mapping[str, FactType],
        milestone: Milestone | None = None,
        on: date | None = None,
    ):
        self.facts, self.history, self.types, self.milestone, self.on = facts, history, types, milestone, on

    def at(self, milestone: Milestone, on: date | None = None) -> "View":
        return View(self.facts, self.history, self.types, milestone, on)

    def value(self, path: str) -> Any:
        """The fact's value, its default, or None where it is unknown. Money comes in fen."""
        holder, _, name = path.partition(".")
        kind = self.types[path]
        if holder == "milestone":
            value = getattr(self.milestone, name, None)
            if value is not None:
                return value  # already in fen
        else:
            source = self.facts.unit if holder == "unit" else self.facts.project
            value = source.get(name) if source else None
        if value is None:
            value = kind.default
        return fen(value) if kind.type == "money" else value


@dataclass(frozen=True, slots=True)
class Amount:
    """A value on the right of a comparison: a literal, a fact, a percentage of another."""

    form: str  # literal | fact | percent
    value: Any
    of: "Amount | None" = None

    def over(self, view: View, needs: set[str]) -> tuple[Any, int]:
        """(numerator, denominator), so that percentages stay integers; (None, 1) where unknown."""
        match self.form:
            case "literal":
                return self.value, 1
            case "fact":
                value = view.value(self.value)
                if value is None:
                    needs.add(self.value)
                return value, 1
            case _:
                value, scale = self.of.over(view, needs)
                return (None if value is None else value * self.value), scale * 100


@dataclass(frozen=True, slots=True)
class Compare:
    path: str
    operator: str
    right: Any  # a literal for is/not/in/contains, an Amount for orderings

    def test(self, view: View, needs: set[str]) -> bool | None:
        left = view.value(self.path)
        if left is None:
            needs.add(self.path)
            return None
        return _ordered(left, self.operator, self.right, view, needs)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a field over all milestones of an event, up to the judged one (cumulative limits)."""

    event: EventRef
    field: str
    operator: str
    right: Any

    def test(self, view: View, needs: set[str]) -> bool | None:
        counted = self.event.found(view.history)
        if view.milestone is not None and view.milestone.event == self.event.event:
            counted = _up_to(counted, view.milestone)
        elif view.on:
            counted = [milestone for milestone in counted if milestone.on <= view.on]
        amounts = [getattr(milestone, self.field) for milestone in counted]
        answer = _ordered(sum(amount for amount in amounts if amount), self.operator, self.right, view, needs)
        if None not in amounts:
            return answer
        if answer is (self.operator in ("at_least", "above")):  # amounts only add: what they exceed already, they exceed
            return answer
        needs.add(f"milestone.{self.field}")
        return None


@dataclass(frozen=True, slots=True)
class Happened:
    event: EventRef

    def test(self, view: View, needs: set[str]) -> bool:
        found = self.event.found(view.history)
        return bool(found) and (view.on is None or found[0].on <= view.on)


@dataclass(frozen=True, slots=True)
class Attached:
    name: str

    def test(self, view: View, needs: set[str]) -> bool | None:
        attached = view.milestone.attached if view.milestone else None
        if attached is None:
            needs.add("milestone.attached")
            return None
        return self.name in attached


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple

    def test(self, view: View, needs: set[str]) -> bool | None:
        missing: set[str] = set()
        answers = [part.test(view, missing) for part in self.parts]
        if False in answers:
            return False
        if None in answers:
            needs |= missing
            return None
        return True


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple

    def test(self, view: View, needs: set[str]) -> bool | None:
        missing: set[str] = set()
        answers = [part.test(view, missing) for part in self.parts]
        if True in answers:
            return True
        if None in answers:
            needs |= missing
            return None
        return False


@dataclass(frozen=True, slots=True)
class Not:
    part: Any

    def test(self, view: View, needs: set[str]) -> bool | None:
        answer = self.part.test(view, needs)
        return None if answer is None else not answer


def _up_to(counted: Sequence[Milestone], judged: Milestone) -> list[Milestone]:
    """Those before the judged milestone and itself; two of one day count in the order reported."""
    upto = []
    for milestone in counted:
        upto.append(milestone)
        if milestone.id == judged.id:
            return upto
    return [milestone for milestone in counted if milestone.on <= judged.on] + [judged]


def _ordered(left: Any, operator: str, right: Any, view: View, needs: set[str]) -> bool | None:
    match operator:
        case "is":
            return left == right
        case "not":
            return left != right
        case "in":
            return left in right
        case "contains":
            return right in left
    value, scale = right.over(view, needs)
    if value is None:
        return None
    left *= scale
    match operator:
        case "at_least":
            return left >= value
        case "above":
            return left > value
        case "at_most":
            return left <= value
        case _:
            return left < value


class Vocabulary:
    """The events and facts a rulebook may speak of: the shared ones and its own. Parses the parts that name them."""

    def __init__(self, events: Mapping[str, Text], facts: Mapping[str, FactType]):
        self.events, self.facts = dict(events), dict(facts)

    def event(self, data: Any, where: str) -> EventRef:
        name, result = (data, "passed") if isinstance(data, str) else (data.get("event"), data.get("result", "passed"))
        if name not in self.events:
            raise InvalidRulebook(
                f"{where}：没有“{name}”这个节点，可在规则册开头 events 中声明",
                f"{where}: unknown event {name!r}; declare it under `events` in the head",
            )
        return EventRef(name, RESULTS[result])

    def events_of(self, data: Any, where: str) -> tuple[EventRef, ...]:
        return tuple(self.event(item, where) for item in (data if isinstance(data, list) else [data]))

    def condition(self, data: Any, where: str) -> Any:
        """A mapping of tests, all of which must hold, as a node with `.test(view, needs)`."""
        parts = tuple(self._part(key, value, where) for key, value in data.items())
        return parts[0] if len(parts) == 1 else All(parts)

    def _part(self, key: str, value: Any, where: str) -> Any:
        match key:
            case "all":
                return All(tuple(self.condition(item, where) for item in value))
            case "any":
                return Any_(tuple(self.condition(item, where) for item in value))
            case "not":
                return Not(self.condition(value, where))
            case "happened":
                return Happened(self.event(value, where))
            case "attached":
                return Attached(value)
            case "sum":
                ((operator, right),) = ((k, v) for k, v in value.items() if k in OPERATORS)
                event = self.event(value["event"], where)
                return self._each(
                    operator, right, lambda one: Sum(event, value["field"], operator, self._amount(one, True, where))
                )
        return self._comparison(key, value, where)

    def _comparison(self, path: str, value: Any, where: str) -> Any:
        if path not in self.facts:
            raise InvalidRulebook(
                f"{where}：条件里没有“{path}”这个事实或运算，可在规则册开头 facts 中声明",
                f"{where}: unknown fact or operator {path!r}; declare the fact under `facts` in the head",
            )
        money = self.facts[path].type == "money"
        if isinstance(value, list):
            value = {"in": value}
        elif not isinstance(value, Mapping):
            value = {"is": value}
        parts = []
        for operator, right in value.items():
            if operator not in OPERATORS:
                raise InvalidRulebook(
                    f"{where}：没有“{operator}”这个比较，可用 {'、'.join(OPERATORS)}",
                    f"{where}: unknown operator {operator!r}; use one of {', '.join(OPERATORS)}",
                )
            if operator in ("is", "not", "contains"):
                parts.append(Compare(path, operator, fen(right) if money else right))
            elif operator == "in":
                parts.append(Compare(path, operator, tuple(fen(item) if money else item for item in right)))
            else:
                parts.append(
                    self._each(operator, right, lambda one, op=operator: Compare(path, op, self._amount(one, money, where)))
                )
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    @staticmethod
    def _each(operator: str, right: Any, compare: Any) -> Any:
        """One comparison; with the least of several values, one for each: at most the least is at most all of them, at
        least the least is at least one of them - certain as soon as one that is known decides."""
        if not (isinstance(right, Mapping) and "least_of" in right):
            return compare(right)
        parts = tuple(compare(one) for one in right["least_of"])
        return (All if operator in ("at_most", "below") else Any_)(parts)

    def _amount(self, data: Any, money: bool, where: str) -> Amount:
        if isinstance(data, str):
            if data not in self.facts:
                raise InvalidRulebook(f"{where}：没有“{data}”这个事实", f"{where}: unknown fact {data!r}")
            return Amount("fact", data)
        if isinstance(data, Mapping):
            if "percent" not in data:
                raise InvalidRulebook(
                    f"{where}：数值应为数字、事实，或 {{percent: 10, of: …}}",
                    f"{where}: a value is a number, a fact or a percentage",
                )
            return Amount("percent", data["percent"], self._amount(data["of"], money, where))
        return Amount("literal", data * 100 if money else data)
