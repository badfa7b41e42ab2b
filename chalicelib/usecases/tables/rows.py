"""A row of an import: what it says, what it would do to what is stored, and why it cannot. Shared by all kinds of imports.

A kind of import is three functions. `columns` are what its table holds. `look` says of every row what applying it would do,
in few reads, and changes nothing; its rows come in an order in which they can be applied. `apply` does it for one row,
looked at anew (Conflict where it no longer can); doing it twice does it once, because what is there already is told by its
natural key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from ...core.errors import Conflict
from ...core.filled import Filled
from ...core.table import Column
from ...ports import Ports
from ..reporting.submit import submit
from ..signing_in.access import Bearer
from ..state.once import Once

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"


class Wrong(NamedTuple):
    """What is wrong with a row as a whole or with one of its columns (by key), in both languages."""

    key: str | None
    zh: str
    en: str
    accepted: tuple[str, ...] = ()
    row: int | None = None  # where it is not the row's own: a submission may be made of several


class Difference(NamedTuple):
    """A stored value that the row changes; as people read it."""

    column: str
    was: Any
    becomes: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A row after a look at the store. `value` is all that is needed to apply it, as JSON."""

    row: int
    change: str  # NEW, CHANGED or UNCHANGED
    ident: str  # of what it is about; "" where that cannot be told
    name: str
    value: dict[str, Any]
    differences: tuple[Difference, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    holder: Any = None  # a new holder of duties, for the preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of import."""

    name: str
    title: str
    notes: tuple[str, ...]  # for the template's explanations
    columns: Callable[[Ports, Bearer], tuple[Column, ...]]
    look: Callable[[Ports, Bearer, Filled, dict[str, Any], datetime], list[Seen]]  # (…, what is asked beside the file, now)
    asks_empty: bool = True  # whether every needed cell of every row is to be filled; a list says its head once
    apply: Callable[[Ports, Bearer, dict[str, Any], str, datetime], None]  # (…, value, name of the act, now)


def differences(columns: Sequence[Column], was: Mapping[str, Any], becomes: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The columns in which `becomes` says something else; what it leaves open stays."""
    return tuple(
        Difference(column.title, said(column, was.get(column.key)), said(column, becomes[column.key]))
        for column in columns
        if column.key in becomes and becomes[column.key] != was.get(column.key)
    )


def said(column: Column, value: Any) -> Any:
    """A stored value as JSON that people can read."""
    if value is None or column.kind in ("day", "money"):
        return value
    return "***" if column.personal else column.shown(value)


def must_be_right(seen: Seen) -> None:
    """Conflict where a row that was right when it was checked no longer is."""
    if seen.wrong:
        raise Conflict("；".join(wrong.zh for wrong in seen.wrong), "; ".join(wrong.en for wrong in seen.wrong))


def hand_in(
    ports: Ports, bearer: Bearer, *, form: str, kind: str, subject: str, body: dict[str, Any], act: str, now: datetime
) -> None:
    """Submit what a row says, once however often it is asked: the act names the submission. Nobody is told of each row."""
    once = Once(who=f"import#{bearer.jurisdiction}", key=act, asked=[form, subject, body], at=now)
    submit(ports, bearer, form=form, kind=kind, subject=subject, body=body, once=once, ident=act, now=now, is_news=False)


def twice(found: Sequence[Seen]) -> list[Seen]:
    """A second row about the same thing is a fault: which of the two is right?"""
    first: dict[str, int] = {}
    checked = []
    for seen in found:
        if seen.ident and seen.ident in first:
            at = first[seen.ident]
            wrong = Wrong(None, f"与第{at}行是同一个（{seen.ident}），请只保留一行", f"the same as row {at}; keep one")
            seen = replace(seen, wrong=(*seen.wrong, wrong))
        first.setdefault(seen.ident, seen.row)
        checked.append(seen)
    return checked
