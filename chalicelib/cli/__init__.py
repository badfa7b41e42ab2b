"""The command `duban`. Exit status: 0 fine, 1 findings or invalid input, 2 wrong usage."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from ..core.errors import DubanError
from . import house, judge, people, rules, server, sheets, signin
from .wording import Parser, an_instant


def main(arguments: Sequence[str] | None = None) -> int:
    given, top = sys.argv[1:] if arguments is None else arguments, parser()
    if not given:
        top.print_help(sys.stderr)
        return 2
    options = top.parse_args(given)
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
    top = Parser(
        prog="duban", description="政务信息化项目管理办法：期限、依据与提醒 (deadlines of government IT project regulations)"
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _judging(commands)
    _ruling(commands)
    _serving(commands)
    _reminding(commands)
    house.add(commands, command, as_json)
    sheets.add(commands, command, as_json, a_day)
    return top


def _judging(commands: Any) -> None:
    for name, run, text in (
        ("evaluate", judge.run_evaluate, "按规则推算事项与核查结果 (facts in, obligations and findings out)"),
        ("simulate", judge.run_simulate, "推演一个项目的全部日期和提醒 (every date and every message of a project)"),
    ):
        asked = command(commands, name, run, text)
        asked.add_argument("file", help="事实文件，“-”为标准输入 (facts as JSON; - for standard input)")
        asked.add_argument("--on", type=a_day, help="推算日，默认今天 (day of judging; default today)")
        asked.add_argument("--until", type=a_day, help="推算到哪天，默认24个月后 (horizon; default 24 months after)")
        as_json(asked)


def _ruling(commands: Any) -> None:
    actions = commands.add_parser("rules", help="规则册 (rulebooks)").add_subparsers(metavar="ACTION", required=True)
    or_files(as_json(command(actions, "list", rules.run_list, "列出规则册 (list them)")))
    show = or_files(as_json(command(actions, "show", rules.run_show, "逐条列出一个规则册 (show one, article by article)")))
    show.add_argument("id", help="辖区，如 yunyang")
    lint = as_json(command(actions, "lint", rules.run_lint, "检查规则册文件 (check a rulebook file)"))
    lint.add_argument("file")
    lint.add_argument("--text", help="办法原文，用于核对引文 (the regulation's text, to check the quotes)")
    draft = as_json(
        command(actions, "draft", rules.run_draft, "从办法原文起草规则册 (a rulebook draft from a regulation's text)")
    )
    draft.add_argument("text", help="办法原文，纯文本 (the regulation as plain text)")
    draft.add_argument("--id", help="辖区的代号，如 yunyang (the jurisdiction's id)")
    covers = as_json(
        command(
            actions,
            "coverage",
            rules.run_coverage,
            "核对办法的每一处期限、金额、义务都有着落 (prove that a rulebook leaves nothing out)",
        )
    )
    covers.add_argument("text", help="办法原文，或由它写成的索引 .json (the regulation's text, or an index of it)")
    covers.add_argument("file", help="规则册文件 (the rulebook)")
    covers.add_argument(
        "--write-index", metavar="FILE", help="另将原文的索引写入文件 (write the text's index, to check without the text)"
    )
    command(
        actions, "not-computed", rules.run_not_computed, "列出各地不作推算的条文和原因，Markdown (what is not computed and why)"
    )
    diff = as_json(command(actions, "diff", rules.run_diff, "比较两个规则册文件 (compare two rulebook files, rule by rule)"))
    diff.add_argument("a")
    diff.add_argument("b")
    for name, run, text in (
        ("preview", rules.run_preview, "预览：改用此规则册会影响哪些事项和提醒 (what publishing this file would change)"),
        ("publish", rules.run_publish, "发布规则册 (publish a rulebook file)"),
    ):
        asked = as_json(command(actions, name, run, text))
        asked.add_argument("file")
        if name == "publish":
            asked.add_argument("--why", required=True, help="原因，记入台账 (why; kept in the ledger)")
    back = command(actions, "rollback", rules.run_rollback, "恢复到以前的版本 (publish an earlier version again)")
    back.add_argument("id")
    back.add_argument("number", type=int)
    back.add_argument("--why", required=True)
    as_json(command(actions, "versions", rules.run_versions, "列出已发布的版本 (published versions)")).add_argument("id")

    actions = commands.add_parser("calendar", help="工作日安排 (working days)").add_subparsers(metavar="ACTION", required=True)
    show = or_files(
        as_json(
            command(actions, "show", rules.run_calendar_show, "查看某年的休息日和调休上班日 (rest and make-up days of a year)")
        )
    )
    show.add_argument("year", type=int)
    publish = command(actions, "publish", rules.run_calendar_publish, "发布某年的放假安排 (publish a year's holiday notice)")
    publish.add_argument("file", help="schedules/calendars/cn-<年>.yaml 格式的文件")
    publish.add_argument("--why", required=True)


def _serving(commands: Any) -> None:
    serve = command(commands, "serve", server.run_serve, "启动服务 (start the embedded server)")
    serve.add_argument("--data", help="数据目录 (folder of the store); default: DUBAN_DATA")
    serve.add_argument("--host", help="监听地址 (address); default: DUBAN_HOST")
    serve.add_argument("--port", help="端口 (port); default: DUBAN_PORT")
    serve.add_argument("--sample", action="store_true", help="载入示例数据 (load the labelled sample data into an empty store)")
    tick = command(commands, "tick", server.run_tick, "立即排定并发送到期提醒 (plan and send what is due)")
    tick.add_argument("--now", type=an_instant, help="按此时刻，如 2026-11-20T01:00:00Z (at this instant)")
    as_json(command(commands, "verify", server.run_verify, "核验台账完整 (prove that the ledger is whole)"))
    asked = as_json(
        command(commands, "reconcile", server.run_reconcile, "核对应发与实发，补上缺漏 (find and mend what is missing)")
    )
    asked.add_argument("--all", action="store_true", help="核对保留的全部，而不只是近三日 (all that is kept, not three days)")
    command(commands, "sample", server.run_sample, "移除示例数据 (remove the sample data)").add_argument(
        "action", choices=["unload"]
    )
    link = command(commands, "signin", signin.run_signin, "打印一次性登录链接 (print a one-time sign-in link)")
    link.add_argument("--role", required=True, choices=["unit", "authority", "admin"])
    link.add_argument("--jurisdiction", required=True)
    link.add_argument("--contact", help="以哪位联系人的身份，如 yy-health/li；unit 必填 (as which contact; needed for unit)")
    actions = commands.add_parser("token", help="令牌 (tokens)").add_subparsers(metavar="ACTION", required=True)
    issue = command(actions, "issue", server.run_token_issue, "发一个令牌 (make a token)")
    issue.add_argument("--role", required=True, choices=["unit", "authority", "admin"])
    issue.add_argument("--jurisdiction", required=True)
    issue.add_argument("--party", help="主体编号；admin 不写 (party; not for admin)")
    command(actions, "revoke", server.run_token_revoke, "收回令牌 (revoke a token)").add_argument("token")


def _reminding(commands: Any) -> None:
    actions = commands.add_parser("contact", help="联系人 (contacts)").add_subparsers(metavar="ACTION", required=True)
    code = command(actions, "code", people.run_contact_code, "生成联系人绑定机器人的一次性代码 (a one-time code for the bot)")
    code.add_argument("party", help="主体编号")
    code.add_argument("contact", help="联系人编号")
    admin = command(actions, "admin", people.run_contact_admin, "使联系人成为本辖区管理员，或收回 (make a contact an admin)")
    admin.add_argument("contact", metavar="PARTY/ID", help="主体编号/联系人编号，如 yy-data/zhao")
    admin.add_argument("--revoke", action="store_true", help="收回管理员身份 (no longer an admin)")
    actions = commands.add_parser("telegram", help="Telegram 机器人 (the bot)").add_subparsers(metavar="ACTION", required=True)
    webhook = command(
        actions, "webhook", people.run_webhook, "改由 Telegram 投递消息，或停止 (have messages posted here, or not)"
    )
    webhook.add_argument("action", choices=["set", "delete"])


def command(commands: Any, name: str, run: Callable, text: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def as_json(asked: argparse.ArgumentParser) -> argparse.ArgumentParser:
    asked.add_argument("--json", action="store_true", help="输出 JSON (print JSON)")
    return asked


def or_files(asked: argparse.ArgumentParser) -> argparse.ArgumentParser:
    asked.add_argument("--files", action="store_true", help="只看随附的文件，不看已发布的 (the files, not what was published)")
    return asked


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，应如 2026-08-31 ({text!r} is not a date)") from None
