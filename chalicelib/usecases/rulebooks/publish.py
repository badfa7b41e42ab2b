"""Publish rules: settings, readings, names, whole rulebooks, a year's holidays - as a new version that never changes.

Publishing flips one item, so that every reader sees the new version at once. Whatever was planned by the old one is
looked at again before it speaks; a job also brings every holder up to date and shows how far it is.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from ...core.errors import Conflict, InvalidInput, InvalidRulebook, counted
from ...core.rulebook import Rulebook, digest
from ...ports import ABSENT, MAX_ITEM_BYTES, Change, Key, Ports, Put
from ..state import records
from ..state.account import entries
from ..state.job import hand_over, start_changes
from ..state.once import Once, retrying
from ..state.published import CURRENT
from .setting import is_clock, is_name, is_whole, unfit

TUNABLE = ("settings", "readings", "authorities")
IN_ORDER = (("plan_at", "digest_at"), ("quiet_to", "quiet_from"))  # times of one day
CALENDARS = "@calendar"  # whose ledger tells of calendars: every place's, and no party can be called so
NOTICE_EDGE = timedelta(days=10)  # a notice may name the last days of the year before and the first of the next
UNASKED = Once(who="nobody", key=None, asked=None)

Fault = tuple[str, str, str]  # where, in Chinese, in English


def proposed(ports: Ports, jurisdiction: str, change: dict[str, Any]) -> tuple[dict[str, Any], tuple[Rulebook, ...]]:
    """The version that `change` would make of the one in force, and its rulebooks; nothing is stored.

    `change` may hold `settings`, `readings` and `authorities` (entries to set; null sets one back to the file's) and
    `rulebook`, a whole one: the same edition replaces it as a revision, another edition is added; `version` starts from an
    earlier one. InvalidInput says what is wrong with it.
    """
    _refuse(list(_malformed(change)))
    version = ports.rules.version(jurisdiction)
    if change.get("version") is not None:
        version = _earlier(ports, jurisdiction, change["version"])
    data = ports.rules.books(jurisdiction, version)
    if change.get("rulebook"):
        data = _with_book(data, change["rulebook"], jurisdiction)
    tuning = {part: _merged(version["tuning"].get(part, {}), change.get(part) or {}) for part in TUNABLE}
    new = {
        "books": data,
        "tuning": {part: values for part, values in tuning.items() if values},
        "defaults": ports.rules.defaults(version),
    }
    try:
        _refuse(list(_faults(data, new["tuning"], new["defaults"])))
        books = ports.rules.read(jurisdiction, new)
    except InvalidRulebook as error:
        raise InvalidInput(error.text.zh, error.text.en) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"规则册的格式不对：{error}；请用 duban rules lint 检查", f"malformed rulebook: {error!r}; see duban rules lint"
        ) from None
    for book in data:
        must_fit({"data": book})
    in_order = sorted(range(len(books)), key=lambda place: books[place].valid_from or date.min)
    return {**new, "books": [data[place] for place in in_order]}, tuple(books[place] for place in in_order)


def publish(
    ports: Ports,
    jurisdiction: str,
    change: dict[str, Any],
    *,
    by: str,
    why: str,
    expects: int | None,
    now: datetime,
    once: Once = UNASKED,
) -> dict[str, Any]:
    """Make the proposed version the one in force. `expects` is the version the change was looked at on (Conflict when
    another was published since). Returns {number, job}."""
    _must_say_why(why)
    partition = f"rules#{jurisdiction}"

    def attempt() -> dict[str, Any]:
        stored = ports.store.get(Key(partition, CURRENT))
        current = stored.value if stored else ports.rules.seed_version(jurisdiction)
        if expects is not None and expects != current["number"]:
            raise Conflict(
                f"规则在您预览之后已有新版本（第{current['number']}版），请重新预览",
                f"version {current['number']} was published since; preview again",
            )
        new, books = proposed(ports, jurisdiction, change)
        number = current["number"] + 1
        said = {"number": number, "by": by, "why": why, "at": records.stamp(now)}
        version = {
            **said,
            "books": [digest(data) for data in new["books"]],
            "tuning": new["tuning"],
            "defaults": new["defaults"],
        }
        answer = {"number": number, "job": f"publish-{jurisdiction}-{number}"}
        changes: list[Change] = [
            Put(Key(partition, CURRENT), version, stored.version if stored else ABSENT),
            Put(Key(partition, f"version#{number:06d}"), version, ABSENT),
            *(
                Put(key, {"data": data}, ABSENT)
                for data in new["books"]
                if not ports.store.get(key := Key(partition, f"book#{digest(data)}"))
            ),
            *([] if stored else [Put(Key(partition, "seed"), {"digest": digest(current["books"])})]),
            Put(Key("rules", jurisdiction), {}),
            *entries(ports.store, jurisdiction, [{"what": "published", **said, "rulebooks": [book.sha256 for book in books]}]),
        ]
        ports.store.write(
            [*changes, *start_changes(answer["job"], {"jurisdictions": [jurisdiction]}, now), *once.remember(answer)]
        )
        hand_over(ports, answer["job"])
        return answer

    return retrying(once, ports.store, attempt)


def must_fit(value: dict[str, Any]) -> None:
    """InvalidInput where one item of a store has no room for this value."""
    size = len(json.dumps(value, ensure_ascii=False).encode())
    if size > MAX_ITEM_BYTES:
        raise InvalidInput(
            f"这次调整有{size:,}字节，最多{MAX_ITEM_BYTES:,}，未保存任何内容；请精简规则册的说明文字，或分几次调整",
            f"the change takes {size:,} bytes, at most {MAX_ITEM_BYTES:,} fit; nothing was stored. Shorten the notes in the "
            "rulebook, or make it several changes",
        )


def roll_back(
    ports: Ports,
    jurisdiction: str,
    to: int,
    *,
    by: str,
    why: str,
    now: datetime,
    expects: int | None = None,
    once: Once = UNASKED,
) -> dict[str, Any]:
    """Publish an earlier version again, as a new one. 0 is what the files say."""
    return publish(ports, jurisdiction, {"version": to}, by=by, why=why, expects=expects, now=now, once=once)


def publish_calendar(
    ports: Ports, year: int, notice: dict[str, Any], *, by: str, why: str, now: datetime, once: Once = UNASKED
) -> dict[str, Any]:
    """Publish a year's holiday notice the day it comes out; every place is looked at again. `notice` has the shape of
    schemas/calendar.schema.json."""
    _must_say_why(why)
    check_notice(year, notice)
    key = Key("calendar", CURRENT)

    def attempt() -> dict[str, Any]:
        stored = ports.store.get(key)
        years = {**(stored.value["years"] if stored else {}), str(year): notice}
        number = (stored.value["number"] if stored else 0) + 1
        said = {"number": number, "by": by, "why": why, "at": records.stamp(now)}
        answer = {"number": number, "job": f"publish-calendar-{number}"}
        ports.store.write(
            [
                Put(key, {**said, "years": years}, stored.version if stored else ABSENT),
                Put(Key("calendar", f"version#{number:06d}"), {**said, "years": years}, ABSENT),
                *entries(ports.store, CALENDARS, [{"what": "published", **said, "year": year}]),
                *start_changes(answer["job"], {"jurisdictions": list(ports.rules.jurisdictions())}, now),
                *once.remember(answer),
            ]
        )
        hand_over(ports, answer["job"])
        return answer

    return retrying(once, ports.store, attempt)


def check_notice(year: int, notice: dict[str, Any]) -> None:
    """InvalidInput with everything that its shape could not say is wrong with a year's notice."""
    _refuse(list(_notice_faults(year, notice)))


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


def _with_book(books: list[dict], new: dict[str, Any], jurisdiction: str) -> list[dict]:
    """A revision replaces the book of its edition; a new edition stands beside the others."""
    if new.get("id") != jurisdiction:
        raise InvalidInput(
            f"规则册的 id 是“{new.get('id')}”，应为“{jurisdiction}”",
            f"the rulebook's id is {new.get('id')!r}, not {jurisdiction!r}",
        )
    kept = [book for book in books if book["edition"] != new.get("edition")]
    for book in books:
        if (
            book["edition"] == new.get("edition")
            and new != book
            and not (is_whole(new.get("revision")) and new["revision"] > book["revision"])
        ):
            raise InvalidInput(
                f"{book['edition']}版已有第{book['revision']}次修订，新的修订号须更大",
                f"revision must be above {book['revision']}",
            )
    if new.get("status") == "draft" and any(book["status"] != "draft" for book in kept):
        raise InvalidInput(
            "已有施行中的版本，征求意见稿不能一同发布；待其印发、写明施行日期后再发布",
            "an edition is in force: a draft is not published beside it, but once it is issued",
        )
    return [*kept, new]


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None or key not in new}


# What can be wrong


def _must_say_why(why: str) -> None:
    if not why.strip():
        raise InvalidInput("请写明调整的原因，台账会一并保存", "say why; it is kept in the ledger")


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput(
            f"有{len(faults)}处不对，未作任何改动",
            f"{counted(len(faults), 'fault')}; nothing was changed",
            errors=tuple({"field": field, "message": {"zh": zh, "en": en}} for field, zh, en in faults),
        )


def _malformed(change: Any) -> Iterator[Fault]:
    if not isinstance(change, dict):
        yield "", '调整应写作 JSON 对象，如 {"settings": {"nudge_days": 7}}', "a change is a JSON object"
        return
    for name, value in change.items():
        if name not in (*TUNABLE, "rulebook", "version"):
            yield f"/{name}", f"不认识“{name}”；可改 {'、'.join((*TUNABLE, 'rulebook', 'version'))}", f"unknown member {name!r}"
        elif name == "version" and not (value is None or is_whole(value)):
            yield (
                "/version",
                "version 应为以前的版本号，如 1；0 是规则册文件",
                "version is the number of an earlier version, 0 the files",
            )
        elif name != "version" and not isinstance(value, dict | None):
            yield f"/{name}", f"{name} 应为对象", f"{name} is an object"


def _faults(books: list[dict], tuning: dict[str, Any], defaults: dict[str, Any]) -> Iterator[Fault]:
    """Every setting, reading and office must exist, and a setting's value be of its default's sort: all faults at once."""
    known = dict(defaults)
    offices: dict[str, Any] = {}
    for book in books:
        known.update(book.get("settings", {}))
        offices.update(book["authorities"])
    for key, value in tuning.get("settings", {}).items():
        if key not in known:
            yield f"/settings/{key}", f"没有“{key}”这个设置，可用：{'、'.join(known)}", f"unknown setting {key!r}"
        elif said := unfit(key, value, known[key]):
            yield f"/settings/{key}", f"“{known[key]['name']['zh']}”应为{said[0]}", f"{key} should be {said[1]}"
    taken = {key: entry["value"] for key, entry in known.items()} | tuning.get("settings", {})
    for earlier, later in IN_ORDER:
        first, second = taken[earlier], taken[later]
        if is_clock(first) and is_clock(second) and first >= second:
            yield (
                f"/settings/{earlier}",
                f"“{known[earlier]['name']['zh']}”（{first}）应早于“{known[later]['name']['zh']}”（{second}）",
                f"{earlier} ({first}) is to be before {later} ({second})",
            )
    for key, option in tuning.get("readings", {}).items():
        having = [
            [entry["id"] for entry in book["readings"][key]["options"]] for book in books if key in book.get("readings", {})
        ]
        options = [ident for ident in (having[-1] if having else ()) if all(ident in others for others in having)]
        if option not in options:
            yield (
                f"/readings/{key}",
                f"读法“{key}”可选：{'、'.join(options) or '（没有这个读法）'}",
                f"reading {key!r}: one of {options}",
            )
    for key, name in tuning.get("authorities", {}).items():
        if (
            key not in offices
            or not isinstance(name, dict)
            or set(name) != {"name", "en"}
            or not all(map(is_name, name.values()))
        ):
            yield (
                f"/authorities/{key}",
                f'部门应写作 {{"name": "…", "en": "…"}}，代号可用：{"、".join(offices)}',
                "an office is {name, en}",
            )


def _notice_faults(year: int, notice: dict[str, Any]) -> Iterator[Fault]:
    """What a shape cannot say of a holiday notice."""
    if notice["year"] != year:
        yield (
            "/year",
            f"这是{notice['year']}年的放假安排，不是{year}年的",
            f"this is the notice of {notice['year']}, not of {year}",
        )
        return
    first, last = date(year, 1, 1) - NOTICE_EDGE, date(year, 12, 31) + NOTICE_EDGE
    for place, span in enumerate(notice["rest"]):
        if not first <= date.fromisoformat(span["from"]) <= date.fromisoformat(span["to"]) <= last:
            yield (
                f"/rest/{place}",
                f"{span['name']} {span['from']} 至 {span['to']}：首尾颠倒，或不在{year}年",
                f"out of order, or not of {year}",
            )
    off = [(date.fromisoformat(span["from"]), date.fromisoformat(span["to"])) for span in notice["rest"]]
    for place, text in enumerate(notice["work"]):
        day = date.fromisoformat(text)
        if day.weekday() < 5 or not first <= day <= last or any(begins <= day <= ends for begins, ends in off):
            yield (
                f"/work/{place}",
                f"{text} 应为{year}年不放假的周六或周日",
                f"{text} should be a Saturday or Sunday of {year} outside the days off",
            )
