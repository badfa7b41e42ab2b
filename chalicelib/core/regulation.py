"""The text of a regulation: its articles, and where a quotation stands in them.

Texts come out of web pages, PDF and Word: line breaks, widths of punctuation and marks of the medium say nothing.
"""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

PRELUDE = "前文"
_NUMERALS = "零一二三四五六七八九"
_CHINESE = "[〇零一二两三四五六七八九十百]+"
_MARKS = re.compile(r"^\s*[-–—]\s*\d+\s*[-–—]\s*$|\[bookmark:[^\]]*\]|\*\*|__|^[ \t]*#+(?=\s)|^[ \t]*[-*•](?=\s)", re.MULTILINE)
_BLANK = re.compile(r"[\s\u200b\u2060\ufeff]+")
# 第九条 opens an article at the start of a line; 第九条第二款, 第九条规定 and the like only speak of one.
_ARTICLE = re.compile(rf"\s*第\s*({_CHINESE}|\d+)\s*条(?!第|之|规定|的|、|和|至|所|及)")
_HEADING = re.compile(rf"\s*第\s*(?:{_CHINESE}|\d+)\s*[编章节]\s*[^，。；,;]{{0,30}}")
_ATTACHMENT = re.compile(rf"\s*附\s*件\s*({_CHINESE}|\d*)\s*(?:[:：].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One 条, the prelude before the first, or one 附件 after the last."""

    number: str  # "25", "附件1", or PRELUDE
    occurrence: int  # 2 for the second that bears this number
    text: str  # as it stands, its number and chapter headings left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Astray:
    """Where a quotation leaves an article's text."""

    part: str  # the part between … that is not there
    agrees: int  # so many of its characters are
    instead: str  # what the text has after those; empty where nothing agrees
    earlier: bool  # the part does stand in the article, before the one quoted ahead of it


def articles(text: str) -> list[Article]:
    """The prelude, the articles in the order of the text, and what is attached to them."""
    found: list[tuple[str, list[str]]] = [(PRELUDE, [])]
    for line in _MARKS.sub("", text).splitlines():
        begins = _ARTICLE.match(line) if not found[-1][0].startswith("附件") else None
        attached = _ATTACHMENT.fullmatch(line) if len(found) > 1 else None
        if begins:
            found.append((digits(begins[1]), [line[begins.end() :]]))
        elif attached:
            found.append((f"附件{digits(attached[1])}", [line]))
        elif not _HEADING.fullmatch(line):
            found[-1][1].append(line)
    counted: dict[str, int] = {}
    for number, _ in found:
        counted[number] = 0
    listed = []
    for number, lines in found:
        counted[number] += 1
        listed.append(Article(number=number, occurrence=counted[number], text="\n".join(lines)))
    return listed


def normalised(text: str) -> str:
    """What is left to compare: no white space, page breaks or marks of the medium, one width of punctuation."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", _MARKS.sub("", text)))


def astray(quote: str, text: str) -> Astray | None:
    """Where `quote` leaves `text`, an article already normalised; None where all its parts stand there in order."""
    after = 0
    for part in filter(None, map(normalised, quote.split("…"))):
        at = text.find(part, after)
        if at < 0:
            if part in text:
                return Astray(part=part, agrees=len(part), instead="", earlier=True)
            # A prefix longer than one that is missing is missing too: the first missing length is found by halving.
            agrees = bisect_left(range(1, len(part) + 1), True, key=lambda length, part=part: part[:length] not in text[after:])
            begins = text.find(part[:agrees], after) + agrees
            return Astray(part=part, agrees=agrees, instead=text[begins : begins + 12] if agrees else "", earlier=False)
        after = at + len(part)
    return None


def digits(number: str) -> str:
    """二十五 and 25 are both "25"."""
    if not number or number.isdecimal():
        return number
    number = number.replace("〇", "零").replace("两", "二")
    hundreds, hundred, rest = number.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = _value(hundreds, hundred) * 100 + _value(tens, ten) * 10 + _value(ones.replace("零", ""), "")
    return str(total)


def _value(numeral: str, unit: str) -> int:
    """十五 is one ten and five: a unit without a numeral counts once."""
    numeral = numeral.lstrip("零")
    return _NUMERALS.index(numeral) if numeral else bool(unit)
