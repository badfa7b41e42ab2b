"""Preview a change of rules: what would appear, vanish or move, and what would be said - by the function that plans."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ...core.calendar import Calendar
from ...core.errors import InvalidInput
from ...core.ladder import between, instant, local_day
from ...core.rulebook import Rulebook
from ...ports import Ports, Put, Rules
from ..state import records
from ..state.holder import Holder, load, settings_of
from ..state.holders import holders
from ..state.plan import planned
from ..telling.listeners import listeners
from .publish import check_notice, proposed

NEXT_DAYS = timedelta(days=30)
CHANGES = ("appears", "vanishes", "moves", "other")
MESSAGES = ("added", "dropped", "shifted")
NOTHING = dict.fromkeys((*CHANGES, "looked_at", "overdue_at_once", *(f"messages_{kind}" for kind in MESSAGES)), 0)


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


def preview(
    ports: Ports, jurisdiction: str, change: dict[str, Any], now: datetime, until: date | None = None
) -> dict[str, Any]:
    """Both versions over every stored fact of the place: {version, until, changes, messages, counts}. Nothing is stored.

    `changes` are rows {holder, obligation, change: appears | vanishes | moves | other, title, article, was, becomes,
    overdue_at_once}; `messages` what would be said through the day `until` (30 days ahead, if none is given) and is not said
    by the version in force (added), the other way round (dropped), or at another time (shifted, with `was`): rows
    {obligation, rung, at, leaves, to, people, title}. `at` is when it is planned, `leaves` when the first of so many `people`
    would get it, None where nobody would; instants are UTC.
    """
    number = ports.rules.version(jurisdiction)["number"]
    return {"version": number, **_compared(ports, jurisdiction, {"change": change, "until": until and until.isoformat()}, now)}


def preview_calendar(
    ports: Ports, jurisdiction: str, year: int, notice: dict[str, Any], now: datetime, until: date | None = None
) -> dict[str, Any]:
    """The same of a year's holiday notice, over every stored fact of one place; publishing it touches all of them."""
    return _compared(ports, jurisdiction, {"year": year, "notice": notice, "until": until and until.isoformat()}, now)


def horizon(asked: dict[str, Any], now: datetime) -> datetime:
    """Through which instant messages are compared. InvalidInput beyond the end of next year."""
    if not asked.get("until"):
        return now + NEXT_DAYS
    until = date.fromisoformat(asked["until"])
    last = date(local_day(now).year + 1, 12, 31)
    if not local_day(now) <= until <= last:
        raise InvalidInput(
            f"提醒可预览到{last}，不能是{until}，请改为今天至该日之间的日期",
            f"messages can be previewed from today through {last}, not {until}",
        )
    return instant(until, "23:59")


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
    (is_, then), until = sides(ports, jurisdiction, asked, now), horizon(asked, now)
    rows: list[dict[str, Any]] = []
    messages: dict[str, list] = {kind: [] for kind in MESSAGES}
    counts = NOTHING
    for _, partition in holders(ports.store, [jurisdiction]):
        holder = load(ports.store, partition)
        changed, told = compare(holder, is_, then, now, until)
        counts = counted(counts, len(holder.rows), changed, told)
        rows += changed
        for kind in MESSAGES:
            messages[kind] += told[kind]
    return {"until": local_day(until).isoformat(), "counts": counts, "changes": rows, "messages": messages}


def counted(counts: dict[str, int], looked_at: int, changed: list[dict], told: dict[str, list[dict]]) -> dict[str, int]:
    """The counts with one holder more."""
    more = {kind: sum(row["change"] == kind for row in changed) for kind in CHANGES}
    more |= {f"messages_{kind}": len(told[kind]) for kind in MESSAGES}
    more |= {"looked_at": looked_at, "overdue_at_once": sum(row["overdue_at_once"] for row in changed)}
    return {name: counts[name] + more[name] for name in counts}


def compare(
    holder: Holder, ports: Ports, then: Ports, now: datetime, until: datetime
) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """One holder: the rows that publishing would write, and by MESSAGES what would be said otherwise."""
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
    is_alike = settings_of(ports, holder.jurisdiction) == settings_of(then, holder.jurisdiction)
    is_alike = is_alike and ports.rules.calendar().revision == then.rules.calendar().revision
    rows = {ident: row for ident, row in old.items() if ident in new or not is_alike}  # the others say the same
    before, after = _messages(ports, holder, rows, now, until), _messages(then, holder, {**rows, **new}, now, until)
    both = [(message, before[key]) for key, message in after.items() if key in before]
    return changed, {
        "added": [message for key, message in after.items() if key not in before and not _is_said(ports, *key)],
        "dropped": [message for key, message in before.items() if key not in after],
        "shifted": [{**message, "was": was["leaves"]} for message, was in both if message["leaves"] != was["leaves"]],
    }


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
    ports: Ports, holder: Holder, rows: dict[str, dict[str, Any]], now: datetime, until: datetime
) -> dict[tuple[str, str], dict[str, Any]]:
    """What would be said, by obligation and rung: of what is owed by now only the last of each audience, as tick does it."""
    settings, said = settings_of(ports, holder.jurisdiction), {}
    hear = listeners(ports, holder.partition, settings, now)
    for ident, row in rows.items():
        if records.needs_reminding(row["is"]):
            course, upto = records.course_of_row(row), records.handled_upto(row)
            owed = list({rung.to: rung for rung in between(course, settings, upto, now)}.values())  # the last of each audience
            for rung in owed + between(course, settings, max(now, upto), until):
                if rung.kind == "unheard" and row["acknowledged"]:
                    continue
                leaves = [goes.at for _, goes in hear(row["is"], rung)]
                said[ident, rung.name] = {
                    "obligation": ident,
                    "at": records.stamp(rung.at),
                    "leaves": records.stamp(min(leaves)) if leaves else None,
                    "rung": rung.name,
                    "to": rung.to,
                    "people": len(leaves),
                    "title": row["is"]["title"],
                }
    return said


def _is_said(ports: Ports, obligation: str, rung: str) -> bool:
    """Whether somebody has been told of that rung, or is about to be: it is never said twice."""
    return bool(ports.store.query(f"step#{obligation}", prefix=f"{rung}#", limit=1))
