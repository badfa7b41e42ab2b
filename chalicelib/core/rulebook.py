"""A rulebook: a regulation as frozen values. `reader` makes them from data; the format is described in docs/rules.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from .condition import EventRef, Vocabulary
from .counting import DayOfYear, Period
from .errors import Text

OBLIGATIONS = ("at_most", "at_least", "window", "recurring", "before_event", "by_document", "no_date")
FINDINGS = ("band", "gate")
ATTACHED = {"milestone.attached": Text("所附材料", "the documents attached")}  # what is missing, and no fact of the vocabulary


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a clock starts: one of the forms of docs/rules.md, "Anchors"."""

    form: str  # first | each | later_of | first_of | fact | due_of | in_force | last_done
    events: tuple[EventRef, ...] = ()
    all_of: tuple[tuple[EventRef, ...], ...] = ()  # later_of: one of each of these
    field: str | None = None  # the milestone's field that holds the day
    name: str | None = None  # the fact, or the other rule's id
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a project's life: begins with an anchor, ends with the first of some events."""

    name: str
    begins: Anchor
    ends: tuple[EventRef, ...]
    title: Text


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a list that counts only where its condition is true."""

    name: str
    when: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a band."""

    when: Any
    outcome: str
    what: Text
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Who may extend a term, under which article, and by how much at most (None: the text sets no cap)."""

    article: str
    to: str
    cap: Period | None
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One clause. Fields that its kind does not use are empty. Compared by identity, so that dates can be remembered."""

    id: str
    article: str
    quote: str
    title: Text
    kind: str
    modality: str
    per: str
    when: Any = None
    owed_by: tuple[Choice, ...] = ()
    done_by: tuple[EventRef, ...] = ()
    anchor: Anchor | None = None
    period: Period | None = None  # within, for (at_least), before, every
    closes: Period | None = None  # window
    opens: Period | DayOfYear | None = None
    by: tuple[DayOfYear, ...] = ()
    about: int = 0  # recurring: the year it is about, relative to the year it is due
    phase: Phase | None = None
    year_before: bool = False  # before_event: by the last day of the year before
    bars: tuple[EventRef, ...] = ()
    same: str | None = None
    roll: str = "none"  # none | forward | backward
    lapses: bool = False
    nudge: int | None = None
    judged: EventRef | None = None  # band: None judges the project
    rows: tuple[Row, ...] = ()
    needs: Any = None  # gate
    waits_for: frozenset[str] | None = None  # events of which one must have happened for it to say anything; None: any time
    unset: tuple[str, ...] = ()  # settings this rule's period waits for
    form: str | None = None
    submit_to: tuple[Choice, ...] = ()
    copy_to: tuple[Choice, ...] = ()
    materials: tuple[Choice, ...] = ()
    consequence: str | None = None
    extension: Extension | None = None
    beyond_scope: bool = False
    also: tuple[tuple[str, str], ...] = ()
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    article: str
    quote: str
    when: Any
    message: Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Rulebook:
    """One edition and revision of a jurisdiction's rules. Published ones never change; `sha256` names the content."""

    id: str
    name: Text
    document: Mapping[str, Any]
    edition: str
    revision: int
    status: str
    valid_from: date | None
    valid_to: date | None
    in_force_article: str
    in_force_quote: str
    convention: str
    counting: Text
    scope: tuple[Scope, ...]
    classified: Mapping[str, Any]
    authorities: Mapping[str, Text]
    rules: tuple[Rule, ...]
    untranslatable: tuple[tuple[str, str, Text], ...]
    vocabulary: Vocabulary
    settings: Mapping[str, Any]
    sha256: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def ref(self) -> dict[str, Any]:
        """How answers name it."""
        return {"id": self.id, "edition": self.edition, "revision": self.revision, "status": self.status, "sha256": self.sha256}

    @cached_property
    def duties(self) -> tuple[Rule, ...]:
        """The rules that give obligations, each after the one whose due date it starts from."""
        left, ordered = [rule for rule in self.rules if rule.kind in OBLIGATIONS], []
        while left:
            waiting = {rule.id for rule in left}
            ready = [
                rule for rule in left if not (rule.anchor and rule.anchor.form == "due_of" and rule.anchor.name in waiting)
            ]
            ordered += ready or left  # a circle of rules has no first one: none of them will find a day to start from
            left = [rule for rule in left if rule not in ready] if ready else []
        return tuple(ordered)

    @cached_property
    def judgements(self) -> tuple[Rule, ...]:
        """The rules that give findings."""
        return tuple(rule for rule in self.rules if rule.kind in FINDINGS)

    def rule(self, ident: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == ident), None)

    def called(self, need: str) -> Text:
        """How a fact or a setting that is missing is called; its own name where the book has none."""
        if need.startswith("settings."):
            entry = self.raw.get("settings", {}).get(need.removeprefix("settings."), {}).get("name")
            return Text(f"设置：{entry['zh']}", f"the setting: {entry['en']}") if entry else Text(need, need)
        fact = self.vocabulary.facts.get(need)
        return Text(fact.zh, fact.en) if fact else ATTACHED.get(need, Text(need, need))

    def in_force_on(self, day: date) -> bool:
        """A draft is treated as if in force on every day."""
        return not ((self.valid_from and day < self.valid_from) or (self.valid_to and day > self.valid_to))


def digest(data: Any) -> str:
    """The sha256 of data's canonical JSON: the same content gives the same name whatever its file looked like."""
    return sha256(json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
