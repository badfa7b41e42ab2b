"""A calendar of all-day entries as RFC 5545 text. Only what is needed to write one: the libraries that also read calendars
are ten times the size of all that is packed for a function otherwise; the tests read with one what is written here."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

LINE = 75  # octets of a line, without its end
PRODID = "-//Duban//Duban//ZH"


class Event(NamedTuple):
    """An entry of one whole day."""

    uid: str  # the same for ever
    day: date
    summary: str
    description: str
    url: str
    sequence: int  # rises with each change of what it says
    changed: datetime  # when it last did; aware
    cancelled: bool
    done: bool


def calendar(name: str, description: str, events: Iterable[Event]) -> bytes:
    """The whole calendar. Nothing in it depends on when it is asked for: unchanged, it is the same to the byte."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-CALDESC:{_text(description)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        *(line for event in events for line in _lines(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _lines(event: Event) -> list[str]:
    changed = event.changed.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{changed}",  # without METHOD it means the same as LAST-MODIFIED (RFC 5545, 3.8.7.2)
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(event.summary)}",
        *([f"DESCRIPTION:{_text(event.description)}"] if event.description else []),
        f"URL:{event.url}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",  # a duty takes nobody's day
        f"CATEGORIES:督办{',已办结' if event.done else ''}",
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    """RFC 5545, 3.3.11."""
    plain = "".join(letter for letter in value if letter == "\n" or letter.isprintable())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, each but the first begun with a space; no character is parted."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LINE:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
