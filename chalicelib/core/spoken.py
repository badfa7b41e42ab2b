"""A rule in words: when it falls due, on which conditions, by whom - for people who read a rulebook rather than write it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .condition import All, Amount, Any_, Attached, Compare, EventRef, Happened, Not, Sum
from .counting import DayOfYear, Period
from .errors import Text
from .explain import MODALITY
from .rulebook import Anchor, Choice, Rule, Rulebook

KINDS = {
    "at_most": Text("不超过", "within a time"),
    "at_least": Text("不少于", "at least a time"),
    "window": Text("时间窗口", "window"),
    "recurring": Text("周期性", "recurring"),
    "before_event": Text("事前", "before a step"),
    "by_document": Text("文书定期", "by a document"),
    "no_date": Text("及时", "without delay"),
    "band": Text("分档", "band"),
    "gate": Text("前置条件", "gate"),
}
COMPARED = {
    "is": ("为", "is"), "not": ("不为", "is not"), "in": ("为以下之一：", "is one of"), "at_least": ("≥", "≥"),
    "above": (">", ">"), "at_most": ("≤", "≤"), "below": ("<", "<"), "contains": ("包含", "contains"),
}  # fmt: skip
ABOUT = {-1: Text("（报上一年度的）", " (of the year before)"), 1: Text("（报下一年度的）", " (of the next year)")}
ROLLS = {
    "forward": Text("；末日是休息日的，顺延至下一工作日", "; a rest day moves to the next working day"),
    "backward": Text("；末日是休息日的，提前至上一工作日", "; a rest day moves to the working day before"),
}
UNSET = Text("（间隔待设定）", "(an interval that is not set)")


class Words(NamedTuple):
    """What a rule speaks of: its rulebook, and what the values of facts are called (new: 新建) where they are codes."""

    book: Rulebook
    called: Mapping[str, Text] = {}


def dates_of_rule(rule: Rule, words: Words) -> Text:
    """When a rule falls due, in one sentence; of a band or gate, what it judges."""
    said = _SENTENCES[rule.kind](rule, words)
    roll = ROLLS.get(rule.roll) if rule.kind in ("at_most", "window", "before_event", "recurring") else None
    return _joined((said, roll), "", "") if roll else said


def condition_of(condition: Any, words: Words) -> Text | None:
    """A condition in words; None where there is none."""
    return None if condition is None else _test(condition, words)


def modality_of(rule: Rule) -> Text:
    return MODALITY[rule.modality]


def named(choices: Iterable[Choice], words: Words) -> list[dict[str, Any]]:
    """Who or what is listed, with the condition each counts under: {name, when}."""
    return [{"name": _who(choice.name, words), "when": condition_of(choice.when, words)} for choice in choices]


def events(refs: Iterable[EventRef], words: Words, zh: str = "或", en: str = " or ") -> Text:
    return _joined([_event(ref, words) for ref in refs], zh, en)


def _at_most(rule: Rule, words: Words) -> Text:
    start, length = _anchor(rule.anchor, words), _period(rule.period)
    return Text(f"自{start.zh}起{length.zh}内", f"within {length.en} of {start.en}")


def _at_least(rule: Rule, words: Words) -> Text:
    start, length, bars = _anchor(rule.anchor, words), _period(rule.period), events(rule.bars, words)
    before = Text(f"；期满前不得：{bars.zh}", f"; not before it has run: {bars.en}") if rule.bars else Text("", "")
    return Text(f"自{start.zh}起不少于{length.zh}{before.zh}", f"at least {length.en} from {start.en}{before.en}")


def _window(rule: Rule, words: Words) -> Text:
    start, opens, closes = _anchor(rule.anchor, words), _period(rule.opens), _period(rule.closes)
    return Text(f"自{start.zh}起满{opens.zh}至{closes.zh}之间", f"between {opens.en} and {closes.en} after {start.en}")


def _recurring(rule: Rule, words: Words) -> Text:
    phase = Text(f"{rule.phase.title.zh}内，", f"during the {rule.phase.title.en}, ") if rule.phase else Text("", "")
    about = ABOUT.get(rule.about, Text("", ""))
    if not rule.by:
        start, length = _anchor(rule.anchor, words), _period(rule.period)
        return Text(
            f"{phase.zh}每{length.zh}一次，自{start.zh}起算{about.zh}",
            f"{phase.en}every {length.en}, from {start.en}{about.en}",
        )
    days = _joined([_day(day) for day in rule.by], "、", " and ")
    opens = _day(rule.opens) if isinstance(rule.opens, DayOfYear) else None
    since = Text(f"{opens.zh}起、", f"from {opens.en} ") if opens else Text("", "")
    return Text(f"{phase.zh}每年{since.zh}{days.zh}前{about.zh}", f"{phase.en}each year {since.en}by {days.en}{about.en}")


def _before_event(rule: Rule, words: Words) -> Text:
    step = _anchor(rule.anchor, words)
    if rule.year_before:
        return Text(f"{step.zh}的上一年度12月31日前", f"by 31 December of the year before {step.en}")
    if rule.period and not rule.period.count:
        return Text(f"{step.zh}之前（当日亦可）", f"before {step.en}, or on the day itself")
    return Text(f"{step.zh}之前{_period(rule.period).zh}", f"{_period(rule.period).en} before {step.en}")


def _by_document(rule: Rule, words: Words) -> Text:
    step = _anchor(rule.anchor, words)
    return Text(f"{step.zh}的文书所定的日期", f"the day set in the document of: {step.en}")


def _no_date(rule: Rule, words: Words) -> Text:
    start = _anchor(rule.anchor, words)
    return Text(f"自{start.zh}起及时办理，条文未定天数", f"without delay from {start.en}; the text sets no number of days")


def _band(rule: Rule, words: Words) -> Text:
    what = _event(rule.judged, words) if rule.judged else Text("项目", "the project")
    return Text(f"按{what.zh}的情况分档", f"judges {what.en}")


def _gate(rule: Rule, words: Words) -> Text:
    bars, needs = events(rule.bars, words), condition_of(rule.needs, words)
    return Text(
        f"{bars.zh}之前，须：{needs.zh if needs else '—'}", f"before {bars.en} there must be: {needs.en if needs else '—'}"
    )


_SENTENCES = {
    "at_most": _at_most, "at_least": _at_least, "window": _window, "recurring": _recurring, "before_event": _before_event,
    "by_document": _by_document, "no_date": _no_date, "band": _band, "gate": _gate,
}  # fmt: skip


def _period(period: Period | None) -> Text:
    return Text(period.zh(), period.en()) if isinstance(period, Period) else UNSET


def _day(day: DayOfYear) -> Text:
    if day.day == 31:
        return Text(f"{day.month}月底", f"the end of month {day.month}")
    return Text(f"{day.month}月{day.day}日", f"{day.month:02}-{day.day:02}")


def _anchor(anchor: Anchor | None, words: Words) -> Text:
    if anchor is None:
        return Text("相关节点", "the step")
    match anchor.form:
        case "fact":
            fact = words.book.vocabulary.facts[anchor.name]
            return Text(f"“{fact.zh}”", f"“{fact.en}”")
        case "due_of":
            other = words.book.rule(anchor.name)
            title = other.title if other else Text(anchor.name, anchor.name)
            missed = Text("逾期", " was missed") if anchor.missed else Text("的法定期限", " is due")
            return Text(f"“{title.zh}”{missed.zh}", f"the day on which “{title.en}”{missed.en}")
        case "in_force":
            return Text("本办法施行", "the regulation taking effect")
        case "later_of":
            parts = [events(refs, words) for refs in anchor.all_of]
            listed = _joined(parts, "、", ", ")
            return Text(f"{listed.zh}（以最晚的为准）", f"the latest of {listed.en}")
        case "first_of":
            listed = events(anchor.events, words, "、", ", ")
            return Text(f"{listed.zh}（以最早的为准）" if len(anchor.events) > 1 else listed.zh, f"the first of {listed.en}")
        case "last_done":
            listed = events(anchor.events, words)
            return Text(f"上次{listed.zh}", f"the last time of: {listed.en}")
        case "each":
            listed = events(anchor.events, words)
            return Text(f"每次{listed.zh}", f"each: {listed.en}")
    return events(anchor.events, words)


def _event(ref: EventRef, words: Words) -> Text:
    return words.book.vocabulary.events[ref.event]


def _who(name: str, words: Words) -> Text:
    plain = {
        "unit": Text("项目建设单位", "the unit"),
        "parent": Text("其主管部门", "its department"),
        "vendor": Text("承建企业", "the vendor"),
    }
    return words.book.authorities.get(name) or plain.get(name) or Text(name, name)


def _test(node: Any, words: Words) -> Text:
    match node:
        case All(parts=parts):
            return _joined([_inner(part, words) for part in parts], "，且", " and ")
        case Any_(parts=parts):
            return _joined([_inner(part, words) for part in parts], "，或", " or ")
        case Not(part=part):
            said = _inner(part, words)
            return Text(f"不属于：{said.zh}", f"not: {said.en}")
        case Happened(event=event):
            said = _event(event, words)
            return Text(f"已有“{said.zh}”", f"“{said.en}” has happened")
        case Attached(name=name):
            return Text(f"附有“{name}”", f"“{name}” is attached")
        case Sum(event=event, operator=operator, right=right):
            said, amount = _event(event, words), _amount(right, words, is_money=True)
            sign = COMPARED[operator]
            return Text(f"“{said.zh}”累计金额 {sign[0]} {amount.zh}", f"the sum of “{said.en}” {sign[1]} {amount.en}")
        case Compare():
            return _compare(node, words)
    raise TypeError(f"no words for {node!r}")


def _inner(node: Any, words: Words) -> Text:
    """A part of a condition; one that has parts of its own goes in brackets."""
    said = _test(node, words)
    return Text(f"（{said.zh}）", f"({said.en})") if isinstance(node, All | Any_) else said


def _compare(node: Compare, words: Words) -> Text:
    fact, sign = words.book.vocabulary.facts[node.path], COMPARED[node.operator]
    if isinstance(node.right, bool) and node.operator == "is":
        return Text(f"{fact.zh}：{'是' if node.right else '否'}", f"{fact.en}: {'yes' if node.right else 'no'}")
    if isinstance(node.right, Amount):
        right = _amount(node.right, words, is_money=fact.type == "money")
    else:
        listed = node.right if isinstance(node.right, tuple | list) else [node.right]
        right = _joined([_value(each, words, fact.type == "money") for each in listed], "、", ", ")
    return Text(f"{fact.zh} {sign[0]} {right.zh}", f"{fact.en} {sign[1]} {right.en}")


def _amount(amount: Amount, words: Words, *, is_money: bool) -> Text:
    match amount.form:
        case "literal":
            return _value(amount.value, words, is_money)
        case "fact":
            fact = words.book.vocabulary.facts[amount.value]
            return Text(fact.zh, fact.en)
    of = _amount(amount.of, words, is_money=is_money)
    return Text(f"{of.zh}的{amount.value}%", f"{amount.value}% of {of.en}")


def _value(value: Any, words: Words, is_money: bool) -> Text:
    """A literal. Money comes in fen."""
    if not is_money or isinstance(value, str):
        return words.called.get(str(value)) or Text(str(value), str(value))
    yuan = value / 100
    short = f"{yuan / 10_000:,.6g}万元" if yuan >= 10_000 else f"{yuan:,.2f}元".replace(".00元", "元")
    return Text(short, f"{yuan:,.0f} yuan")


def _joined(parts: Iterable[Text], zh: str, en: str) -> Text:
    parts = list(parts)
    return Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
