"""Calendar feeds: the stored duties of a contact, a unit or a place as entries of whole days, for any calendar program. Who
has the address reads it (feeds.py): titles and dates, articles and reasons; no amounts, no persons.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote

from ...core.dates import zh_day
from ...core.ics import Event
from ...core.ladder import local_day
from ...core.rulebook import Rulebook
from ...ports import Key, Ports, Store
from ..signing_in.access import Bearer
from ..signing_in.feeds import opened
from ..state import records
from ..state.holder import settings_of
from ..state.plan import whole_rows
from ..state.records import PARTITIONS
from ..state.references import reference
from .owed import holders_seen, is_mine, office_of

BACK, AHEAD = timedelta(days=90), timedelta(days=731)  # what a calendar shows, from today
MOST_HOLDERS = 1_500  # units and projects that one calendar reads: a query each
MOST_EVENTS = 3_000
KINDS = {partition: kind for kind, partition in PARTITIONS.items()}
LEVEL = "calendar"  # its place in the setting content_level


class Shown(NamedTuple):
    """A calendar's name, what it says of itself, and its entries in order of their days."""

    name: str
    description: str
    events: list[Event]


def shown(ports: Ports, token: str, url: str, now: datetime, *, most_holders: int = MOST_HOLDERS) -> Shown:
    """What the address shows now. `url` is where entries lead: the page of their duty. NotFound for one that was never given out, was taken back,
    or whose contact is gone."""
    feed = opened(ports.store, token)
    place, today = feed["jurisdiction"], local_day(now)
    book = ports.rules.editions(place)[-1]
    level = settings_of(ports, place)["content_level"].get(LEVEL, "title")
    viewer = _viewer(ports.store, feed)
    holders = list(islice(holders_seen(ports.store, viewer), most_holders + 1))
    events = [
        _event(row, subject, book, level, url)
        for row, subject in _rows(ports, viewer, holders[:most_holders], feed, book, now)
        if _is_in(row, today)
    ]
    events.sort(key=lambda event: (event.day, event.uid))
    is_cut = len(holders) > most_holders or len(events) > MOST_EVENTS
    told = f"自{BACK.days}天前至24个月后；由督办系统按各地办法推算，以系统内显示的为准。"
    cut = f"内容过多，只含前{most_holders}个单位和项目、前{MOST_EVENTS}项；请按单位另取地址。" if is_cut else ""
    return Shown(f"督办 · {_called(ports.store, feed, book)}", told + cut, events[:MOST_EVENTS])


def _viewer(store: Store, feed: dict[str, Any]) -> Bearer:
    """Who would see the same: the place's admin, an office, a unit."""
    profile = feed["party"] and store.get(records.party_key(feed["party"])).value
    role = "admin" if feed["of"] == "jurisdiction" else "authority" if profile["authority"] else "unit"
    return Bearer(id=feed["id"], role=role, jurisdiction=feed["jurisdiction"], party=feed["party"])


def _rows(
    ports: Ports, viewer: Bearer, holders: list[tuple[str, str | None]], feed: dict[str, Any], book: Rulebook, now: datetime
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each stored duty that the calendar is about, and the profile of what it is about, with its path in addresses."""
    office = office_of(ports.store, viewer)
    profiles = ports.store.get_many(Key(holder, "profile") for holder, _ in holders)
    units = dict(holders)
    for holder, rows in whole_rows(ports, list(units), now).items():
        subject = profiles.get(Key(holder, "profile"))
        for row in rows:
            if feed["of"] == "jurisdiction" or is_mine(row["is"], viewer, units[holder], office):
                yield row, {"name": book.name.zh, **(subject.value if subject else {}), "path": _path(holder)}


def _path(holder: str) -> str:
    """Whose duty it is, as addresses say it: a calendar also shows duties that nobody has been told of yet."""
    kind, _, ident = holder.partition("#")
    return f"{KINDS[kind]}/{quote(ident)}"


def _day(is_: dict[str, Any]) -> date | None:
    """The day an entry stands on: the one reminders count back from; of a minimum, the first on which one may go on."""
    dates = records.dates_of_row(is_)
    return dates.earliest_next_on or dates.act_by or dates.due_on


def _is_in(row: dict[str, Any], today: date) -> bool:
    is_, day = row["is"], _day(row["is"])
    is_told = not (is_["before_tracking"] or is_["needs"] or is_["per"] == "vendor")
    return is_told and day is not None and today - BACK <= day <= today + AHEAD


def _event(row: dict[str, Any], subject: dict[str, Any], book: Rulebook, level: str, url: str) -> Event:
    is_ = row["is"]
    is_open = level != "reference"
    return Event(
        uid=f"{is_['id']}@{is_['jurisdiction']}.duban",
        day=_day(is_),
        summary=_marks(is_, subject) + (_summary(is_, subject) if is_open else f"督办事项 {reference(is_['id'])[:6]}"),
        description=_description(is_, book) if is_open else "",
        url=f"{url}/o/{reference(is_['id'])}/{subject['path']}",
        sequence=row.get("changes", 0),
        changed=records.instant_of(row.get("changed") or row["born"]),
        cancelled=is_["closed"] is not None,
        done=is_["done_on"] is not None,
    )


def _marks(is_: dict[str, Any], subject: dict[str, Any]) -> str:
    marks = "【示例】" if subject.get("sample") else ""
    if is_["done_on"]:
        return f"{marks}【已办结】"
    if is_["closed"]:
        return f"{marks}【{'豁免' if is_['closed'] == 'waived' else '已撤回'}】"
    return f"{marks}【暂定】" if is_["dates"][5] else marks


def _summary(is_: dict[str, Any], subject: dict[str, Any]) -> str:
    about = f"（{is_['for']}）" if is_["for"] else ""
    run = "（最短期间已满，可进行下一步）" if records.dates_of_row(is_).earliest_next_on else ""
    return f"{subject['name']}：{is_['title']['zh']}{about}{run}"


def _description(is_: dict[str, Any], book: Rulebook) -> str:
    """Article and reason, a line each."""
    dates = records.dates_of_row(is_)
    event, on = is_["anchor"] or (None, None)
    name = event and (book.vocabulary.events.get(event) or book.vocabulary.facts.get(event))
    lines = [
        f"依据：《{book.document['title']}》第{is_['article']}条",
        f"起算：{name.zh}，{zh_day(date.fromisoformat(on))}" if name and on else "",
        f"建议办结：{zh_day(dates.act_by)}" if dates.act_by else "",
        f"法定期限：{zh_day(dates.due_on)}" if dates.due_on else "",
        f"最早可进行：{zh_day(dates.earliest_next_on)}" if dates.earliest_next_on else "",
        "暂定：所依据年份的放假安排尚未发布" if dates.provisional else "",
        f"报送：{'、'.join(is_['submit_to'])}" if is_["submit_to"] else "",
        f"办结日期：{zh_day(date.fromisoformat(is_['done_on']))}" if is_["done_on"] else "",
    ]
    return "\n".join(filter(None, lines))


def _called(store: Store, feed: dict[str, Any], book: Rulebook) -> str:
    """Whose calendar it is. A contact's says the party: its address may be seen by others."""
    return store.get(records.party_key(feed["party"])).value["name"] if feed["party"] else book.name.zh
