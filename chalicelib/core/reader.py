"""Reads a rulebook's data (docs/rules.md) into the values of `rulebook`, with what an office has tuned in place."""

from collections.abc import Mapping
from typing import Any

from .condition import EventRef, FactType, Vocabulary
from .counting import THIRDS, DayOfYear, Period
from .errors import InvalidRulebook, Text
from .facts import day
from .rulebook import Anchor, Choice, Extension, Phase, Row, Rule, Rulebook, Scope, digest


def rulebook(
    data: Mapping[str, Any], shared: Mapping[str, Any], defaults: Mapping[str, Any], tuned: Mapping[str, Any] | None = None
) -> Rulebook:
    """Read a rulebook from its data.

    `shared` is the shared vocabulary, `defaults` the settings every place starts with, `tuned` what an admin of the
    jurisdiction has set: {"settings": {key: value}, "readings": {id: option}, "authorities": {key: {name, en}}}.
    Raises InvalidRulebook.
    """
    return _Reader(data, shared, defaults, tuned or {}).read()


class _Reader:
    def __init__(self, data: Mapping, shared: Mapping, defaults: Mapping, tuned: Mapping):
        self.data = {**data, "authorities": {**data["authorities"], **tuned.get("authorities", {})}}
        self.settings = {key: entry["value"] for key, entry in {**defaults, **data.get("settings", {})}.items()}
        self.settings.update(tuned.get("settings", {}))
        self.chosen = {key: entry["chosen"] for key, entry in data.get("readings", {}).items()}
        self.chosen.update(tuned.get("readings", {}))
        self.vocabulary = Vocabulary(
            {key: Text(entry["zh"], entry["en"]) for key, entry in {**shared["events"], **data.get("events", {})}.items()},
            {
                key: FactType(entry["type"], entry["zh"], entry["en"], entry.get("default"))
                for key, entry in {**shared["facts"], **data.get("facts", {})}.items()
            },
        )
        self.unset: list[str] = []
        self.phases: dict[str, Phase] = {}

    def read(self) -> Rulebook:
        data = self.data
        self.phases = {name: self.phase(name, entry) for name, entry in data.get("phases", {}).items()}
        valid = data.get("valid_from") or {}
        tuned = {"settings": self.settings, "readings": self.chosen, "authorities": data["authorities"]}
        return Rulebook(
            id=data["id"],
            name=Text(**data["name"]),
            document=data["document"],
            edition=data["edition"],
            revision=data["revision"],
            status=data["status"],
            valid_from=day(self.resolve(valid.get("on"), data["id"])),
            valid_to=day(self.resolve((data.get("valid_to") or {}).get("on"), data["id"])),
            in_force_article=valid.get("article", ""),
            in_force_quote=valid.get("quote", ""),
            convention=data["counting"]["convention"],
            counting=Text(**data["counting"]["assumption"]),
            scope=tuple(
                Scope(entry["article"], entry["quote"], self.condition(entry.get("when"), "scope"), Text(**entry["message"]))
                for entry in data.get("scope", ())
            ),
            classified=data["classified"],
            authorities={key: Text(entry["name"], entry["en"]) for key, entry in data["authorities"].items()},
            rules=tuple(self.rule(entry) for entry in data["rules"]),
            untranslatable=tuple(
                (entry["article"], entry["excerpt"], Text(**entry["reason"])) for entry in data.get("untranslatable", ())
            ),
            vocabulary=self.vocabulary,
            settings=self.settings,
            sha256=digest([data, tuned]),
            raw=data,
        )

    def resolve(self, value: Any, where: str) -> Any:
        """Replace {reading: id} and {setting: key} by what they stand for, at any depth."""
        if isinstance(value, list):
            return [self.resolve(item, where) for item in value]
        if not isinstance(value, Mapping):
            return value
        if set(value) == {"reading"}:
            ident = value["reading"]
            options = self.data.get("readings", {}).get(ident, {}).get("options", ())
            for option in options:
                if option["id"] == self.chosen.get(ident):
                    return self.resolve(option["value"], where)
            raise InvalidRulebook(f"{where}：读法“{ident}”没有选中的选项", f"{where}: reading {ident!r} has no chosen option")
        if set(value) == {"setting"}:
            if value["setting"] not in self.settings:
                raise InvalidRulebook(
                    f"{where}：没有“{value['setting']}”这个设置，请在 settings 中声明",
                    f"{where}: unknown setting {value['setting']!r}; declare it under `settings`",
                )
            found = self.settings[value["setting"]]
            if found is None:
                self.unset.append(f"settings.{value['setting']}")
            return found
        return {key: self.resolve(item, where) for key, item in value.items()}

    def condition(self, data: Any, where: str) -> Any:
        return self.vocabulary.condition(data, where) if data else None

    def period(self, data: Mapping | None, where: str) -> Period | None:
        """None where the rule has none, or where the setting that gives it is not set."""
        if not data:
            return None
        ((unit, count),) = data.items()
        return None if count is None else Period(count, unit)

    def day_of_year(self, data: Mapping) -> DayOfYear:
        if "third" in data:
            return DayOfYear(data["month"], THIRDS[data["third"]])
        return DayOfYear(data["month"], 31 if data["day"] == "last" else data["day"])

    def phase(self, name: str, entry: Mapping) -> Phase:
        entry = self.resolve(entry, f"phases.{name}")
        return Phase(
            name,
            self.anchor(entry["from"], f"phases.{name}"),
            self.vocabulary.events_of(entry["to"], f"phases.{name}"),
            Text(entry["zh"], entry["en"]),
        )

    def anchor(self, data: Any, where: str) -> Anchor | None:
        if data is None:
            return None
        if isinstance(data, str):
            return Anchor("first", (self.vocabulary.event(data, where),))
        if "later_of" in data:
            all_of = tuple(
                self.vocabulary.events_of(item.get("first_of", item) if isinstance(item, Mapping) else item, where)
                for item in data["later_of"]
            )
            return Anchor("later_of", tuple(ref for refs in all_of for ref in refs), all_of)
        for key, form in (("each_of", "each"), ("first_of", "first_of"), ("last_done", "last_done"), ("event", "first")):
            if key in data:
                events = data if key == "event" else data[key]
                return Anchor(form, self.vocabulary.events_of(events, where), field=data.get("field"))
        if "fact" in data:
            if data["fact"] not in self.vocabulary.facts:
                raise InvalidRulebook(f"{where}：没有“{data['fact']}”这个事实", f"{where}: unknown fact {data['fact']!r}")
            return Anchor("fact", name=data["fact"])
        if "due_of" in data:
            return Anchor("due_of", name=data["due_of"], missed=data.get("missed", False))
        return Anchor("in_force")

    def choices(self, data: list | None, where: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(item) if isinstance(item, str) else Choice(item["name"], self.condition(item.get("when"), where))
            for item in data or ()
        )

    def authorities(self, data: list | None, where: str) -> tuple[Choice, ...]:
        found = self.choices(data, where)
        for choice in found:
            if choice.name not in self.data["authorities"]:
                raise InvalidRulebook(
                    f"{where}：没有“{choice.name}”这个部门，请在 authorities 中声明",
                    f"{where}: unknown authority {choice.name!r}; declare it under `authorities`",
                )
        return found

    def rule(self, entry: Mapping) -> Rule:
        where = f"{self.data['id']} 规则 {entry['id']}"
        self.unset = []
        entry = self.resolve(entry, where)
        kind = entry["kind"]
        period = entry.get("within") or entry.get("every") or (entry.get("for") if kind == "at_least" else None)
        before = entry.get("before")
        opens = entry.get("opens")
        by = entry.get("by")
        extension = entry.get("extension")
        phase = entry.get("while")
        if phase is not None and phase not in self.phases:
            raise InvalidRulebook(f"{where}：没有“{phase}”这个阶段，请在 phases 中声明", f"{where}: unknown phase {phase!r}")
        judged = entry.get("judged")
        anchor, bars = self.anchor(entry.get("from"), where), self.vocabulary.events_of(entry.get("bars", []), where)
        judged = None if judged in (None, "project") else self.vocabulary.event(judged, where)
        return Rule(
            id=entry["id"],
            article=entry["article"],
            quote=entry["quote"],
            title=Text(**entry["title"]),
            kind=kind,
            modality=entry["modality"],
            per=entry["per"],
            when=self.condition(entry.get("when"), where),
            owed_by=self.choices(entry.get("owed_by"), where),
            done_by=self.vocabulary.events_of(entry.get("done_by", []), where),
            anchor=anchor,
            waits_for=_waits_for(kind, anchor, bars, judged),
            period=self.period(before if isinstance(before, Mapping) else period, where),
            closes=self.period(entry.get("closes"), where),
            opens=None if opens is None else self.day_of_year(opens) if "month" in opens else self.period(opens, where),
            by=tuple(self.day_of_year(item) for item in (by if isinstance(by, list) else [by])) if by else (),
            about={"previous": -1, "this": 0, "next": 1}[entry.get("for", "this")] if kind == "recurring" else 0,
            phase=self.phases.get(phase),
            year_before=before == "previous_year",
            bars=bars,
            same=entry.get("same"),
            roll=entry.get("roll", self.default_roll(kind)),
            lapses=entry.get("if_missed") == "lapse",
            nudge=entry.get("nudge"),
            judged=judged,
            rows=tuple(
                Row(self.condition(row["when"], where), row["outcome"], Text(**row["what"]), tuple(row.get("by", ())))
                for row in entry.get("rows", ())
            ),
            needs=self.condition(entry.get("needs"), where),
            unset=tuple(self.unset),
            form=entry.get("form"),
            submit_to=self.authorities(entry.get("submit_to"), where),
            copy_to=self.authorities(entry.get("copy_to"), where),
            materials=self.choices(entry.get("materials"), where),
            consequence=entry.get("consequence"),
            extension=Extension(
                article=extension["article"],
                to=extension["to"],
                cap=self.period(extension.get("cap"), where),
                quote=extension["quote"],
            )
            if extension
            else None,
            beyond_scope=entry.get("beyond_scope", False),
            also=tuple((item["article"], item["quote"]) for item in entry.get("also", ())),
            note=Text(**entry["note"]) if entry.get("note") else None,
        )

    def default_roll(self, kind: str) -> str:
        if self.data["counting"]["convention"] == "literal":
            return "none"
        return {
            "at_most": "forward",
            "window": "forward",
            "before_event": "backward",
            "recurring": self.data["counting"].get("recurring_roll", "none"),
        }.get(kind, "none")


def _waits_for(kind: str, anchor: Anchor | None, bars: tuple[EventRef, ...], judged: EventRef | None) -> frozenset[str] | None:
    if kind == "gate":
        return frozenset(ref.event for ref in bars)
    if kind == "band":
        return frozenset((judged.event,)) if judged else None
    if anchor is None or not anchor.events or kind == "before_event":  # a planned step counts there as well
        return None
    return frozenset(ref.event for ref in anchor.events)
