"""`duban import`, `duban export`, `duban feed`: spreadsheets in and out, and calendar addresses."""

import argparse
import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from .. import bootstrap, sheets
from ..core.errors import InvalidInput
from ..ports import Ports
from ..usecases.clockwork import jobs
from ..usecases.clockwork.tick import tick
from ..usecases.proof import audit
from ..usecases.signing_in import feeds
from ..usecases.signing_in.access import Bearer
from ..usecases.state.once import Once
from ..usecases.tables import exports, imports
from ..usecases.tables.import_forms import PREFIX
from ..usecases.tables.importing import KINDS
from .server import existing_ports
from .wording import in_china, writing

WHO = "command line"
RECORD = "record"
FORMS = ("xlsx", "csv")
SHOWN = 20  # faults that are printed; --json gives all


def add(commands: Any, command: Callable, as_json: Callable, a_day: Callable) -> None:
    """The commands of this file."""
    asked = as_json(command(commands, "import", run_import, "导入电子表格：先检查，有错都列出 (import a spreadsheet)"))
    asked.add_argument("file", help=".xlsx 或 .csv")
    what = asked.add_mutually_exclusive_group(required=True)
    what.add_argument("--kind", choices=KINDS, help="单位、联系人、项目 (what its rows are)")
    what.add_argument("--form", help="表单编号，如 annual-list (a form's id)")
    asked.add_argument("--jurisdiction", required=True, help="辖区，如 yunyang")
    asked.add_argument("--unit", help="单位编号，表中没有“单位”列时 (the unit, where the file has no such column)")
    asked.add_argument("--project", help="项目编号，表中没有“项目”列时 (the project, likewise)")
    asked.add_argument("--tracked-since", type=a_day, help="从哪天起督办，默认今天 (what fell due before is not reminded)")
    asked.add_argument("--check", action="store_true", help="只检查，不导入 (check only)")
    asked = command(commands, "export", run_export, "导出表格或空白模板 (a table, or a template to fill in)")
    asked.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help=f"{' | '.join(exports.TABLES)} | {RECORD}（一个项目的全部记录，JSON），或 template {'|'.join(KINDS)}|form:ID",
    )
    asked.add_argument("--jurisdiction", required=True, help="辖区，如 yunyang")
    asked.add_argument("--unit", help="只要这个单位的 (of this unit)")
    asked.add_argument("--project", help="只要这个项目的 (of this project)")
    asked.add_argument("--out", help="写入的文件，.xlsx 或 .csv；默认按表名 (the file to write)")
    actions = commands.add_parser("feed", help="日历订阅 (calendar feeds)").add_subparsers(metavar="ACTION", required=True)
    issue = command(actions, "issue", run_feed_issue, "取一个日历订阅地址 (make a calendar's address)")
    issue.add_argument("--jurisdiction", required=True)
    issue.add_argument("--party", help="主体编号；不写为整个辖区 (a party; the whole place unless said)")
    issue.add_argument("--contact", help="联系人编号 (a contact of the party)")
    as_json(command(actions, "list", run_feed_list, "列出日历订阅 (list them)")).add_argument("--jurisdiction", required=True)
    revoke = command(actions, "revoke", run_feed_revoke, "收回日历订阅地址 (take an address back)")
    revoke.add_argument("id")
    revoke.add_argument("--jurisdiction", required=True)


def _admin(ports: Ports, jurisdiction: str) -> Bearer:
    ports.rules.editions(jurisdiction)  # NotFound for a place without a rulebook
    return Bearer(id=WHO, role="admin", jurisdiction=jurisdiction, party=None)


def run_import(options: argparse.Namespace) -> int:
    ports = bootstrap.ports()
    bearer, now = _admin(ports, options.jurisdiction), ports.clock()
    kind = options.kind or f"{PREFIX}{options.form}"
    content = _content(options.file)
    asked = {
        "unit": options.unit,
        "project": options.project,
        "tracked_since": options.tracked_since and str(options.tracked_since),
    }
    given = {name: value for name, value in asked.items() if value}
    read = sheets.read(content)
    checked = imports.check(ports, bearer, kind, read, given, now)
    if checked.faults or options.check:
        _show_check(checked, options.json)
        return 1 if checked.faults else 0
    digest, job = sha256(content).hexdigest(), f"{imports.IMPORT}-{uuid4()}"
    once = Once(who=WHO, key=None, asked=None)
    begun = imports.begin(ports, bearer, kind, read, given, now, digest=digest, once=once, job=job)
    if not options.json:
        _show_check(checked, False)
    return _follow(ports, begun, options.json)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(f"无法读取 {file}：{error.strerror}", f"cannot read {file}: {error.strerror}") from None


def _show_check(checked: imports.Checked, as_json: bool) -> None:
    told = checked.as_json()
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    counts = told["counts"]
    print(
        f"{checked.kind.title}：新增 {counts['new']}，更新 {counts['changed']}，无变化 {counts['unchanged']}，问题 {told['faults_count']} 处"
    )
    for fault in told["faults"][:SHOWN]:
        value = f"“{fault['value']}”" if fault["value"] else ""
        accepted = f"（可填：{'、'.join(fault['accepted'])}）" if fault["accepted"] else ""
        where = f"{fault['field']} 第{fault['row']}行" if fault["row"] else "整份文件"
        print(f"  {where} {value} {fault['message']['zh']}{accepted}")
    if told["faults_count"] > SHOWN:
        print(f"  …… 还有 {told['faults_count'] - SHOWN} 处")
    for change in told["changes"][:SHOWN]:
        said = "；".join(f"{each['column']} {each['was']} → {each['becomes']}" for each in change["differences"])
        print(f"  第{change['row']}行 {change['name']}：{said}")
    for note in told["notes"]:
        print(f"  注：{note}")
    if told["preview"]:
        preview = told["preview"]
        print(
            f"  将新增事项 {preview['duties']} 项，纳入督办前的 {preview['before_tracking']} 项不提醒；"
            f"30天内提醒 {preview['reminders']['next_30_days']} 次，至{preview['reminders']['until']}共 {preview['reminders']['all']} 次"
        )


def _follow(ports: Ports, begun: dict[str, Any], as_json: bool) -> int:
    """The job to its end, with its progress on a terminal."""
    if begun["job"] is None:
        print(json.dumps(begun, ensure_ascii=False) if as_json else "没有变化，未导入")
        return 0
    while (job := jobs.progress(ports.store, begun["job"]))["state"] == "running":
        if sys.stderr.isatty():
            print(f"\r已办理 {job['done']}/{job['total']} 行", end="", file=sys.stderr, flush=True)
        tick(ports, ports.clock())
    if as_json:
        told = ("id", "state", "done", "total", "counts", "conflicts", "conflicts_count")
        print(json.dumps({name: job[name] for name in told}, ensure_ascii=False, indent=2))
    else:
        print(f"已导入：新增 {job['counts']['new']}，更新 {job['counts']['changed']}，未能办理 {job['conflicts_count']} 行")
        for conflict in job["conflicts"]:
            print(f"  第{conflict['row']}行 {conflict['name']}：{conflict['message']['zh']}")
    return 1 if job["conflicts_count"] else 0


def run_export(options: argparse.Namespace) -> None:
    ports = existing_ports() if options.what[0] != "template" else bootstrap.ports()
    bearer = _admin(ports, options.jurisdiction)
    if options.what[0] == RECORD:
        _export_record(ports, bearer, options)
        return
    if options.what[0] == "template":
        if len(options.what) != 2:
            raise InvalidInput(
                "请写明哪种模板，如 duban export template projects", "say which template, like: template projects"
            )
        table, name = imports.template(ports, bearer, options.what[1]), f"template-{options.what[1].replace(':', '-')}"
    else:
        name = options.what[0]
        asked = exports.asked(ports, bearer, name, ports.clock(), unit=options.unit, project=options.project)
        table = exports.whole(ports, asked)
    path = Path(options.out or f"{name}.xlsx")
    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise InvalidInput("文件名应以 .xlsx 或 .csv 结尾", "the file's name should end in .xlsx or .csv")
    draft = path.with_name(f".{path.name}.part")  # what fails leaves no half of a file
    with writing(path):
        with draft.open("wb") as file:
            sheets.write_into(table, form, file)
        draft.replace(path)
    print(f"已写入 {path}")


def _export_record(ports: Ports, bearer: Bearer, options: argparse.Namespace) -> None:
    if not options.project:
        raise InvalidInput("请写明哪个项目：--project 项目编号", "say which project: --project ID")
    path = Path(options.out or f"{RECORD}-{options.project}.json")
    found = audit.record(ports, bearer, options.project, ports.clock())
    with writing(path):
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    print(f"已写入 {path}")


def run_feed_issue(options: argparse.Namespace) -> None:
    ports = existing_ports()
    of = "contact" if options.contact else "unit" if options.party else "jurisdiction"
    bearer = _admin(ports, options.jurisdiction)
    token, kept = feeds.issue(ports, bearer, of=of, party=options.party, contact=options.contact, now=ports.clock())
    print(f"{bootstrap.settings()['DUBAN_PUBLIC_URL']}/calendar/{token}.ics")
    print(f"（只显示这一次；收回：duban feed revoke {kept['id']} --jurisdiction {options.jurisdiction}）", file=sys.stderr)


def run_feed_list(options: argparse.Namespace) -> None:
    ports = existing_ports()
    listed = feeds.listed(ports, _admin(ports, options.jurisdiction))
    if options.json:
        print(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for each in listed:
        whose = "/".join(filter(None, (each["party"], each["contact"]))) or each["jurisdiction"]
        print(f"{each['id']} {whose} {in_china(each['issued'])} {each['by']}")


def run_feed_revoke(options: argparse.Namespace) -> None:
    ports = existing_ports()
    feeds.revoke(ports, _admin(ports, options.jurisdiction), options.id)
    print("已收回")
