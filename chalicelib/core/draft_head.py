"""The head of a rulebook's draft, as far as the text states it: title, number, issuer, days, authorities, edges."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from .clauses import Sentence, plain, sentences
from .draft_words import AUTHORITIES
from .regulation import PRELUDE, Article

_TITLE = re.compile(r"《([^《》]{4,40}(?:办法|规定|细则|条例|规则)(?:\(.{2,6}\))?)》|^[“”\w()]{4,40}(?:办法|规定|细则|条例|规则)(?:\(试行\)|\(暂行\))?$", re.MULTILINE)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}[〔\[]\d{4}[〕\]]\d+号")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_ISSUER = re.compile(r"^[\u4e00-\u9fff ]{4,50}(?:政府|办公室|局|委员会|厅|委)$")
_OFFICE = r"(?:市|县|区|省|州|旗)(?:人民政府|政府|[\u4e00-\u9fff“”]{1,15}?(?:领导小组|委员会|专班|办公室|中心|局|厅|委|办)(?![员会公托办]|主任))"
_NAMED = re.compile(rf"(?:(?:^|[,、。;向报由送经请至和与及同])|会同|抄送|会商|(?<=[\n。,])){_OFFICE}")
_COUNTING = ("本办法未规定期间计算方法，类推适用民法典第200至204条：起算当日不计入，按月、年计的到期日为对应日（无对应日为月末），末日为休息日的顺延至下一工作日；每年固定日期不顺延",
             "The text is silent on counting; Civil Code 200-204 applied by analogy. The trigger day does not count, months end on the "
             "corresponding day, a last day on a rest day moves forward; fixed dates of the year do not move.")  # fmt: skip


def _open(what: str) -> dict[str, str]:
    return {"decide": what}


def head(listed: Sequence[Article], ident: str | None) -> dict[str, Any]:
    prelude = plain(listed[0].text)
    lines = [re.sub(r"[ \u3000]+", " ", line).strip() for line in prelude.splitlines()]
    title = _title(lines)
    number, days = _NUMBER.search(prelude.replace(" ", "")), list(_DAY.finditer(prelude.replace(" ", "")))
    issued = date(*map(int, days[-1].groups())) if days else None
    trial = "征求意见稿" in prelude
    year = str(issued.year) if issued else next(iter(re.findall(r"[〔\[](\d{4})[〕\]]", number[0] if number else "")), None)
    everything = [sentence for article in listed if article.number != PRELUDE and not article.number.startswith("附件") for sentence in sentences(article)]
    return {
        "id": ident or _open("辖区的代号，小写字母，如 yunyang；与文件名相同"),
        "name": {"zh": _place(title) or _open("辖区名称，如 云阳县"), "en": _open("辖区的英文名称")},
        "division": _open("GB/T 2260 行政区划代码，六位数字，加引号"),
        "document": {"title": title or _open("办法的全称"), "number": number[0] if number else None,
                     "issuer": _issuer(lines) or _open("发文机关；没有写明的写 null"), "issued_on": issued},
        "edition": year or _open("法规的版本，一般写印发年份，加引号"), "revision": 1, "status": "draft" if trial else "in_force",
        "valid_from": None if trial else _effect(everything, issued), "valid_to": _end(everything),
        "reviewed_on": _open("逐条核对原文的日期"), "review_by": _open("最迟再次核对的日期"),
        "counting": {"convention": "civil_code", "recurring_roll": "none", "assumption": dict(zip(("zh", "en"), _COUNTING, strict=True))},
        "edges": _edges(everything), "classified": _classified(everything), "authorities": _authorities(everything),
    }  # fmt: skip


def _title(lines: Sequence[str]) -> str | None:
    """The title as a line of its own or in 《》, in the notice that issues it."""
    for line in reversed(lines):
        if (found := _TITLE.search(line.replace(" ", ""))) and ("印发" in line or not found[1]):
            return found[1] or found[0]
    return None


def _place(title: str | None) -> str | None:
    found = re.match(r"[\u4e00-\u9fff]{1,6}?[市县区省州旗]", title or "")
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
        found = re.search(r"自(?:(\d{4})年(\d{1,2})月(\d{1,2})日|(?:公布|印发|发布|颁布)之日)起(?:(\d+)日后)?(?:施行|实施|执行)", sentence.plain)
        if found:
            on: Any = _open("施行之日；原文的日期不完整")
            if found[1]:
                on = date(*(int(found[part]) for part in (1, 2, 3)))
            elif issued:
                on = issued + timedelta(days=int(found[4]) + 1) if found[4] else issued
            return {"on": on, "article": sentence.article.number, "quote": sentence.text[found.start():found.end()]}
        if re.search("起(?:施行|实施)", sentence.plain):
            return {"on": _open("施行之日；原文的日期不完整"), "article": sentence.article.number, "quote": sentence.text}
    return _open("施行之日，写 {on, article, quote}；原文没有写明")


def _end(everything: Sequence[Sentence]) -> Any:
    for sentence in everything:
        if re.search("有效期|试行期|失效", sentence.plain):
            return {"on": _open("失效之日"), "article": sentence.article.number, "quote": sentence.text}
    return None


def _edges(everything: Sequence[Sentence]) -> dict[str, Any]:
    """What 以上 and 以下 include, where the text says so; the draft's rows suppose what most texts mean."""
    for sentence in everything:
        stated = re.search("[“\"]以上[”\"].{0,3}(不)?(?:包括|含)本数", sentence.plain)
        if stated:
            below = re.search("[“\"]以下[”\"].{0,3}(不)?(?:包括|含)本数", " ".join(
                other.plain for other in everything if other.article is sentence.article))
            return {"above": "excludes" if stated[1] else "includes",
                    "below": _open("“以下”是否含本数") if not below else "excludes" if below[1] else "includes",
                    "article": sentence.article.number, "quote": sentence.text}
    ask = "原文没有统一写明；草稿按“以上”含本数、“以下”不含本数起草，若不是这样，各档要一并改（写 includes 或 excludes）"
    return {"above": _open(ask), "below": _open(ask)}


def _classified(everything: Sequence[Sentence]) -> dict[str, Any]:
    ask = {"zh": _open("涉密项目走什么渠道；原文没有写的，说明没有写、向谁咨询"), "en": _open("同一句话的英文")}
    for sentence in everything:
        if re.search("(?<!非)涉密(?!信息系统)|涉及国家秘密", sentence.plain):
            at = re.search("(?<!非)涉密(?!信息系统)|涉及国家秘密", sentence.plain).start()
            begins, ends = sentence.clause(at)
            return {"article": sentence.article.number, "quote": sentence.text[begins:ends], "route": ask}
    return {"article": _open("哪一条说到涉密项目；没有的写适用范围所在的条"), "quote": _open("那一条的话"), "route": ask}


def _authorities(everything: Sequence[Sentence]) -> dict[str, Any]:
    """Offices named after 向, 报, 由 and the like, in the order of the text; the same office under one key."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for sentence in everything for name in _names(sentence)):
        key, en = next(((key, en) for pattern, key, en in AUTHORITIES if re.search(pattern, name)), (f"authority_{len(found) + 1}", None))
        if key in found and found[key]["name"] != name:
            key = f"{key}_{len(found) + 1}"
        found[key] = {"name": name, "en": en or _open("部门的英文名称")}
    return found or {"authority_1": {"name": _open("主管部门的名称，照原文写"), "en": _open("部门的英文名称")}}


def _names(sentence: Sentence) -> Iterator[str]:
    for found in _NAMED.finditer(sentence.plain):
        office = re.search(_OFFICE, found[0])
        yield sentence.text[found.start() + office.start():found.start() + office.end()]
