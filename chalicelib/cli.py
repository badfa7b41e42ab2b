"""The command `duban`. Exit status: 0 fine, 1 findings or invalid input, 2 wrong usage."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from . import bootstrap, loaders
from .core.answer import answer_json
from .core.errors import DubanError, InvalidInput
from .core.evaluate import Answer, evaluate
from .core.facts import Facts
from .core.ladder import local_day

STATES = {"undetermined": "待定", "waiting": "未开始", "upcoming": "未到起始日", "open": "办理中", "overdue": "已逾期", "done": "已办结",
          "done_late": "逾期办结", "suspended": "中止", "waived": "豁免", "lapsed": "失效", "withdrawn": "撤回"}
OUTCOMES = {"pass": "符合", "route": "路径", "warn": "提醒", "block": "阻断", "undetermined": "待定"}


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except DubanError as error:
        print(f"{error.text.zh}\n({error.text.en})", file=sys.stderr)
        for fault in error.errors:
            print(f"  {fault.get('field', '')} {fault.get('message', {}).get('zh', '')}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="duban", description="政务信息化项目管理办法：期限、依据与提醒 (deadlines of government IT project regulations)")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    serve = _command(commands, "serve", run_serve, "启动服务 (start the embedded server)")
    serve.add_argument("--data", help="数据目录 (folder of the store); default: DUBAN_DATA")
    serve.add_argument("--host", help="监听地址 (address); default: DUBAN_HOST")
    serve.add_argument("--port", help="端口 (port); default: DUBAN_PORT")
    serve.add_argument("--sample", action="store_true", help="载入示例数据 (load the labelled sample data into an empty store)")

    for name, run, text in (("evaluate", run_evaluate, "按规则推算事项与核查结果 (facts in, obligations and findings out)"),
                            ("simulate", run_simulate, "推演一个项目的全部日期和提醒 (every date and every message of a project)")):
        asked = _command(commands, name, run, text)
        asked.add_argument("file", help="事实文件，“-”为标准输入 (facts as JSON; - for standard input)")
        asked.add_argument("--on", type=_day, help="推算日，默认今天 (day of judging; default today)")
        asked.add_argument("--until", type=_day, help="推算到哪天，默认24个月后 (horizon; default 24 months after)")
        asked.add_argument("--json", action="store_true", help="输出 JSON (print JSON)")

    rules = commands.add_parser("rules", help="规则册 (rulebooks)").add_subparsers(metavar="ACTION", required=True)
    _command(rules, "list", run_rules_list, "列出规则册 (list them)").add_argument("--json", action="store_true")
    show = _command(rules, "show", run_rules_show, "逐条列出一个规则册 (show one, article by article)")
    show.add_argument("id", help="辖区，如 yunyang")
    show.add_argument("--json", action="store_true")

    tick = _command(commands, "tick", run_tick, "立即排定并发送到期提醒 (plan and send what is due)")
    tick.add_argument("--now", help="按此时刻，如 2026-11-20T01:00:00Z (at this instant)")
    _command(commands, "verify", run_verify, "核验台账完整 (prove that the ledger is whole)").add_argument("--json", action="store_true")
    _command(commands, "sample", run_sample, "移除示例数据 (remove the sample data)").add_argument("action", choices=["unload"])

    token = commands.add_parser("token", help="令牌 (tokens)").add_subparsers(metavar="ACTION", required=True)
    issue = _command(token, "issue", run_token_issue, "发一个令牌 (make a token)")
    issue.add_argument("--role", required=True, choices=["unit", "authority", "admin"])
    issue.add_argument("--jurisdiction", required=True)
    issue.add_argument("--party", help="主体编号；admin 不写 (party; not for admin)")
    revoke = _command(token, "revoke", run_token_revoke, "收回令牌 (revoke a token)")
    revoke.add_argument("token")

    calendar = _command(commands, "calendar", run_calendar, "查看某年的工作日安排 (rest days and make-up days of a year)")
    calendar.add_argument("year", type=int)
    calendar.add_argument("--json", action="store_true")
    return top


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，应如 2026-08-31 ({text!r} is not a date)") from None


def run_serve(options: argparse.Namespace) -> None:
    from .serve import serve
    from .usecases.sample import load_sample, sample_tokens

    values = bootstrap.configure(DUBAN_DATA=options.data, DUBAN_HOST=options.host, DUBAN_PORT=options.port)
    ports = bootstrap.ports()
    url = values["DUBAN_PUBLIC_URL"]
    print(f"督办 Duban：{url}   接口说明 {url}/openapi.json   运行状况 {url}/health", flush=True)
    if options.sample and load_sample(ports, ports.clock()):
        print("已载入示例数据（均标有【示例】；移除：duban sample unload）。试用令牌（Bearer）：", flush=True)
        for place, token in sample_tokens(ports, ports.clock()).items():
            print(f"  {place:14} {token}", flush=True)
        print("例如：curl -H 'Authorization: Bearer 令牌' " + f"{url}/api/v1/projects/sample-yunyang-1/obligations", flush=True)
    serve(values)


def _facts(options: argparse.Namespace) -> tuple[Facts, Answer]:
    """The facts of the file, checked against the schema and the place's own events."""
    text = sys.stdin.read() if options.file == "-" else _read(options.file)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"不是有效的 JSON：{error}", f"not valid JSON: {error}") from None
    _check(data)
    rules = bootstrap.FileRules()
    return Facts.of_json(data), evaluate(rules.editions(data["jurisdiction"]), rules.calendar(), Facts.of_json(data),
                                         on=options.on or local_day(bootstrap.clock()), until=options.until)


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
    faults = sorted(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data), key=lambda fault: list(map(str, fault.path)))
    if faults:
        raise InvalidInput(f"事实有{len(faults)}处不对，格式见 schemas/facts.schema.json", f"{len(faults)} faults in the facts", errors=tuple(
            {"field": "/" + "/".join(map(str, fault.path)), "message": {"zh": f"不符合 {fault.validator}：{fault.message}", "en": fault.message}}
            for fault in faults))


def run_evaluate(options: argparse.Namespace) -> None:
    _, answer = _facts(options)
    given = answer_json(answer)
    if options.json:
        print(json.dumps(given, ensure_ascii=False, indent=2))
        return
    print(f"推算日 {given['on']}，到 {given['until']}；" + "，".join(f"{book['id']} {book['edition']}版" + ("（征求意见稿）" if book["status"] == "draft" else "") for book in given["rulebooks"]))
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
    else:
        when = "待定：" + "、".join(obligation["needs"]) if obligation["needs"] else "及时办理"
    about = f"（{obligation['for']}）" if obligation["for"] else ""
    tentative = "【暂定】" if obligation["provisional"] else ""
    print(f"[{STATES[obligation['state']]}] 第{obligation['article']}条 {obligation['title']['zh']}{about}：{when}{tentative}")


def run_simulate(options: argparse.Namespace) -> None:
    from .usecases.future import messages

    facts, answer = _facts(options)
    now = bootstrap.clock()
    if options.on:
        from .core.ladder import instant

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


RUNGS = {"new": "新事项", "opens": "可以办理", "before": "到期提醒", "overdue": "逾期提醒", "nudge": "催办", "lawful": "期间届满"}


def run_rules_list(options: argparse.Namespace) -> None:
    from .usecases.overview import rulebooks

    listed = rulebooks(bootstrap.FileRules())
    if options.json:
        print(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for book in listed:
        status = {"in_force": f"{book['valid_from']}起施行", "draft": "征求意见稿", "repealed": "已废止"}[book["status"]]
        print(f"{book['id']:14} {book['title']}  {book['edition']}版 第{book['revision']}次修订（{status}）")


def run_rules_show(options: argparse.Namespace) -> None:
    from .usecases.overview import rulebook

    book = rulebook(bootstrap.FileRules(), options.id)
    if options.json:
        print(json.dumps(book, ensure_ascii=False, indent=2))
        return
    print(book["document"]["title"])
    for rule in book["rules"]:
        print(f"第{rule['article']}条 [{rule['kind']}] {rule['title']['zh']}（{rule['id']}）\n    “{rule['quote']}”")
    print("— 不作推算 —")
    for item in book["not_computed"]:
        print(f"第{item['article']}条 “{item['excerpt']}”：{item['reason']['zh']}")


def run_tick(options: argparse.Namespace) -> None:
    from .usecases.deliver import deliver
    from .usecases.records import instant_of
    from .usecases.tick import tick

    ports = bootstrap.ports()
    try:
        now = instant_of(options.now) if options.now else ports.clock()
    except ValueError:
        raise InvalidInput(f"“{options.now}”不是时刻，应如 2026-11-20T01:00:00Z", f"{options.now!r} is not an instant") from None
    woken = tick(ports, now)
    settled = deliver(ports, now, bootstrap.settings()["DUBAN_PUBLIC_URL"])
    print(f"处理 {woken} 个到点事项，办结 {settled} 条通知")


def run_verify(options: argparse.Namespace) -> int:
    from .usecases.account import verify

    chains = verify(bootstrap.ports().store)
    faults = {owner: fault for owner, fault in chains.items() if fault}
    if options.json:
        print(json.dumps({"chains": len(chains), "faults": faults}, ensure_ascii=False, indent=2))
    else:
        print(f"核验 {len(chains)} 本台账，{len(faults)} 本有问题")
        for owner, fault in faults.items():
            print(f"  {owner}: {fault}")
    return 1 if faults else 0


def run_sample(options: argparse.Namespace) -> None:
    from .usecases.sample import unload

    print(f"已移除示例数据 {unload(bootstrap.ports())} 条")


def run_token_issue(options: argparse.Namespace) -> None:
    from .usecases.access import issue_token

    ports = bootstrap.ports()
    ports.rules.editions(options.jurisdiction)
    print(issue_token(ports.store, role=options.role, jurisdiction=options.jurisdiction, party=options.party, now=ports.clock()))


def run_token_revoke(options: argparse.Namespace) -> None:
    from .usecases.access import revoke_token

    revoke_token(bootstrap.ports().store, options.token)
    print("已收回")


def run_calendar(options: argparse.Namespace) -> None:
    calendar = loaders.calendar()
    year = options.year
    rest = {day.isoformat(): name for day, name in sorted(calendar.rest.items()) if day.year == year}
    work = sorted(day.isoformat() for day in calendar.work if day.year == year)
    notice = calendar.notices.get(year)
    if options.json:
        print(json.dumps({"year": year, "notice": notice, "rest": rest, "work": work}, ensure_ascii=False, indent=2))
        return
    print(notice or f"{year}年放假通知未发布，按法定节假日推算（暂定）")
    for day, name in rest.items():
        print(f"  休 {day} {name}")
    for day in work:
        print(f"  班 {day}")
