"""The head of a rulebook's draft, as far as the text states it: title, number, issuer, days, authorities, edges."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from .clauses import Sentence, plain, sentences
from .draft_bands import decide
from .draft_words import AUTHORITIES
from .regulation import PRELUDE, Article

_TITLE = re.compile(
    r"《([^《》]{4,40}(?:办法|规定|细则|条例|规则)(?:\(.{2,6}\))?)》|^[“”\w()]{4,40}(?:办法|规定|细则|条例|规则)(?:\(试行\)|\(暂行\))?$",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[]\d{4}[〕\]]\d+号")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_ISSUER = re.compile(r"^[\u4e00-\u9fff ]{4,50}(?:政府|办公室|局|委员会|厅|委)$")
_OFFICE = r"(?:市|县|区|省|州|旗)(?:人民政府|政府|(?:(?!会同|会商|规定|[或和与及、][市县省区])[\u4e00-\u9fff“”]){1,15}?(?:领导小组|委员会|专班|办公室|中心|局(?!长|面)|厅|委(?![员托]|会(?![同商]))|办(?![公理法])))"
_NAMED = re.compile(rf"(?:(?:^|[,、。;向报由送经请至和与及同])|会同|抄送|会商|(?<=[\n。,])){_OFFICE}")
_EDGE = '[“"]以{}[”"][^不]{{0,3}}(不)?(?:包括|含)本数'
_COUNTING = ("本办法未规定期间计算方法，类推适用民法典第200至204条：起算当日不计入，按月、年计的到期日为对应日（无对应日为月末），末日为休息日的顺延至下一工作日；每年固定日期不顺延",
             "The text is silent on counting; Civil Code 200-204 applied by analogy. The trigger day does not count, months end on the "
             "corresponding day, a last day on a rest day moves forward; fixed dates of the year do not move.")  # fmt: skip


def body(listed: Sequence[Article]) -> list[Sentence]:
    """The sentences of the articles themselves, without the notice before and the forms after them."""
    return [
        sentence
        for article in listed
        if article.number != PRELUDE and not article.number.startswith("附件")
        for sentence in sentences(article)
    ]


def head(listed: Sequence[Article], ident: str | None) -> dict[str, Any]:
    lines = [re.sub(r"\s+", " ", line).strip() for line in listed[0].text.splitlines()]
    bare = [plain(line.replace(" ", "")) for line in lines]
    title, signed = _title(lines), next((line for line in bare if re.match(r"\d{4}年\d{1,2}月", line)), "")
    number = next((line for line in bare if _NUMBER.fullmatch(line)), None)
    day = _DAY.match(signed)
    issued = date(*map(int, day.groups())) if day else None
    trial = any("征求意见稿" in line for line in bare)
    year = signed[:4] or next(iter(re.findall(r"[〔\[](\d{4})", number or "")), None)
    everything = body(listed)
    return {
        "id": ident or decide("辖区的代号，小写字母，如 yunyang；与文件名相同"),
        "name": {"zh": _place(title) or decide("辖区名称，如 云阳县"), "en": decide("辖区的英文名称")},
        "division": decide("GB/T 2260 行政区划代码，六位数字，加引号"),
        "document": {"title": title or decide("办法的全称"), "number": number,
                     "issuer": _issuer(lines) or decide("发文机关；没有写明的写 null"), "issued_on": issued},
        "edition": year or decide("法规的版本，一般写印发年份，加引号"), "revision": 1, "status": "draft" if trial else "in_force",
        "valid_from": None if trial else _effect(everything, issued), "valid_to": _end(everything),
        "reviewed_on": decide("逐条核对原文的日期"), "review_by": decide("最迟再次核对的日期"),
        "counting": {"convention": "civil_code", "recurring_roll": "none", "assumption": dict(zip(("zh", "en"), _COUNTING, strict=True))},
        "edges": _edges(everything), "classified": _classified(everything), "authorities": offices(everything)[0],
    }  # fmt: skip


def _title(lines: Sequence[str]) -> str | None:
    """The title as a line of its own or in 《》, in the notice that issues it."""
    for line in (line.replace(" ", "") for line in reversed(lines)):
        if (found := _TITLE.search(plain(line))) and ("印发" in line or not found[1]):
            return line[slice(*found.span(1 if found[1] else 0))]
    return None


def _place(title: str | None) -> str | None:
    found = re.match(r"[\u4e00-\u9fff]{1,6}?(?:[市县区旗]|自治州)", title or "")
    return found and found[0]


def _issuer(lines: Sequence[str]) -> str | None:
    """Who signs: the line before the notice's day, as long as it names an office."""
    for at, line in enumerate(lines):
        if re.match(r"\d{4}年\d{1,2}月", line.replace(" ", "")):
            signed = next((before for before in reversed(lines[:at]) if before), "")
            if _ISSUER.match(signed):
                return signed
    return None


def _effect(everything: Sequence[Sentence], issued: date | None) -> dict[str, Any]:
    for sentence in everything:
        found = re.search(
            r"自(?:(\d{4})年(\d{1,2})月(\d{1,2})日|(?:公布|印发|发布|颁布)之日)起(?:(\d+)日后)?(?:施行|实施|执行)",
            sentence.plain,
        )
        if found:
            on: Any = decide("施行之日；原文的日期不完整")
            if found[1]:
                on = date(*(int(found[part]) for part in (1, 2, 3)))
            elif issued:
                on = issued + timedelta(days=int(found[4]) + 1) if found[4] else issued
            return {"on": on, "article": sentence.article.number, "quote": sentence.text[found.start() : found.end()]}
        if re.search("起(?:施行|实施)", sentence.plain):
            return {"on": decide("施行之日；原文的日期不完整"), "article": sentence.article.number, "quote": sentence.text}
    return decide("施行之日，写 {on, article, quote}；原文没有写明")


def _end(everything: Sequence[Sentence]) -> Any:
    for sentence in everything:
        if re.search("有效期|试行期|失效", sentence.plain):
            return {"on": decide("失效之日"), "article": sentence.article.number, "quote": sentence.text}
    return None


def _edges(everything: Sequence[Sentence]) -> dict[str, Any]:
    """What 以上 and 以下 include, where the text says so; the draft's rows suppose what most texts mean."""
    for sentence in everything:
        stated = re.search(_EDGE.format("上"), sentence.plain)
        if stated:
            other = next(
                (
                    other
                    for other in everything
                    if other.article is sentence.article and re.search(_EDGE.format("下"), other.plain)
                ),
                None,
            )
            below = re.search(_EDGE.format("下"), other.plain) if other else None
            return {
                "above": "excludes" if stated[1] else "includes",
                "below": decide("“以下”是否含本数") if not below else "excludes" if below[1] else "includes",
                "article": sentence.article.number,
                "quote": sentence.text if other in (None, sentence) else f"{sentence.text}…{other.text}",
            }
    ask = "原文没有统一写明；草稿按“以上”含本数、“以下”不含本数起草，若不是这样，各档要一并改（写 includes 或 excludes）"
    return {"above": decide(ask), "below": decide(ask)}


def _classified(everything: Sequence[Sentence]) -> dict[str, Any]:
    ask = {"zh": decide("涉密项目走什么渠道；原文没有写的，说明没有写、向谁咨询"), "en": decide("同一句话的英文")}
    for sentence in everything:
        if re.search("(?<!非)涉密(?!信息系统)|涉及国家秘密", sentence.plain):
            at = re.search("(?<!非)涉密(?!信息系统)|涉及国家秘密", sentence.plain).start()
            begins, ends = sentence.clause(at)
            return {"article": sentence.article.number, "quote": sentence.text[begins:ends], "route": ask}
    return {"article": decide("哪一条说到涉密项目；没有的写适用范围所在的条"), "quote": decide("那一条的话"), "route": ask}


def offices(everything: Sequence[Sentence]) -> tuple[dict[str, Any], dict[str, str]]:
    """Offices named after 向, 报, 由 and the like, in the order of the text, and the key of each way to write them."""
    found: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for name in dict.fromkeys(name for sentence in everything for name in _names(sentence)):
        key, en = next(
            ((key, en) for pattern, key, en in AUTHORITIES if re.search(pattern, name)), (f"authority_{len(found) + 1}", None)
        )
        if key in found and not (_abbreviates(name, found[key]["name"]) or _abbreviates(found[key]["name"], name)):
            key = f"{key}_{len(found) + 1}"
        found.setdefault(key, {"name": name, "en": en or decide("部门的英文名称")})
        keys |= {name: key, name[1:]: key}
    return found or {"authority_1": {"name": decide("主管部门的名称，照原文写"), "en": decide("部门的英文名称")}}, keys


def _abbreviates(short: str, long: str) -> bool:
    """市发改委 has its letters, in their order, from 市发展改革委."""
    rest = iter(long)
    return all(letter in rest for letter in short)


def _names(sentence: Sentence) -> Iterator[str]:
    for found in _NAMED.finditer(sentence.plain):
        office = re.search(_OFFICE, found[0])
        yield sentence.text[found.start() + office.start() : found.start() + office.end()]
