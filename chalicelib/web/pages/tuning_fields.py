"""The fields of the tuning forms: each setting as something to type or choose, and what was typed as a change."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.errors import Text
from ...core.notice import LEVELS, PARTS
from ...usecases.rulebooks.changes import value_in_words
from .browser import Fields

LADDER = ("ladder", "overdue_every_days", "nudge_days", "urgent_within_days", "escalation")
HOURS = ("digest_at", "plan_at", "quiet_from", "quiet_to", "jitter_minutes")
CONTENT = ("content_level",)
KEPT = "keep_"  # what keys of how long something is kept begin with
SPARE = 2  # empty rows of the escalation
MOST_ROWS = 20
OWN_TEXTS = "text_of_channel"
Typed = dict[str, str]
Fault = tuple[str, tuple[str, str]]  # id of the field, what is wrong
WRONG_JSON = ("应写作 JSON，请检查引号和括号", "this should be JSON; check quotes and brackets")


def sections(tuning: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The settings in the groups of the form; texts are of a form of their own."""
    by_key = {entry["key"]: {**entry, "kind": _kind(entry), "options": _options(entry)} for entry in tuning["settings"]}
    common = (*LADDER, *HOURS, *CONTENT)
    own = [entry for key, entry in by_key.items() if key not in common and not key.startswith(("text_", KEPT))]
    return {
        **{name: [by_key[key] for key in keys] for name, keys in (("ladder", LADDER), ("hours", HOURS), ("content", CONTENT))},
        "kept": [entry for key, entry in by_key.items() if key.startswith(KEPT)],
        "own": own,
        "texts": [entry for key, entry in by_key.items() if key.startswith("text_")],
    }


def _kind(entry: Mapping[str, Any]) -> str:
    """How a setting is typed; that follows from its default, as what it may be does (usecases/rulebooks/setting.py)."""
    key, default = entry["key"], entry["default"]
    if key in ("escalation", "content_level"):
        return key
    if key == OWN_TEXTS:
        return "json"
    if key.startswith("text_"):
        return "layout"
    if entry.get("choices") or isinstance(default, bool):
        return "choice"
    if isinstance(default, list):
        return "list"
    return "whole" if default is None or isinstance(default, int) else "text"


def _options(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may be chosen: (what is posted, what is shown)."""
    if isinstance(entry["default"], bool):
        return [("true", "是 yes"), ("false", "否 no")]
    return [(str(choice), str(choice)) for choice in entry.get("choices") or ()]


def typed_of(tuning: Mapping[str, Any], change: Mapping[str, Any], channels: Iterable[str]) -> Typed:
    """The fields as the change leaves the settings: what a form that was not typed in holds."""
    typed: Typed = {}
    for entry in tuning["settings"]:
        value = _after(change, "settings", entry)
        typed |= _written(f"s.{entry['key']}", _kind(entry), value, channels)
    for entry in tuning["readings"]:
        typed[f"r.{entry['key']}"] = _after(change, "readings", entry)
    for entry in tuning["authorities"]:
        office = _after(change, "authorities", entry)
        typed |= {f"a.{entry['key']}.{part}": office[part] for part in ("name", "en")}
    return typed


def _after(change: Mapping[str, Any], part: str, entry: Mapping[str, Any]) -> Any:
    changed = change.get(part) or {}
    if entry["key"] not in changed:
        return entry["value"]
    value = changed[entry["key"]]
    return entry["default"] if value is None else value


def _written(name: str, kind: str, value: Any, channels: Iterable[str]) -> Typed:
    match kind:
        case "escalation":
            rows = [*value, *([{}] * SPARE)]
            return {
                f"{name}.{at}.{part}": str(row.get(part, "")) for at, row in enumerate(rows) for part in ("when", "days", "to")
            }
        case "content_level":
            return {f"{name}.{channel}": value.get(channel, "") for channel in sorted({*channels, *value})}
        case "layout":
            return {f"{name}.{part}": value[part] for part in PARTS}
        case "json":
            return {name: json.dumps(value, ensure_ascii=False, indent=2) if value else ""}
        case "list":
            return {name: "、".join(map(str, value))}
        case "choice" if isinstance(value, bool):
            return {name: "true" if value else "false"}
    return {name: "" if value is None else str(value)}


def typed_in(posted: Fields) -> Typed:
    return {name: value.strip() for name, value in posted.pairs if name[:2] in ("s.", "r.", "a.", "d.")}


def change_of(tuning: Mapping[str, Any], typed: Typed, base: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """What was typed as a change on top of `base`, and what cannot be read. What is as it was is left out; what is as by
    default, or is to be set back, becomes None."""
    settings, faults = dict(base.get("settings") or {}), []
    for entry in tuning["settings"]:
        name = f"s.{entry['key']}"
        if any(field == name or field.startswith(f"{name}.") for field in typed):
            try:
                value = entry["default"] if f"d.{entry['key']}" in typed else _read(name, entry, typed)
            except ValueError as error:
                faults.append((name, error.args[0]))
            else:
                _set(settings, entry, value)
    change = {**base, "settings": settings}
    if any(name.startswith("r.") for name in typed):
        change["readings"] = _changed(tuning["readings"], lambda key: typed.get(f"r.{key}"))
        change["authorities"] = _changed(tuning["authorities"], lambda key: _office(key, typed))
    return {part: value for part, value in change.items() if value}, faults


def _office(key: str, typed: Typed) -> dict[str, str] | None:
    name = typed.get(f"a.{key}.name")
    return None if name is None else {"name": name, "en": typed.get(f"a.{key}.en", "")}


def _changed(entries: Iterable[Mapping[str, Any]], read: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        value = read(entry["key"])
        if value is not None:
            _set(found, entry, value)
    return found


def _set(found: dict[str, Any], entry: Mapping[str, Any], value: Any) -> None:
    if value == entry["default"]:
        value = None
    if (value is None and entry["tuned"]) or (value is not None and value != entry["value"]):
        found[entry["key"]] = value
    else:
        found.pop(entry["key"], None)


def _read(name: str, entry: Mapping[str, Any], typed: Typed) -> Any:
    """A setting's value from its fields. ValueError((zh, en)) where it cannot be one; what it may be is judged later."""
    text = typed.get(name, "")
    match _kind(entry):
        case "escalation":
            return _levels(name, typed)
        case "content_level":
            found = {field.removeprefix(f"{name}."): value for field, value in typed.items() if field.startswith(f"{name}.")}
            return {channel: level for channel, level in found.items() if level in LEVELS}
        case "layout":
            return {part: typed.get(f"{name}.{part}", "") for part in PARTS}
        case "json":
            try:
                return json.loads(text) if text else {}
            except (ValueError, RecursionError):
                raise ValueError(WRONG_JSON) from None
        case "list":
            return [_whole(part) for part in text.replace("，", "、").replace(",", "、").replace(" ", "、").split("、") if part]
        case "whole":
            return _whole(text) if text else None
        case "choice":
            known = {str(choice): choice for choice in entry.get("choices") or ()} | {"true": True, "false": False}
            return known.get(text, text)
    return text


def _levels(name: str, typed: Typed) -> list[dict[str, Any]]:
    """The filled rows of the escalation; one without its days is taken out."""
    rows = []
    for at in range(MOST_ROWS):
        days = typed.get(f"{name}.{at}.days")
        if days:
            rows.append({"when": typed.get(f"{name}.{at}.when"), "days": _whole(days), "to": typed.get(f"{name}.{at}.to")})
    return rows


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise ValueError((f"“{text[:20]}”应为整数，如 7", f"{text[:20]!r} should be a whole number, like 7"))
    return int(text)


def default_in_words(entry: Mapping[str, Any]) -> Text:
    return value_in_words(entry["key"], entry["default"])
