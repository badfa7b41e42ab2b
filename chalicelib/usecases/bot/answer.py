"""The bot: what a person says in a chat, and what they are answered. It knows no vendor: any chat may speak through it.

Who has not bound their chat with a code learns nothing, not even whether a code was nearly right. Whatever is asked twice is
answered twice and done once: an update may be handed over again.
"""

from collections.abc import Callable
from datetime import datetime

from ...core.errors import DubanError
from ...ports import Ports, Reply, Said
from ..signing_in.binding import bind, contact_of, is_code, unbind
from . import duties, manners
from .talk import WORDS, Talk, talk_with, understood

WELCOME = (
    "您好，这里是督办提醒。请发送管理员给您的8位绑定码，例如：/start ABCD-2345。\n"
    "绑定码24小时内有效，只能用一次；错5次后24小时内不再受理。\n"
    "(Send the code your admin gave you, e.g. /start ABCD-2345. It is good for 24 hours and for one chat.)"
)
COMMANDS = ("mine", "due", "project", "away", "back", "settings", "stop", "help")  # as help lists them


def answer(ports: Ports, said: Said, now: datetime, url: str) -> Reply:
    """What to reply. `url`: where the pages are."""
    contact = contact_of(ports, said.chat)
    asked, rest = _touched(said.action) if said.action else understood(said.text)
    if contact is None or asked == "start" and rest or not said.action and is_code(said.text):
        return _stranger(ports, said, rest, now, url)
    talk = talk_with(ports, said.chat, contact, now, url)
    try:
        return ANSWERS.get(asked, _help)(talk, rest)
    except DubanError as error:
        return _refused(talk, said, talk.said(error.text))
    except ValueError:  # a day that is none, a button of an earlier version
        return _refused(
            talk, said, talk.say("没有看懂，请再试一次，或发送“帮助”。", "That was not understood. Try again, or send “help”.")
        )


def _touched(action: str) -> tuple[str, str]:
    asked, _, rest = action.partition(":")
    return asked, rest


def _refused(talk: Talk, said: Said, why: str) -> Reply:
    """At the touch where it is short enough to be read there, else as a message."""
    return Reply(note=why) if said.action and len(why) <= 60 else Reply(why)


def _stranger(ports: Ports, said: Said, rest: str, now: datetime, url: str) -> Reply:
    code = rest or said.text
    contact = bind(ports, said.chat, code, now) if not said.action and is_code(code) else None
    if contact is None:
        return Reply(WELCOME)
    talk = talk_with(ports, said.chat, contact, now, url)
    hello = talk.say(
        f"{contact['name']}，您好！已绑定，今后的提醒会发到这里。\n",
        f"Hello {contact['name']}! This chat is bound: reminders will come here.\n",
    )
    helped = _help(talk, "")
    return helped._replace(text=hello + helped.text)


def _help(talk: Talk, _: str = "") -> Reply:
    zh, en = ({asked: WORDS[asked][n] for asked in COMMANDS} for n in (0, 1))
    text = talk.say(
        f"【督办】可以发送：\n{zh['mine']}　我要办的，近的在前\n7天内　几天内到期的\n{zh['project']} 名称　某个项目\n"
        f"{zh['away']}　外出期间请同事代收\n{zh['settings']}　晨报、免打扰、语言\n{zh['stop']}　不再由此聊天提醒",
        f"[Duban] You can send:\n{en['mine']} – what you owe, nearest first\n{en['due']} 7 – what is due within 7 days\n"
        f"{en['project']} NAME – one project\n{en['away']} – a colleague stands in for you\n{en['settings']} – digest, quiet hours, "
        f"language\n{en['stop']} – no more reminders in this chat",
    )
    rows = (
        (talk.button("我的事项", "My duties", "mine:0"), talk.button("7天内到期", "Due in 7 days", "due:7")),
        (
            talk.button("项目", "Projects", "project:"),
            talk.button("外出", "Away", "away:"),
            talk.button("设置", "Settings", "settings:"),
        ),
    )
    return Reply(text, rows)


def _stop(talk: Talk, asked: str = "") -> Reply:
    """Ask first: it takes another code to come back."""
    if asked == "yes":
        unbind(talk.ports, talk.chat, talk.now)
        return Reply(
            talk.say("已解除绑定，此聊天不再收到提醒。", "This chat is no longer bound, and gets no more reminders."),
            replaces=True,
        )
    text = talk.say(
        "解除后此聊天不再收到提醒，再绑定需要新的绑定码。确定吗？",
        "No more reminders in this chat; to bind it again takes a new code. Sure?",
    )
    if len(talk.contact["channels"]) == 1:
        text = talk.say("这是您唯一的提醒渠道。", "This is your only channel. ") + text
    return Reply(text, ((talk.button("确定解除", "Yes, unbind", "stop:yes"), talk.button("不解除", "No", "help:")),))


ANSWERS: dict[str, Callable[[Talk, str], Reply]] = {
    "mine": lambda talk, rest: duties.mine(talk, rest or "0"),
    "units": lambda talk, rest: duties.units(talk, rest or "0"),
    "due": duties.due,
    "project": duties.project,
    "item": duties.item,
    "why": duties.why,
    "ack": duties.ack,
    "ackall": duties.ack_all,
    "snooze": duties.snooze_until,
    "away": manners.away,
    "back": manners.back,
    "settings": manners.settings,
    "set": manners.set_,
    "quiet": manners.quiet,
    "digest": manners.digest,
    "stop": _stop,
}
