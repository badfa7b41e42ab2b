"""Faults in words that a clerk can act on: what is wrong, what is expected, an example; in Chinese and English."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .faults import Fault, FieldPath, Schema, trail_of

_SHOWN_LENGTH = 40
_COMPARED_LENGTH = 60  # no name or choice is longer
_TYPES = {
    "string": ("文字", "text"),
    "integer": ("整数", "a whole number"),
    "number": ("数字", "a number"),
    "boolean": ("true（是）或 false（否）", "true or false"),
    "array": ("列表", "a list"),
    "object": ("一组填写项", "a group of fields"),
}


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


def worded(schema: Schema, fault: Fault, may_quote: bool) -> FieldError:
    trail = trail_of(schema, fault.path)
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


def _problem(fault: Fault, node: Schema, value: str | None) -> tuple[str, str]:
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
    near = None if value is None else nearest(str(given), [*map(str, choices), *labels])
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
    near = nearest(name, [*properties, *titles])
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


def nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name[:_COMPARED_LENGTH], known, n=1)), None)
