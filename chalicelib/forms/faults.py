"""What is wrong with a submission, before it is put into words: one failed keyword a field."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

Schema = Mapping[str, Any]
FieldPath = tuple[str | int, ...]

# The keywords a form may use that can fail; where several fail on one field, the first of these is told.
KEYWORDS = (
    "required", "additionalProperties", "not", "type", "enum", "const", "pattern", "format", "maxLength",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems",
    "minProperties",
)  # fmt: skip
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failed keyword, before it is put into words."""

    path: FieldPath
    keyword: str
    limit: Any  # the keyword's value in the schema
    instance: Any  # the value that failed; None where there is none
    why: Mapping[str, str]  # the schema's own reason, {"zh", "en"}, or empty


def first_faults(errors: "Iterator[ValidationError]") -> list[Fault]:
    """Of each field the fault that is told, in no order."""
    chosen: dict[FieldPath, Fault] = {}
    for error in errors:
        for fault in _faults(error):
            kept = chosen.get(fault.path)
            if kept is None or _rank(fault) < _rank(kept):
                chosen[fault.path] = fault
    return list(chosen.values())


@cache
def checker() -> "Callable[[Schema], Validator]":
    """Makes a form's validator. The library is loaded when a form is first checked: a function that checks none starts
    without it."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

    def matches(_: "Validator", pattern: str, instance: Any, __: Schema) -> "Iterator[ValidationError]":
        # Python's "$" also matches before a final line break, which JSON Schema's does not.
        if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), instance):
            yield ValidationError("pattern")

    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(_is_day)
    return partial(extend(Draft202012Validator, {"pattern": matches}), format_checker=formats)


def _is_day(value: Any) -> bool:
    """A day that the calendar has: 2026-02-30 is none."""
    return not isinstance(value, str) or bool(_DAY.fullmatch(value) and date.fromisoformat(value))


def _faults(error: "ValidationError") -> Iterator[Fault]:
    path, keyword, limit = tuple(error.absolute_path), str(error.validator), error.validator_value
    why = error.schema.get("x-why", {}) if isinstance(error.schema, Mapping) else {}
    if keyword == "required":
        names = [name for name in limit if name not in error.instance]
    elif keyword == "additionalProperties":
        names = [name for name in error.instance if name not in error.schema["properties"]]
    else:
        yield Fault(path=path, keyword=keyword, limit=limit, instance=error.instance, why=why)
        return
    for name in names:
        yield Fault(path=(*path, name), keyword=keyword, limit=limit, instance=None, why=why)


def _rank(fault: Fault) -> int:
    return KEYWORDS.index(fault.keyword) if fault.keyword in KEYWORDS else len(KEYWORDS)


def trail_of(schema: Schema, path: FieldPath) -> list[Schema]:
    """The schemas met on the way to a field, the whole form first."""
    nodes = [schema]
    for part in path:
        inner = nodes[-1].get("items", {}) if isinstance(part, int) else nodes[-1].get("properties", {}).get(part, {})
        nodes.append(inner)
    return nodes


def position_of(schema: Schema, path: FieldPath) -> tuple[tuple[int, str], ...]:
    """Where a field stands in the form; what the form does not know comes last, by name."""
    places = []
    for part, parent in zip(path, trail_of(schema, path), strict=False):
        names = list(parent.get("properties", {}))
        if isinstance(part, int):
            places.append((part, ""))
        else:
            places.append((names.index(part) if part in names else len(names), part))
    return tuple(places)
