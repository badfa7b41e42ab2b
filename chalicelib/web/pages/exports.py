"""Exports: a table that is short comes at once; a long one is begun with a button, made by a job, and fetched from its page."""

from uuid import uuid4

from chalice import Blueprint, Response

from ...core.errors import NotFound
from ...usecases.state.job import EXPORT
from ...usecases.state.once import Once
from ...usecases.tables import exporting
from ...usecases.tables import exports as usecase
from ..sheets import file_of, named_file
from .effect import new_once
from .page import asked, me, pages_of, ports, posted, redirect, show

export_pages = Blueprint(__name__)
page = pages_of(export_pages)


@page("/exports/{table}")
def show_table(table):
    name, form = named_file(table)
    wanted = usecase.asked(ports(), me(), name, ports().clock(), unit=asked("unit"))
    found = usecase.at_once(ports(), wanted)
    if found:
        return file_of(found, form)
    title = usecase.TABLES[name][0]
    known = {"table": table, "unit": wanted.unit or "", "once": new_once(), "most": usecase.AT_ONCE}
    return show("export.html", (f"导出：{title}", f"Export: {title}"), **known)


@page("/exports/{table}", "POST")
def begin(table):
    name, form = named_file(table)
    bearer, now, unit = me(), ports().clock(), posted().get("unit")
    wanted = usecase.asked(ports(), bearer, name, now, unit=unit)
    once = Once(who=bearer.id, key=posted().get("once") or None, asked=[table, unit], at=now)
    begun = exporting.begin(ports(), wanted, form, once=once, job=f"{EXPORT}-{uuid4()}")
    return redirect(f"/jobs/{begun['job']}")


@page("/jobs/{job}/files/{number}")
def fetch(job, number):
    """Whoever may have the file is led to it."""
    files = exporting.made(ports(), me(), job, ports().clock())
    if not (number.isdecimal() and len(number) < 5 and 0 < int(number) <= len(files)):
        raise NotFound("没有这份文件，请返回核对", "there is no such file")
    location = files[int(number) - 1]["url"]
    return Response(body=b"", status_code=303, headers={"Location": location, "Cache-Control": "no-store"})
