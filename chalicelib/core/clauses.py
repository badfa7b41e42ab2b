"""Finds, in the words of a regulation, the clauses that set a time, a limit or a condition: the candidates for rules.

Every kind of rule has its signals, patterns of words; what a signal means in numbers is read from its match. A signal
that overlaps an earlier one of its sentence says nothing more, so their order counts.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .regulation import Article, digits

NUMBER = r"(\d+|[一二两三四五六七八九十百]+|半)"
UNIT = r"(个?工作日|个?月|日|天|个?年度?|周)"
PERIOD = NUMBER + UNIT
UNITS = {"工作日": "working_days", "日": "days", "天": "days", "月": "months", "年": "years", "年度": "years"}
_MONTH = rf"{NUMBER}月"
EXTENDED = re.compile("延[期长][^,]{0,10}$")
# What may stand between a duty and its being done, within one sentence.
_REPORT = "报告|报送|备案|登记|补充|办理|申请|申报|提交|告知|抄送|通报"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an article. `plain` is as long as `text`, with punctuation of one width to match against."""

    article: Article
    text: str
    plain: str

    def clause(self, at: int) -> tuple[int, int]:
        """Where the stretch between two commas around a place begins and ends."""
        return self.plain.rfind(",", 0, at) + 1, (self.plain.find(",", at) + 1 or len(self.plain) + 1) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A clause that looks like a rule of one kind; `fields` are the rule's own where its number could be read."""

    sentence: Sentence
    kind: str
    start: int
    end: int
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> str:
        return self.sentence.plain[: self.start]

    @property
    def after(self) -> str:
        return self.sentence.plain[self.end :]


def plain(text: str) -> str:
    """The same text with digits and punctuation of one width, character for character."""
    wide = (unicodedata.normalize("NFKC", letter) for letter in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, wide, strict=True))


def sentences(article: Article) -> Iterator[Sentence]:
    text = re.sub(r"[\s\u200b\u2060\ufeff]+", "", article.text)
    for found in re.finditer(r"[^。;!]+", plain(text)):
        yield Sentence(article=article, text=text[found.start() : found.end()], plain=found[0])


def count(number: str) -> int:
    return int(number) if number.isdecimal() else int(digits(number))


def period(number: str, unit: str) -> dict[str, int] | None:
    """A period as rules have it; None for a length they cannot say (半个月)."""
    unit = unit.removeprefix("个")
    if number == "半":
        return {"months": 6} if unit.startswith("年") else None
    return {"days": 7 * count(number)} if unit == "周" else {UNITS[unit]: count(number)}


# How the match of a signal reads: the rule's fields, or None where it is no such clause after all.


def _length(key: str) -> Callable[[re.Match], dict | None]:
    def read(found: re.Match) -> dict | None:
        long = period(found[1], found[2])
        return long and {key: long}

    return read


def _term(found: re.Match) -> dict | None:
    """A longest time; that of an extension (延长不超过) is no duty of its own."""
    return None if EXTENDED.search(found.string[: found.start()]) else _length("within")(found)


def _window(found: re.Match) -> dict | None:
    opens, closes = period(found[1], found[3]), period(found[2], found[3])
    return opens and closes and {"opens": opens, "closes": closes}


def _day(found: re.Match) -> dict:
    return {"by": {"month": count(found[1]), "day": count(found[2])}}


def _days(found: re.Match) -> dict:
    return {
        "opens": {"month": count(found[1]), "day": count(found[2])},
        "by": {"month": count(found[3]), "day": count(found[4])},
    }


def _month_end(found: re.Match) -> dict:
    return {"by": {"month": count(found[1]), "day": "last"}}


def _month_ends(found: re.Match) -> dict:
    return {"by": [{"month": count(month), "day": "last"} for month in (found[1], found[2])]}


def _third(found: re.Match) -> dict:
    return {"by": {"month": count(found[1]), "third": {"上": "first", "中": "second", "下": "third"}[found[2]]}}


def _month(found: re.Match) -> dict:
    return {"opens": {"month": count(found[1]), "day": 1}, **_month_end(found)}


def _always(**fields: Any) -> Callable[[re.Match], dict]:
    return lambda found: dict(fields)


YEAR_END, MID_YEAR = {"month": 12, "day": 31}, {"month": 6, "day": 30}
QUARTERS = [{"month": 3, "day": "last"}, MID_YEAR, {"month": 9, "day": 30}, YEAR_END]
_none = _always()

SIGNALS: tuple[tuple[str, str, Callable[[re.Match], dict | None]], ...] = (
    ("window", rf"后{NUMBER}(?:个?[月年日])?(?:至|到|[-—–―~]+){NUMBER}{UNIT}(?:以|之)?内", _window),
    ("at_least", rf"{PERIOD}(?:以|之)?内,?(?:不得|禁止|不予|不再)", _length("for")),
    ("at_least", rf"(?:不低于|不少于|不短于|不得少于|不得低于|至少){PERIOD}", _length("for")),
    ("at_least", rf"满{PERIOD}(?:以|之)?后?,?(?:方可|方能|才能)", _length("for")),
    ("recurring", rf"每年(?:的|度)?{_MONTH}{NUMBER}[日号](?:至|到|[-—–~]+){_MONTH}{NUMBER}[日号]", _days),
    ("recurring", rf"每年(?:的|度)?(?:于)?{_MONTH}{NUMBER}[日号]", _day),
    ("recurring", rf"每年(?:的|度)?{_MONTH}(?:份)?[底末]前?[和、及与]{_MONTH}(?:份)?[底末]", _month_ends),
    ("recurring", rf"每年(?:的|度)?{_MONTH}(?:份)?[底末]", _month_end),
    ("recurring", rf"每年(?:的|度)?{_MONTH}([上中下])旬", _third),
    ("recurring", rf"每年(?:的|度)?{_MONTH}(?:份)?", _month),
    ("recurring", r"每年(?:度)?(?:年底|年末|底|末)", _always(by=YEAR_END)),
    ("recurring", r"每年(?:年中|中期)", _always(by=MID_YEAR)),
    ("recurring", r"每半年", _always(by=[MID_YEAR, YEAR_END])),
    ("recurring", r"每(?:个)?季度?", _always(by=QUARTERS)),
    ("recurring", r"每(?:个)?月(?:至少|开展|报送|提交|组织)", _always(every={"months": 1})),
    ("recurring", rf"每{NUMBER}年(?:至少)?", lambda found: {"every": period(found[1], "年")}),
    ("recurring", r"每年至少|每年.{0,12}[一1]次", _always(every={"years": 1})),
    ("by_document", r"编制.{0,6}(?:预算|计划)时|结合.{0,14}时间要求|(?:规定|要求|通知|确定)的?(?:时间|期限|时限)(?:以|之)?内|限期(?:整改|改正)|逾期不予?整改", _none),
    ("recurring", r"每年(?:度)?(?:组织|开展|进行|完成|编制|报送|提交|公布|评估|检查)", _always(by=YEAR_END)),
    ("recurring", r"定期(?!召集)", _none),
    ("before_event", r"上一年度(?!预算)", _always(before="previous_year")),
    ("before_event", rf"(?<![月\d零一二三四五六七八九十]){PERIOD}(?:以|之)?前(?!款|述)", _length("before")),
    ("before_event", rf"提前{PERIOD}", _length("before")),
    ("at_most", rf"(?<![未近每至到来\d]){PERIOD}(?:以|之)?内", _length("within")),
    ("at_most", rf"(?:不得?超过|最长|最迟){PERIOD}", _term),
    ("before_event", r"(?<![未获])(?:之|正式[^,]{2,6})前,[^。]{0,20}?[应要须需]|事先", _always(before={"days": 0})),
    ("gate", r"必备条件|必要要件|前置条件|要件之一|(?<!重要)(?:作为|是)[^,]{0,24}(?<!重要)依据$", _none),
    ("gate", r"方可|方能|才能", _none),
    ("gate", r"不得(?!超|低|少|拒|将|隐)", _none),
    ("gate", r"不予(?!整改|超)|不再?安排|不划拨|不支持|不给予|不(?:予)?(?:列入|受理|纳入)|不再(?:批准|受理)", _none),
    ("gate", r"改扩建项目.{0,3}需.{0,2}提交", _none),
    ("gate", r"(?:同意|审定|核准|审批|批准|批复|确定|验收合格)(?:通过)?后(?!实施|,?市财政)", _none),
    ("gate", r"[需须][报经].{2,16}?(?:核准|批准|审批)", _none),
    ("no_date", r"同时.{0,40}备案|(?:向|报|送|将).{0,40}(?<!原)备案(?!登记|审查|情况)", _none),
    ("no_date", rf"及时(?!组织)[^,]{{0,40}}?(?:{_REPORT})", _none),
    ("no_date", r"结余资金退回", _none),
    ("no_date", r"(?:结束|批复|完成|立项|核准|签订)后,(?!.*内完成|.*日内)[^。]*?(?:应当?|需|由(?=项目建设单位))", _none),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern), read) for kind, pattern, read in SIGNALS)
_TIMED = {"at_most", "window", "recurring", "before_event", "by_document"}
_MONEY = re.compile(r"(\d+)(亿|万)?元(\(含\))?(以上|以下)|(?:不超过|不得超过|超过|达到)(\d+)(亿|万)?元|(\d+)%")
_LIMIT = re.compile(r"不得超过(?!原|\d)|最高限额")


def candidates(article: Article) -> list[Candidate]:
    """The clauses of an article that look like rules, in the order of its text."""
    found: list[Candidate] = []
    amounts: list[Candidate] = []
    limits: list[Candidate] = []
    for sentence in sentences(article):
        here = _signals(sentence)
        for candidate in _sifted(here):
            if candidate.kind != "by_document" or candidate.kind not in {other.kind for other in found}:
                found.append(candidate)
        if not ({"at_most", "window"} & {candidate.kind for candidate in here} or re.search("适用|所称", sentence.plain)):
            amounts += _bands(sentence, _MONEY)
        limits += _bands(sentence, _LIMIT)
    return [*found, *(_joined(amounts) if amounts else limits[:1])]


def _bands(sentence: Sentence, pattern: re.Pattern) -> Iterator[Candidate]:
    for match in pattern.finditer(sentence.plain):
        yield Candidate(sentence=sentence, kind="band", start=match.start(), end=match.end())


def _joined(amounts: list[Candidate]) -> list[Candidate]:
    """One band of all the amounts of an article."""
    first = amounts[0]
    return [Candidate(sentence=first.sentence, kind="band", start=first.start, end=first.end, fields={"limits": amounts})]


def _signals(sentence: Sentence) -> list[Candidate]:
    found: list[Candidate] = []
    for kind, pattern, read in _COMPILED:
        for match in pattern.finditer(sentence.plain):
            if any(
                match.start() < other.end and other.start < match.end() and {kind, other.kind} != {"gate", "no_date"}
                for other in found
            ):
                continue
            fields = read(match)
            if fields is not None:
                found.append(Candidate(sentence=sentence, kind=kind, start=match.start(), end=match.end(), fields=fields))
    return sorted(found, key=lambda candidate: candidate.start)


def _sifted(found: list[Candidate]) -> Iterator[Candidate]:
    """One gate and one open task a clause, and no open task where the sentence sets a time."""
    timed, taken = any(candidate.kind in _TIMED - {"at_most", "window"} for candidate in found), set()
    for candidate in found:
        place = (candidate.kind, candidate.sentence.clause(candidate.start if candidate.kind == "gate" else candidate.end - 1))
        if candidate.kind in ("gate", "no_date") and place in taken or candidate.kind == "no_date" and timed:
            continue
        taken.add(place)
        yield candidate
        if candidate.fields.get("before") == {"days": 0}:  # what must come first also bars what comes after
            yield Candidate(sentence=candidate.sentence, kind="gate", start=candidate.start, end=candidate.end)


def limit_of(words: str) -> tuple[str, int]:
    """What an amount sets: an operator and yuan, or "percent" and a number. 以上 includes the number, 以下 does not."""
    found = _MONEY.match(words)
    if found[7]:
        return "percent", int(found[7])
    if found[4]:
        operator = "at_least" if found[4] == "以上" else "at_most" if found[3] else "below"
        return operator, _yuan(found[1], found[2])
    operator = "at_least" if words.startswith("达到") else "above" if words.startswith("超过") else "at_most"
    return operator, _yuan(found[5], found[6])


def _yuan(number: str, unit: str | None) -> int:
    return int(number) * {"亿": 100_000_000, "万": 10_000, None: 1}[unit]
