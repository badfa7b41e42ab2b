"""Import a table: check it whole and change nothing; then apply it, row by row, as a job that a crash only delays.

All or nothing: a file with a fault anywhere changes nothing. A file without is staged in the store with the job's record, in
one write. From then on it is applied by itself, each row in a transaction of its own; a row that meanwhile came into
conflict with what somebody else did is left out and named in the job's record, the others stand. Done again, rows that
are there already change nothing. What rows hold is removed from the stage as soon as it is applied.

partition    sort           holds
job#<id>     rows#<number>  {"rows": [{row, change, name, value}]}: what is still to be applied
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ...core.errors import InvalidInput, counted
from ...core.filled import Filled, read
from ...core.table import CellFault, Column, Sheet, Table
from ...ports import Change, Key, Ports, Put
from ..rulebooks.preview import Fixed
from ..signing_in.access import Bearer
from ..state import records
from ..state.account import entries
from ..state.holder import assess, projections, settings_of
from ..state.job import IMPORT, hand_over, start_changes
from ..state.once import Once, retrying
from ..views.future import messages
from .importing import KINDS, kind_of
from .rows import NEW, UNCHANGED, Kind, Seen

MOST_ROWS = 2_000  # of a table of units, contacts or projects: each is looked at before anything is stored
SHOWN = 200  # faults and changes that are listed; the counts are of all
CHUNK = 200_000  # bytes of one staged item, of 400,000
MOST_STAGED = 3_200_000  # bytes of one write, of 4,000,000
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file after the check; nothing was stored."""

    kind: Kind
    seen: tuple[Seen, ...]  # in the order in which they can be applied
    faults: tuple[CellFault, ...]  # in the order of the file
    notes: tuple[str, ...]
    preview: dict[str, Any] | None

    @property
    def counts(self) -> dict[str, int]:
        return {change: sum(seen.change == change for seen in self.seen) for change in ("new", "changed", "unchanged")}

    def as_json(self) -> dict[str, Any]:
        changed = [seen for seen in self.seen if seen.differences]
        return {
            "kind": self.kind.name,
            "rows": len(self.seen),
            "counts": self.counts,
            "faults_count": len(self.faults),
            "faults": [fault.as_json() for fault in self.faults[:SHOWN]],
            "changes": [
                {"row": seen.row, "name": seen.name, "differences": [each._asdict() for each in seen.differences]}
                for seen in changed[:SHOWN]
            ],
            "left_off": max(0, len(self.faults) - SHOWN) + max(0, len(changed) - SHOWN),
            "notes": list(self.notes),
            "preview": self.preview,
        }


def template(ports: Ports, bearer: Bearer, name: str) -> Table:
    """An empty table to be filled in, with an example and explanations."""
    kind = kind_of(ports, name)
    columns = kind.columns(ports, bearer)
    notes = (
        f"督办 · {kind.title} 导入模板",
        *kind.notes,
        "红色表头的列必填；以“例：”开头的一行是示例，导入时跳过，可以保留也可以删去。",
        "日期可写作 2026-08-31、2026/8/31、2026年8月31日；金额以元计，把表头改成“…（万元）”就以万元计。",
        "先检查后导入：有一处不对，整份都不导入，并逐处列出所在的格子；同一份文件再次导入不会重复。",
        "合并的格子，其值算作每一格的；隐藏的行照样读取；公式取最近一次算出的结果。",
        "涉密内容不得填写。",
    )
    return Table(name=kind.title, columns=columns, example={column.key: column.example for column in columns}, notes=notes)


def check(ports: Ports, bearer: Bearer, name: str, sheets: Sequence[Sheet], given: dict[str, Any], now: datetime) -> Checked:
    """Everything that is wrong with a file, what it would change, and what it would start. `given` is asked beside it:
    tracked_since, and unit or project where the file has no such column. Forbidden for who may not import that."""
    kind, place = kind_of(ports, name), bearer.jurisdiction
    rules = ports.rules
    ports = replace(ports, rules=Fixed(rules, place, rules.editions(place), rules.since(place)))  # read once, not for each row
    columns = kind.columns(ports, bearer)
    sheet = next((sheet for sheet in sheets if sheet.name == kind.title), sheets[0])
    filled = read(sheet, _optional(columns, given), asks_empty=kind.asks_empty)
    faults = list(filled.faults)
    seen: list[Seen] = []
    if not any(fault.row == 0 or fault.column is None for fault in faults):  # without its columns no row says anything
        if len(filled.entries) > MOST_ROWS and name in KINDS:
            zh = f"有{len(filled.entries)}行，一次最多{MOST_ROWS}行，请拆成几份"
            raise InvalidInput(zh, f"{len(filled.entries)} rows; at most {MOST_ROWS}: split the file")
        seen = kind.look(ports, bearer, filled, given, now)
        faults += _faults(filled, columns, seen)
    if not filled.entries and not faults:
        faults.append(filled.fault(0, None, None, "表中没有要导入的行", "there is no row to import"))
    others = [other.name for other in sheets if other is not sheet and other.rows]
    notes = (*filled.notes, *([f"未读取工作表：{'、'.join(others)}"] if others else []))
    faults.sort(key=lambda fault: (fault.row, -1 if fault.column is None else fault.column))
    preview = None if faults else _preview(ports, bearer, seen, now)
    return Checked(kind=kind, seen=tuple(seen), faults=tuple(faults), notes=notes, preview=preview)


def _optional(columns: Sequence[Column], given: dict[str, Any]) -> tuple[Column, ...]:
    """The columns, those that were asked beside the file no longer needed in it."""
    return tuple(replace(column, needed=False) if column.key in given else column for column in columns)


def _faults(filled: Filled, columns: Sequence[Column], seen: Sequence[Seen]) -> Iterator[CellFault]:
    by_key = {column.key: column for column in columns}
    for row in seen:
        for wrong in row.wrong:
            at = row.row if wrong.row is None else wrong.row
            if (at, wrong.key) not in filled.unfit:
                yield filled.fault(at, by_key.get(wrong.key or ""), None, wrong.zh, wrong.en, wrong.accepted)


# What it would start


def _preview(ports: Ports, bearer: Bearer, seen: Sequence[Seen], now: datetime) -> dict[str, Any] | None:
    """How many duties the new holders bring, how many of them fell due before they are tracked, and how many reminders
    follow if nothing more happens; by the function that plans and the ladder that tick climbs. None where none is new."""
    holders = [row.holder for row in seen if row.change == NEW and row.holder]
    if not holders:
        return None
    settings = settings_of(ports, bearer.jurisdiction)
    known: dict[str, tuple[int, int, int, int, date]] = {}
    found = []
    for holder in holders:
        alike = json.dumps(
            [_but_id(holder.unit), _but_id(holder.project), str(holder.tracked_since), _days(holder)], sort_keys=True
        )
        if alike not in known:
            answer = assess(holder, ports, now)
            rows = projections(holder, answer).values()
            told = messages(answer, settings, now, holder.tracked_since)
            soon = (now + MONTH).strftime("%Y-%m-%d")
            known[alike] = (
                sum(records.needs_reminding(row) for row in rows),
                sum(row["before_tracking"] for row in rows),
                sum(message["at"] < soon for message in told),
                len(told),
                answer.until,
            )
        found.append(known[alike])
    duties, before, soon, all_, _ = (sum(counts[place] for counts in found) if place < 4 else None for place in range(5))
    return {
        "holders": len(holders),
        "duties": duties,
        "before_tracking": before,
        "reminders": {"next_30_days": soon, "all": all_, "until": found[0][4].isoformat()},
    }


def _but_id(facts: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (facts or {}).items() if name not in ("id", "parent")}


def _days(holder: Any) -> list[list[str]]:
    return [[each["event"], each["on"]] for each in holder.milestones]


# Applying it


def begin(
    ports: Ports,
    bearer: Bearer,
    name: str,
    sheets: Sequence[Sheet],
    given: dict[str, Any],
    now: datetime,
    *,
    digest: str,
    once: Once,
    job: str,
) -> dict[str, Any]:
    """Check a file and start applying it: {job, counts}; job is None where nothing would change. InvalidInput with the
    faults where it has any; nothing is stored then. `digest` names the file in the ledger, `job` is a new name."""
    earlier = once.earlier(ports.store)
    if earlier is not None:
        return earlier
    checked = check(ports, bearer, name, sheets, given, now)
    if checked.faults:
        left_off = len(checked.faults) - SHOWN
        more = f"，只列出前{SHOWN}处" if left_off > 0 else ""
        raise InvalidInput(
            f"有{len(checked.faults)}处需要修改{more}；未导入任何内容",
            f"{counted(len(checked.faults), 'fault')}; nothing was imported",
            errors=tuple(fault.as_json() for fault in checked.faults[:SHOWN]),
        )
    todo = [_staged(seen) for seen in checked.seen if seen.change != UNCHANGED]
    answer = {"job": job if todo else None, "counts": checked.counts}
    if not todo:
        return answer
    chunks = _chunks(todo)
    what = {
        "kind": IMPORT,
        "what": name,
        "jurisdictions": [bearer.jurisdiction],
        "bearer": {"id": bearer.id, "role": bearer.role, "party": bearer.party},
        "total": len(todo),
        "counts": {"new": 0, "changed": 0},
        "conflicts": [],
        "conflicts_count": 0,
    }
    told = {
        "what": "imported",
        "kind": name,
        "job": job,
        "rows": len(todo),
        "file": digest,
        "by": bearer.id,
        "at": records.stamp(now),
    }
    staged: list[Change] = [Put(Key(f"job#{job}", f"rows#{number:04d}"), {"rows": rows}) for number, rows in enumerate(chunks)]

    def attempt() -> dict[str, Any]:
        account = entries(ports.store, bearer.jurisdiction, [told])
        ports.store.write([*staged, *start_changes(job, what, now), *account, *once.remember(answer)])
        hand_over(ports, job)
        return answer

    return retrying(once, ports.store, attempt)


def _staged(seen: Seen) -> dict[str, Any]:
    return {"row": seen.row, "change": seen.change, "name": seen.name, "value": seen.value}


def _chunks(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows in parts that a store's item holds; InvalidInput where one write cannot hold them all."""
    chunks: list[list[dict[str, Any]]] = []
    room = total = 0
    for row in rows:
        size = len(json.dumps(row, ensure_ascii=False).encode()) + 1
        total += size
        if not chunks or size > room:
            chunks.append([])
            room = CHUNK
        chunks[-1].append(row)
        room -= size
    if total > MOST_STAGED:
        raise InvalidInput("文件内容过多，请拆成几份导入", f"{total} bytes are too much for one import; split the file")
    return chunks
