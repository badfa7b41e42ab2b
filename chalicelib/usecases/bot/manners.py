"""How a person wishes to be reminded, told to the bot: language, digest or at once, quiet hours, who stands in for them."""

import re
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from ...core.dates import en_day, zh_day
from ...core.errors import InvalidInput
from ...ports import Button, Reply
from ..registry.contact import change_contact, contacts_of
from ..telling.say import say
from .talk import Talk, talk_with

DIGESTS = ("08:40", "09:30", "14:00")
NIGHTS = ("18:00-08:30", "20:00-08:30", "22:00-07:00")
ABSENCES = (0, 1, 2, 4, 6, 13)  # days after today that can be chosen with a touch
MOST_COLLEAGUES = 10


def settings(talk: Talk, _: str = "") -> Reply:
    """How things stand, with what can be changed."""
    wanted = {**talk.settings, **talk.contact["prefers"]}
    at_once, night = talk.contact["at_once"], f"{wanted['quiet_from']}-{wanted['quiet_to']}"
    how = (
        talk.say("逐条即时提醒", "each at once")
        if at_once
        else talk.say(f"每日晨报 {wanted['digest_at']}", f"a digest at {wanted['digest_at']}")
    )
    text = talk.say(
        f"【督办】设置\n提醒方式：{how}\n免打扰：{night}\n语言：中文\n也可发送“晨报 09:15”“免打扰 21:00-08:00”。",
        f"[Duban] Settings\nReminders: {how}\nQuiet hours: {night}\nLanguage: English\nYou may also send “digest 09:15” or “quiet 21:00-08:00”.",
    )
    once = (
        talk.button("改为每日晨报", "A daily digest", "set:once:0")
        if at_once
        else talk.button("改为逐条即时", "Each at once", "set:once:1")
    )
    rows = (
        (once, Button("English" if talk.zh else "中文", f"set:language:{'en' if talk.zh else 'zh'}")),
        tuple(
            talk.button(f"晨报 {each}", f"digest {each}", f"set:digest:{each}")
            for each in DIGESTS
            if each != wanted["digest_at"]
        ),
        *((talk.button(f"免打扰 {each}", f"quiet {each}", f"set:quiet:{each}"),) for each in NIGHTS if each != night),
        (talk.button("恢复本地区默认", "As everybody here", "set:default:"),),
    )
    return Reply(text, rows, replaces=True)


def set_(talk: Talk, asked: str) -> Reply:
    """One setting: "once:1", "language:en", "digest:09:30", "quiet:21:00-08:00", "default:"."""
    name, _, value = asked.partition(":")
    match name:
        case "once":
            change: dict[str, Any] = {"at_once": value == "1"}
        case "language":
            change = {"language": "en" if value == "en" else "zh"}
        case "digest":
            change = {"at_once": False, "prefers": {**talk.contact["prefers"], "digest_at": value}}
        case "quiet":
            begins, _, ends = value.partition("-")
            change = {"prefers": {**talk.contact["prefers"], "quiet_from": begins, "quiet_to": ends}}
        case _:
            change = {"at_once": False, "prefers": {}}
    return settings(_changed(talk, change))


def quiet(talk: Talk, asked: str) -> Reply:
    """Quiet hours as they are typed: 21:00-8:00, 21点到8点."""
    hours = _clocks(asked)
    return set_(talk, f"quiet:{hours[0]}-{hours[1]}") if len(hours) == 2 else settings(talk)


def digest(talk: Talk, asked: str) -> Reply:
    hours = _clocks(asked)
    return set_(talk, f"digest:{hours[0]}") if len(hours) == 1 else settings(talk)


def away(talk: Talk, asked: str = "") -> Reply:
    """Hand over to a colleague: who ("" asks), then until when ("#ab12" asks), then done ("#ab12:2026-09-05"); or all of it in
    words: "2026-09-01 2026-09-05 李四"."""
    others = [
        each for each in contacts_of(talk.ports.store, talk.contact["party"]).values() if each["id"] != talk.contact["id"]
    ]
    others = [each for each in others if each["channels"]]
    mark, _, until = asked.partition(":")
    if mark.startswith("#"):
        chosen = [each for each in others if _mark(each) == mark]
        days = [talk.today, date.fromisoformat(until)] if until else []
    else:
        days = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", asked)]
        name = re.sub(r"\d{4}-\d{2}-\d{2}|[~至到]", " ", asked).strip()
        chosen = [each for each in others if name and name in (each["name"], each["id"])]
        days = [talk.today, *days] if len(days) == 1 else days
    if len(chosen) == 1 and len(days) == 2:
        return _handed_over(talk, chosen[0], *days)
    if len(chosen) == 1:
        ends = [talk.today + timedelta(days=count) for count in ABSENCES]
        rows = tuple((Button(talk.say(zh_day(day), en_day(day)), f"away:{_mark(chosen[0])}:{day}"),) for day in ends)
        name = chosen[0]["name"]
        return Reply(
            talk.say(f"由{name}代收到哪天（含当天）？", f"Until which day (included) does {name} stand in?"),
            rows,
            replaces=True,
        )
    return _who_stands_in(talk, others)


def back(talk: Talk, _: str = "") -> Reply:
    """Here again."""
    was = talk.contact["away"]
    _changed(talk, {"away": None})
    if was is None:
        return Reply(talk.say("您没有设置外出，提醒照常发给您。", "You were not away: reminders come to you."), replaces=True)
    return Reply(talk.say("欢迎回来，提醒恢复发给您。", "Welcome back: reminders come to you again."), replaces=True)


def _who_stands_in(talk: Talk, others: list[dict[str, Any]]) -> Reply:
    is_away = talk.contact["away"]
    known = {each["id"]: each["name"] for each in others}
    text = talk.say("【督办】外出期间，提醒由哪位同事代收？", "[Duban] Who stands in for you while you are away?")
    rows = [(Button(each["name"][:40], f"away:{_mark(each)}"),) for each in others[:MOST_COLLEAGUES]]
    if not others:
        text = talk.say(
            "【督办】本单位没有其他可以代收的联系人，请管理员先登记一位。",
            "[Duban] Nobody else of your party can be reached; ask your admin to add a contact.",
        )
    if is_away:
        name = known.get(is_away["to"], is_away["to"])
        text += talk.say(
            f"\n现已设置：{is_away['from']}至{is_away['until']}，由{name}代收。",
            f"\nAs it stands: {is_away['from']} to {is_away['until']}, {name}.",
        )
        rows.append((talk.button("我回来了", "I am back", "back:"),))
    return Reply(text, tuple(rows))


def _handed_over(talk: Talk, to: dict[str, Any], first: date, last: date) -> Reply:
    """Kept, and the colleague told at once: that is an answer to what somebody did, and is not stored."""
    wanted = {"from": first.isoformat(), "until": last.isoformat(), "to": to["id"]}
    if talk.contact["away"] != wanted:
        _changed(talk, {"away": wanted})
        name, heard = talk.contact["name"], talk_with(talk.ports, talk.chat, to, talk.now, talk.url)
        told = heard.say(
            f"【督办】{name}于{zh_day(first)}至{zh_day(last)}外出，期间的提醒由您代收。",
            f"[Duban] {name} is away from {en_day(first)} to {en_day(last)}; you get their reminders.",
        )
        say(talk.ports, to, told, talk.now)
    text = talk.say(
        f"好的：{zh_day(first)}至{zh_day(last)}的提醒由{to['name']}代收。提前回来请发送“回来了”。",
        f"Done: {to['name']} gets your reminders from {en_day(first)} to {en_day(last)}. Send “back” when you are back early.",
    )
    return Reply(text, replaces=True)


def _changed(talk: Talk, change: dict[str, Any]) -> Talk:
    """The talk with the contact as changed."""
    change_contact(talk.ports, talk.contact["party"], talk.contact["id"], change, talk.person, talk.now)
    return talk_with(talk.ports, talk.chat, {**talk.contact, **change}, talk.now, talk.url)


def _clocks(text: str) -> list[str]:
    """Times of day in words: 8:40, 21点, 21点30."""
    found = re.findall(r"(\d{1,2})(?:[:点时](\d{2})?)?", text)
    if any(int(hour) > 23 for hour, _ in found):
        raise InvalidInput("时间应为24小时制，如 08:40", "a time of day is like 08:40")
    return [f"{int(hour):02}:{minute or '00'}" for hour, minute in found]


def _mark(contact: dict[str, Any]) -> str:
    """What a button calls a colleague by: an id may be longer than an action."""
    return "#" + sha256(contact["id"].encode()).hexdigest()[:16]
