"""An .xlsx of any length, written row by row (ECMA-376), and how its cells look."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from .core.errors import InvalidInput
from .core.table import EXCEL_ROWS, Column, Table, Value, letters

NOTES = "填写说明"  # a sheet that is not read
FORMATS = {
    "text": "@",
    "code": "@",
    "id": "@",
    "uscc": "@",
    "day": "yyyy-mm-dd",
    "money": "#,##0.00",
    "whole": "0",
    "year": "0",
}
WIDTHS = {"text": 28, "code": 26, "uscc": 22, "day": 12, "money": 16}  # in characters
FIRST_SHEET, ROWS_END = "xl/worksheets/sheet1.xml", b"</sheetData>"
LONGEST = 32_767  # characters of a cell
NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def stream(table: Table, lines: Iterable[list[Value]], out: BinaryIO) -> None:
    """A table of any length that Excel holds. openpyxl makes the file around the rows; the rows are written into it as they come,
    because it takes ten times as long for each and needs the room of all of them, unpacked, on the disk."""
    frame, styles = _frame(table)
    with zipfile.ZipFile(frame) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for part in made.infolist():
            if part.filename != FIRST_SHEET:
                book.writestr(part, made.read(part))
                continue
            before, after = made.read(part).split(ROWS_END)
            with book.open(FIRST_SHEET, "w", force_zip64=True) as sheet:
                sheet.write(before)
                for number, row in enumerate(lines, 2):
                    sheet.write(_row_xml(number, row, styles).encode())
                sheet.write(ROWS_END + after)


def _frame(table: Table) -> tuple[BinaryIO, list[tuple[str, int]]]:
    """The file without its rows, and for each column its letters and the number of its cells' style."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.name[:31])
    sheet.freeze_panes = "A2"
    headings, styles = [], []
    for place, column in enumerate(table.columns):
        headings.append(as_heading(WriteOnlyCell(sheet, column.heading)))
        cell = WriteOnlyCell(sheet)
        cell.number_format = FORMATS.get(column.kind, "General")
        styles.append((letters(place), cell.style_id))
        sheet.column_dimensions[letters(place)].width = width(column)
    sheet.auto_filter.ref = f"A1:{letters(len(table.columns) - 1)}{EXCEL_ROWS}"
    sheet.append(headings)
    if table.notes:
        notes = book.create_sheet(NOTES)
        notes.column_dimensions["A"].width = 80
        for note in table.notes:
            notes.append([note])
    frame = io.BytesIO()
    book.save(frame)
    return frame, styles


def _row_xml(number: int, row: list[Value], styles: Sequence[tuple[str, int]]) -> str:
    """A row of a sheet: ECMA-376 part 1, 18.3.1.73. A text is a text, whatever it looks like; a day is the number of it."""
    from openpyxl.utils.datetime import to_excel

    if number > EXCEL_ROWS:
        raise InvalidInput(
            f"超过 Excel 一张表 {EXCEL_ROWS:,} 行的上限，请改用 .csv，或按单位、项目分别导出",
            f"more than the {EXCEL_ROWS:,} rows of a sheet; write a .csv, or export by unit or project",
        )
    cells = []
    for (column, style), value in zip(styles, row, strict=True):
        if isinstance(value, str):
            text = escape(printable(value), {"\r": "&#13;"})
            cells.append(f'<c r="{column}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
        elif value is not None:
            told = to_excel(value) if isinstance(value, date) else value
            cells.append(f'<c r="{column}{number}" s="{style}"><v>{told}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def printable(text: str) -> str:
    """Without the characters that XML 1.0 (section 2.2) has no room for, and no longer than a cell of Excel."""
    return NO_XML.sub("", text)[:LONGEST]


def as_heading(cell: Any, colour: str = "1F3864") -> Any:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell.font = Font(bold=True, color=colour)
    cell.fill = PatternFill("solid", fgColor="DDEBF7")
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def width(column: Column) -> int:
    """In characters; a Chinese one is as wide as two."""
    return min(40, max(2 * len(column.heading) + 2, WIDTHS.get(column.kind, 12)))
