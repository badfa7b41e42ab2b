"""The message of a notice: its words, its buttons, where it leads - as much of it as fits into one message of the channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ...core.ladder import local_day
from ...core.notice import Line, fields_of, filled, fitting, layout_of, marks_of, part_of, text_of
from ...ports import Button, Channel, Item, Key, Outgoing, Ports, Template
from ..state.holder import settings_of
from ..state.records import PARTITIONS
from ..state.references import reference
from ..telling.news import FILED, KINDS, NEWS
from ..telling.people import Person
from .answer_link import answer_token, is_answerable


@dataclass(frozen=True, kw_only=True)
class Work:
    """A notice to be sent, as of one look at it."""

    notice: str
    row: Key  # of the outbox: before the claim where it was found, after it where its lease ends
    seen: int | None  # the row's version as it was found; ANY for who holds the notice
    head: Item
    person: Person | None
    steps: tuple[tuple[dict[str, Any], Line], ...]  # what is still to be told, and in which words
    told: tuple[dict[str, Any], ...]  # entries for the ledger, of what is not

    @property
    def targets(self) -> list[dict[str, str]]:
        return self.person.contact["channels"] if self.person else []

    @property
    def target(self) -> dict[str, str] | None:
        """The channel it is at, and the address there."""
        place = self.head.value["channel"]
        return self.targets[place] if place < len(self.targets) else None

    @property
    def is_answerable(self) -> bool:
        """Whether there is a duty to sign for."""
        return any(is_answerable(step) for step, _ in self.steps)


def written(ports: Ports, work: Work, channel: Channel, now: datetime, public_url: str) -> tuple[Outgoing, int]:
    """The message about as many of the steps as fit, and how many those are."""
    contact, calendar, today = work.person.contact, ports.rules.calendar(), local_day(now)
    settings = settings_of(ports, work.head.value["jurisdiction"])
    level, language = level_of(ports, work, channel), contact["language"]
    layout = layout_of(settings, channel.name, language, level)
    lines = [line for _, line in work.steps]
    before = len(work.head.value.get("done", ()))
    every = before + len(lines)
    url = public_url + _way(ports, work, channel)
    if "code" in layout:
        known = [fields_of(line, today, calendar, language) for line in lines]
        template, count = template_of(layout, known, url, channel.longest_word)
        text = "\n".join(template.parameters.values())
    else:

        def write(some: Sequence[Line]) -> str:
            how = {"level": level, "language": language, "url": url}
            return text_of(some, today, calendar, layout, **how, before=before, count=every)

        template = None
        text, count = fitting(lines, write, lambda text: channel.size(text) <= channel.longest)
    about = work.steps[0][0]["obligation"] if len(work.steps) == 1 else None
    thread = about and ports.store.get(thread_key(about, work, channel))
    return Outgoing(
        key=f"{work.notice}/{before}",
        address=work.target["address"],
        text=text,
        subject=_subject(lines[:count], before, every, language, level),
        buttons=_buttons(ports, work, language) if channel.has_buttons else (),
        follows=thread.value["reference"] if thread else None,
        template=template,
    ), count


def template_of(layout: Mapping[str, Any], known: Sequence[Mapping[str, str]], url: str, longest: int) -> tuple[Template, int]:
    """The vendor's template with its blanks filled in, and how many of the duties it is about: of several all, where there is
    a template for several, else the first. A word that is too long for its blank is cut."""
    several = layout.get("several") if len(known) > 1 else None
    used, count = (several, len(known)) if several else (layout, 1)
    refs = "、".join(each["marks"] + each["reference"] for each in known)
    words = {**known[0], "count": str(count), "refs": refs, "url": url, "number": "1"}
    filled_in = {name: filled(text, words) for name, text in used["parameters"].items()}
    return Template(used["code"], {name: _cut(text, longest) for name, text in filled_in.items()}), count


def _cut(text: str, longest: int) -> str:
    return (text if len(text) <= longest else text[: longest - 1] + "…") or "-"  # no blank may stay empty


def level_of(ports: Ports, work: Work, channel: Channel) -> str:
    """How much a message may say on this channel."""
    return settings_of(ports, work.head.value["jurisdiction"])["content_level"].get(channel.name, "reference")


def _way(ports: Ports, work: Work, channel: Channel) -> str:
    """Where the message leads: to the page that signs for it, where there are no buttons; else to the one duty, or to what
    the news is of. "" is home."""
    if not work.is_answerable:
        return _way_of_news([step for step, _ in work.steps])
    if not channel.has_buttons:
        return f"/a/{answer_token(ports, work.notice)}"
    return f"/o/{reference(work.steps[0][0]['obligation'])}" if len(work.steps) == 1 else ""


def _way_of_news(steps: Sequence[dict[str, Any]]) -> str:
    """To the form that was sent or the decision; of several requests, to the list of those that wait."""
    if all(step["kind"] == FILED for step in steps) and len(steps) > 1:
        return "/inbox"
    if len(steps) != 1 or steps[0]["kind"] not in KINDS:
        return ""
    kind, _, subject = steps[0]["holder"].partition("#")
    about = next(about for about, partition in PARTITIONS.items() if partition == kind)
    return f"/sent/{about}/{quote(subject)}/{quote(steps[0]['obligation'].removeprefix(NEWS))}"


def _subject(lines: Sequence[Line], before: int, every: int, language: str, level: str) -> str:
    """The one line that is seen first; it says no more than the message may."""
    zh = language == "zh"
    if len(lines) > 1:
        part = part_of(before, len(lines), every, zh)
        return f"【督办】今日提醒，共{every}项{part}" if zh else f"[Duban] Today, {every} duties{part}"
    (line,) = lines
    if level == "reference":
        return (
            f"【督办】{marks_of(line, zh)}事项 {line.reference}" if zh else f"[Duban] {marks_of(line, zh)}duty {line.reference}"
        )
    return f"【督办】{marks_of(line, zh)}{line.title.zh}" if zh else f"[Duban] {marks_of(line, zh)}{line.title.en}"


def _buttons(ports: Ports, work: Work, language: str) -> tuple[Button, ...]:
    """What can be done with one touch: sign, be reminded later, ask why; of several duties at once, sign for all."""
    zh = language == "zh"
    if not work.is_answerable:
        return ()
    if len(work.steps) > 1:
        return (Button("全部签收" if zh else "Acknowledge all", f"ackall:{answer_token(ports, work.notice)}"),)
    ref = reference(work.steps[0][0]["obligation"])
    words = (("签收", "Acknowledge", "ack"), ("稍后提醒", "Remind me later", "snooze"), ("依据", "Why", "why"))
    return tuple(Button(in_zh if zh else in_en, f"{action}:{ref}") for in_zh, in_en, action in words)


def thread_key(obligation: str, work: Work, channel: Channel) -> Key:
    return Key(f"thread#{obligation}", f"{work.person.id}#{channel.name}")
