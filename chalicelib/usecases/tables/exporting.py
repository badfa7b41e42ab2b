"""An export that takes longer than a request may: a job that reads some hundreds of rows a step, keeps them with the files, and
then writes them into one file or, where they are very many, several.

What a step has read is kept under the step's number before the job's record says so, and is never written over. Whoever does
that step again, after a death or beside another worker, goes on from what is there, so that no row is twice in the file or left
out. All states are told as of the instant at which the export was begun.

partition          sort              holds
exports#<place>    <instant>#<job>   the exports of a place, for retention

file                               holds
exports/<job>-<number>.json.gz     {rows, after, passed, is_last}: what a step has read; goes once all is written
exports/<job>-<number>.<form>      a file to be fetched; goes after KEPT
"""

import gzip
import json
from datetime import datetime, timedelta
from io import SEEK_END
from tempfile import TemporaryFile
from typing import Any

from ...core.errors import Conflict, Forbidden, NotFound, Refused
from ...core.ladder import SHANGHAI
from ...core.table import EXCEL_ROWS
from ...ports import Blob, Delete, Key, Ports, Put, StoreConflict
from ..signing_in.access import Bearer
from ..state import records
from ..state.job import EXPORT, Steps, hand_over, job_key, mark_of, start_changes
from ..state.once import Once, retrying
from . import exports
from .exports import Asked

ROWS_A_STEP = 500
PAGES_A_STEP = 200  # of which most may be empty
MOST_ROWS = EXCEL_ROWS - 1  # of one file, beside its heading
KEPT = timedelta(days=3)


def begin(ports: Ports, asked: Asked, form: str, *, once: Once, job: str) -> dict[str, Any]:
    """Start an export as xlsx or csv: {job}, a new name. `asked` is what exports.asked() has let through."""
    _blob(ports)
    answer, place, now = {"job": job}, asked.bearer.jurisdiction, asked.now
    what = {
        "kind": EXPORT,
        "what": asked.name,
        "form": form,
        "unit": asked.unit,
        "project": asked.project,
        "jurisdictions": [place],
        "bearer": {"id": asked.bearer.id, "role": asked.bearer.role, "party": asked.bearer.party},
        "passed": 0,  # of `total` stages
        "total": exports.stages(ports, asked),
        "parts": 0,  # how many steps were read
        "is_read": False,
        "files": [],  # {rows, upto, size}: the parts before `upto`, after those of the file before; written once it has a size
    }

    def attempt() -> dict[str, Any]:
        listed = Put(Key(_listed(place), f"{records.stamp(now)}#{job}"), {"job": job, "by": asked.bearer.id})
        ports.store.write([listed, *start_changes(job, what, now), *once.remember(answer)])
        hand_over(ports, job)
        return answer

    return retrying(once, ports.store, attempt)


# The steps


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Steps:
    """Go on with an export: read on, then write the files, then remove what was read."""
    blob, asked = _blob(ports), _asked(job)
    while not job["is_read"]:
        part = _kept(ports, asked, job)
        job = {
            **job,
            "done": job["done"] + len(part["rows"]),
            "after": part["after"],
            "passed": job["passed"] + part["passed"],
            "parts": job["parts"] + 1,
            "is_read": part["is_last"],
            "files": _with(job, len(part["rows"])),
        }
        yield job, []
    for number, file in enumerate(job["files"]):
        if file["size"] is None:
            size = _written(ports, asked, job, number)
            job = {**job, "files": [*job["files"][:number], {**file, "size": size}, *job["files"][number + 1 :]]}
            yield job, []
    for number in range(job["parts"]):
        blob.delete(_part_key(job["id"], number))
    yield {**job, "state": "done"}, []


def _kept(ports: Ports, asked: Asked, job: dict[str, Any]) -> dict[str, Any]:
    """What the next step reads, or has read before."""
    key = _part_key(job["id"], job["parts"])
    if ports.blob.head(key) is None:
        read = json.dumps(_read(ports, asked, job["after"]), ensure_ascii=False)
        ports.blob.put(key, gzip.compress(read.encode()), "application/gzip")
    return _part(ports.blob, key)


def _part(blob: Blob, key: str) -> dict[str, Any]:
    try:
        return json.loads(gzip.decompress(blob.read(key)))
    except NotFound:
        raise StoreConflict("another worker has written the file and removed what was read") from None


def _read(ports: Ports, asked: Asked, after: list[str] | None) -> dict[str, Any]:
    """The rows of some pages, the cursor after them, how many stages were begun in them, and whether they are the last."""
    rows: list[dict[str, Any]] = []
    stages, begun = set(), after[:1] if after else []
    for count, (cursor, more) in enumerate(exports.pages(ports, asked, after), 1):
        after = cursor
        rows += more
        stages.add(cursor[0])
        if len(rows) >= ROWS_A_STEP or count == PAGES_A_STEP:
            is_last = False
            break
    else:
        is_last = True
    return {"rows": rows, "after": after, "passed": len(stages.difference(begun)), "is_last": is_last}


def _with(job: dict[str, Any], more: int) -> list[dict[str, Any]]:
    """The files, the last one with the rows of one part more, or another one where that has no room for them."""
    files = job["files"] or [{"rows": 0, "upto": 0, "size": None}]
    if files[-1]["rows"] + more > MOST_ROWS:
        files = [*files, {"rows": 0, "upto": 0, "size": None}]
    return [*files[:-1], {**files[-1], "rows": files[-1]["rows"] + more, "upto": job["parts"] + 1}]


def _written(ports: Ports, asked: Asked, job: dict[str, Any], number: int) -> int:
    """Write a file, unless it is there; its size."""
    key, files = _file_key(job, number), job["files"]
    if stored := ports.blob.head(key):
        return stored.size
    first = files[number - 1]["upto"] if number else 0
    parts = (_part_key(job["id"], part) for part in range(first, files[number]["upto"]))
    rows = (row for part in parts for row in _part(ports.blob, part)["rows"])
    which = [f"第{number + 1}份，共{len(files)}份。"] if len(files) > 1 else []
    with TemporaryFile() as file:
        kind = ports.write_table(exports.table(ports, asked, rows, *which), job["form"], file)
        size = file.seek(0, SEEK_END)
        file.seek(0)
        ports.blob.put(key, file, kind)
    return size


# What becomes of it


def made(ports: Ports, bearer: Bearer, job: str, now: datetime) -> list[dict[str, Any]]:
    """The files of an export that is done, for whoever began it and for admins of the place: {name, rows, size, url}; each may be
    fetched from its url within the hour. What they may see is looked at anew. Conflict while it is not done, NotFound where it
    is gone."""
    item = ports.store.get(job_key(job))
    record = item.value if item else {}
    if record.get("kind") != EXPORT or bearer.jurisdiction not in record["jurisdictions"]:
        raise NotFound("没有这份导出，或已过期删除，请重新导出", f"there is no export {job!r}, or no more; ask for another")
    asked, began = _asked(record), record["bearer"]
    if bearer.role != "admin" and (bearer.id, bearer.role, bearer.party) != (began["id"], began["role"], began["party"]):
        raise Forbidden(
            "只有导出的本人（以当时的身份）和本辖区管理员可以下载",
            "only who began it, in the same role, and the admins of the place may fetch it",
        )
    exports.asked(ports, bearer, asked.name, now, unit=asked.unit, project=asked.project)
    if record["state"] != "done":
        raise Conflict("还在导出，请稍候", "it is still being made")
    return [
        {
            "name": (name := _name(asked, record, number)),
            **{told: file[told] for told in ("rows", "size")},
            "url": ports.blob.link(_file_key(record, number), name, now),
        }
        for number, file in enumerate(record["files"])
    ]


def begun(ports: Ports, bearer: Bearer) -> list[dict[str, Any]]:
    """What the bearer has exported in the last days, the latest first: {job, title, form, state, started}."""
    listed = ports.store.query(_listed(bearer.jurisdiction), newest_first=True)
    keys = [job_key(each.value["job"]) for each in listed if each.value["by"] == bearer.id]
    found = ports.store.get_many(keys)
    return [
        {
            "job": job["id"],
            "title": exports.TABLES[job["what"]][0],
            **{told: job[told] for told in ("form", "state", "started")},
        }
        for job in (found[key].value for key in keys if key in found)
    ]


def forget_old(ports: Ports, jurisdiction: str, now: datetime) -> int:
    """Remove the exports of a place that were begun KEPT ago, done or not, with all their files; how many."""
    old = ports.store.query(_listed(jurisdiction), upto=f"{records.stamp(now - KEPT)}~")
    for listed in old:
        item = ports.store.get(job_key(listed.value["job"]))
        if item:
            parts = [_part_key(item.value["id"], number) for number in range(item.value["parts"] + 1)]  # one may stand ahead
            for key in [*parts, *(_file_key(item.value, number) for number in range(len(item.value["files"])))]:
                _blob(ports).delete(key)
            ports.store.write([Delete(item.key), Delete(mark_of(item.value))])
        ports.store.write([Delete(listed.key)])
    return len(old)


def _asked(job: dict[str, Any]) -> Asked:
    bearer = Bearer(jurisdiction=job["jurisdictions"][0], **job["bearer"])
    began = records.instant_of(job["started"])
    return Asked(name=job["what"], bearer=bearer, now=began, unit=job["unit"], project=job["project"])


def _name(asked: Asked, job: dict[str, Any], number: int) -> str:
    """督办-事项-20260831-1007.xlsx, or …-1.xlsx where there are several."""
    which = f"-{number + 1}" if len(job["files"]) > 1 else ""
    return f"督办-{exports.TABLES[asked.name][0]}-{asked.now.astimezone(SHANGHAI):%Y%m%d-%H%M}{which}.{job['form']}"


def _listed(jurisdiction: str) -> str:
    return f"exports#{jurisdiction}"


def _part_key(job: str, number: int) -> str:
    return f"exports/{job}-{number:05d}.json.gz"


def _file_key(job: dict[str, Any], number: int) -> str:
    return f"exports/{job['id']}-{number:05d}.{job['form']}"


def _blob(ports: Ports) -> Blob:
    if ports.blob is None:
        raise Refused(
            "内容较多，而本系统没有开通文件存放；请按单位或项目分别导出，或用命令 duban export",
            "there is too much of it and no place for files: export by unit or project, or by the command",
        )
    return ports.blob
