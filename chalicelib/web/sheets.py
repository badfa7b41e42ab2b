"""The API of spreadsheets: templates to fill in, imports checked first, what one sees as a table."""

from datetime import date
from hashlib import sha256
from urllib.parse import quote
from uuid import uuid4

from chalice import Blueprint, Response

from .. import sheets as files
from ..core.errors import Conflict, InvalidInput, NotFound
from ..core.ladder import local_day
from ..core.table import Table
from ..usecases.state.job import EXPORT, IMPORT
from ..usecases.tables import exporting, exports, imports
from .app_factory import current_request
from .views import accepted, is_day, is_id, me, once, ports, views_of

FILES = [files.XLSX, "text/csv", "application/octet-stream"]
FORMS = ("xlsx", "csv")
sheets = Blueprint(__name__)
view, upload = views_of(sheets), views_of(sheets, FILES)


@view("/api/v1/templates/{template}", "GET")
def show_template(template):
    kind, form = named_file(template)
    return file_of(imports.template(ports(), me(), kind), form)


@view("/api/v1/exports/{table}", "GET")
def show_export(table):
    found, form = exports.at_once(ports(), _asked(table)), named_file(table)[1]
    if found is None:
        raise Conflict(
            "行数较多或读取较慢，不能当即答复：请以 POST 请求同一地址，然后查看 job 的进度",
            "there is too much of it to be answered at once: POST to the same address instead, and follow the job",
        )
    return file_of(found, form)


@view("/api/v1/exports/{table}", "POST")
def begin_export(table):
    """By a job, however small."""
    asked, form = _asked(table), named_file(table)[1]
    return accepted(exporting.begin(ports(), asked, form, once=once(me(), None), job=f"{EXPORT}-{uuid4()}"))


@view("/api/v1/jobs/{job}/files", "GET")
def list_files(job):
    return {"files": exporting.made(ports(), me(), job, ports().clock())}


def _asked(table: str) -> exports.Asked:
    of = current_request().query_params or {}
    name, _ = named_file(table)
    return exports.asked(ports(), me(), name, ports().clock(), unit=of.get("unit"), project=of.get("project"))


@upload("/api/v1/imports/{kind}/check", "POST")
def check_import(kind):
    return imports.check(ports(), me(), kind, files.read(current_request().raw_body), _given(), ports().clock()).as_json()


@upload("/api/v1/imports/{kind}", "POST")
def begin_import(kind):
    bearer, content = me(), current_request().raw_body
    digest = sha256(content).hexdigest()
    begun = imports.begin(
        ports(),
        bearer,
        kind,
        files.read(content),
        _given(),
        ports().clock(),
        digest=digest,
        once=once(bearer, digest),
        job=f"{IMPORT}-{uuid4()}",
    )
    return accepted(begun) if begun["job"] else begun


def named_file(file: str) -> tuple[str, str]:
    """projects.xlsx -> projects, xlsx"""
    name, _, form = file.rpartition(".")
    if form not in FORMS:
        raise NotFound(f"“{file}”应以 .xlsx 或 .csv 结尾", f"{file!r} should end in .xlsx or .csv")
    return name, form


def _given() -> dict[str, str]:
    """What is asked beside the file."""
    asked = {name: value for name, value in (current_request().query_params or {}).items() if name in ASKED}
    for name, value in asked.items():
        is_right, example = ASKED[name]
        if not is_right(value):
            raise InvalidInput(f"{name} 应如 {example}", f"{name} should be like {example}")
    return asked


ASKED = {
    "tracked_since": (is_day, "2026-01-01"),
    "unit": (is_id, "yy-health"),
    "project": (is_id, "yy-health-2026-01"),
}


def file_of(table: Table, form: str) -> Response:
    """The table as a file to keep, named in Chinese and dated."""
    content, kind = files.write(table, form)
    name = file_name(table.name, form, local_day(ports().clock()))
    return Response(
        body=content,
        headers={
            "Content-Type": kind,
            "Content-Disposition": f"attachment; filename=\"duban.{form}\"; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        },
    )


def file_name(name: str, form: str, day: date) -> str:
    """督办-项目-20260831.xlsx"""
    return f"督办-{name}-{day:%Y%m%d}.{form}"
