"""A talk with the bot: who is talking, in which language, and what is said about whom on this channel."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from ...core.errors import Text
from ...core.ladder import local_day
from ...core.notice import fields_of, filled, layout_of, text_of
from ...ports import Button, Ports, Reply
from ..registry.contact import DEFAULTS
from ..signing_in.access import Bearer
from ..state import records
from ..state.holder import settings_of
from ..views.owed import line_of

PAGE = 5  # duties in one message
Row = tuple[Button, ...]

# what is asked -> the words it is asked with; the first two are shown
WORDS = {
    "mine": ("我的事项", "/mine", "事项", "待办"),
    "due": ("近期到期", "/due", "到期"),
    "project": ("项目", "/project"),
    "units": ("各单位事项", "/units"),
    "away": ("外出", "/away", "休假"),
    "back": ("回来了", "/back"),
    "settings": ("设置", "/settings"),
    "quiet": ("免打扰", "/quiet"),
    "digest": ("晨报", "/digest"),
    "start": ("绑定", "/start"),
    "stop": ("解除绑定", "/stop"),
    "help": ("帮助", "/help", "？", "?"),
}
MEANING = {word.removeprefix("/"): asked for asked, words in WORDS.items() for word in words}
IN_DAYS = re.compile(r"(?:未来|今后|近)?(\d{1,3})(?:天|日|days?|d)(?:内|之内)?(?:到期)?的?(?:事项)?", re.ASCII | re.IGNORECASE)


def understood(text: str) -> tuple[str, str]:
    """What is asked and the rest of the words: ("project", "医共体"); ("help", "") for what nobody understands."""
    text = unicodedata.normalize("NFKC", text).strip()
    if found := IN_DAYS.fullmatch(text.replace(" ", "")):
        return "due", found[1]
    first, _, rest = text.partition(" ")
    word = first.removeprefix("/").partition("@")[0].lower()  # a group's members write /help@name_of_the_bot
    if word in MEANING:
        return MEANING[word], rest.strip()
    for known in sorted(MEANING, key=len, reverse=True):
        if not known.isascii() and text.startswith(known):
            return MEANING[known], text.removeprefix(known).strip(" :,")
    return "help", ""


@dataclass(frozen=True, kw_only=True)
class Talk:
    ports: Ports
    chat: str
    contact: dict[str, Any]
    now: datetime
    url: str  # where the pages are

    @property
    def zh(self) -> bool:
        return self.contact["language"] == "zh"

    @property
    def person(self) -> str:
        return f"{self.contact['party']}/{self.contact['id']}"

    @property
    def today(self) -> date:
        return local_day(self.now)

    @cached_property
    def bearer(self) -> Bearer:
        """A contact sees what their party may see."""
        party = self.ports.store.get(records.party_key(self.contact["party"])).value
        role = "authority" if party["authority"] else "unit"
        return Bearer(id=self.person, role=role, jurisdiction=party["jurisdiction"], party=party["id"])

    @cached_property
    def settings(self) -> dict[str, Any]:
        return settings_of(self.ports, self.bearer.jurisdiction)

    @property
    def level(self) -> str:
        """How much may be said on this channel."""
        return self.settings["content_level"].get(self.chat.partition(":")[0], "reference")

    def say(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def said(self, text: Text | tuple[str, str]) -> str:
        return text[0 if self.zh else 1]

    def button(self, zh: str, en: str, action: str) -> Button:
        return Button(self.say(zh, en), action)

    def whole(self, duties: Sequence[dict[str, Any]]) -> str:
        """A message about duties, laid out as reminders are."""
        layout = layout_of(self.settings, self.chat.partition(":")[0], self.contact["language"], self.level)
        return text_of(
            [line_of(self.ports, duty) for duty in duties],
            self.today,
            self.ports.rules.calendar(),
            layout,
            level=self.level,
            language=self.contact["language"],
            url=self.url,
        )

    def listed(self, duties: Iterable[dict[str, Any]]) -> list[str]:
        """A line for each duty, numbered from 1."""
        layout = layout_of(self.settings, self.chat.partition(":")[0], self.contact["language"], self.level)["item"]
        calendar, language = self.ports.rules.calendar(), self.contact["language"]
        return [
            filled(layout, {**fields_of(line_of(self.ports, duty), self.today, calendar, language), "number": str(number)})
            for number, duty in enumerate(duties, 1)
        ]


def talk_with(ports: Ports, chat: str, contact: dict[str, Any], now: datetime, url: str) -> Talk:
    return Talk(ports=ports, chat=chat, contact={**DEFAULTS, **contact}, now=now, url=url)


def paged(talk: Talk, head: str, duties: list[dict[str, Any]], start: str, action: str, more: Iterable[Row] = ()) -> Reply:
    """One page of duties with a button for each, and for the pages around it. `action` takes the page's start: "mine:{}"."""
    begin = min(int(start), max(len(duties) - 1, 0)) // PAGE * PAGE if start.isdecimal() else 0
    page = duties[begin : begin + PAGE]
    if talk.level == "reference" and page:
        return Reply(talk.whole(page), tuple(more), replaces=True)
    numbers = tuple(Button(str(number), f"item:{duty['reference']}") for number, duty in enumerate(page, 1))
    turns = []
    if begin:
        turns.append(talk.button("‹ 上一页", "‹ back", action.format(begin - PAGE)))
    if begin + PAGE < len(duties):
        turns.append(talk.button("下一页 ›", "more ›", action.format(begin + PAGE)))
    if len(duties) > PAGE:
        last = begin + len(page)
        head += talk.say(f"（第{begin + 1}–{last}项）", f" ({begin + 1}–{last})")
    text = "\n".join([head, *talk.listed(page)])
    return Reply(text, tuple(row for row in (numbers, tuple(turns), *more) if row), replaces=True)
