"""Whether a rulebook's data make sense: what their shape alone cannot tell. Each check yields what is wrong, and where."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from .condition import Vocabulary
from .errors import Text
from .probe import Flaw, flaws
from .readings import Place, Readings, mapping, named
from .regulation import Article, astray, normalised

UNDATED = ("no_date", "band", "gate")  # kinds that have no due day another rule could start from
_SHOWN = 40


class Trouble(NamedTuple):
    """One thing that makes no sense; a note says only what is still open."""

    path: Place
    zh: str
    en: str
    remedy: Text
    is_note: bool = False


def review(data: Mapping[str, Any], on: date) -> Iterator[Trouble]:
    due = data.get("review_by")
    if isinstance(due, date) and due < on:
        yield Trouble(
            ("review_by",),
            f"复核期限 {due} 已过，规则册可能与现行办法不符",
            f"to be reviewed by {due}; the law may have changed since",
            Text(
                "与现行原文逐条核对后，更新 reviewed_on 和 review_by",
                "compare it with the text in force, then renew reviewed_on and review_by",
            ),
        )


def open_marks(value: Any, path: Place = ()) -> Iterator[Trouble]:
    """Every {decide: …}: what a draft leaves to a person. Nothing is published with one."""
    if isinstance(value, Mapping):
        if set(value) == {"decide"}:
            yield Trouble(
                path,
                f"待定：{value['decide']}",
                f"not decided yet: {value['decide']}",
                Text(
                    "对照原文定下来，用确定的内容替换 {decide: …}；不需要这一项的删去",
                    "decide by the text and replace {decide: …}, or remove the field",
                ),
            )
            return
        for key, item in value.items():
            yield from open_marks(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from open_marks(item, (*path, place))


def options(readings: Readings) -> Iterator[Trouble]:
    """Each reading chooses one of its options, no two of which bear one id."""
    for key, listed in readings.options.items():
        ids = readings.ids(key)
        if str(readings.chosen(key)) not in ids:
            yield Trouble(
                ("readings", key, "chosen"),
                f"chosen 不是读法“{key}”所列的选项",
                f"chosen is none of the options of {key!r}",
                Text(f"写其中一个 id：{'、'.join(ids)}", f"write one of: {', '.join(ids)}"),
            )
        for turn, (place, ident) in enumerate(zip(listed, ids, strict=True)):
            if ident in ids[:turn]:
                yield Trouble(
                    ("readings", key, "options", place, "id"),
                    f"选项“{ident}”写了两次",
                    f"option {ident!r} stands twice",
                    Text("每个选项用不同的 id", "give each option an id of its own"),
                )


def circles(readings: Readings) -> Iterator[Trouble]:
    for key in readings.circular():
        yield Trouble(
            ("readings", key),
            f"读法“{key}”绕回了它自己",
            f"reading {key!r} leads back to itself",
            Text("选项的 value 中不要再写通向它的 {reading: …}", "let no option's value refer to it again"),
        )


def repeated_ids(rules: Mapping[int, Mapping]) -> Iterator[Trouble]:
    seen: dict[str, int] = {}
    for place, rule in rules.items():
        ident = str(rule.get("id"))
        if seen.setdefault(ident, place) != place:
            yield Trouble(
                ("rules", place, "id"),
                f"规则“{ident}”写了两次",
                f"rule {ident!r} stands twice",
                Text("给后一条换一个 id", "give the second an id of its own"),
            )


def due_anchors(rules: Mapping[int, Mapping]) -> Iterator[Trouble]:
    """A rule may start from the due date of another that stands before it and has one."""
    kinds = {str(rule.get("id")): rule.get("kind") for rule in rules.values()}
    before = set()
    for place, rule in rules.items():
        other, path = str(mapping(rule, "from").get("due_of", "")), ("rules", place, "from", "due_of")
        if other in kinds and other not in before:
            yield Trouble(
                path,
                f"规则“{other}”写在后面（或就是本条）：先有它的期限，才有本条的起算点",
                f"rule {other!r} stands later; what a rule starts from stands before it",
                Text(f"把“{other}”移到本条之前", f"move {other!r} before this rule"),
            )
        elif kinds.get(other) in UNDATED:
            yield Trouble(
                path,
                f"规则“{other}”是 {kinds[other]}，没有期限",
                f"rule {other!r} is {kinds[other]} and has no due date",
                Text("改写一条有期限的规则，或者改从节点起算", "name a rule with a due date, or start from an event"),
            )
        before.add(str(rule.get("id")))


def unset_settings(data: Mapping[str, Any], rules: Mapping[int, Mapping]) -> Iterator[Trouble]:
    for key, setting in mapping(data, "settings").items():
        waiting = [str(rule.get("id")) for rule in rules.values() if key in named(rule, "setting")]
        if waiting and isinstance(setting, Mapping) and setting.get("value", key) is None:
            yield Trouble(
                ("settings", key),
                f"设置“{key}”还没有值，规则{'、'.join(waiting)}暂不推算",
                f"setting {key!r} has no value; {', '.join(waiting)} wait for it",
                Text(
                    "由主管部门确定后写入 value；在此之前不算错误",
                    "give it a value once the office decides; no fault until then",
                ),
                is_note=True,
            )


def bands(data: Mapping[str, Any], rules: Mapping[int, Mapping], words: Vocabulary) -> Iterator[Trouble]:
    """No amount has two rows of a band, and none falls between them. `data` and `rules` are of sound shape."""
    scope = [entry["when"] for entry in data.get("scope", ()) if "when" in entry]
    for place, rule in rules.items():
        if rule["kind"] != "band":
            continue
        around = ([] if rule.get("beyond_scope") else scope) + ([rule["when"]] if "when" in rule else [])
        if any(named([rule, around], "setting")):
            continue  # a limit that the office has not set yet
        rows, around = (
            [words.condition(when, rule["id"]) for when in listed] for listed in ([row["when"] for row in rule["rows"]], around)
        )
        for flaw in flaws(rows, [row["outcome"] == "route" for row in rule["rows"]], around):
            yield Trouble(("rules", place, "rows", flaw.rows[-1], "when"), *_of_flaw(flaw, words))


def _of_flaw(flaw: Flaw, words: Vocabulary) -> tuple[str, str, Text]:
    low, high = _yuan(flaw.low), _yuan(flaw.high)
    name = (
        words.facts[flaw.amount].zh
        if flaw.amount in words.facts
        else f"{words.events[flaw.amount.partition('.')[0]].zh}累计金额"
    )
    given = "".join(f"（设{words.facts[key].zh}为{_yuan(value)}元）" for key, value in flaw.given)
    zh, en = (
        f"{name}{f'恰为{low}' if low == high else f'在{low}至{high}'}元时{given}",
        f"{flaw.amount} {low if low == high else f'{low} to {high}'}",
    )
    if flaw.is_gap:
        return (
            f"{zh}没有一档适用",
            f"no row applies at {en}",
            Text(
                "改本档或相邻一档的界限，使各档相接；是否含本数见 edges。若原文就是如此，用规则的 when 写明只管哪些金额",
                "move the limit of this row or its neighbour; see `edges` for which includes it. If the text means it, say so in the rule's `when`",
            ),
        )
    one, other = (place + 1 for place in flaw.rows)
    return (
        f"{zh}第{one}档和第{other}档同时适用",
        f"rows {one} and {other} both apply at {en}",
        Text(
            "只留一档含这个数：一档写 at_least（含），另一档就写 below（不含）；是否含本数见 edges",
            "let one row only include it: at_least in one, below in the other; see `edges`",
        ),
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else str(fen // 100)


def quotations(data: Mapping[str, Any], text: list[Article]) -> Iterator[Trouble]:
    """The words repeated from the text stand in the article named, part after part."""
    bodies = {(article.number, article.occurrence): normalised(article.text) for article in text}
    for path, entry in citations(data):
        key = "quote" if "quote" in entry else "excerpt"
        here, quote = (str(entry["article"]), _number(entry.get("occurrence", 1))), str(entry[key])
        if here not in bodies:
            yield Trouble(
                (*path, "article"),
                f"原文没有{place_name(here)}",
                f"the text has no article {here[0]}, occurrence {here[1]}",
                Text("对照原文改正 article", "correct `article` by the text"),
            )
        elif gone := astray(quote, bodies[here]):
            elsewhere = [other for other, body in bodies.items() if astray(quote, body) is None]
            article, agreed, then = place_name(here), gone.part[: gone.agrees][-8:], gone.part[gone.agrees :][:12]
            if elsewhere:
                zh, remedy = (
                    f"这句话不在{article}，而在{'、'.join(map(place_name, elsewhere))}",
                    Text(
                        "改正 article；同号的第二处另写 occurrence: 2",
                        "correct `article`; for the second of one number add occurrence: 2",
                    ),
                )
            elif gone.earlier:
                zh, remedy = (
                    f"“{shown(gone.part)}”在{article}中排在前一段引文之前",
                    Text("按原文的先后写，用 … 连接", "put the parts in the text's order, joined by …"),
                )
            elif gone.agrees:
                zh, remedy = (
                    f"引文与{article}不符：“{agreed}”之后原文是“{gone.instead}”，这里写的是“{then}”",
                    Text("照录原文；跳过的字用 … 连接", "copy the text word for word; join what you leave out by …"),
                )
            else:
                zh, remedy = (
                    f"{article}中没有“{shown(gone.part)}”",
                    Text("照录原文；确认条号无误", "copy the text word for word; check the article's number"),
                )
            yield Trouble((*path, key), zh, f"not so in article {here[0]}: {shown(gone.part)}", remedy)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 1


def place_name(place: tuple[str, int]) -> str:
    """How people write where something stands: 第36条（第2处）."""
    return (f"第{place[0]}条" if place[0].isdecimal() else place[0]) + (f"（第{place[1]}处）" if place[1] != 1 else "")


def citations(value: Any, path: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every piece that names an article and repeats its words."""
    if isinstance(value, Mapping):
        if "article" in value and ("quote" in value or "excerpt" in value):
            yield path, value
        for key, item in value.items():
            yield from citations(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from citations(item, (*path, place))


def shown(value: Any) -> str:
    """A value as it is repeated in a message: not longer than a line."""
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "……"
