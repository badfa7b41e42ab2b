"""Spreadsheets as files: what may come in, what is refused unread, and what stands in a template."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from chalicelib import excel, parts, sheets
from chalicelib.core.errors import InvalidInput
from chalicelib.core.table import Column, Table

COLUMNS = (
    Column(key="id", title="编号", kind="id", needed=True, example="0012", help="本系统的编号"),
    Column(key="kind", title="类别", kind="choice", choices={"a": "甲类", "b": "乙类"}, example="a"),
    Column(key="many", title="行业", kind="choice", choices={str(number): f"很长的行业名称{number}" for number in range(60)}),
    Column(key="is", title="是否", kind="flag", example=False),
    Column(key="amount", title="总投资", kind="money", example="12.50"),
    Column(key="on", title="日期", kind="day", example="2026-08-31"),
)
TEMPLATE = Table(
    name="项目", columns=COLUMNS, example={column.key: column.example for column in COLUMNS}, notes=("请先看说明",)
)


def xlsx(**cells):
    book = Workbook()
    for address, value in cells.items():
        book.active[address] = value
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content, name, change):
    """The file with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(old.read(part)) if part.filename == name else old.read(part))
    return out.getvalue()


# Templates


def test_a_template_has_headings_hidden_keys_an_example_and_lists_to_choose_from():
    book = load_workbook(io.BytesIO(sheets.write(TEMPLATE, "xlsx")[0]))
    sheet = book["项目"]
    assert [cell.value for cell in sheet[1]] == ["编号", "类别", "行业", "是否", "总投资（元）", "日期"]
    assert [cell.value for cell in sheet[2]] == [column.key for column in COLUMNS] and sheet.row_dimensions[2].hidden
    assert [cell.value for cell in sheet[3]][:5] == ["例：0012", "甲类", None, "否", 12.5]
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules == {"B4:B5000": '"甲类,乙类"', "C4:C5000": "'选项'!$C$1:$C$60", "D4:D5000": '"是,否"'}
    assert book["选项"].sheet_state == "hidden" and book["选项"]["C60"].value == "很长的行业名称59"
    assert sheet.column_dimensions["A"].number_format == sheet["A3"].number_format == "@"


def test_a_template_explains_every_column_with_what_may_be_filled_in():
    notes = load_workbook(io.BytesIO(sheets.write(TEMPLATE, "xlsx")[0]))["填写说明"]
    rows = [[cell.value for cell in row] for row in notes.iter_rows()]
    assert rows[0][0] == "请先看说明"
    assert ["编号", "是", "本系统的编号", None] in [[cell or None for cell in row] for row in rows]
    assert any(row[3] == "甲类（a）、乙类（b）" for row in rows)


def test_sheets_of_explanations_and_choices_and_hidden_ones_are_not_read():
    book = load_workbook(io.BytesIO(sheets.write(TEMPLATE, "xlsx")[0]))
    book.create_sheet("别的")["A1"] = "x"
    book["别的"].sheet_state = "hidden"
    assert [sheet.name for sheet in sheets.read(saved(book))] == ["项目"]


# What comes in


def test_of_a_formula_the_value_last_computed_counts():
    content = with_part(
        xlsx(A1="编号", A2="=1+1"),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"),
    )
    assert sheets.read(content)[0].rows[1].cells == (2,)


def test_a_csv_may_be_parted_by_tabs_and_a_cell_may_hold_line_breaks():
    (sheet,) = sheets.read('编号\t名称\r\n1\t"甲\n乙"\r\n'.encode("utf-16"))
    assert [row.cells for row in sheet.rows] == [("编号", "名称"), ("1", "甲\n乙")]


def test_what_keeps_a_spreadsheet_from_guessing_is_taken_off():
    (sheet,) = sheets.read('编号,电话\n="0012",\'+8623\n'.encode())
    assert sheet.rows[1].cells == ("0012", "+8623")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "空的"),
        (b"x" * (sheets.MAX_BYTES + 1), "过大"),
        (b"\xd0\xcf\x11\xe0 an old .xls", "旧式"),
        (b"PK\x03\x04 nothing", "损坏"),
        (b"\xff\xff\xff\xff", "无法识别"),
        (b'a,"b\n1,2', "不成对"),
        (("a\n" * (sheets.MAX_ROWS + 1)).encode(), "过大"),
        (("a," * (sheets.MAX_COLUMNS + 1)).encode(), "过大"),
    ],
    ids=["empty", "large", "xls", "broken", "binary", "quotes", "rows", "columns"],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(content, why):
    with pytest.raises(InvalidInput) as refused:
        sheets.read(content)
    assert why in refused.value.text.zh


def test_what_would_unpack_to_too_much_is_refused_before_it_is_unpacked():
    content = with_part(xlsx(A1="x"), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (parts.MAX_UNPACKED + 1))
    assert len(content) < 100_000
    with pytest.raises(InvalidInput, match="unpacks to too much"):
        sheets.read(content)


def test_entities_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    content = with_part(xlsx(A1="x"), "xl/workbook.xml", lambda xml: bomb + xml.split(b"?>", 1)[-1])
    with pytest.raises(InvalidInput, match="declares a document type"):
        sheets.read(content)


def test_a_far_cell_does_not_make_a_sheet_of_a_million_rows():
    with pytest.raises(InvalidInput, match="1048576 rows"):
        sheets.read(xlsx(A1="编号", A1048576="x"))


EVERYTHING = "A1:XFD1048576"


@pytest.mark.parametrize(
    "more",
    [
        f'<mergeCells><mergeCell ref="{EVERYTHING}"/></mergeCells>',
        "<mergeCells>" + '<mergeCell ref="A1:KN990"/>' * 4000 + "</mergeCells>",
        '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>',
        f'<hyperlinks><hyperlink ref="{EVERYTHING}" location="x"/></hyperlinks>',
        '<x:mergeCells xmlns:x="urn:x"><x:mergeCell ref="A1:&#88;FD1048576"/></x:mergeCells>',
    ],
    ids=["a merge of all cells", "many large merges", "whole columns", "a link on all cells", "spelled otherwise"],
)
def test_a_few_bytes_that_stand_for_a_billion_cells_are_refused(more):
    content = with_part(
        xlsx(A1="x"), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + more.encode())
    )
    with pytest.raises(InvalidInput, match="cover too much"):
        sheets.read(content)


def test_a_remark_on_all_cells_is_refused():
    book = Workbook()
    book.active["A1"].comment = Comment("x", "y")
    content = with_part(saved(book), "xl/comments/comment1.xml", lambda xml: xml.replace(b'"A1"', f'"{EVERYTHING}"'.encode()))
    with pytest.raises(InvalidInput, match="cover too much"):
        sheets.read(content)


@pytest.mark.parametrize(
    "more",
    [(b"<row>" + b"<c><v>1</v></c>" * 100 + b"</row>") * (parts.MAX_ELEMENTS // 200), b"<formula/>" * parts.MAX_OTHERS],
    ids=["cells", "formats"],
)
def test_more_cells_than_anybody_fills_in_are_refused_before_they_are_built(more):
    content = with_part(
        xlsx(A1="x"), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", more + b"</sheetData>")
    )
    with pytest.raises(InvalidInput, match="too many cells"):
        sheets.read(content)


def test_a_merge_lends_its_value_to_all_its_cells():
    book = Workbook()
    book.active["A1"] = "编号"
    book.active.merge_cells("A1:C2")
    assert [row.cells for row in sheets.read(saved(book))[0].rows] == [("编号",) * 3] * 2


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_of_a_csv_begins_a_formula_and_it_is_read_back_as_it_was(begins):
    text = f"{begins}HYPERLINK(1)"
    content, _ = sheets.write(Table(name="项目", columns=COLUMNS[:1], rows=({"id": text},)), "csv")
    assert f"'{text}" in content.decode("utf-8-sig")
    assert sheets.read(content)[0].rows[1].cells == (text,)


# Tables of any length


def streamed(kind, *values):
    """The cells of a column of this kind, as a spreadsheet program reads them."""
    column = Column(key="a", title="列", kind=kind)
    content, _ = sheets.write(Table(name="表", columns=(column,), rows=({"a": value} for value in values)), "xlsx")
    return [cell for (cell,) in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2)]


def test_each_kind_of_value_is_one_that_a_spreadsheet_can_reckon_with():
    (day,) = streamed("day", "2026-08-31")
    assert (day.value.date().isoformat(), day.number_format, day.is_date) == ("2026-08-31", "yyyy-mm-dd", True)
    (money,) = streamed("money", "6000000.50")
    assert (money.value, money.number_format, money.data_type) == (6000000.5, "#,##0.00", "n")
    (number,) = streamed("whole", 7)
    assert (number.value, number.data_type) == (7, "n")
    assert [cell.value for cell in streamed("flag", True, None, False)] == ["是", None, "否"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("=1+1", "=1+1"),
        ("0012", "0012"),
        ('<b> & "c" ]]>', '<b> & "c" ]]>'),
        ("  first\r\nsecond ", "  first\r\nsecond "),
        ("a\x00\x0b\ufffeb", "ab"),
        ("督办😀", "督办😀"),
        ("名" * 40_000, "名" * 32_767),
    ],
)
def test_a_text_stays_the_text_it_is_as_far_as_a_cell_can_hold_it(text, read):
    (cell,) = streamed("text", text)
    assert (cell.value, cell.data_type, cell.number_format) == (read, "s", "@")


def test_what_is_longer_than_a_sheet_of_excel_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(excel, "EXCEL_ROWS", 3)
    assert len(streamed("text", "a", "b")) == 2
    with pytest.raises(InvalidInput, match="export by unit"):
        streamed("text", "a", "b", "c")
