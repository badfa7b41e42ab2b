"""What a change of rules says, in words: setting by setting, rule by rule - for an admin who is about to publish it or looks back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...core.errors import Text
from ...core.names import AUDIENCES, LEVELS, channel
from ...core.rulebook import Rulebook
from ...core.spoken import Words, dates_of_rule
from ...ports import Forms, Ports
from .differences import differences

WHEN = {
    "unheard": Text("到期前{}天仍无人签收", "unacknowledged {} days before"),
    "overdue": Text("逾期{}天", "overdue by {} days"),
}
MEMBERS = {  # of a rule or a rulebook's head
    "title": Text("名称", "title"), "article": Text("条", "article"), "quote": Text("引文", "quotation"), "kind": Text("种类", "kind"),
    "modality": Text("语气", "modality"), "when": Text("适用条件", "condition"), "owed_by": Text("由谁办理", "owed by"),
    "from": Text("起算", "starts from"), "done_by": Text("以何为办结", "done by"), "form": Text("表单", "form"),
    "submit_to": Text("报送", "submitted to"), "copy_to": Text("抄送", "copied to"), "materials": Text("材料", "documents"),
    "consequence": Text("后果", "consequence"), "extension": Text("延期", "extension"), "note": Text("说明", "note"),
    "rows": Text("分档", "rows"), "needs": Text("须具备", "needs"), "bars": Text("不得提前进行", "bars"), "also": Text("另见", "also"),
    "revision": Text("修订号", "revision"), "edition": Text("版本", "edition"), "status": Text("状态", "status"),
    "valid_from": Text("施行日期", "in force from"), "valid_to": Text("失效日期", "in force until"), "document": Text("文件", "document"),
    "counting": Text("计算方法", "counting"), "authorities": Text("部门", "offices"), "settings": Text("设置", "settings"),
    "readings": Text("读法", "readings"), "phases": Text("阶段", "phases"), "events": Text("节点种类", "events"),
    "facts": Text("事实", "facts"), "scope": Text("适用范围", "scope"), "classified": Text("涉密", "classified"),
    "untranslatable": Text("不作推算", "not computed"), "reviewed_on": Text("核对日期", "reviewed on"),
    "review_by": Text("下次核对", "review by"), "edges": Text("以上以下", "edges"), "division": Text("区划代码", "division"),
    "name": Text("名称", "name"),
}  # fmt: skip
TIMES = ("from", "within", "for", "every", "before", "opens", "closes", "by", "while", "roll")
DATES = Text("期限", "dates")
NONE_YET = Text("未设定", "not set")


class Told(NamedTuple):
    """One thing that changes: what it is about, how it was, how it becomes; None where there is nothing."""

    about: Text
    was: Text | None
    becomes: Text | None


def called(forms: Forms) -> dict[str, Text]:
    """What the forms call the codes that conditions compare with: new is 新建."""
    found = {}
    for form in ("unit-details", "project-change"):
        for schema in forms.get(form)["properties"].values():
            for code, label in schema.get("items", schema).get("x-labels", {}).items():
                found[code] = Text(label["zh"], label["en"])
    return found


def in_words(ports: Ports, jurisdiction: str, was: dict[str, Any], becomes: dict[str, Any]) -> list[Told]:
    """How the second version differs from the first. Versions are as the Rules port gives them, or as `proposed` does."""
    return [*_of_tuning(ports, jurisdiction, was, becomes), *_of_books(ports, jurisdiction, was, becomes)]


# Settings, readings, offices


def _of_tuning(ports: Ports, jurisdiction: str, was: dict[str, Any], becomes: dict[str, Any]) -> Iterator[Told]:
    before, after = (_values(ports, jurisdiction, version) for version in (was, becomes))
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old and new and old[1] != new[1]:
            yield Told(new[0], old[1], new[1])


def _values(ports: Ports, jurisdiction: str, version: dict[str, Any]) -> dict[str, tuple[Text, Text]]:
    """key -> (what it is called, its value in words) of all that can be tuned."""
    tuned, entries, readings, offices = version["tuning"], dict(ports.rules.defaults(version)), {}, {}
    for book in ports.rules.books(jurisdiction, version):
        entries.update(book.get("settings", {}))
        readings.update(book.get("readings", {}))
        offices.update(book["authorities"])
    found = {}
    for key, entry in entries.items():
        value = tuned.get("settings", {}).get(key, entry["value"])
        found[f"settings/{key}"] = (_text(entry["name"]), value_in_words(key, value))
    for key, entry in readings.items():
        chosen = tuned.get("readings", {}).get(key, entry["chosen"])
        option = next((each for each in entry["options"] if each["id"] == chosen), {"zh": chosen, "en": chosen})
        found[f"readings/{key}"] = (
            Text(f"读法（第{entry['article']}条）：{entry['about']['zh']}", f"reading: {entry['about']['en']}"),
            _text(option),
        )
    for key, entry in offices.items():
        office = tuned.get("authorities", {}).get(key, entry)
        about = Text(f"部门名称（{entry['name']}）", f"name of the office ({entry['en']})")
        found[f"authorities/{key}"] = (about, Text(office["name"], office["en"]))
    return found


def value_in_words(key: str, value: Any) -> Text:
    """A setting's value as people read it."""
    if value is None:
        return NONE_YET
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if key == "escalation":
        return _listed([_level(each) for each in value])
    if key == "content_level":
        return _listed(
            [
                Text(f"{channel(name).zh}：{LEVELS[level].zh}", f"{channel(name).en}: {LEVELS[level].en}")
                for name, level in value.items()
            ]
        )
    if isinstance(value, list):
        return _both("、".join(map(str, value)) or "—")
    if key.startswith("text_") and key != "text_of_channel":
        return _both("\n".join(part for part in value.values() if part))
    return _both(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _level(level: Mapping[str, Any]) -> Text:
    when, to = WHEN[level["when"]], AUDIENCES[level["to"]]
    return Text(f"{when.zh.format(level['days'])} → {to.zh}", f"{when.en.format(level['days'])} → {to.en}")


def _listed(texts: list[Text]) -> Text:
    return Text("；".join(text.zh for text in texts) or "—", "; ".join(text.en for text in texts) or "—")


# Rulebooks


def _of_books(ports: Ports, jurisdiction: str, was: dict[str, Any], becomes: dict[str, Any]) -> Iterator[Told]:
    before, after = (_editions(ports, jurisdiction, version) for version in (was, becomes))
    names = called(ports.forms)
    for edition in [*before, *(edition for edition in after if edition not in before)]:
        old, new = before.get(edition), after.get(edition)
        if old and new:
            yield from _of_book(*old, *new, names)
        else:
            _, book = old or new
            about = Text(f"{edition}版规则册", f"rulebook, edition {edition}")
            title = _both(f"{book.document['title']}，{len(book.rules)}条规则")
            yield Told(about, title if old else None, title if new else None)


def _editions(ports: Ports, jurisdiction: str, version: dict[str, Any]) -> dict[str, tuple[dict[str, Any], Rulebook]]:
    """edition -> (what the rulebook's file says, the rulebook as tuned)."""
    files, books = ports.rules.books(jurisdiction, version), ports.rules.read(jurisdiction, version)
    return {book.edition: (data, book) for data, book in zip(files, books, strict=True)}


def _of_book(
    data: dict[str, Any], old: Rulebook, new_data: dict[str, Any], new: Rulebook, names: Mapping[str, Text]
) -> Iterator[Told]:
    """The changed members of a rule beside each other; those that make its dates as one sentence."""
    rows = differences(data, new_data)
    for row in rows:
        kind, _, member = row["what"].partition("/")
        if kind == "head" and member != "review_by":
            yield Told(MEMBERS.get(member, _both(member)), _value(row["was"]), _value(row["becomes"]))
    changed: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        kind, _, rest = row["what"].partition("/")
        if kind == "rule":
            changed.setdefault(rest.partition("/")[0], []).append(row)
    for ident, members in changed.items():
        yield from _of_rule(old, new, ident, members, names)


def _of_rule(
    old: Rulebook, new: Rulebook, ident: str, members: list[dict[str, Any]], names: Mapping[str, Text]
) -> Iterator[Told]:
    was, becomes = old.rule(ident), new.rule(ident)
    rule = becomes or was
    about = Text(f"第{rule.article}条 {rule.title.zh}", f"article {rule.article}: {rule.title.en}")
    before = was and dates_of_rule(was, Words(old, names))
    after = becomes and dates_of_rule(becomes, Words(new, names))
    if not (was and becomes):
        yield Told(about, before, after)
        return
    if before != after:
        yield Told(_with(about, DATES), before, after)
    for row in members:
        member = row["what"].rpartition("/")[2]
        if member not in TIMES or before == after:
            yield Told(_with(about, MEMBERS.get(member, _both(member))), _value(row["was"]), _value(row["becomes"]))


def _with(about: Text, member: Text) -> Text:
    return Text(f"{about.zh}：{member.zh}", f"{about.en}: {member.en}")


def _value(value: Any) -> Text | None:
    """What stands in a rulebook's file, as short as it can be read."""
    if value is None:
        return None
    if isinstance(value, Mapping) and set(value) >= {"zh", "en"}:
        return _text(value)
    return _both(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["zh"], entry["en"])


def _both(text: Any) -> Text:
    return Text(str(text), str(text))
