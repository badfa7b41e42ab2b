"""`duban evaluate` and `duban simulate`: facts in, dates and messages out. They work offline and store nothing."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from .. import bootstrap, loaders
from ..core.answer import answer_json
from ..core.errors import InvalidInput, counted
from ..core.evaluate import Answer, evaluate
from ..core.facts import Facts
from ..core.ladder import instant, local_day
from ..core.obligation import STATES
from ..usecases.views.future import messages

OUTCOMES = {"pass": "符合", "route": "路径", "warn": "提醒", "block": "阻断", "undetermined": "待定"}
RUNGS = {
    "new": "新事项",
    "moved": "期限调整",
    "opens": "可以办理",
    "before": "到期提醒",
    "overdue": "逾期提醒",
    "nudge": "催办",
    "lawful": "期间届满",
    "unheard": "无人签收",
    "escalated": "逐级上报",
}


def _facts(options: argparse.Namespace) -> tuple[Facts, Answer]:
    """The facts of the file, checked against the schema and the place's own events."""
    text = sys.stdin.read() if options.file == "-" else _read(options.file)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"不是有效的 JSON：{error}", f"not valid JSON: {error}") from None
    _check(data)
    rules = bootstrap.FileRules()
    return Facts.of_json(data), evaluate(
        rules.editions(data["jurisdiction"]),
        rules.calendar(),
        Facts.of_json(data),
        on=options.on or local_day(bootstrap.clock()),
        until=options.until,
    )


def _read(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"无法读取 {file}：{error}", f"cannot read {file}: {error}") from None


def _check(data: Any) -> None:
    """Every fault of the facts at once. A rulebook's own events are as good as the shared ones."""
    from jsonschema import Draft202012Validator, FormatChecker

    schema = json.loads((loaders.folder("schemas") / "facts.schema.json").read_text("utf-8"))
    place = data.get("jurisdiction") if isinstance(data, dict) else None
    if place in loaders.jurisdictions():
        schema["properties"]["jurisdiction"] = {"type": "string"}
        schema["$defs"]["event"]["enum"] += list(loaders.seed_rulebook(place).get("events", {}))
    faults = sorted(
        Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data),
        key=lambda fault: list(map(str, fault.path)),
    )
    if faults:
        raise InvalidInput(
            f"事实有{len(faults)}处不对，格式见 schemas/facts.schema.json",
            f"{counted(len(faults), 'fault')} in the facts",
            errors=tuple(
                {
                    "field": "/" + "/".join(map(str, fault.path)),
                    "message": {"zh": f"不符合 {fault.validator}：{fault.message}", "en": fault.message},
                }
                for fault in faults
            ),
        )


def run_evaluate(options: argparse.Namespace) -> None:
    _, answer = _facts(options)
    given = answer_json(answer)
    if options.json:
        print(json.dumps(given, ensure_ascii=False, indent=2))
        return
    print(
        f"推算日 {given['on']}，到 {given['until']}；"
        + "，".join(
            f"{book['id']} {book['edition']}版" + ("（征求意见稿）" if book["status"] == "draft" else "")
            for book in given["rulebooks"]
        )
    )
    for obligation in given["obligations"]:
        _print_obligation(obligation)
    for finding in given["findings"]:
        print(f"〔{OUTCOMES[finding['outcome']]}〕第{finding['article']}条 {finding['message']['zh']}")
    if given["not_computed"]:
        print(f"另有 {len(given['not_computed'])} 处条文不作推算（--json 可见全部）")


def _print_obligation(obligation: dict[str, Any]) -> None:
    due = obligation["due_on"]
    if obligation["earliest_next_on"]:
        when = f"{obligation['earliest_next_on']} 起方可进行下一步"
    elif due:
        literal = obligation["literal_due_on"]
        when = f"{due} 前" + (f"（字面 {literal}）" if literal != due else "") + f"，建议 {obligation['act_by']} 前办结"
        when += f"（是否适用待定，缺少 {'、'.join(obligation['needs'])}）" if obligation["needs"] else ""
    else:
        when = "待定：" + "、".join(obligation["needs"]) if obligation["needs"] else "及时办理"
    about = f"（{obligation['for']}）" if obligation["for"] else ""
    tentative = "【暂定】" if obligation["provisional"] else ""
    print(f"[{STATES[obligation['state']]}] 第{obligation['article']}条 {obligation['title']['zh']}{about}：{when}{tentative}")


def run_simulate(options: argparse.Namespace) -> None:
    facts, answer = _facts(options)
    now = bootstrap.clock()
    if options.on:
        now = instant(options.on, "00:00")
    tracked = (facts.project or {}).get("tracked_since")
    planned = messages(answer, dict(answer.editions[-1].settings), now, date.fromisoformat(tracked) if tracked else None)
    if options.json:
        print(json.dumps({**answer_json(answer), "messages": planned}, ensure_ascii=False, indent=2))
        return
    given = answer_json(answer)
    print("— 全部事项 —")
    for obligation in given["obligations"]:
        _print_obligation(obligation)
    print("— 全部提醒（如无新的进展）—")
    for message in planned:
        due = f"建议 {message['act_by']} 前，期限 {message['due_on']}" if message["due_on"] else "及时办理"
        print(f"{message['at']}  {RUNGS[message['kind']]}  第{message['article']}条 {message['title']['zh']}（{due}）")
