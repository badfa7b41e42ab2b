"""The forms: what a submission must hold, said so that a clerk can mend it, and what it then records.

A form is a JSON Schema (2020-12) with one annotation of ours, `x-duban`, which names the milestones and
facts that a submission states. Shared pieces (a date, a person) stand in a schema without that annotation.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
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
CARRIED = (
    "for",
    "of",
    "amount",
    "due_on",
    "until",
    "result",
    "list",
    "vendor",
    "attached",
    "replaces",
    "void",
)
_SHOWN_LENGTH = 40
_COMPARED_LENGTH = 60  # no name or choice is longer
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TYPES = {
    "string": ("文字", "text"),
    "integer": ("整数", "a whole number"),
    "number": ("数字", "a number"),
    "boolean": ("true（是）或 false（否）", "true or false"),
    "array": ("列表", "a list"),
    "object": ("一组填写项", "a group of fields"),
}


class UnknownForm(LookupError):
    """There is no form of that name; see `Forms.ids()` for those there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One thing to mend in a submission."""

    field: str  # where: a JSON pointer, "/contacts/0/phone"; "" is the submission as a whole
    value: str | None  # what stood there, shortened; never personal data, never what may be classified
    expected_zh: str
    expected_en: str
    example: Any  # a value that would do, or None
    message_zh: str  # what is wrong and what to do about it
    message_en: str

    def as_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "value": self.value,
            "expected": {"zh": self.expected_zh, "en": self.expected_en},
            "example": self.example,
            "message": {"zh": self.message_zh, "en": self.message_en},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """One failed keyword, before it is put into words."""

    path: FieldPath
    keyword: str
    limit: Any  # the keyword's value in the schema
    instance: Any  # the value that failed; None where there is none
    why: Mapping[str, str]  # the schema's own reason, {"zh", "en"}, or empty


class Forms:
    """All the forms of an installation, compiled when first used."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = dict(schemas)
        self._by_uri = {schema["$id"]: schema for schema in schemas.values()}
        self._ids = tuple(sorted(name for name, schema in schemas.items() if "x-duban" in schema))
        self._expanded: dict[str, Schema] = {}
        self._validators: dict[str, Validator] = {}

    @classmethod
    def load(cls, folder: Path) -> "Forms":
        """Every *.json of the folder; the file's name is the form's id."""
        return cls({path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))})

    def ids(self) -> tuple[str, ...]:
        return self._ids

    def get(self, form_id: str) -> Schema:
        """The form's schema with every shared piece written out, so that it stands alone."""
        if form_id not in self._ids:
            near = _nearest(form_id, self._ids)
            hint = f"；是不是 {near}？ (did you mean {near}?)" if near else ""
            raise UnknownForm(f"没有“{form_id}”这张表单 (no such form){hint}")
        if form_id not in self._expanded:
            self._expanded[form_id] = self._expand(self._schemas[form_id])
        return self._expanded[form_id]

    @staticmethod
    def is_classified(body: Any) -> bool:
        """Whether the submission says of itself that it is classified (涉密)."""
        return is_classified(body)

    def check(self, form_id: str, body: Any) -> tuple[FieldError, ...]:
        """Every error at once, one a field, in the order of the form; what is classified is not read."""
        schema = self.get(form_id)
        if is_classified(body):
            return ()
        if form_id not in self._validators:
            self._validators[form_id] = _checker()(schema)
        chosen: dict[FieldPath, _Fault] = {}
        for error in self._validators[form_id].iter_errors(body):
            for fault in _faults(error):
                kept = chosen.get(fault.path)
                if kept is None or _rank(fault) < _rank(kept):
                    chosen[fault.path] = fault
        # Until it is known that the submission is not classified, no value of it is repeated.
        may_quote = isinstance(body, Mapping) and body.get("classified") is False
        in_order = sorted(chosen.values(), key=lambda fault: _position(schema, fault.path))
        return tuple(_worded(schema, fault, may_quote) for fault in in_order)

    def milestones(self, form_id: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """The milestones that a checked submission states, without ids."""
        records = self.get(form_id)["x-duban"]["records"]
        if is_classified(body):
            return ()
        return tuple(
            _milestone(record, body)
            for record in records
            if record["on"] in body and all(_meets(body, *wanted) for wanted in record.get("when", {}).items())
        )

    def facts(self, form_id: str, body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The facts of the project and of the unit that a checked submission states."""
        stated: dict[str, dict[str, Any]] = {"project": {}, "unit": {}}
        sets = self.get(form_id)["x-duban"]["sets"]
        if not is_classified(body):
            for fact, field in sets.items():
                holder, name = fact.split(".")
                if field in body:
                    stated[holder][name] = _plain(body[field])
        return stated

    def _expand(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        local = {key: self._expand(value) for key, value in node.items() if key != "$ref"}
        return {**self._expand(self._shared(node["$ref"])), **local} if "$ref" in node else local

    def _shared(self, reference: str) -> Any:
        uri, _, pointer = reference.partition("#")
        piece: Any = self._by_uri[uri]
        for part in pointer.strip("/").split("/"):
            piece = piece[part]
        return piece


def is_classified(body: Any) -> bool:
    """Whether the submission says of itself that it is classified (涉密)."""
    return isinstance(body, Mapping) and body.get("classified") is True


# -- what a submission records


def _milestone(record: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    event = record["event"]
    milestone = {"event": event if isinstance(event, str) else body[event["field"]], "on": body[record["on"]]}
    for key in CARRIED:
        if record.get(key) in body:
            milestone[key] = _plain(body[record[key]])
    if "for" in milestone:
        milestone["for"] = str(milestone["for"])
    if "attached" in milestone:
        milestone["attached"] = [attachment["name"] for attachment in milestone["attached"]]
    return {**milestone, "planned": True} if record.get("planned") else milestone


def _meets(body: Mapping[str, Any], field: str, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return (field in body) is wanted["present"]
    return body.get(field) in (wanted if isinstance(wanted, list) else [wanted])


def _plain(value: Any) -> Any:
    """JSON allows 500000.0 for a whole number; facts hold 500000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# -- checking


@cache
def _checker() -> "Callable[[Schema], Validator]":
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


def _faults(error: "ValidationError") -> Iterator[_Fault]:
    path, keyword, limit = tuple(error.absolute_path), str(error.validator), error.validator_value
    why = error.schema.get("x-why", {}) if isinstance(error.schema, Mapping) else {}
    if keyword == "required":
        names = [name for name in limit if name not in error.instance]
    elif keyword == "additionalProperties":
        names = [name for name in error.instance if name not in error.schema["properties"]]
    else:
        yield _Fault(path=path, keyword=keyword, limit=limit, instance=error.instance, why=why)
        return
    for name in names:
        yield _Fault(path=(*path, name), keyword=keyword, limit=limit, instance=None, why=why)


def _rank(fault: _Fault) -> int:
    return KEYWORDS.index(fault.keyword) if fault.keyword in KEYWORDS else len(KEYWORDS)


def _trail(schema: Schema, path: FieldPath) -> list[Schema]:
    """The schemas met on the way to a field, the whole form first."""
    nodes = [schema]
    for part in path:
        inner = nodes[-1].get("items", {}) if isinstance(part, int) else nodes[-1].get("properties", {}).get(part, {})
        nodes.append(inner)
    return nodes


def _position(schema: Schema, path: FieldPath) -> tuple[tuple[int, str], ...]:
    """Where a field stands in the form; what the form does not know comes last, by name."""
    places = []
    for part, parent in zip(path, _trail(schema, path), strict=False):
        names = list(parent.get("properties", {}))
        if isinstance(part, int):
            places.append((part, ""))
        else:
            places.append((names.index(part) if part in names else len(names), part))
    return tuple(places)


# -- words


def _worded(schema: Schema, fault: _Fault, may_quote: bool) -> FieldError:
    trail = _trail(schema, fault.path)
    node = trail[-1]
    quotable = (may_quote or fault.path == ("classified",)) and not _is_personal(trail)
    value = _shown(fault.instance) if quotable else None
    if fault.keyword == "additionalProperties":
        zh, en = _stranger(str(fault.path[-1]), trail[-2])
        expected = ("表中列出的填写项", "a field of the form")
    else:
        zh, en = _problem(fault, node, value)
        zh, en = f"“{_label(trail, fault.path, 'zh')}”{zh}", f'"{_label(trail, fault.path, "en")}" {en}'
        expected = _expected(node)
    return FieldError(
        field="".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in fault.path),
        value=value,
        expected_zh=expected[0],
        expected_en=expected[1],
        example=next(iter(node.get("examples", ())), None) if fault.path else None,
        message_zh=zh + fault.why.get("zh", ""),
        message_en=" ".join(filter(None, (en, fault.why.get("en")))),
    )


def _problem(fault: _Fault, node: Schema, value: str | None) -> tuple[str, str]:
    limit, expected = fault.limit, _expected(node)
    size = len(fault.instance) if isinstance(fault.instance, str | list) else 0
    match fault.keyword:
        case "required":
            return "没有填，请补上。", "is missing; please fill it in."
        case "not":
            return "在此情形下不应填写，请删去。", "does not belong here in this case; please remove it."
        case "type" if fault.instance is None:
            return f"是空值；没有可填的就不要带这一项，否则应为{expected[0]}。", (
                f"is null; leave the field out if there is nothing to say, else give {expected[1]}."
            )
        case "type":
            return f"的填法不对，应为{expected[0]}。", f"is of the wrong kind; it must be {expected[1]}."
        case "enum" | "const":
            return _no_such_choice(node, limit if fault.keyword == "enum" else [limit], fault.instance, value)
        case "pattern" if not fault.instance.strip():
            return "不能为空，请填写。", "is empty; please fill it in."
        case "pattern":
            return (
                f"的格式不对，应为{expected[0]}。",
                f"is not written as expected; it must be {expected[1]}.",
            )
        case "format":
            return (
                "不是日历上有的日期，请按“年-月-日”改正。",
                "is not a day of the calendar; write it as YYYY-MM-DD.",
            )
        case "maxLength":
            return f"最多 {limit} 个字，现有 {size} 个字，请删减。", (
                f"has {size} characters, {limit} at most; please shorten it."
            )
        case "minimum":
            return f"不能小于 {limit}。", f"must not be less than {limit}."
        case "maximum":
            return f"不能大于 {limit}。", f"must not be more than {limit}."
        case "exclusiveMinimum":
            return f"应大于 {limit}。", f"must be more than {limit}."
        case "exclusiveMaximum":
            return f"应小于 {limit}。", f"must be less than {limit}."
        case "minItems":
            return (
                f"至少要有 {limit} 项，现有 {size} 项，请补上。",
                f"has {size} items, needs {limit}; please add.",
            )
        case "maxItems":
            return (
                f"最多 {limit} 项，现有 {size} 项，请删减。",
                f"has {size} items, {limit} at most; please remove.",
            )
        case "uniqueItems":
            return "有重复的项，请删去。", "has the same item twice; please remove one."
        case "minProperties":
            return "填写的项目太少。", "has too few fields filled in."
        case _:
            return f"不符合要求，应为{expected[0]}。", f"is not acceptable; it must be {expected[1]}."


def _no_such_choice(node: Schema, choices: list[Any], given: Any, value: str | None) -> tuple[str, str]:
    zh, en = _choices(node, choices, "zh", "、"), _choices(node, choices, "en", ", ")
    labels = {label: choice for choice, both in node.get("x-labels", {}).items() for label in both.values()}
    near = None if value is None else _nearest(str(given), [*map(str, choices), *labels])
    hint = labels.get(near, near)
    if value is None:
        quoted_zh, quoted_en = "不在可选范围内", "is not one of the choices"
    else:
        quoted_zh, quoted_en = f"没有“{value}”这个选项", f'has no choice "{value}"'
    return (
        f"{quoted_zh}，请从中选一项：{zh}。" + (f"是不是 {hint}？" if hint else ""),
        f"{quoted_en}; choose one of: {en}." + (f" Did you mean {hint}?" if hint else ""),
    )


def _stranger(name: str, parent: Schema) -> tuple[str, str]:
    properties = parent.get("properties", {})
    titles = {title: known for known, each in properties.items() for title in (each["title"], each["x-en"]["title"])}
    near = _nearest(name, [*properties, *titles])
    known = titles.get(near, near)
    shown = _shown(name)
    zh, en = f"表中没有“{shown}”这一项", f'the form has no field "{shown}"'
    if known is None:
        return f"{zh}，请删去。", f"{en}; please remove it."
    title = properties[known]["title"]
    return (
        f"{zh}，是不是 {known}（{title}）？请改正或删去。",
        f"{en}; did you mean {known}? Please rename or remove it.",
    )


def _label(trail: list[Schema], path: FieldPath, language: str) -> str:
    words = [_title(trail[0], language)] if not path else []
    for part, node in zip(path, trail[1:], strict=True):
        if isinstance(part, int):
            words.append(f"第{part + 1}项" if language == "zh" else f"item {part + 1}")
        else:
            words.append(_title(node, language) or part)
    return " ".join(words) if language == "zh" else ", ".join(words)


def _title(node: Schema, language: str) -> str:
    if language == "zh":
        return node.get("title", "")
    return node.get("x-duban", {}).get("en") or node.get("x-en", {}).get("title", "")


def _expected(node: Schema) -> tuple[str, str]:
    if "x-expected" in node:
        return node["x-expected"]["zh"], node["x-expected"]["en"]
    if "enum" in node:
        zh, en = _choices(node, node["enum"], "zh", "、"), _choices(node, node["enum"], "en", ", ")
        return f"下列之一：{zh}", f"one of: {en}"
    kinds = node.get("type", "object")
    names = [_TYPES[kind] for kind in (kinds if isinstance(kinds, list) else [kinds])]
    zh, en = "或".join(name[0] for name in names), " or ".join(name[1] for name in names)
    for keyword, bound_zh, bound_en in (
        ("maxLength", "不超过 {} 字", "at most {} characters"),
        ("minimum", "不小于 {}", "at least {}"),
        ("maximum", "不大于 {}", "at most {}"),
        ("minItems", "至少 {} 项", "at least {} items"),
    ):
        if keyword in node:
            zh, en = f"{zh}，{bound_zh.format(node[keyword])}", f"{en}, {bound_en.format(node[keyword])}"
    return zh, en


def _choices(node: Schema, choices: list[Any], language: str, separator: str) -> str:
    brackets = "{}（{}）" if language == "zh" else "{} ({})"
    shown = []
    for choice in choices:
        label = node.get("x-labels", {}).get(choice, {}).get(language, choice)
        shown.append(str(choice) if label == choice else brackets.format(choice, label))
    return separator.join(shown)


def _is_personal(trail: list[Schema]) -> bool:
    """Whether the field, anything around it or anything inside it is marked as personal data."""
    return any(node.get("x-personal") for node in trail) or (len(trail) > 1 and _holds_personal(trail[-1]))


def _holds_personal(node: Schema) -> bool:
    inner = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return any(each.get("x-personal") or _holds_personal(each) for each in inner)


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, list | dict):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name[:_COMPARED_LENGTH], known, n=1)), None)
