"""Texts: what messages would look like under a change of their layouts, before it is published."""

from datetime import datetime
from typing import Any

from ...core.dates import Dates
from ...core.errors import Text
from ...core.ladder import local_day
from ...core.notice import CODE, LANGUAGES, LEVELS, Line, fields_of, layout_of, text_of
from ...core.sms import parts
from ...ports import Ports
from ..rulebooks.publish import proposed
from ..signing_in.access import Bearer
from .message import template_of

EXAMPLES = (
    ("智慧城管平台项目", 3, False),
    ("政务云扩容项目", 12, False),
    ("电子档案系统项目", -6, True),
)  # working days from today


LONGEST_WORD = 35  # of a blank in a vendor's template


def shown_texts(ports: Ports, bearer: Bearer, change: dict[str, Any], now: datetime, url: str) -> list[dict[str, Any]]:
    """Each language and level, and each channel with a layout of its own: {channel, language, level, one, several, size: the
    characters of `one`, parts: how many SMS it would take}. InvalidInput as publishing says it."""
    bearer.must_be("admin")
    _, books = proposed(ports, bearer.jurisdiction, change)
    settings = books[-1].settings
    of_channels = [tuple(key.split(".")) for key in settings["text_of_channel"] if not key.endswith(f".{CODE}")]
    wanted = [("", language, level) for language in LANGUAGES for level in LEVELS] + of_channels
    lines = _lines(ports, bearer.jurisdiction, now)
    return [_shown(ports, settings, *each, lines, now, url) for each in wanted]


def _shown(
    ports: Ports, settings: dict[str, Any], channel: str, language: str, level: str, lines: list[Line], now: datetime, url: str
) -> dict[str, Any]:
    layout, calendar, today = layout_of(settings, channel, language, level), ports.rules.calendar(), local_day(now)

    def written(some: list[Line]) -> str:
        if "code" in layout:
            known = [fields_of(line, today, calendar, language) for line in some]
            template, count = template_of(layout, known, url, LONGEST_WORD)
            words = "\n".join(f"{name}={text}" for name, text in template.parameters.items())
            return f"{template.code}\n{words}" + (f"\n×{len(some)}" if count < len(some) else "")
        return text_of(some, today, calendar, layout, level=level, language=language, url=url)

    one = written(lines[:1])
    return {
        "channel": channel or None,
        "language": language,
        "level": level,
        "one": one,
        "several": written(lines),
        "size": len(one),
        "parts": parts(one),
    }


def _lines(ports: Ports, jurisdiction: str, now: datetime) -> list[Line]:
    """Duties of the place's own rulebook, as if of three projects."""
    book, calendar, today = ports.rules.editions(jurisdiction)[-1], ports.rules.calendar(), local_day(now)
    rules = [rule for rule in book.duties if rule.kind == "at_most"] or list(book.duties)
    lines = []
    for place, (subject, days, late) in enumerate(EXAMPLES):
        rule = rules[place % len(rules)]
        due = calendar.add_working(today, days)
        lines.append(
            Line(
                reference=f"a1b2c{place}",
                subject=subject,
                title=Text(*rule.title),
                article=rule.article,
                place=book.name,
                dates=Dates(None, due, due, due),
                submit_to=(book.authorities[next(iter(book.authorities))].zh,),
                form=rule.form,
                kind="before",
                late=late,
                sample=False,
            )
        )
    return lines
