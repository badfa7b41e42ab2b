"""A setting: what its value may be. Mostly that follows from the sort of its default."""

from datetime import time
from typing import Any

from ...core.notice import CODE, FIELDS, LANGUAGES, LEVELS, PARTS, unknown_words
from ..telling.people import AUDIENCES

LEAST = {
    "urgent_within_days": 0,
    "ladder": 0,
    "keep_notices_days": 60,
    "keep_personal_days": 60,
    "keep_documents_days": 60,
}  # other numbers are at least 1
MOST = {"jitter_minutes": 59}  # other numbers are at most:
TEN_YEARS = 3650
LONGEST_LIST = 50
LONGEST_NAME = 200
LONGEST_TEXT = 1000

Expected = tuple[str, str]  # in Chinese, in English


def unfit(key: str, value: Any, entry: dict[str, Any]) -> Expected | None:
    """What a setting's value should be, where it is not: one of its choices, or of the sort of its default."""
    default, least, most = entry["value"], LEAST.get(key, 1), MOST.get(key, TEN_YEARS)
    if entry.get("choices"):
        choices = "、".join(map(str, entry["choices"]))
        return None if value in entry["choices"] else (f" {choices} 之一", f"one of {choices}")
    if key in OF_THEIR_OWN:
        return OF_THEIR_OWN[key](value)
    if key.startswith("text_"):
        return _unfit_layout(value)
    if isinstance(default, bool):
        return None if isinstance(value, bool) else (" true 或 false", "true or false")
    if default is None or isinstance(default, int):
        example = default or 12
        said = f" {least} 至 {most} 的整数，如 {example}", f"a whole number from {least} to {most}"
        return None if is_whole(value, least, most) else said
    if isinstance(default, list):
        fits = isinstance(value, list) and len(value) <= LONGEST_LIST and all(is_whole(item, least, most) for item in value)
        return None if fits else (f" {least} 至 {most} 的整数的列表，如 {default}", f"a list of whole numbers, like {default}")
    if is_clock(default):
        return None if is_clock(value) else (f"时刻，如 {default}", f"a time of day, like {default}")
    return None if is_name(value) else ("文字", "a text")


def _unfit_levels(value: Any) -> Expected | None:
    fits = isinstance(value, dict) and all(isinstance(level, str) and level in LEVELS for level in value.values())
    said = (
        f'渠道与 {"、".join(LEVELS)} 之一的对照，如 {{"telegram": "title"}}',
        'a level for each channel, like {"telegram": "title"}',
    )
    return None if fits else said


def _unfit_escalation(value: Any) -> Expected | None:
    fits = isinstance(value, list) and len(value) <= LONGEST_LIST and all(map(_is_level, value))
    said = (
        '列表，每档如 {"when": "overdue", "days": 7, "to": "department"}；when 为 unheard、overdue，to 为 leader、department、authority',
        'a list of levels like {"when": "overdue", "days": 7, "to": "department"}; when: unheard, overdue; to: leader, department, authority',
    )
    return None if fits else said


def _is_level(level: Any) -> bool:
    return (
        isinstance(level, dict)
        and set(level) == {"when", "days", "to"}
        and level["when"] in ("unheard", "overdue")
        and level["to"] in AUDIENCES[1:]
        and is_whole(level["days"], 1, 365)
    )


def _unfit_layout(value: Any) -> Expected | None:
    """A layout says something of each duty and where to go."""
    words = "、".join(f"{{{name}}}" for name in FIELDS)
    said = (
        f"消息文字 {{{'、'.join(PARTS)}}}，每段不超过{LONGEST_TEXT}字；one 须含 {{url}}；花括号里可用：{words}",
        f"a layout {{{', '.join(PARTS)}}} of texts; `one` holds {{url}}; words in braces: {', '.join(FIELDS)}",
    )
    if not (isinstance(value, dict) and set(value) == set(PARTS) and all(isinstance(text, str) for text in value.values())):
        return said
    if any(len(text) > LONGEST_TEXT or unknown_words(text) for text in value.values()):
        return said
    several = value["head"] + value["item"] + value["foot"]
    names = all(any(f"{{{name}}}" in text for name in ("title", "reference", "refs")) for text in (value["one"], several))
    return None if names and "{url}" in value["one"] and "{url}" in several else said


def _unfit_own_layouts(value: Any) -> Expected | None:
    """Layouts of single channels: texts, or for a vendor that approves them beforehand its code and parameters."""
    example = '{"aliyun.zh.title": {"code": "SMS_123456789", "parameters": {"marks": "{marks}", "unit": "{unit}", "title": "{title}", "day": "{due}"}}}'
    said = (
        f"“渠道.语言.级别”与文字或模板的对照，如 {example}；登录验证码的模板写 aliyun.zh.code，参数用 {{code}}",
        f"a layout or a template for channel.language.level, like {example}; for sign-in codes aliyun.zh.code with {{code}}",
    )
    if not isinstance(value, dict) or len(value) > LONGEST_LIST:
        return said
    for key, layout in value.items():
        parts = key.split(".")
        if len(parts) != 3 or parts[1] not in LANGUAGES or parts[2] not in (*LEVELS, CODE):
            return said
        if isinstance(layout, dict) and "code" in layout:
            several = layout.get("several")
            rest = {name: part for name, part in layout.items() if name != "several"}
            is_right = _is_template(rest, (CODE,) if parts[2] == CODE else FIELDS) and (
                several is None or _is_template(several)
            )
        else:
            is_right = parts[2] != CODE and _unfit_layout(layout) is None
        if not is_right:
            return said
    return None


def _is_template(value: Any, known: tuple[str, ...] = FIELDS) -> bool:
    if not isinstance(value, dict) or set(value) != {"code", "parameters"} or not is_name(value["code"]):
        return False
    words = value["parameters"]
    return isinstance(words, dict) and all(isinstance(text, str) and not unknown_words(text, known) for text in words.values())


OF_THEIR_OWN = {"content_level": _unfit_levels, "escalation": _unfit_escalation, "text_of_channel": _unfit_own_layouts}


def is_whole(value: Any, least: int = 0, most: int = 1_000_000) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_NAME


def is_clock(value: Any) -> bool:
    """A time of day as 08:40."""
    try:
        return time.fromisoformat(value).strftime("%H:%M") == value
    except (TypeError, ValueError):
        return False
