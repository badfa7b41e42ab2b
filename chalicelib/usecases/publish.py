"""Publish rules: settings, readings, names, whole rulebooks, a year's holidays - as a new version that never changes.

Publishing flips one item, so that every reader sees the new version at once. Whatever was planned by the old one is
looked at again before it speaks; a job also brings every holder up to date and shows how far it is.
"""

from datetime import datetime
from typing import Any

from ..core.errors import Conflict, InvalidInput, InvalidRulebook
from ..core.rulebook import Rulebook, digest
from ..ports import ABSENT, Change, Key, Ports, Put, StoreConflict
from . import records
from .account import entries
from .jobs import start_changes
from .published import CURRENT

TUNABLE = ("settings", "readings", "authorities")


def proposed(ports: Ports, jurisdiction: str, change: dict[str, Any]) -> tuple[dict[str, Any], tuple[Rulebook, ...]]:
    """The version that `change` would make of the one in force, and its rulebooks; nothing is stored.

    `change` may hold `settings`, `readings` and `authorities` (entries to set; null sets one back to the file's) and
    `rulebook`, a whole one: the same edition replaces it as a revision, another edition is added. InvalidInput says what
    is wrong with it.
    """
    unknown = set(change) - {*TUNABLE, "rulebook", "version"}
    if unknown:
        raise InvalidInput(f"不认识 {'、'.join(sorted(unknown))}；可改 {'、'.join((*TUNABLE, 'rulebook'))}", f"unknown: {', '.join(sorted(unknown))}")
    version = ports.rules.version(jurisdiction)
    if change.get("version") is not None:
        version = _earlier(ports, jurisdiction, change["version"])
    books = [_data(ports, jurisdiction, book) for book in version["books"]]
    if change.get("rulebook"):
        books = _with_book(books, change["rulebook"], jurisdiction)
    tuning = {part: _merged(version["tuning"].get(part, {}), change.get(part, {})) for part in TUNABLE}
    new = {"books": books, "tuning": {part: values for part, values in tuning.items() if values}}
    _check(ports, jurisdiction, books, new["tuning"])
    try:
        return new, ports.rules.read(jurisdiction, new)
    except InvalidRulebook as error:
        raise InvalidInput(error.text.zh, error.text.en) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"规则册的格式不对：{error}；请用 duban rules lint 检查", f"malformed rulebook: {error!r}; see duban rules lint") from None


def publish(ports: Ports, jurisdiction: str, change: dict[str, Any], *, by: str, why: str, expects: int | None, now: datetime) -> dict[str, Any]:
    """Make the proposed version the one in force. `expects` is the version the change was looked at on (Conflict when
    another was published since). Returns {number, job}."""
    if not why.strip():
        raise InvalidInput("请写明调整的原因，台账会一并保存", "say why; it is kept in the ledger")
    current = ports.rules.version(jurisdiction)
    if expects is not None and expects != current["number"]:
        raise Conflict(f"规则在您预览之后已有新版本（第{current['number']}版），请重新预览", f"version {current['number']} was published since; preview again")
    new, books = proposed(ports, jurisdiction, change)
    number = current["number"] + 1
    version = {"number": number, "books": [digest(data) for data in new["books"]], "tuning": new["tuning"], "by": by, "why": why,
               "at": records.stamp(now)}
    partition = f"rules#{jurisdiction}"
    stored = ports.store.get(Key(partition, CURRENT))
    changes: list[Change] = [
        Put(Key(partition, CURRENT), version, stored.version if stored else ABSENT),
        Put(Key(partition, f"version#{number:06d}"), version, ABSENT),
        *(Put(Key(partition, f"book#{digest(data)}"), {"data": data}) for data in new["books"]),
        Put(Key("rules", jurisdiction), {}),
        *entries(ports.store, jurisdiction, [{"what": "published", "number": number, "by": by, "at": records.stamp(now),
                                              "rulebooks": [book.sha256 for book in books]}]),
    ]
    job = f"publish-{jurisdiction}-{number}"
    try:
        ports.store.write([*changes, *start_changes(job, {"jurisdictions": [jurisdiction]}, now)])
    except StoreConflict:
        raise Conflict("同时有人在发布，请重新预览", "somebody else is publishing; preview again") from None
    return {"number": number, "job": job}


def roll_back(ports: Ports, jurisdiction: str, to: int, *, by: str, why: str, now: datetime) -> dict[str, Any]:
    """Publish an earlier version again, as a new one. 0 is what the files say."""
    return publish(ports, jurisdiction, {"version": to}, by=by, why=why, expects=None, now=now)


def publish_calendar(ports: Ports, year: int, notice: dict[str, Any], *, by: str, why: str, now: datetime) -> dict[str, Any]:
    """Publish a year's holiday notice the day it comes out; every place is looked at again."""
    key = Key("calendar", CURRENT)
    stored = ports.store.get(key)
    years = {**(stored.value["years"] if stored else {}), str(year): notice}
    number = (stored.value["number"] if stored else 0) + 1
    value = {"number": number, "years": years, "by": by, "why": why, "at": records.stamp(now)}
    job = f"publish-calendar-{number}"
    ports.store.write([
        Put(key, value, stored.version if stored else ABSENT), Put(Key("calendar", f"version#{number:06d}"), value, ABSENT),
        *start_changes(job, {"jurisdictions": list(ports.rules.jurisdictions())}, now),
    ])
    return {"number": number, "job": job}


def versions(ports: Ports, jurisdiction: str) -> list[dict[str, Any]]:
    """Every published version, newest first."""
    return [item.value for item in ports.store.query(f"rules#{jurisdiction}", prefix="version#", newest_first=True)]


def _earlier(ports: Ports, jurisdiction: str, number: int) -> dict[str, Any]:
    if number == 0:
        return ports.rules.seed_version(jurisdiction)
    item = ports.store.get(Key(f"rules#{jurisdiction}", f"version#{number:06d}"))
    if item is None:
        raise InvalidInput(f"没有第{number}版", f"there is no version {number}")
    return item.value


def _data(ports: Ports, jurisdiction: str, book: Any) -> dict[str, Any]:
    return ports.store.get(Key(f"rules#{jurisdiction}", f"book#{book}")).value["data"] if isinstance(book, str) else book


def _with_book(books: list[dict], new: dict[str, Any], jurisdiction: str) -> list[dict]:
    """A revision replaces the book of its edition; a new edition takes its place by the day it comes into force."""
    if new.get("id") != jurisdiction:
        raise InvalidInput(f"规则册的 id 是“{new.get('id')}”，应为“{jurisdiction}”", f"the rulebook's id is {new.get('id')!r}, not {jurisdiction!r}")
    kept = []
    for book in books:
        if book["edition"] != new.get("edition"):
            kept.append(book)
        elif new.get("revision", 0) <= book["revision"] and new != book:
            raise InvalidInput(f"{book['edition']}版已有第{book['revision']}次修订，新的修订号须更大", f"revision must be above {book['revision']}")
    return sorted([*kept, new], key=lambda book: str((book.get("valid_from") or {}).get("on") or ""))


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None or key not in new}


def _check(ports: Ports, jurisdiction: str, books: list[dict], tuning: dict[str, Any]) -> None:
    """Every setting, reading and office must exist, and a setting's value be of its default's sort: all faults at once."""
    latest = books[-1]
    known = {**ports.rules.defaults(), **latest.get("settings", {})}
    faults = []
    for key, value in tuning.get("settings", {}).items():
        if key not in known:
            faults.append((f"/settings/{key}", f"没有“{key}”这个设置，可用：{'、'.join(known)}", f"unknown setting {key!r}"))
        elif not _same_sort(value, known[key]["value"]):
            faults.append((f"/settings/{key}", f"“{known[key]['name']['zh']}”应为 {known[key]['value']!r} 这样的值", f"{key} should look like {known[key]['value']!r}"))
    for key, option in tuning.get("readings", {}).items():
        options = [entry["id"] for entry in latest.get("readings", {}).get(key, {}).get("options", ())]
        if option not in options:
            faults.append((f"/readings/{key}", f"读法“{key}”可选：{'、'.join(options) or '（没有这个读法）'}", f"reading {key!r}: one of {options}"))
    for key, name in tuning.get("authorities", {}).items():
        if key not in latest["authorities"] or not isinstance(name, dict) or set(name) != {"name", "en"}:
            faults.append((f"/authorities/{key}", f"部门应写作 {{\"name\": \"…\", \"en\": \"…\"}}，代号可用：{'、'.join(latest['authorities'])}", "an office is {name, en}"))
    if faults:
        raise InvalidInput(f"调整有{len(faults)}处不对，未作任何改动", f"{len(faults)} faults; nothing was changed",
                           errors=tuple({"field": field, "message": {"zh": zh, "en": en}} for field, zh, en in faults))


def _same_sort(value: Any, default: Any) -> bool:
    """Whether a value can stand in for the default: numbers not negative, a time like "08:40", a list of whole days."""
    if default is None or isinstance(default, int):
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3650
    if isinstance(default, list):
        return isinstance(value, list) and len(value) <= 50 and all(_same_sort(item, 0) for item in value)
    if isinstance(default, str):
        hour, colon, minute = value.partition(":") if isinstance(value, str) else ("", "", "")
        return bool(colon) and len(value) == 5 and hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60
    return isinstance(value, type(default))
