"""Filling in templates as a clerk does in a spreadsheet program, and importing them."""

import csv
import io

from openpyxl import load_workbook

from chalicelib import sheets
from chalicelib.core.cells import USCC
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.once import Once
from chalicelib.usecases.tables import imports


def admin(place="yunyang"):
    return Bearer(id="admin", role="admin", jurisdiction=place, party=None)


def code(number: int) -> str:
    """A 统一社会信用代码 whose check character is right: the number is its organisation part."""
    first = f"11500235{number:09d}"
    total = sum(USCC.index(letter) * pow(3, place, 31) for place, letter in enumerate(first))
    return first + USCC[-total % 31]


def template(world, kind, bearer=None):
    return sheets.write(imports.template(world.ports, bearer or admin(world.place), kind), "xlsx")[0]


def filled(blank: bytes, rows: list[dict], headings: dict | None = None, change=lambda sheet: None) -> bytes:
    """The template with these rows under its example, by key; and some headings written otherwise."""
    book = load_workbook(io.BytesIO(blank))
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[2]}
    for key, heading in (headings or {}).items():
        sheet.cell(1, at[key]).value = heading
    for number, row in enumerate(rows, 4):
        for key, value in row.items():
            sheet.cell(number, at[key]).value = value
    change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_of(headings: list[str], rows: list[list[str]], encoding: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue().encode(encoding)


def check(world, kind, content, bearer=None, **given):
    return imports.check(world.ports, bearer or admin(world.place), kind, sheets.read(content), given, world.now)


def begin(world, kind, content, bearer=None, key=None, **given):
    bearer = bearer or admin(world.place)
    return imports.begin(
        world.ports,
        bearer,
        kind,
        sheets.read(content),
        given,
        world.now,
        digest="d" * 64,
        once=Once(who="a", key=key, asked=kind),
        job=f"import-{next(world.numbers)}",
    )


def bring_in(world, kind, content, bearer=None, **given):
    """Import it and let the job end; its record."""
    job = begin(world, kind, content, bearer, **given)["job"]
    if job is None:
        return None
    world.tick()
    record = jobs.progress(world.store, job)
    assert record["state"] == "done"
    return record


def told(checked) -> list[tuple[str, str | None]]:
    """(address, value) of every fault."""
    return [(fault.address, fault.value) for fault in checked.faults]
