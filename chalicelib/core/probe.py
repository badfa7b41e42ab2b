"""Probes the rows of a band with amounts: where two rows apply at once, and where none does.

The rows' own conditions are asked, at every amount they name, one fen below and one fen above it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, product
from math import prod
from types import SimpleNamespace
from typing import Any

from .condition import All, Amount, Any_, Attached, Compare, Happened, Not, Sum

ORDERINGS = ("at_least", "above", "at_most", "below")
BASES = (100_000_000, 1_000_000_000_000_000)  # fen: a small and a large amount where a row says a percentage of a fact
MOST_CASES = 4096  # of the facts that are no amounts; beyond, they are left unknown
Supposed = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Rows that overlap or leave a gap on an amount, from `low` to `high` fen, both included."""

    rows: tuple[int, ...]  # overlap: the two rows; gap: the row beside it
    amount: str  # the fact, or event.field for a sum
    low: int
    high: int
    given: tuple[tuple[str, int], ...]  # the amounts supposed of the facts that the rows take a percentage of

    @property
    def is_gap(self) -> bool:
        return len(self.rows) == 1


class _Supposition:
    """A view in which only what is supposed is known."""

    __slots__ = ("supposed", "event", "on")

    def __init__(self, supposed: Supposed):
        self.supposed, self.event, self.on = supposed, None, None

    def value(self, path: str) -> Any:
        return self.supposed.get(path)

    @property
    def history(self) -> "_Supposition":
        return self

    @property
    def milestone(self) -> "_Supposition":
        return self

    @property
    def attached(self) -> list[str]:
        return [key.removeprefix("attached:") for key, value in self.supposed.items() if key.startswith("attached:") and value]

    def of(self, event: str, results: Any) -> list[SimpleNamespace]:
        total = self.supposed.get(f"{event}.amount")
        return [SimpleNamespace(amount=total)] if total is not None or self.supposed.get(f"happened:{event}") else []


def flaws(rows: Sequence[Any], routes: Sequence[bool], around: Sequence[Any] = ()) -> list[Flaw]:
    """The overlaps and gaps of a band's rows, given as condition nodes.

    `routes` says which rows are routes: where all rows on an amount are, every amount must have one. `around` are the
    conditions of the whole band (its `when`, the rulebook's scope): amounts for which one is false are none of its business.
    Rows of which each rests on something that the other does not ask about may hold at once.
    """
    limits = [_limits(row) for row in rows]
    shared = sorted({name for one, other in combinations(limits, 2) for name in one.keys() & other.keys()})
    if not shared:
        return []
    answers = _answers(rows, around)
    subjects = [{_subject(leaf) for leaf in _leaves(row)} for row in rows]
    flawed = []
    for pair in combinations(range(len(rows)), 2):
        one, other = pair
        names = limits[one].keys() & limits[other].keys()
        if names and (subjects[one] <= subjects[other] or subjects[other] <= subjects[one]):
            overlaps = _stretches(min(names), answers, lambda found, pair=frozenset(pair): any(pair <= held for held in found))
            flawed += [_flaw(pair, min(names), rows, stretch) for stretch in overlaps[:1]]
    for name in shared:
        testing = {place for place, named in enumerate(limits) if name in named}
        tiles, told = all(routes[place] for place in testing), None
        for stretch in _stretches(name, answers, lambda found, testing=testing: not any(held & testing for held in found)):
            beside = _beside(stretch, testing, tiles)
            if beside is not None and told in (None, stretch.others):
                told = stretch.others
                flawed.append(_flaw((beside,), name, rows, stretch))
    return flawed


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Neighbouring values of an amount, from place `first` to `last` of its points, while the others stay as they are."""

    others: tuple[tuple[str, int], ...]
    points: list[tuple[int, list[set[int]]]]
    first: int
    last: int


def _flaw(rows: tuple[int, ...], name: str, nodes: Sequence[Any], stretch: _Stretch) -> Flaw:
    bases = {fact for amount in _limits(*nodes)[name] for fact in _facts_in(amount)}
    return Flaw(
        rows=rows,
        amount=name,
        low=stretch.points[stretch.first][0],
        high=stretch.points[stretch.last][0],
        given=tuple((key, value) for key, value in stretch.others if key in bases),
    )


def _beside(gap: _Stretch, testing: set[int], tiles: bool) -> int | None:
    """The row next to a gap; None where what looks like a gap is only where the band ends."""
    lower, upper = (
        set().union(*found) & testing
        for _, found in (
            gap.points[gap.first - 1] if gap.first else (0, []),
            gap.points[gap.last + 1] if gap.last + 1 < len(gap.points) else (0, []),
        )
    )
    if lower and upper or tiles and (lower or upper):
        return min(upper or lower)
    return None


def _stretches(name: str, answers: list[tuple[Supposed, list[set[int]]]], is_flawed: Callable) -> list[_Stretch]:
    groups: dict[tuple, list] = {}
    for case, found in answers:
        others = tuple(sorted((key, value) for key, value in case.items() if key != name))
        groups.setdefault(others, []).append((case[name], found))
    stretches = []
    for others, points in groups.items():
        points.sort(key=lambda point: point[0])
        marks = [is_flawed(found) for _, found in points]
        for marked, run in groupby(range(len(points)), key=marks.__getitem__):
            places = list(run)
            if marked:
                stretches.append(_Stretch(others, points, places[0], places[-1]))
    return stretches


def _answers(rows: Sequence[Any], around: Sequence[Any]) -> list[tuple[Supposed, list[set[int]]]]:
    """For every case of the amounts that is the band's business: the rows that hold, once for every case of the rest."""
    answers, rest = [], _others([*rows, *around])
    for case in _cases([*rows, *around]):
        views = [_Supposition({**case, **other}) for other in rest]
        found = [
            {place for place, row in enumerate(rows) if row.test(view, set())}
            for view in views
            if all(node.test(view, set()) is not False for node in around)
        ]
        if found:
            answers.append((case, found))
    return answers


def _leaves(node: Any) -> Iterator[Any]:
    match node:
        case All() | Any_():
            for part in node.parts:
                yield from _leaves(part)
        case Not():
            yield from _leaves(node.part)
        case _:
            yield node


def _subject(leaf: Any) -> str:
    match leaf:
        case Compare():
            return leaf.path
        case Sum():
            return f"{leaf.event.event}.{leaf.field}"
        case Happened():
            return f"happened:{leaf.event.event}"
        case Attached():
            return f"attached:{leaf.name}"
    raise TypeError(leaf)


def _limits(*nodes: Any) -> dict[str, list[Amount]]:
    """What each amount is compared with."""
    found: dict[str, list[Amount]] = {}
    for leaf in (leaf for node in nodes for leaf in _leaves(node)):
        if isinstance(leaf, (Compare, Sum)) and leaf.operator in ORDERINGS:
            found.setdefault(_subject(leaf), []).append(leaf.right)
        elif isinstance(leaf, Compare) and _is_amount(leaf):
            found.setdefault(leaf.path, []).extend(Amount("literal", value) for value in _values_named(leaf))
    return found


def _values_named(leaf: Compare) -> tuple:
    return leaf.right if leaf.operator == "in" else (leaf.right,)


def _is_amount(leaf: Compare) -> bool:
    return all(type(value) is int for value in _values_named(leaf))


def _facts_in(amount: Amount) -> Iterator[str]:
    if amount.form == "fact":
        yield amount.value
    elif amount.of is not None:
        yield from _facts_in(amount.of)


def _cases(nodes: Sequence[Any]) -> Iterator[Supposed]:
    """Every combination of telling values of the amounts; those that others are measured by come first."""
    limits = _limits(*nodes)
    order: list[str] = []

    def put(name: str, waiting: tuple[str, ...] = ()) -> None:
        for base in (fact for amount in limits.get(name, ()) for fact in _facts_in(amount)):
            if base not in waiting and base not in order:
                put(base, (*waiting, name))
        if name not in order:
            order.append(name)

    for name in limits:
        put(name)

    def extend(place: int, supposed: Supposed) -> Iterator[Supposed]:
        if place == len(order):
            yield supposed
            return
        for value in _values(limits.get(order[place], ()), supposed):
            yield from extend(place + 1, {**supposed, order[place]: value})

    return extend(0, {})


def _values(amounts: Sequence[Amount], supposed: Supposed) -> Sequence[int]:
    """At, one fen below and one fen above each limit."""
    view, values = _Supposition(supposed), set()
    for amount in amounts:
        limit, scale = amount.over(view, set())
        if limit is not None:
            values |= {limit // scale + step for step in (-1, 0, 1)}
    return sorted(value for value in values if value >= 0) or BASES


def _others(nodes: Sequence[Any]) -> list[Supposed]:
    """Every combination of what the rest of the conditions may find."""
    choices: dict[str, list] = {}
    listed: dict[str, list] = {}
    for leaf in (leaf for node in nodes for leaf in _leaves(node)):
        match leaf:
            case Happened() | Attached():
                choices[_subject(leaf)] = [False, True]
            case Compare(operator="contains"):
                listed.setdefault(leaf.path, []).append(leaf.right)
            case Compare() if leaf.operator not in ORDERINGS and not _is_amount(leaf):
                named = _values_named(leaf)
                known = choices.setdefault(leaf.path, [False, True] if isinstance(named[0], bool) else [""])
                known += [value for value in named if value not in known]
    choices |= {path: [[], items, *([item] for item in items)] for path, items in listed.items()}
    if prod(map(len, choices.values())) > MOST_CASES:
        return [{}]
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
