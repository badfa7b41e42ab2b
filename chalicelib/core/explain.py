"""Why: the derivation of an obligation, step by step, told by the code that computed its dates."""

from .calendar import Calendar
from .condition import View
from .dates import dates_of, en_day, mended, zh_day
from .errors import Text
from .obligation import Obligation

MODALITY = {"must": Text("应当", "must"), "in_principle": Text("原则上", "in principle"), "may": Text("可以", "may")}


def because(obligation: Obligation, calendar: Calendar, view: View) -> list[Text]:
    """The steps from the article to the dates: source, trigger, counting, rest days, the version in force."""
    rule, book, point = obligation.rule, obligation.book, obligation.anchor
    steps = [
        Text(
            f"依据《{book.document['title']}》第{rule.article}条：“{rule.quote}”（{MODALITY[rule.modality].zh}）",
            f"{book.name.en}, article {rule.article}: {rule.title.en} ({MODALITY[rule.modality].en})",
        )
    ]
    tell = _Teller(steps)
    if point and point.on:
        name = book.vocabulary.events.get(point.event) or book.vocabulary.facts.get(point.event)
        tell(
            f"起算：{name.zh if name else point.event}，{zh_day(point.on)}",
            f"starts from: {name.en if name else point.event}, {en_day(point.on)}",
        )
    if obligation.about and obligation.about != obligation.period:
        tell(f"报送的是{obligation.about}年度事项", f"it is about {obligation.about}")
    if obligation.dates.due_on or obligation.dates.opens_on:
        dates_of(
            rule,
            point.counts_from if point else None,
            obligation.year,
            obligation.day_of_year,
            calendar,
            document_day=point.on if point else None,
            stops=obligation.stops,
            extended_to=obligation.extended_to,
            tell=tell,
        )
    if obligation.mend_by:
        mended(obligation.dates, obligation.returned.on, obligation.mend_by, calendar, tell)
    elif obligation.returned:
        day = obligation.returned.on
        tell(f"{zh_day(day)}退回，补正后重新报送", f"returned on {en_day(day)}: to be mended and handed in again")
    if rule.kind == "no_date" and not obligation.mend_by:
        tell("条文未定期限，应及时办理", "the text sets no number of days: do it without delay")
    for name in obligation.needs:
        zh, en = book.called(name)
        tell(f"尚缺“{zh}”，补充后才能确定", f"not determined until {en} is known")
    if obligation.done:
        tell(
            f"{zh_day(obligation.done.on)}已办：{book.vocabulary.events[obligation.done.event].zh}",
            f"done on {en_day(obligation.done.on)}: {book.vocabulary.events[obligation.done.event].en}",
        )
    if rule.note:
        steps.append(rule.note)
    steps.append(Text(f"计算方法：{book.counting.zh}", f"Counting: {book.counting.en}"))
    draft = ("（征求意见稿，按其施行推算）", " (a draft, computed as if in force)") if book.status == "draft" else ("", "")
    steps.append(
        Text(
            f"规则册：{book.name.zh} {book.edition}版 第{book.revision}次修订{draft[0]}",
            f"Rulebook: {book.name.en}, edition {book.edition}, revision {book.revision}{draft[1]}",
        )
    )
    return steps


class _Teller:
    def __init__(self, steps: list[Text]):
        self.steps = steps

    def __call__(self, zh: str, en: str) -> None:
        self.steps.append(Text(zh, en))
