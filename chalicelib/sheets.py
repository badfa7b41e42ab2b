"""Spreadsheets as files: .xlsx (ECMA-376, by openpyxl) and .csv (RFC 4180). Nothing here knows what the tables are about.

Files come from anybody: what is too large, would unpack to too much, or names entities is refused before it is read.
"""

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO

from .core.cells import shown, trimmed
from .core.errors import InvalidInput
from .core.table import EXAMPLE, Column, Row, Sheet, Table, Value, letters
from .excel import FORMATS, NOTES, as_heading, printable, stream, width
from .parts import look_through, too_large

MAX_BYTES = 8_000_000  # of a file; API Gateway lets 10 MB through
MAX_ROWS, MAX_COLUMNS = 5_050, 300  # of a sheet: 5,000 and room for headings
CHOICES = "选项"  # a sheet that is not read, like NOTES
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet takes for the beginning of a formula: OWASP, CSV injection
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
INLINE = 250  # characters of a list of choices that stands in the cell's own rule; a longer one goes to a sheet
KEYS = 2  # the row of a template that holds the keys, hidden
FILLED_ROWS = 5_000  # rows of a template that are formatted and checked as one types


def read(content: bytes) -> tuple[Sheet, ...]:
    """The sheets of a file, .xlsx or .csv by what it holds, whatever its name. InvalidInput says what is wrong with it."""
    if len(content) > MAX_BYTES:
        raise too_large(f"文件有{len(content):,}字节，最多{MAX_BYTES:,}", f"{len(content)} bytes; at most {MAX_BYTES}")
    if not content.strip():
        raise InvalidInput("文件是空的，请选择填好的表格", "the file is empty")
    if content.startswith(b"PK\x03\x04"):
        return _read_xlsx(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(
            "这是旧式 .xls 文件，或加了密码的文件；请另存为不带密码的 .xlsx 再导入",
            "an old .xls, or a file with a password; save it as .xlsx without one",
        )
    return (_read_csv(content),)


# .csv


def _read_csv(content: bytes) -> Sheet:
    text = _decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    rows = []
    try:
        lines = csv.reader(
            io.StringIO(text, newline=""), delimiter="\t" if "\t" in first and "," not in first else ",", strict=True
        )
        for number, cells in enumerate(lines, 1):
            _bounded(number, len(cells))
            if any(cells):
                rows.append(Row(number, tuple(_unquoted(cell) for cell in cells)))
    except csv.Error as error:
        raise InvalidInput(
            f"CSV 第{len(rows) + 1}行附近的引号或逗号不成对，无法读取",
            f"the CSV is malformed near row {len(rows) + 1}: {error}",
        ) from None
    return Sheet("", tuple(rows))


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else GB 18030, which spreadsheets in China write by default."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidInput(
        "无法识别文件：应为 .xlsx，或 UTF-8、GB18030 编码的 .csv", "neither an .xlsx nor a CSV in UTF-8 or GB 18030"
    )


def _unquoted(cell: str) -> Value:
    """A cell without what keeps a spreadsheet from taking it for a number or a formula: ="0012", '+86."""
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if cell.startswith("'") and cell[1:].startswith(FORMULA):
        cell = cell[1:]
    return cell or None


# .xlsx


def _read_xlsx(content: bytes) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook

    look_through(content)
    try:
        with warnings.catch_warnings():  # openpyxl tells of extensions it leaves out: rules and colours, never values
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    except Exception as error:  # whatever a broken or hostile file brings up in the library
        raise InvalidInput(
            "文件已损坏或不是 .xlsx 表格；请在电子表格软件中打开并另存后再导入", f"not a readable .xlsx: {type(error).__name__}"
        ) from None
    read_ = [sheet for sheet in book.worksheets if sheet.title not in (NOTES, CHOICES) and sheet.sheet_state == "visible"]
    if not read_:
        raise InvalidInput("文件里没有可读的工作表", "there is no sheet to read")
    return tuple(_sheet(sheet) for sheet in read_)


def _sheet(sheet: Any) -> Sheet:
    _bounded(sheet.max_row, sheet.max_column, sheet.title)
    merged = {
        (row, column): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, sheet.max_row) + 1)
        for column in range(area.min_col, min(area.max_col, sheet.max_column) + 1)
    }
    dimensions = sheet.row_dimensions
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    for (row, column), (top, left) in merged.items():
        values[row - 1][column - 1] = values[top - 1][left - 1]
    rows = tuple(
        Row(number, _ended(cells)) for number, cells in enumerate(values, 1) if any(cell is not None for cell in cells)
    )
    hidden = sum(row.number != KEYS and row.number in dimensions and dimensions[row.number].hidden for row in rows)
    return Sheet(sheet.title, rows, hidden)


def _ended(cells: Sequence[Any]) -> tuple[Value, ...]:
    """Up to the last cell that holds something; of a formula its last value, of anything strange its words."""
    last = max((place for place, cell in enumerate(cells) if cell is not None), default=-1)
    return tuple(cell if isinstance(cell, str | int | float | date | None) else str(cell) for cell in cells[: last + 1])


def _bounded(rows: int, columns: int, sheet: str = "") -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        where = f"工作表“{sheet}”" if sheet else "文件"
        raise too_large(
            f"{where}有{rows}行{columns}列，最多{MAX_ROWS}行{MAX_COLUMNS}列（空白而有格式的行列也算，请删去）",
            f"{rows} rows of {columns} columns; at most {MAX_ROWS} of {MAX_COLUMNS}",
        )


# Writing


def write(table: Table, form: str) -> tuple[bytes, str]:
    """The table as a file of that form, xlsx or csv, and its media type."""
    out = io.BytesIO()
    kind = write_into(table, form, out)
    return out.getvalue(), kind


def write_into(table: Table, form: str, out: BinaryIO) -> str:
    """Write the table into a file of that form; its media type. But for a template, rows are held one at a time. InvalidInput
    where Excel has no room for them."""
    if form != "xlsx":
        _write_csv(table, out)
        return CSV
    if table.example is None:
        stream(table, _lines(table), out)
    else:
        _write_template(table, out)
    return XLSX


def _write_csv(table: Table, out: BinaryIO) -> None:
    """UTF-8 with its mark, so that spreadsheets show the Chinese."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    lines = csv.writer(text)
    lines.writerow([column.heading for column in table.columns])
    for row in _lines(table):
        lines.writerow([_harmless(cell) for cell in row])
    text.detach()  # with what it still held written; `out` stays open


def _harmless(cell: Value) -> Value:
    """No text begins a formula: OWASP, CSV injection."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _lines(table: Table) -> Iterator[list[Value]]:
    if table.example is not None:
        cells = [column.shown(table.example.get(column.key)) for column in table.columns]
        yield [f"{EXAMPLE}{shown(cells[0]) or ''}", *cells[1:]]
    for row in table.rows:
        yield [column.shown(row.get(column.key)) for column in table.columns]


def _write_template(table: Table, out: BinaryIO) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = table.name[:31]
    sheet.append([column.heading for column in table.columns])
    sheet.append([column.key for column in table.columns])
    sheet.row_dimensions[KEYS].hidden = True
    (example,) = _lines(table)
    for place, column in enumerate(table.columns):
        as_heading(sheet.cell(1, place + 1), "9C0006" if column.needed else "1F3864")
        cell = sheet.cell(KEYS + 1, place + 1, printable(value) if isinstance(value := example[place], str) else value)
        cell.font = Font(italic=True, color="7F7F7F")
        sheet.column_dimensions[letters(place)].width = width(column)
        if column.kind in FORMATS:  # of the column too, for the rows to come, so that a code stays what was typed
            cell.number_format = sheet.column_dimensions[letters(place)].number_format = FORMATS[column.kind]
    _ruled(book, sheet, table.columns)
    sheet.freeze_panes = "B4"
    _explained(book, table)
    book.save(out)


def _ruled(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    """Lists to choose from, for the rows to be filled in."""
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = None
    for place, column in enumerate(columns):
        words = list(column.choices.values()) if column.kind == "choice" else ["是", "否"] if column.kind == "flag" else []
        if not words:
            continue
        formula = f'"{",".join(words)}"'
        if len(formula) > INLINE or any("," in word for word in words):
            if lists is None:
                lists = book.create_sheet(CHOICES)
                lists.sheet_state = "hidden"
            for row, word in enumerate(words, 1):
                lists.cell(row, place + 1).value = word
            formula = f"'{CHOICES}'!${letters(place)}$1:${letters(place)}${len(words)}"
        rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
        rule.errorTitle, rule.error = "请从列表中选择", f"“{column.title}”请从列表中选择"[:255]
        rule.add(f"{letters(place)}4:{letters(place)}{FILLED_ROWS}")
        sheet.add_data_validation(rule)


def _explained(book: Any, table: Table) -> None:
    """A sheet that says what each column takes."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(NOTES)
    for note in table.notes:
        sheet.append([note])
    sheet.append([])
    sheet.append(["列", "必填", "填什么", "可填的值"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for column in table.columns:
        words = "、".join(f"{label}（{code}）" if label != code else label for code, label in column.choices.items())
        sheet.append(
            [
                column.heading,
                "是" if column.needed else "",
                trimmed(column.help),
                "是、否" if column.kind == "flag" else words,
            ]
        )
    for letter, wide in {"A": 30, "B": 6, "C": 60, "D": 60}.items():
        sheet.column_dimensions[letter].width = wide
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
