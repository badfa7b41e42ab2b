"""From a regulation's text to a draft of its rulebook: what the words say is written, what they leave open is marked.

A draft is data in the format of docs/rules.md. Wherever the text alone does not settle a value there stands
{decide: "what to decide"}; lint tells each of them, so that no draft is published before a person has read it through.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import draft_words as words
from .clauses import PERIOD, Candidate, Sentence, candidates, period, plain, sentences
from .draft_bands import band, decide, floor
from .draft_head import body, head, offices
from .regulation import PRELUDE, Article, articles

_SHORT, _TITLE = 70, 18
_EXTENDABLE = ("at_most", "window")
_DUTY = re.compile("应当|应|须|必须|不得|负责|严格|定期|及时|适时|原则上")
_SCOPE = re.compile("适用(?:于|范围)|本办法所称.{0,20}是指")
_ENUMERATED = 8
CONSTRUCTION = {"from": {"first_of": ["contract_signed", "construction_started"]}, "to": {"decide": "到建成，还是到验收、终止为止（节点的代号）"},
                "zh": "建设期", "en": "construction period"}  # fmt: skip
OPERATION = {"from": "put_into_operation", "to": ["decommissioned"], "zh": "运行期", "en": "operation"}


def draft(text: str, ident: str | None, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The draft of a rulebook for a text; `shared` is the shared vocabulary, which names the guessed events."""
    return _Draft(text, ident, shared).written()


class _Draft:
    def __init__(self, text: str, ident: str | None, shared: Mapping[str, Any]):
        self.articles = articles(text)
        self.head = head(self.articles, ident)
        self.events = shared["events"]
        self.names = {plain(name): key for name, key in offices(body(self.articles))[1].items()}
        self.authority = "|".join(map(re.escape, sorted(self.names, key=len, reverse=True))) or "(?!)"
        self.settings: dict[str, Any] = {}
        self.phases: dict[str, Any] = {}
        self.ids: dict[str, int] = {}

    def written(self) -> dict[str, Any]:
        rules, scope, rest = [], [], []
        for article in self.articles:
            if article.number == PRELUDE or article.number.startswith("附件"):
                continue
            found = candidates(article)
            made = [self.rule(candidate) for candidate in found]
            rules += [{**rule, **self.extension(article)} if rule["kind"] in _EXTENDABLE else rule for rule in made]
            spoken = {candidate.sentence.plain for candidate in found} | {
                limit.sentence.plain for candidate in found for limit in candidate.fields.get("limits", ())
            }
            for sentence in sentences(article):
                if not scope and _SCOPE.search(sentence.plain):
                    scope.append(
                        {
                            **place(article),
                            "quote": shortened(sentence, 0, _SHORT),
                            "when": decide("适用的条件，如总投资的起点；没有条件的删去这一项"),
                            "message": {"zh": decide("告诉填报人适用于谁"), "en": decide("同一句话的英文")},
                        }
                    )
                elif sentence.plain not in spoken and _DUTY.search(sentence.plain):
                    rest.append(
                        {
                            **place(article),
                            "excerpt": shortened(sentence, _DUTY.search(sentence.plain).start(), _SHORT),
                            "reason": decide("写成规则，还是不推算？不推算的写明理由 {zh, en}"),
                        }
                    )
        named = {"settings": self.settings, "phases": self.phases}
        return {
            **self.head,
            "scope": scope,
            **{key: value for key, value in named.items() if value},
            "rules": rules,
            "untranslatable": rest,
        }

    def rule(self, candidate: Candidate) -> dict[str, Any]:
        sentence, kind = candidate.sentence, candidate.kind
        doing = self.doing(candidate)
        owner = self.owner(candidate)
        rule: dict[str, Any] = {
            "id": self.ident(sentence.article, kind, doing), **place(sentence.article),
            "quote": shortened(sentence, candidate.start, _SHORT), "title": self.title(candidate, doing),
            "kind": kind, "modality": modality(candidate), "per": self.per(candidate, owner),
        }  # fmt: skip
        if kind in ("band", "gate"):
            return rule | (band(candidate, _SHORT) if kind == "band" else self.gate(candidate))
        rule["owed_by"] = [owner] if owner else decide("由谁办：unit（项目建设单位）、部门的代号，还是 vendor（企业）")
        if when := floor(sentence.plain[: candidate.end]):
            rule["when"] = when
        rule |= self.times(candidate, doing)
        if kind == "at_least":
            rule["bars"] = self.guess(doing, "最短期间届满之前不得做什么（节点的代号）", as_list=True)
        else:
            rule["done_by"] = self.guess(doing, "哪个节点算办结", as_list=True)
        for key, listed in self.recipients(candidate).items():
            rule[key] = listed
        return rule

    # When

    def times(self, candidate: Candidate, doing: Sequence[str]) -> dict[str, Any]:
        fields, kind, text = dict(candidate.fields), candidate.kind, candidate.sentence.plain
        if kind == "recurring":
            return self.recurring(candidate, fields, doing)
        if kind == "by_document":
            event = "rectification_ordered" if "整改" in text else decide("哪个节点的文书定了这个日期，如 call_issued")
            return {"from": {"each_of": event, "field": "due_on"}}
        if fields.get("before") == "previous_year":
            return {"from": {"fact": decide("从哪个日期的上一年度，如 project.warranty_ends_on")}, **fields}
        start = self.starts(candidate)
        if kind == "before_event":
            return {"from": self.guess(start, "在哪个节点之前"), **fields}
        if re.search("自?本办法(?:施行|实施|生效)(?:之日)?(?:起|后)", candidate.before):
            return {"from": {"in_force": True}, **fields}
        later = kind == "window" and re.search("并(?:正式)?投入", candidate.before)
        anchor = {"later_of": ["acceptance_passed", "put_into_operation"]} if later else self.guess(start, "从哪个节点起算")
        return {"from": anchor, **fields}

    def recurring(self, candidate: Candidate, fields: dict, doing: Sequence[str]) -> dict[str, Any]:
        text = candidate.sentence.plain
        if re.search("建设期|实施期|建设过程", candidate.before[-30:]):
            self.phases["construction"] = CONSTRUCTION
            fields["while"] = "construction"
        if "by" in fields:
            year = re.search("(?:上|本|当|次|第二|下一?|明)年", candidate.after[:60])
            about = {"上": "previous", "本": "this", "当": "this"}.get(year[0][0], "next") if year else None
            return {**fields, "for": about or decide("关于哪一年：previous（上一年）、this（当年）还是 next（下一年）")}
        self.phases.setdefault("operation", OPERATION)
        if not fields:  # 定期: the interval is the office's to set
            key = f"interval_{len(self.settings) + 1}"
            self.settings[key] = {
                "name": {"zh": f"第{candidate.sentence.article.number}条“定期”的间隔（月）", "en": decide("设置的英文名称")},
                "value": None,
            }
            fields["every"] = {"months": {"setting": key}}
        again = "之后" in text and len(doing) == 1
        return {
            "while": "operation",
            "from": {"last_done": doing[0]} if again else decide("从哪个节点起算，如 put_into_operation"),
            **fields,
        }

    def extension(self, article: Article) -> dict[str, Any]:
        """What the article says of more time, for the terms it sets."""
        for sentence in sentences(article):
            if asked := re.search("延[期长]", sentence.plain):
                most = re.search(rf"不(?:得)?超过{PERIOD}", sentence.plain[asked.end() :])
                to = re.search(rf"(?:向|报|经)({self.authority})", sentence.plain)
                return {
                    "extension": {
                        **place(article),
                        "to": self.names[to[1]] if to else decide("向谁申请延期（authorities 的代号）"),
                        "cap": period(most[1], most[2]) if most else None,
                        "quote": shortened(sentence, asked.start(), _SHORT),
                    }
                }
        return {}

    # Events, by the words around the signal

    def starts(self, candidate: Candidate) -> list[str]:
        """The event named last before the signal, or within it (建设周期不超过1年 has it before)."""
        return self.nearest(1, candidate.before + candidate.sentence.plain[candidate.start : candidate.end], last=True)

    def doing(self, candidate: Candidate) -> list[str]:
        """What is to be done: named first from the signal's own clause on, else just before it."""
        text, kind = candidate.sentence.plain, candidate.kind
        begins, _ = candidate.sentence.clause(candidate.start)
        if kind == "no_date":
            begins = max(begins, text.rfind("后,", 0, candidate.end))
        found = self.nearest(
            2, text[begins:] if kind in ("no_date", "band", "gate", "by_document") else candidate.after
        ) or self.nearest(2, candidate.before, last=True)
        return [event for event in found if kind in ("recurring", "band", "gate") or [event] != self.starts(candidate)]

    def nearest(self, column: int, text: str, last: bool = False) -> list[str]:
        """The events whose words stand nearest to the signal; the longest words where several do."""
        met = []
        for entry in words.EVENTS:
            found = list(re.finditer(entry[column], text)) if entry[column] else []
            if found:
                match = found[-1 if last else 0]
                met.append((-match.end() if last else match.start(), -len(match[0]), entry[0]))
        if not met:
            return []
        best = min(met)
        near = _ENUMERATED if last else 0  # 工程严重逾期、投资重大损失: either of them
        return [event for at, long, event in sorted(met) if (at, long) == best[:2] or 0 < at - best[0] <= near]

    def guess(self, events: Sequence[str], ask: str, as_list: bool = False) -> Any:
        if len(events) == 1:
            return [events[0]] if as_list else events[0]
        return decide(ask, events)

    # Who

    def owner(self, candidate: Candidate) -> str | None:
        """Whom the sentence speaks of: named last before the signal and not as one to be reported to."""
        kinds = ((words.UNITS, "unit"), (words.VENDORS, "vendor"), (self.authority, None))
        if candidate.kind == "at_least" and re.search(words.VENDORS, candidate.before):
            return "vendor"
        met = []
        for pattern, holder in kinds:
            met += [
                (found.start(), holder or self.names[found[0]])
                for found in re.finditer(pattern, candidate.sentence.plain)
                if not re.search(
                    "(?:向|报|报送|送|经|要求|督促|指导)$" if holder else "(?:向|报|报送|送|经|通过|市委|[、和与])$",
                    candidate.sentence.plain[: found.start()],
                )
            ]
        before = [item for item in met if item[0] < candidate.end]
        return (max(before) if before else min(met))[1] if met else None

    def per(self, candidate: Candidate, owner: str | None) -> str:
        if owner == "vendor" and candidate.kind == "at_least":
            return "vendor"
        if (
            candidate.kind == "recurring"
            and "by" in candidate.fields
            and "建设期" not in candidate.sentence.plain
            and "实施期" not in candidate.sentence.plain
        ):
            return "unit" if owner in ("unit", None) else "jurisdiction"
        return "project"

    def recipients(self, candidate: Candidate) -> dict[str, list[str]]:
        begins, _ = candidate.sentence.clause(candidate.start)
        given: dict[str, list[str]] = {}
        name = rf"(?:{self.authority})"
        for found in re.finditer(
            rf"(抄送|向|报送?(?:至|给)?|送|提交(?:至|给)?)({name}(?:[、和及与,]{name})*)", candidate.sentence.plain[begins:]
        ):
            listed = given.setdefault("copy_to" if found[1] == "抄送" else "submit_to", [])
            listed += [key for each in re.findall(name, found[2]) if (key := self.names[each]) not in listed]
        return given

    # Limits and gates

    def gate(self, candidate: Candidate) -> dict[str, Any]:
        begins, _ = candidate.sentence.clause(candidate.start)
        unmet = re.search("未(?:经|获|进行|纳入|通过)?[^,]{2,24}", candidate.before)
        first = self.nearest(1, candidate.before) or (self.nearest(2, unmet[0]) if unmet else [])
        barred = self.nearest(2, candidate.sentence.plain[candidate.start :]) or self.nearest(
            2, candidate.sentence.plain[begins:]
        )
        ask = "要满足什么才放行，如 {happened: 节点}、{attached: 材料名}、{not: {project.defects: {contains: …}}}"
        return {"bars": self.guess(barred, "不得做什么（节点的代号）", as_list=True), "needs": decide(ask, first)}

    def ident(self, article: Article, kind: str, doing: Sequence[str]) -> str:
        """From the event that fulfils it, else from its article and kind; a person may find a better one before publishing."""
        stem = (doing[0] if len(doing) == 1 else f"{kind}").replace("_", "-")
        stem = f"a{article.number}-{stem}"
        self.ids[stem] = turn = self.ids.get(stem, 0) + 1
        return stem if turn == 1 else f"{stem}-{turn}"

    def title(self, candidate: Candidate, doing: Sequence[str]) -> dict[str, Any]:
        begins, ends = candidate.sentence.clause(max(candidate.start, candidate.end - 1))
        known = self.events[doing[0]]["zh"] if len(doing) == 1 and candidate.kind not in ("gate", "band") else None
        return {
            "zh": known or candidate.sentence.text[begins:ends][:_TITLE],
            "en": decide("标题的英文", [self.events[event]["en"] for event in doing]),
        }


def modality(candidate: Candidate) -> Any:
    text = candidate.before[-40:] + candidate.sentence.plain[candidate.start : candidate.end] + candidate.after[:4]
    if "原则上" in text:
        return "in_principle"
    if candidate.kind not in ("gate", "band") and re.search(
        "(?<!方)可(?:以|由)", candidate.sentence.plain[candidate.sentence.clause(candidate.start)[0] :]
    ):
        return decide("“可以”是权利（may）还是办理方式（must）")
    return "must"


def place(article: Article) -> dict[str, Any]:
    return {"article": article.number, **({"occurrence": article.occurrence} if article.occurrence > 1 else {})}


def shortened(sentence: Sentence, at: int, most: int) -> str:
    """The sentence, or the clauses around a place in it where it is long."""
    if len(sentence.text) <= most:
        return sentence.text
    begins, ends = sentence.clause(at)
    while begins and ends - sentence.clause(begins - 2)[0] <= most:
        begins = sentence.clause(begins - 2)[0]
    while ends < len(sentence.text) and sentence.clause(ends + 1)[1] - begins <= most:
        ends = sentence.clause(ends + 1)[1]
    return sentence.text[begins:ends]
