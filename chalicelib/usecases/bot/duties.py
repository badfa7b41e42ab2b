"""What the bot says about duties, and does about one: lists, one project, why, sign, be reminded later."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from ...core.dates import en_day, zh_day
from ...core.errors import Forbidden, NotFound
from ...core.explain import because
from ...core.ladder import local_day
from ...ports import Button, Reply
from ..reminding.acknowledge import acknowledge
from ..reminding.answer_link import redeem, shown
from ..reminding.snooze import snooze
from ..state.holder import assess, load
from ..state.records import instant_of
from ..state.references import find, remember
from ..views.board import board
from ..views.duty import may_see_duty, nothing_here, was_told
from ..views.overview import projects
from ..views.owed import duty_of, is_late, is_small, owed
from .talk import PAGE, Talk, paged

MOST = 100  # duties the bot lists, nearest first; pages show the rest
SOON = 7  # days, where none are given
SNOOZES = (1, 3, 5)  # working days
MOST_PROJECTS = 10  # offered at once
CLOSED = ("done", "done_late", "waived", "lapsed", "withdrawn")


def mine(talk: Talk, start: str = "0") -> Reply:
    """What the contact's party owes; an office also hears how many duties the units have."""
    ours = owed(talk.ports, talk.bearer, talk.now, limit=MOST, mine=True)
    more = []
    foot = ""
    if talk.bearer.role == "authority":
        zh, en = _of_units(talk)
        foot = talk.say(f"\n{zh}。", f"\n{en}.")
        more.append((talk.button("各单位事项", "The units' duties", "units:0"),))
    if not ours:
        return Reply(
            talk.say("【督办】您目前没有待办事项。", "[Duban] Nothing is owed now.") + foot, (*more, _soon(talk)), replaces=True
        )
    return _page(talk, _count(talk, ours) + foot, ours, start, "mine:{}", [*more, _soon(talk)])


def units(talk: Talk, start: str = "0") -> Reply:
    """What the units owe, for an office; late ones first."""
    talk.bearer.must_be("authority", "admin")
    others = owed(talk.ports, talk.bearer, talk.now, limit=MOST, mine=False)
    zh, en = _of_units(talk)
    head = talk.say(f"【督办】{zh}", f"[Duban] {en}")
    return _page(talk, head, others, start, "units:{}", [(talk.button("我的事项", "My duties", "mine:0"),)])


def due(talk: Talk, asked: str = "") -> Reply:
    """What has to be done within so many days: "7", or "7:5" for its page from the fifth on."""
    days, _, start = asked.partition(":")
    number = min(int(days), 999) if days.isascii() and days.isdecimal() else SOON
    until = talk.today + timedelta(days=number)
    ours = owed(talk.ports, talk.bearer, talk.now, until=until, limit=MOST, mine=True)
    others = tuple(talk.button(f"{n}天内", f"{n} days", f"due:{n}") for n in (7, 30, 90) if n != number)
    if not ours:
        text = talk.say(f"【督办】{number}天内没有到期事项。", f"[Duban] Nothing is due within {number} days.")
        return Reply(text, (others,), replaces=True)
    head = talk.say(f"【督办】{number}天内到期{_many(ours)[0]}", f"[Duban] Due within {number} days: {_many(ours)[1]}")
    return _page(talk, head, ours, start, f"due:{number}:{{}}", [others])


def project(talk: Talk, asked: str = "") -> Reply:
    """One project by a part of its name, its id, or the mark on its button ("#12ab…", and the page after it); else a choice."""
    known = projects(talk.ports.store, talk.bearer)
    mark, _, start = asked.partition(":")
    if mark.startswith("#"):
        found = [each for each in known if _mark(each["id"]) == mark]
    else:
        found = [each for each in known if asked == each["id"] or asked.casefold() in each["name"].casefold()]
    if not found:
        raise NotFound(f"没有找到名称含“{asked[:30]}”的项目", f"no project is called {asked[:30]!r}")
    if len(found) > 1 or not asked:
        rows = tuple((Button(each["name"][:40], f"project:{_mark(each['id'])}"),) for each in found[:MOST_PROJECTS])
        left = len(found) - len(rows)
        hint = talk.say(f"（另有{left}个，请发送“项目 名称”查找）", f" ({left} more: send “project NAME”)") if left else ""
        if talk.level == "reference":
            rows, hint = (), talk.say(f"：{talk.url}", f": {talk.url}")
        return Reply(talk.say("【督办】请选择项目", "[Duban] Which project?") + hint, rows)
    (one,) = found
    holder = f"project#{one['id']}"
    duties = owed(talk.ports, talk.bearer, talk.now, only=holder)
    name = "" if talk.level == "reference" else one["name"]
    if not duties:
        return Reply(talk.say(f"【督办】{name}目前没有在办事项。", f"[Duban] {name}: nothing is owed now."), replaces=True)
    head = talk.say(
        f"【督办】{name}：在办{len(duties)}项，逾期{sum(map(is_late, duties))}项",
        f"[Duban] {name}: {len(duties)} open, {sum(map(is_late, duties))} overdue",
    )
    return _page(talk, head, duties, start or "0", f"project:{_mark(one['id'])}:{{}}")


def item(talk: Talk, ref: str) -> Reply:
    """One duty, and what can be done about it."""
    duty = _seen(talk, ref)
    text = talk.whole([duty])
    if signed := duty["acknowledged"]:
        text += talk.say("\n✓ 已签收 ", "\n✓ acknowledged ") + talk.said(_day(local_day(instant_of(signed["at"]))))
    can = []
    if duty["mine"] and duty["state"] not in CLOSED:
        can = [talk.button("稍后提醒", "Remind me later", f"snooze:{ref}")]
        if not signed or signed["by"] != talk.person:
            can.insert(0, talk.button("签收", "Acknowledge", f"ack:{ref}"))
    rows = (tuple([*can, talk.button("依据", "Why", f"why:{ref}")]), (talk.button("‹ 我的事项", "‹ My duties", "mine:0"),))
    return Reply(text, rows, replaces=True)


def why(talk: Talk, ref: str) -> Reply:
    """The article's words and the derivation of the dates."""
    duty = _seen(talk, ref)
    if talk.level == "reference":
        return Reply(talk.whole([duty]))
    holder = load(talk.ports.store, duty["holder"])
    answer = assess(holder, talk.ports, talk.now)
    found = [obligation for obligation in answer.obligations if obligation.id == duty["id"]]
    if not found:
        raise NotFound(
            "这个事项已不再有效：所依据的节点已更正或撤回", "this duty no longer stands: what it rested on was withdrawn"
        )
    steps = because(found[0], answer.calendar, answer.view)
    title = f"{duty['subject']}：{duty['title']['zh']}" if talk.zh else f"{duty['subject']}: {duty['title']['en']}"
    quote = "" if talk.zh else f"\n“{found[0].rule.quote}”"
    return Reply("\n".join([title + quote, *(f"{number}. {talk.said(step)}" for number, step in enumerate(steps, 1))]))


def ack(talk: Talk, ref: str) -> Reply:
    """Sign for a duty; to sign again does no harm."""
    duty = _theirs(talk, ref)
    acknowledge(talk.ports, talk.person, duty["holder"], duty["id"], "button", talk.now)
    return Reply(note=talk.say("已签收，谢谢", "Acknowledged, thank you"), spends=True)


def ack_all(talk: Talk, token: str) -> Reply:
    """Sign for every duty of a digest that this person was sent."""
    if shown(talk.ports, token, talk.now)["person"] != talk.person:
        raise nothing_here()
    redeem(talk.ports, token, "button", talk.now)
    return Reply(note=talk.say("已全部签收，谢谢", "All acknowledged, thank you"), spends=True)


def snooze_until(talk: Talk, asked: str) -> Reply:
    """Be reminded later: offer some working days, or take the one that was chosen ("ref:2026-09-01")."""
    ref, _, day = asked.partition(":")
    duty = _theirs(talk, ref)
    if day:
        until = date.fromisoformat(day)
        snooze(talk.ports, talk.person, duty["holder"], duty["id"], until, talk.now)
        text = talk.say(f"好的，{zh_day(until)}再提醒您。", f"You will be reminded on {en_day(until)}.")
        return Reply(text, replaces=True)
    calendar = talk.ports.rules.calendar()
    days = [calendar.add_working(talk.today, count) for count in SNOOZES]
    days = [day for day in days if duty["act_by"] is None or day.isoformat() <= duty["act_by"]]
    if not days:
        text = talk.say("这一事项已到建议办结日，不能再推迟。", "This duty's day has come: it cannot be put off.")
        return Reply(note=text)
    buttons = tuple(Button(talk.said(_day(day)), f"snooze:{ref}:{day}") for day in days)
    return Reply(talk.say("什么时候再提醒您？", "When shall we remind you?"), tuple((button,) for button in buttons))


def _page(talk: Talk, head: str, duties: list[dict[str, Any]], start: str, action: str, more: Any = ()) -> Reply:
    """A page whose buttons can be followed back to their duties."""
    begin = int(start) // PAGE * PAGE if start.isdecimal() else 0
    shown_now = duties[begin : begin + PAGE] or duties[-PAGE:]
    talk.ports.store.write([remember(duty["holder"], duty["id"]) for duty in shown_now])
    return paged(talk, head, duties, start, action, more)


def _seen(talk: Talk, ref: str) -> dict[str, Any]:
    """The duty of a reference, if the contact's party may see it or they were told of it: somebody who is escalated to answers
    for another's. NotFound for any other, whether it is there or not."""
    found = find(talk.ports.store, ref)
    duty = found and duty_of(talk.ports, talk.bearer, *found, talk.now)
    if duty is None or not may_see_duty(talk.ports, talk.bearer, *found):
        raise nothing_here()
    return duty


def _theirs(talk: Talk, ref: str) -> dict[str, Any]:
    """The duty, if it is the contact's own or they were told of it: who only sees it neither signs for it nor puts it off,
    whatever their program makes of our buttons."""
    duty = _seen(talk, ref)
    if not (duty["mine"] or was_told(talk.ports.store, talk.bearer, duty["id"])):
        raise Forbidden("这一事项不需要您签收", "this duty is not yours to acknowledge")
    return duty


def _count(talk: Talk, duties: list[dict[str, Any]]) -> str:
    (zh, en), (late_zh, late_en) = _many(duties), _many(list(filter(is_late, duties)))
    is_late_too = any(map(is_late, duties))
    return talk.say(
        f"【督办】您有{zh}待办" + (f"，其中逾期{late_zh}" if is_late_too else ""),
        f"[Duban] You have {en} to do" + (f", {late_en} overdue" if is_late_too else ""),
    )


def _many(duties: list[dict[str, Any]]) -> tuple[str, str]:
    """How many there are, or that there are at least as many as the bot lists."""
    number = len(duties)
    return (f"{number}项以上", f"{number} or more") if number >= MOST else (f"{number}项", f"{number}")


def _of_units(talk: Talk) -> tuple[str, str]:
    """How much the units have to do: as it stands where there is little, else as the board counts it."""
    if is_small(talk.ports.store, talk.bearer):
        duties = owed(talk.ports, talk.bearer, talk.now, mine=False)
        number, late, zh = len(duties), sum(map(is_late, duties)), "在办"
    else:
        units = board(talk.ports.store, talk.bearer, talk.now)["units"]
        number, late, zh = sum(unit["open"] for unit in units), sum(unit["overdue"] for unit in units), "未办结"
    return f"各单位{zh}{number}项，其中逾期{late}项", f"The units have {number} duties, {late} of them overdue"


def _soon(talk: Talk) -> tuple[Button, ...]:
    return tuple(talk.button(f"{n}天内到期", f"due in {n} days", f"due:{n}") for n in (7, 30))


def _day(day: date) -> tuple[str, str]:
    return zh_day(day), en_day(day)


def _mark(project: str) -> str:
    """What a button calls a project by: an id may be longer than an action."""
    return "#" + sha256(project.encode()).hexdigest()[:16]
