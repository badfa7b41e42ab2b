"""Preview a change of rules: what would appear, vanish or move, and what would be said - by the function that plans."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ...core.calendar import Calendar
from ...core.ladder import between, local_day
from ...core.rulebook import Rulebook
from ...ports import Ports, Put, Rules
from ..state import records
from ..state.holder import Holder, load, planned, settings_of
from ..state.holders import holders
from .publish import check_notice, proposed

NEXT_DAYS = timedelta(days=30)
CHANGES = ("appears", "vanishes", "moves", "other")
NOTHING = dict.fromkeys((*CHANGES, "looked_at", "overdue_at_once", "messages_added", "messages_dropped"), 0)


class Fixed:
    """The rules as they are at one moment, or would be if one place's rulebooks, or the calendar, were these from then on."""

    def __init__(
        self, rules: Rules, jurisdiction: str, books: tuple[Rulebook, ...], since: str, calendar: Calendar | None = None
    ):
        self._rules, self._jurisdiction, self._books, self._since = rules, jurisdiction, books, since
        self._calendar = calendar or rules.calendar()

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]:
        return self._books if jurisdiction == self._jurisdiction else self._rules.editions(jurisdiction)

    def calendar(self) -> Calendar:
        return self._calendar

    def since(self, jurisdiction: str) -> str:
        return self._since if jurisdiction == self._jurisdiction else self._rules.since(jurisdiction)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)


def preview(ports: Ports, jurisdiction: str, change: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Both versions over every stored fact of the place: {version, changes, messages, counts}. Nothing is stored.

    `changes` are rows {holder, obligation, change: appears | vanishes | moves | other, title, article, was, becomes,
    overdue_at_once}; `messages` what would be said in the next 30 days and is not said by the version in force (added), or
    the other way round (dropped).
    """
    number = ports.rules.version(jurisdiction)["number"]
    return {"version": number, **_compared(ports, jurisdiction, {"change": change}, now)}


def preview_calendar(ports: Ports, jurisdiction: str, year: int, notice: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The same of a year's holiday notice, over every stored fact of one place; publishing it touches all of them."""
    return _compared(ports, jurisdiction, {"year": year, "notice": notice}, now)


def sides(ports: Ports, jurisdiction: str, asked: dict[str, Any], now: datetime) -> tuple[Ports, Ports]:
    """The rules as they are and as they would be, each read once. `asked` is {change} or {year, notice}; InvalidInput where
    it could not be published."""
    rules = ports.rules
    books, calendar = rules.editions(jurisdiction), None
    is_ = Fixed(rules, jurisdiction, books, rules.since(jurisdiction))
    if "notice" in asked:
        check_notice(asked["year"], asked["notice"])
        calendar = rules.calendar_with(asked["year"], asked["notice"])
    else:
        _, books = proposed(ports, jurisdiction, asked["change"])
    then = Fixed(rules, jurisdiction, books, records.stamp(now), calendar)
    return replace(ports, rules=is_), replace(ports, rules=then)


def _compared(ports: Ports, jurisdiction: str, asked: dict[str, Any], now: datetime) -> dict[str, Any]:
    is_, then = sides(ports, jurisdiction, asked, now)
    rows: list[dict[str, Any]] = []
    messages: dict[str, list] = {"added": [], "dropped": []}
    counts = NOTHING
    for _, partition in holders(ports.store, [jurisdiction]):
        holder = load(ports.store, partition)
        changed, added, dropped = compare(holder, is_, then, now)
        counts = counted(counts, len(holder.rows), changed, added, dropped)
        rows += changed
        messages["added"] += added
        messages["dropped"] += dropped
    return {"counts": counts, "changes": rows, "messages": messages}


def counted(
    counts: dict[str, int], looked_at: int, changed: list[dict], added: list[dict], dropped: list[dict]
) -> dict[str, int]:
    """The counts with one holder more."""
    more = {kind: sum(row["change"] == kind for row in changed) for kind in CHANGES}
    more |= {
        "looked_at": looked_at,
        "overdue_at_once": sum(row["overdue_at_once"] for row in changed),
        "messages_added": len(added),
        "messages_dropped": len(dropped),
    }
    return {name: counts[name] + more[name] for name in counts}


def compare(holder: Holder, ports: Ports, then: Ports, now: datetime) -> tuple[list[dict], list[dict], list[dict]]:
    """One holder: the rows that publishing would write, and the messages that would be added and dropped."""
    today = local_day(now)
    old = {ident: item.value for ident, item in holder.rows.items()}
    groups, different = planned(then, holder, now)
    changed = [_row(holder, old.get(is_["id"]), is_, today) for is_ in different]
    new = {
        change.value["is"]["id"]: change.value
        for group in groups
        for change in group
        if isinstance(change, Put) and "is" in change.value
    }
    before_settings, after_settings = (settings_of(side, holder.jurisdiction) for side in (ports, then))
    rows = {
        ident: row for ident, row in old.items() if ident in new or before_settings != after_settings
    }  # the others say the same
    before, after = _messages(rows, before_settings, now), _messages({**rows, **new}, after_settings, now)
    return (
        changed,
        [message for key, message in after.items() if key not in before and not _is_said(ports, *key)],
        [message for key, message in before.items() if key not in after],
    )


def _row(holder: Holder, row: dict[str, Any] | None, is_: dict[str, Any], today: date) -> dict[str, Any]:
    was = row and row["is"]
    if was is None or was["closed"] == "withdrawn" and is_["closed"] != "withdrawn":
        change = "appears"
    elif is_["closed"] == "withdrawn":
        change = "vanishes"
    else:
        change = "moves" if was["dates"][:5] != is_["dates"][:5] else "other"  # without whether it is provisional
    overdue = records.state_of_row(is_, today) == "overdue" and (was is None or records.state_of_row(was, today) != "overdue")
    return {
        "holder": holder.partition,
        "obligation": is_["id"],
        "change": change,
        "article": is_["article"],
        "title": is_["title"],
        "was": was and was["dates"][2],
        "becomes": None if change == "vanishes" else is_["dates"][2],
        "overdue_at_once": overdue,
    }


def _messages(
    rows: dict[str, dict[str, Any]], settings: dict[str, Any], now: datetime
) -> dict[tuple[str, str], dict[str, Any]]:
    """What would be said in the next 30 days, by obligation and rung: of what is owed by now only the last of each
    audience, as tick does it."""
    said = {}
    for ident, row in rows.items():
        if records.needs_reminding(row["is"]):
            course, upto = records.course_of_row(row), records.handled_upto(row)
            owed = list({rung.to: rung for rung in between(course, settings, upto, now)}.values())  # the last of each audience
            for rung in owed + between(course, settings, max(now, upto), now + NEXT_DAYS):
                said[ident, rung.name] = {
                    "obligation": ident,
                    "at": records.stamp(rung.at),
                    "rung": rung.name,
                    "to": rung.to,
                    "title": row["is"]["title"],
                }
    return said


def _is_said(ports: Ports, obligation: str, rung: str) -> bool:
    """Whether somebody has been told of that rung, or is about to be: it is never said twice."""
    return bool(ports.store.query(f"step#{obligation}", prefix=f"{rung}#", limit=1))
