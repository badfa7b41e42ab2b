"""`duban rules …` and `duban calendar …`: what the rulebooks and calendars say, and changing what is published."""

import argparse
import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import bootstrap, loaders
from ..core import coverage, not_computed
from ..core.draft import draft
from ..core.errors import InvalidInput, counted
from ..core.sense import place_name
from ..lint import calendar_faults, lint
from ..usecases.clockwork import jobs
from ..usecases.clockwork.tick import tick
from ..usecases.rulebooks.differences import differences
from ..usecases.rulebooks.preview import preview
from ..usecases.rulebooks.publish import publish, publish_calendar, roll_back, versions
from ..usecases.views.overview import rulebook, rulebooks
from .draft import as_yaml, open_marks
from .wording import in_china

WHO = "command line"
BY = {"seed": "随附文件", WHO: "命令行"}
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
        raise InvalidInput(
            f"{file} 有{len(faults)}处需要修改，未作任何改动",
            f"{counted(len(faults), 'fault')} in {file}; nothing was changed",
            errors=tuple(
                {"field": f"第{fault.line}行", "message": {"zh": f"{fault.zh}；{fault.remedy}", "en": fault.en}}
                for fault in faults
            ),
        )
    return loaders.plain(loaders.parse_yaml(text))


def _rules(options: argparse.Namespace) -> Any:
    """What governs: what was published where there is a store, else the files; always the files where these are asked for."""
    return bootstrap.FileRules() if options.files else bootstrap.rules()


def run_list(options: argparse.Namespace) -> None:
    listed = rulebooks(_rules(options))
    if options.json:
        show(listed)
        return
    for book in listed:
        status = {"in_force": f"{book['valid_from']}起施行", "draft": "征求意见稿", "repealed": "已废止"}[book["status"]]
        edition = "" if book["status"] == "draft" else f"{book['edition']}版 "
        print(f"{book['id']:14} {book['title']}  {edition}第{book['revision']}次修订（{status}）")


def run_show(options: argparse.Namespace) -> None:
    book = rulebook(_rules(options), options.id)
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
    faults = lint(read(options.file), regulation=read(options.text) if options.text else None, on=bootstrap.clock().date())
    if options.json:
        show(
            [
                {
                    "line": fault.line,
                    "where": fault.where,
                    "zh": fault.zh,
                    "en": fault.en,
                    "remedy": fault.remedy,
                    "note": fault.is_note,
                }
                for fault in faults
            ]
        )
    else:
        for fault in faults:
            print(
                f"{options.file}:{fault.line}: {'提示：' if fault.is_note else ''}{fault.zh}（{fault.where}）。{fault.remedy}"
            )
        print(f"{len(faults)} 处" if faults else "没有问题")
    return 1 if any(not fault.is_note for fault in faults) else 0


def run_draft(options: argparse.Namespace) -> None:
    """The draft on standard output; what a person has still to do is said beside it."""
    drafted = draft(read(options.text), options.id, loaders.vocabulary())
    if not drafted["rules"] and not drafted["untranslatable"]:
        raise InvalidInput(
            f"{options.text} 中没有找到以“第……条”开头的条文；请给办法的纯文本，每条另起一行",
            f"no articles (第…条 at the start of a line) in {options.text}; give the regulation as plain text",
        )
    if options.json:
        show(loaders.plain(drafted))
        return
    print(as_yaml(drafted), end="")
    print(
        f"起草了{len(drafted['rules'])}条规则，{open_marks(drafted)}处待定（decide），{len(drafted['untranslatable'])}处原文未写成规则。"
        "逐处对照原文定下来，再用 duban rules lint 检查",
        file=sys.stderr,
    )


def run_coverage(options: argparse.Namespace) -> int:
    """Against the text: every expression with what claims it. Against an index: those that too few quotations repeat."""
    text, data = read(options.text), rulebook_of(options.file)
    if options.text.endswith(".json"):
        return _index_coverage(coverage.read_index(text), data, options)
    found = coverage.coverage(text, data)
    if not found:
        raise InvalidInput(
            f"{options.text} 中没有条文：应是办法的纯文本，如“第一条 ……应当……”",
            f"no article found in {options.text}: give the regulation as plain text",
        )
    if options.write_index:
        Path(options.write_index).write_text(coverage.index_json(text), "utf-8")
    shares = coverage.shares(found)
    if options.json:
        show(
            {
                "clauses": shares,
                "expressions": [
                    {
                        "article": one.article[0],
                        "occurrence": one.article[1],
                        "kind": one.expression.kind,
                        "text": one.expression.text,
                        "clause": one.words,
                        "claimed_by": one.claimed_by,
                        "share": one.share,
                    }
                    for one in found
                ],
            }
        )
        return 1 if shares["unclaimed"] else 0
    for place, group in groupby(found, key=lambda one: one.article):
        print(place_name(place))
        for one in group:
            print(
                f"  {coverage.KINDS[one.expression.kind]} {one.expression.text} ← {'、'.join(one.claimed_by) or f'无人认领：“{one.words}”'}"
            )
    print(
        f"共 {len(found)} 处，{sum(shares.values())} 句："
        + "，".join(f"{coverage.SHARES[share]} {count} 句" for share, count in shares.items())
    )
    if shares["unclaimed"]:
        print("无人认领的，写成规则，或在 quote、also、卷首、untranslatable 中照录原文：见 docs/rules.md")
    return 1 if shares["unclaimed"] else 0


def _index_coverage(index: list[dict[str, Any]], data: dict[str, Any], options: argparse.Namespace) -> int:
    if options.write_index:
        raise InvalidInput(
            "索引由办法原文写成：请给出原文，而不是索引", "an index is written from the text: give the text, not an index"
        )
    missing = coverage.unclaimed(index, data)
    if options.json:
        show(
            {
                "unclaimed": [
                    {"article": place[0], "occurrence": place[1], "kind": kind, "text": words, "times": times}
                    for place, kind, words, times in missing
                ]
            }
        )
        return 1 if missing else 0
    for place, kind, words, times in missing:
        print(f"{place_name(place)} {coverage.KINDS[kind]} {words} ← {times} 处无人认领")
    print(
        f"{sum(times for *_, times in missing)} 处无人认领" if missing else "索引中的每一处都有引文；是否引在原处，用原文核对"
    )
    return 1 if missing else 0


def run_not_computed(_: argparse.Namespace) -> None:
    print(not_computed.page(map(loaders.seed_rulebook, loaders.jurisdictions())), end="")


def run_diff(options: argparse.Namespace) -> int:
    """Rule by rule and head entry by head entry: what was added, taken out or altered."""
    a, b = (loaders.plain(loaders.parse_yaml(read(file))) for file in (options.a, options.b))
    found = differences(a, b)
    if options.json:
        show(found)
    else:
        for change in found:
            print(
                f"{change['what']}\n  - {json.dumps(change['was'], ensure_ascii=False)}\n  + {json.dumps(change['becomes'], ensure_ascii=False)}"
            )
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
        print(
            f"{CHANGES[row['change']]} {row['obligation']} {row['title']['zh']}：{row['was'] or '—'} → {row['becomes'] or '—'}"
            + ("（随即逾期）" if row["overdue_at_once"] else "")
        )
    counts = given["counts"]
    print(
        f"共查看 {counts['looked_at']} 个事项；新增 {counts['appears']}，不再需要 {counts['vanishes']}，期限调整 {counts['moves']}；"
        f"到{given['until']}提醒增加 {counts['messages_added']}、减少 {counts['messages_dropped']}、改时间 {counts['messages_shifted']}"
    )


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
        print(f"第{version['number']}版 {in_china(version['at'])} {BY.get(version['by'], version['by'])}：{version['why']}")


def _follow(ports: Any, published: dict[str, Any]) -> None:
    while (job := jobs.progress(ports.store, published["job"]))["state"] == "running":
        tick(ports, ports.clock())
    print(f"已发布第{published['number']}版，已重新排定 {job['done']} 个单位和项目")


def run_calendar_show(options: argparse.Namespace) -> None:
    calendar, year = _rules(options).calendar(), options.year
    rest = {day.isoformat(): name for day, name in sorted(calendar.rest.items()) if day.year == year}
    work = sorted(day.isoformat() for day in calendar.work if day.year == year)
    notice = calendar.notices.get(year)
    if options.json:
        show({"year": year, "notice": notice, "rest": rest, "work": work})
        return
    if year < min(calendar.known):
        print(f"没有收录{year}年的放假安排，最早为{min(calendar.known)}年，只按周末推算")
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
        raise InvalidInput(
            "放假安排的格式不对，未作任何改动",
            "the notice is malformed; nothing was changed",
            errors=tuple({"field": field, "message": {"zh": text, "en": text}} for field, text in faults),
        )
    ports = bootstrap.ports()
    _follow(ports, publish_calendar(ports, notice["year"], notice, by=WHO, why=options.why, now=ports.clock()))
