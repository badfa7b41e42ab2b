"""`duban rules …` and `duban calendar …`: what the rulebooks and calendars say, and changing what is published."""

import argparse
import json
from pathlib import Path
from typing import Any

from .. import bootstrap, loaders
from ..core.errors import InvalidInput
from ..lint import calendar_faults, lint
from ..usecases import jobs
from ..usecases.overview import rulebook, rulebooks
from ..usecases.preview import preview
from ..usecases.publish import publish, publish_calendar, roll_back, versions
from ..usecases.tick import tick

WHO = "command line"
CHANGES = {"appears": "新增", "vanishes": "不再需要", "moves": "期限调整", "other": "其他变化"}


def show(given: Any) -> None:
    print(json.dumps(given, ensure_ascii=False, indent=2))


def read(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"无法读取 {file}：{error}", f"cannot read {file}: {error}") from None


def rulebook_of(file: str) -> dict[str, Any]:
    """A rulebook file that lint finds nothing wrong with."""
    text = read(file)
    faults = [fault for fault in lint(text) if not fault.is_note]
    if faults:
        raise InvalidInput(f"{file} 有{len(faults)}处需要修改，未作任何改动", f"{len(faults)} faults in {file}; nothing was changed", errors=tuple(
            {"field": f"第{fault.line}行", "message": {"zh": f"{fault.zh}；{fault.remedy}", "en": fault.en}} for fault in faults))
    return loaders.plain(loaders.parse_yaml(text))


def run_list(options: argparse.Namespace) -> None:
    listed = rulebooks(bootstrap.FileRules())
    if options.json:
        show(listed)
        return
    for book in listed:
        status = {"in_force": f"{book['valid_from']}起施行", "draft": "征求意见稿", "repealed": "已废止"}[book["status"]]
        print(f"{book['id']:14} {book['title']}  {book['edition']}版 第{book['revision']}次修订（{status}）")


def run_show(options: argparse.Namespace) -> None:
    book = rulebook(bootstrap.FileRules(), options.id)
    if options.json:
        show(book)
        return
    print(book["document"]["title"])
    for rule in book["rules"]:
        print(f"第{rule['article']}条 [{rule['kind']}] {rule['title']['zh']}（{rule['id']}）\n    “{rule['quote']}”")
    print("— 不作推算 —")
    for item in book["not_computed"]:
        print(f"第{item['article']}条 “{item['excerpt']}”：{item['reason']['zh']}")


def run_lint(options: argparse.Namespace) -> int:
    faults = lint(read(options.file), regulation=read(options.text) if options.text else None,
                  on=bootstrap.clock().date())
    if options.json:
        show([{"line": fault.line, "where": fault.where, "zh": fault.zh, "en": fault.en, "remedy": fault.remedy, "note": fault.is_note} for fault in faults])
    else:
        for fault in faults:
            print(f"{options.file}:{fault.line}: {'提示：' if fault.is_note else ''}{fault.zh}（{fault.where}）。{fault.remedy}")
        print(f"{len(faults)} 处" if faults else "没有问题")
    return 1 if any(not fault.is_note for fault in faults) else 0


def run_diff(options: argparse.Namespace) -> int:
    """Rule by rule and head entry by head entry: what was added, taken out or altered."""
    a, b = (loaders.plain(loaders.parse_yaml(read(file))) for file in (options.a, options.b))
    rules_a, rules_b = ({rule["id"]: rule for rule in book.get("rules", ())} for book in (a, b))
    found = [{"what": f"head/{key}", "was": a.get(key), "becomes": b.get(key)} for key in sorted({*a, *b} - {"rules"}) if a.get(key) != b.get(key)]
    found += [{"what": f"rule/{ident}/{key}", "was": rules_a.get(ident, {}).get(key), "becomes": rules_b.get(ident, {}).get(key)}
              for ident in [*rules_a, *(ident for ident in rules_b if ident not in rules_a)]
              for key in sorted({*rules_a.get(ident, {}), *rules_b.get(ident, {})})
              if rules_a.get(ident, {}).get(key) != rules_b.get(ident, {}).get(key)]
    if options.json:
        show(found)
    else:
        for change in found:
            print(f"{change['what']}\n  - {json.dumps(change['was'], ensure_ascii=False)}\n  + {json.dumps(change['becomes'], ensure_ascii=False)}")
        print(f"{len(found)} 处不同")
    return 1 if found else 0


def run_preview(options: argparse.Namespace) -> None:
    data = rulebook_of(options.file)
    ports = bootstrap.ports()
    given = preview(ports, data["id"], {"rulebook": data}, ports.clock())
    if options.json:
        show(given)
        return
    for row in given["changes"]:
        print(f"{CHANGES[row['change']]} {row['obligation']} {row['title']['zh']}：{row['was'] or '—'} → {row['becomes'] or '—'}"
              + ("（随即逾期）" if row["overdue_at_once"] else ""))
    counts = given["counts"]
    print(f"共查看 {counts['looked_at']} 个事项；新增 {counts['appears']}，不再需要 {counts['vanishes']}，期限调整 {counts['moves']}；"
          f"未来30天提醒增加 {counts['messages_added']}、减少 {counts['messages_dropped']}")


def run_publish(options: argparse.Namespace) -> None:
    data = rulebook_of(options.file)
    ports = bootstrap.ports()
    _follow(ports, publish(ports, data["id"], {"rulebook": data}, by=WHO, why=options.why, expects=None, now=ports.clock()))


def run_rollback(options: argparse.Namespace) -> None:
    ports = bootstrap.ports()
    _follow(ports, roll_back(ports, options.id, options.number, by=WHO, why=options.why, now=ports.clock()))


def run_versions(options: argparse.Namespace) -> None:
    listed = versions(bootstrap.ports(), options.id)
    if options.json:
        show(listed)
        return
    for version in listed:
        print(f"第{version['number']}版 {version['at']} {version['by']}：{version['why']}")


def _follow(ports: Any, published: dict[str, Any]) -> None:
    tick(ports, ports.clock())
    job = jobs.progress(ports.store, published["job"])
    print(f"已发布第{published['number']}版，已重新排定 {job['done']} 个单位和项目")


def run_calendar_show(options: argparse.Namespace) -> None:
    calendar, year = loaders.calendar(), options.year
    rest = {day.isoformat(): name for day, name in sorted(calendar.rest.items()) if day.year == year}
    work = sorted(day.isoformat() for day in calendar.work if day.year == year)
    notice = calendar.notices.get(year)
    if options.json:
        show({"year": year, "notice": notice, "rest": rest, "work": work})
        return
    print(notice or f"{year}年放假通知未发布，按法定节假日推算（暂定）")
    for day, name in rest.items():
        print(f"  休 {day} {name}")
    for day in work:
        print(f"  班 {day}")


def run_calendar_publish(options: argparse.Namespace) -> None:
    notice = loaders.plain(loaders.parse_yaml(read(options.file)))
    faults = calendar_faults(notice)
    if faults:
        raise InvalidInput("放假安排的格式不对，未作任何改动", "the notice is malformed; nothing was changed", errors=tuple(
            {"field": field, "message": {"zh": text, "en": text}} for field, text in faults))
    ports = bootstrap.ports()
    _follow(ports, publish_calendar(ports, notice["year"], notice, by=WHO, why=options.why, now=ports.clock()))
