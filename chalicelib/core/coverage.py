"""Whether a rulebook leaves nothing out: the expressions of a regulation's text that carry law, and what claims each.

An expression is a time, an amount, a share, a word of duty or somebody who is to be told. One is claimed where a quotation
of the rulebook covers it, word for word, in the article that the quotation names.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidInput
from .readings import Place
from .regulation import PRELUDE, articles, normalised
from .rulebook import FINDINGS
from .sense import citations

KINDS = {"time": "时间", "money": "金额", "percent": "比例", "obligation": "义务", "recipient": "报送"}
# What becomes of an expression, the best first: a duty with its dates, a finding, the head (scope, effect, a reading), or
# words shown to people as they are.
SHARES = {"computed": "推算事项", "finding": "核查", "head": "卷首", "not_computed": "不作推算", "unclaimed": "无人认领"}

_NUMERAL = r"(?:\d+(?:\.\d+)?|(?<![统单唯同任〇零一二三四五六七八九十百])[一二两三四五六七八九十百]+|半)"
_LIMIT = r"(?:不得?超过|不得?低于|不得?少于|不得?高于|超过|低于|高于|至少|不足)?"
_AND_ITSELF = r"(?:\(不?含[^)]{0,3}\))?"  # 500万元(含)以上
_EDGE = rf"{_AND_ITSELF}(?:及?以[上下内])?{_AND_ITSELF}"
_AMOUNT = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)[万亿]?"
_SIDE = "(?:[以之]?[前后内]|以[上下]|起)?"
_OF_MONTH = r"(?:[\dX]{1,2}日|日|[上中下]旬|[底末初中])"  # 12月日: a draft leaves the day blank
_OFFICE = (
    "(?:局|委(?![员会保财常市])|厅|办公室|部门|小组|政府(?!常)|会议|常务会(?!议)|委会|委员会|中心|单位|机构|机关|[市区县]长)"
)
_OFFICES = rf"[^,。;:()“”]{{0,20}}?{_OFFICE}(?:[、和][^,。;:()“”、]{{0,16}}?{_OFFICE}(?!提出|报告))*"

# How each kind is written, in texts already normalised. Where two alternatives begin at one place, the first is taken.
PATTERNS = tuple(
    (kind, re.compile("|".join(ways)))
    for kind, ways in (
        (
            "time",
            (
                rf"每(?:年|半年|两年|季度?|月|周|日)(?:度|年底|年末|年中|年初|\d{{1,2}}月{_OF_MONTH}?)?{_SIDE}",  # 每年9月底前, 每年7月
                rf"\d{{4}}年(?:(?:[\dX]{{1,2}})?月{_OF_MONTH}?)?{_SIDE}",  # 2022年4月1日
                rf"\d{{1,2}}月{_OF_MONTH}?{_SIDE}",  # 12月上旬前
                rf"{_LIMIT}{_NUMERAL}(?:[至到~—-]+{_NUMERAL})?个?(?:工作日|自然日|日|天|周|月|季度|年(?![度滚规])|小时){_SIDE}",  # 12至24个月内
                rf"(?:[上下]一|第[一二三]|[次当本该同])年度?|逐年|年[底末中初]{_SIDE}|[上中下]旬{_SIDE}|月[底末]{_SIDE}",
                "及时|不?定期|适时|同时|同步|逾期|超期|到期|按期|如期|限期|期限|期满|期间|立即|尽快|尽早|即时|随时|按时|日常",
                "事先|事前|事后|提前|延期|之日起?",
                r"[^,。;:()、]{2}(?<!目)之?[前后](?=[,。;])",  # 公示结束后, 正式停用前: one step before another
            ),
        ),
        (
            "money",
            (
                rf"{_LIMIT}{_AMOUNT}{_EDGE}[至到~—-]{_AMOUNT}元{_EDGE}",  # 200万至500万元
                rf"{_LIMIT}{_AMOUNT}元{_EDGE}",  # 500万元(含)以上
            ),
        ),
        ("percent", (rf"{_LIMIT}\d+(?:\.\d+)?[%‰](?:以[上下内])?", "[百千三四五]分之[一二两三四五六七八九十百]+", "半数|过半")),
        (
            "obligation",
            (
                "应当|必须|须(?!知)|务必",
                "(?<![响供适相对反效感回])应(?![用急邀变答付收])",  # not 应用, 响应, 相应
                "(?<![所急亟确必刚军内])需(?![求要方])",  # not 需求, 所需, 确需
                "(?<![需重主必纲摘概只就明机简])要(?![求点素件害])",  # not 要求, 需要, 重要
                "不得(?!不)|不予|不再|不准|不宜|不许|不能|不给予|不(?:安排|受理|列入|纳入|批准|拨付|下达|支持|审批)|未经|严禁|禁止",
                "方可|方能|才能|必备|必要(?:条件|要件)|前置条件|原则上|一律",
                "可以|(?<![许认方不尽])可(?![行研靠视能控信用持以见再供])",  # a right, too, is law; not 许可, 可行, 可靠
            ),
        ),
        (
            "recipient",
            (
                "向[^,。;:]{1,48}?(?:报送|报备|备案|报告|申报(?!之)|申请|提交|提出|报(?!送|备|告|请))",
                "(?:抄送|抄报|报送|报请|上报|呈报|(?<![申编填汇通])报(?![告表批备销价废名])|提交(?![、的])[至给]?|移送|送交?|(?:申请|转)(?=[市县区]))"
                rf"{_OFFICES}(?:[^,。;:]{{0,4}}?(?:备案|审批|审定|审核|批准|核准|同意|审议|初核))?",  # 报…审定, 抄送…
                "报备|(?<![A-Z])备案",  # not the ICP备案 at the foot of a page
            ),
        ),
    )
)
_CLAUSE = re.compile("[^。;:]+[。;:]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """One piece of an article that carries law."""

    kind: str  # one of KINDS
    text: str  # as it stands in the normalised article
    start: int  # where it begins there


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a rulebook quotes of one article, in one place of its own."""

    by: str  # a rule's id, "scope", "readings:mid_year", "untranslatable"
    share: str  # one of SHARES
    article: tuple[str, int]  # its number, and which of those that bear it
    parts: tuple[str, ...]  # the parts of the quotation, normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An expression of the text, and what claims it."""

    article: tuple[str, int]
    clause: int  # where its clause begins in the normalised article
    words: str  # the clause
    expression: Expression
    claims: tuple[Claim, ...]

    @property
    def claimed_by(self) -> list[str]:
        return list(dict.fromkeys(claim.by for claim in self.claims))

    @property
    def share(self) -> str:
        return min((claim.share for claim in self.claims), key=list(SHARES).index, default="unclaimed")


def expressions(body: str) -> list[Expression]:
    """Every expression of a normalised text, in its order; those of different kinds may overlap."""
    found = (
        Expression(kind=kind, text=match[0], start=match.start())
        for kind, pattern in PATTERNS
        for match in pattern.finditer(body)
    )
    return sorted(found, key=lambda expression: (expression.start, list(KINDS).index(expression.kind)))


def claims(data: Mapping[str, Any]) -> list[Claim]:
    """What a rulebook quotes, wherever it stands in it; its day of issue is what the notice before article 1 is signed with."""
    issued = re.fullmatch(r"(\d{4})-0?(\d+)-0?(\d+)", str(data.get("document", {}).get("issued_on")))
    signed = (
        [Claim(by="document:issued_on", share="head", article=(PRELUDE, 1), parts=("{}年{}月{}日".format(*issued.groups()),))]
        if issued
        else []
    )
    return signed + [
        Claim(
            by=by,
            share=share,
            article=(str(entry["article"]), int(entry.get("occurrence", 1))),
            parts=tuple(filter(None, map(normalised, str(entry.get("quote", entry.get("excerpt"))).split("…")))),
        )
        for path, entry in citations(data)
        for by, share in [_claimant(data, path)]
    ]


def _claimant(data: Mapping[str, Any], path: Place) -> tuple[str, str]:
    if path[0] == "rules":
        rule = data["rules"][path[1]]
        return str(rule["id"]), "finding" if rule["kind"] in FINDINGS else "computed"
    if path[0] == "untranslatable":
        return "untranslatable", "not_computed"
    if path[0] in ("scope", "classified"):
        return str(path[0]), "finding"
    return ":".join(str(step) for step in path[:2]), "head"


def coverage(text: str, data: Mapping[str, Any]) -> list[Found]:
    """Every expression of a regulation's text, with what claims it in a rulebook."""
    listed, claimed = [], claims(data)
    for article in articles(text):
        place, body = (article.number, article.occurrence), normalised(article.text)
        spans = [(span, claim) for claim in claimed if claim.article == place for span in _spans(claim.parts, body)]
        clauses = list(_CLAUSE.finditer(body))
        for one in expressions(body):
            end = one.start + len(one.text)
            clause = next(clause for clause in reversed(clauses) if clause.start() <= one.start)
            by = dict.fromkeys(claim for (first, last), claim in spans if first <= one.start and end <= last)
            listed.append(Found(article=place, clause=clause.start(), words=clause[0], expression=one, claims=tuple(by)))
    return listed


def _spans(parts: Iterable[str], body: str) -> Iterator[tuple[int, int]]:
    """Where the parts of a quotation stand, each after the one before; a part astray ends it."""
    after = 0
    for part in parts:
        at = body.find(part, after)
        if at < 0:
            return
        after = at + len(part)
        yield at, after


def shares(found: Iterable[Found]) -> dict[str, int]:
    """How many clauses came to what: a clause is as open as its most open words, else as good as its best."""
    clauses: dict[tuple, set[str]] = {}
    for one in found:
        clauses.setdefault((one.article, one.clause), set()).add(one.share)
    order = ["unclaimed", "not_computed", "computed", "finding", "head"]
    counted = Counter(min(share, key=order.index) for share in clauses.values())
    return {share: counted[share] for share in SHARES}


# The index: what is found in a text, kept where the text itself is not.


def index(text: str) -> list[dict[str, Any]]:
    """For each article: its number, its digest, and the expressions found in it."""
    return [
        {
            "article": article.number,
            "occurrence": article.occurrence,
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
            "found": [[one.kind, one.text] for one in expressions(body)],
        }
        for article in articles(text)
        for body in [normalised(article.text)]
    ]


def unclaimed(indexed: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[tuple[tuple[str, int], str, str, int]]:
    """(article, kind, text, how many times too few) of the expressions that stand oftener in the index than in quotations.

    Where they stand in the article is not known here: that each one is quoted in its own place is for `coverage` to say.
    """
    quoted: dict[tuple[str, int], set[tuple[str, ...]]] = {}  # each part of a quotation, after those before it
    for claim in claims(data):
        quoted.setdefault(claim.article, set()).update(claim.parts[: turn + 1] for turn in range(len(claim.parts)))
    missing = []
    for article in indexed:
        place = (article["article"], article["occurrence"])
        ways = quoted.get(place, set())
        # What opens a quotation and stands within a longer one too is taken to be the same words.
        whole = [part for *before, part in ways if before or not any(part != other and part in other for *_, other in ways)]
        for (kind, text), times in Counter(map(tuple, article["found"])).items():
            short = times - sum(part.count(text) for part in whole)
            if short > 0:
                missing.append((place, kind, text, short))
    return missing


def index_json(text: str) -> str:
    """An index as its file has it: an article a line."""
    lines = (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in index(text))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read_index(text: str) -> list[dict[str, Any]]:
    """The index that a file holds; one of no article would prove nothing."""
    try:
        listed = json.loads(text) or [None]
        return [
            {
                "article": str(entry["article"]),
                "occurrence": int(entry["occurrence"]),
                "sha256": str(entry["sha256"]),
                "found": [[kind, words] for kind, words in entry["found"]],
            }
            for entry in listed
        ]
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "这不是覆盖索引：请用 duban rules coverage 原文 规则册 --write-index 文件 生成",
            "not an index of a text: write one with duban rules coverage TEXT RULEBOOK --write-index FILE",
        ) from None
