"""A form's schema, what was typed and what is wrong with it, as templates show it: one renderer for all forms."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import Text
from ...usecases.reporting.form_columns import column_of
from ...usecases.reporting.typed import kind_of

ROWS_ON_A_PAGE = 20
RADIOS = 6  # choices; more of them become a list to choose from
DOCUMENT = {"name": "", "asked": "", "file": "", "size": 0, "paper": "", "address": ""}
Schema = Mapping[str, Any]
Errors = Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as it is shown. What a kind does not use is empty."""

    name: str  # items.0.amount
    kind: str  # as typed.kind_of says; or radios, select, reference
    label: Text
    hint: Text
    example: str
    is_needed: bool
    value: Any  # what was typed
    error: Text | None
    why: Text | None  # when it is needed, or does not belong
    hidden_when: str  # JSON {field, values}: a script hides it then while it is empty; "" for always shown
    choices: tuple[tuple[str, Text], ...] = ()
    suggestions: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()  # of a group
    rows: tuple[tuple["Field", ...], ...] = ()  # those on this page
    first: int = 0  # number of the first of them
    count: int = 0  # of all
    most: int = 0
    most_characters: int = 0

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")

    @property
    def described_by(self) -> str:
        parts = [("hint", self.hint.zh), ("why", self.why), ("error", self.error)]
        return " ".join(f"{self.id}-{part}" for part, there in parts if there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What the fields are shown with."""

    place: str
    errors: Errors  # by name
    references: Mapping[str, tuple[tuple[str, Text], ...]]  # what a reference may name, by field
    pages: Mapping[str, int]  # a row that is shown, by list
    rows: int = ROWS_ON_A_PAGE


def fields_of(schema: Schema, typed: Mapping[str, Any], showing: Showing, prefix: str = "") -> tuple[Field, ...]:
    """The fields of a form, or of a group within it, that the place uses; never `classified`, which is asked alone."""
    needed, conditions = set(schema.get("required", ())), _conditions(schema)
    return tuple(
        _field(field, prefix + name, typed.get(name), showing, is_needed=name in needed, condition=conditions.get(name))
        for name, field in schema["properties"].items()
        if name != "classified" and showing.place in field.get("x-places", (showing.place,))
    )


def _field(schema: Schema, name: str, typed: Any, showing: Showing, *, is_needed: bool, condition: Any) -> Field:
    kind, title = kind_of(schema), schema.get("title", "")
    known: dict[str, Any] = {}
    if kind == "group":
        known["fields"] = fields_of(schema, typed or {}, showing, f"{name}.")
    elif kind == "rows":
        known |= _rows(schema, name, typed or [], showing)
    elif kind == "documents":
        typed = [{**DOCUMENT, **each} for each in typed or ()]
        known |= {"count": len(typed), "most": schema.get("maxItems", 50)}
    elif showing.references.get(name):
        kind, known["choices"] = "reference", showing.references[name]
    elif kind in ("choice", "choices"):
        column = column_of(name, schema)
        labels = schema.get("items", schema).get("x-labels", {})
        english = {value: labels.get(value, {}).get("en", value) for value in column.choices}
        known["choices"] = tuple((value, Text(zh, english[value])) for value, zh in column.choices.items())
        kind = kind if kind == "choices" else "radios" if len(column.choices) <= RADIOS else "select"
    why, hidden_when = condition or (None, "")
    return Field(
        name=name,
        kind=kind,
        label=Text(title, schema.get("x-en", {}).get("title", title)),
        hint=Text(schema.get("description", ""), schema.get("x-en", {}).get("description", "")),
        example=_example(schema, kind),
        is_needed=is_needed,
        value=typed if typed is not None else [] if kind in ("choices", "documents", "rows") else "",
        error=showing.errors.get(name),
        why=why,
        hidden_when=hidden_when,
        suggestions=tuple(map(str, schema.get("x-suggest", ()))),
        most_characters=schema.get("maxLength", 0) if kind in ("text", "long") else 0,
        **known,
    )


def _rows(schema: Schema, name: str, typed: list, showing: Showing) -> dict[str, Any]:
    last = max(0, (len(typed) - 1) // showing.rows * showing.rows)
    first = min(showing.pages.get(name, 0) // showing.rows * showing.rows, last)
    shown = range(first, min(first + showing.rows, len(typed)))
    rows = tuple(fields_of(schema["items"], typed[at], showing, f"{name}.{at}.") for at in shown)
    return {"rows": rows, "first": first, "count": len(typed), "most": schema.get("maxItems", 0)}


def _example(schema: Schema, kind: str) -> str:
    given = next(iter(schema.get("examples", ())), "")
    return str(given) if kind in ("text", "money", "year", "whole", "day") else ""


def _conditions(schema: Schema) -> dict[str, tuple[Text | None, str]]:
    """field -> (why it is needed or does not belong, when a script may hide it), from the form's if and then."""
    found: dict[str, tuple[Text | None, str]] = {}
    for part in schema.get("allOf", ()):
        then = part.get("then", {})
        for name in then.get("required", ()):
            found.setdefault(name, (_why(then), ""))
        for name, inner in then.get("properties", {}).items():
            if inner.get("not") == {}:
                found[name] = (found.get(name, (None, ""))[0] or _why(inner), _when(part["if"]))
    return found


def _why(part: Schema) -> Text | None:
    why = part.get("x-why")
    return why and Text(why["zh"], why["en"])


def _when(condition: Schema) -> str:
    """A condition that one field decides, as JSON for the script; "" for any other."""
    fields = condition.get("properties", {})
    if len(fields) != 1:
        return ""
    ((name, wanted),) = fields.items()
    values = wanted.get("enum", [wanted["const"]] if "const" in wanted else [])
    return json.dumps({"field": name, "values": [str(value).lower() for value in values]}) if values else ""


def name_of(pointer: str) -> str:
    """/items/0/amount, as errors say it, is the field items.0.amount."""
    return pointer.strip("/").replace("/", ".")


def answers(fields: tuple[Field, ...]) -> Iterator[Field]:
    """The fields that were answered, for reading again and for print."""
    return (field for field in fields if is_answered(field))


def is_answered(field: Field) -> bool:
    if field.kind == "group":
        return any(map(is_answered, field.fields))
    return bool(field.count or field.value)
