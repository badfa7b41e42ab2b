"""A table that somebody filled in: which column is which, what each row says, and every fault with its address.

Stated manners: a heading may be the column's title or its key, in any order; a row of keys under the heading (the
template's hidden second row) goes before titles; the example, empty rows and a column 序号 are passed over; hidden rows are
read like all others; a merged cell counts for each of its cells; of a formula the value last computed counts.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from . import cells
from .table import EXAMPLE, CellFault, Column, Row, Sheet, letters

HEADING_WITHIN = 20  # rows: above the heading stands at most a title and an explanation
PASSED_OVER = ("序号", "行号")
CLASSIFIED = "classified"


class Entry(NamedTuple):
    """What one row says: stored values by key; what is empty or unfit is not there."""

    row: int
    values: dict[str, Any]


class Filled(NamedTuple):
    """A table read: its entries, what is to be mended, and where each column stands (from 0)."""

    sheet: str
    entries: tuple[Entry, ...]
    faults: tuple[CellFault, ...]
    places: dict[str, int]
    notes: tuple[str, ...]
    unfit: frozenset[tuple[int, str]]  # (row, key) of the cells that are to be mended already

    def fault(self, row: int, column: Column | None, value: str | None, zh: str, en: str, accepted: tuple = ()) -> CellFault:
        """A fault of a row that was found later."""
        place = self.places.get(column.key) if column else None
        title = column.title if column else ""
        return CellFault(row=row, column=place, title=title, value=value, zh=zh, en=en, accepted=accepted, sheet=self.sheet)


class _Place(NamedTuple):
    column: Column
    at: int
    scale: int


def read(sheet: Sheet, columns: Sequence[Column], *, asks_empty: bool = True) -> Filled:
    """Every row under the heading as `columns` say; all faults at once. Unless it `asks_empty`, cells that are needed may be
    empty all the same: whoever reads the rows knows better."""
    known = {word: column for column in columns for word in (_word(column.title)[0], column.key)}
    start = next((place for place, row in enumerate(sheet.rows[:HEADING_WITHIN]) if _is_heading(row, known)), None)
    if start is None:
        wanted = tuple(column.heading for column in columns)
        fault = CellFault(
            row=0, column=None, title="", value=None, accepted=wanted, sheet=sheet.name,
            zh="这份文件不像所要的表格：没有找到表头；请下载模板填写，表头行应有下列各列",
            en="this does not look like the table: there is no heading row; fill in the template",
        )  # fmt: skip
        return Filled(sheet.name, (), (fault,), {}, (), frozenset())
    heading, keys = sheet.rows[start], _keys(sheet.rows[start + 1 :], columns)
    places, faults = _places(heading, keys, known, columns, sheet.name)
    asks = any(column.key == CLASSIFIED for column in columns)
    cleared = not asks  # whether the rows are known not to be classified
    entries: list[Entry] = []
    unfit: set[tuple[int, str]] = set()
    for row in sheet.rows[start + (2 if keys else 1) :]:
        if _is_example(row) or _is_empty(row):
            continue
        answer = _classified(row, places) if asks else False
        if answer is True:
            faults.append(_of_classified(row, places, sheet.name))
            continue
        cleared = answer is False or (cleared and not asks_empty and answer is None)
        values, amiss = _cells(row, places, sheet.name, asks_empty=asks_empty, may_quote=cleared)
        if len(values) > 1 and all(values.get(place.column.key) == place.column.example for place in places):
            continue  # the example, whose mark went with a column that was deleted
        faults += [*amiss.values(), *_strays(row, places, heading, sheet.name)]
        unfit |= {(row.number, key) for key in amiss}
        if cleared or not asks_empty:
            entries.append(Entry(row.number, values))
    notes = (f"工作表有{sheet.hidden}行是隐藏的，也已读取",) if sheet.hidden else ()
    at = {place.column.key: place.at for place in places}
    return Filled(sheet.name, tuple(entries), tuple(faults), at, notes, frozenset(unfit))


def _word(heading: Any) -> tuple[str, int]:
    """A heading as it is compared, and what it multiplies money by: 总投资（万元）* -> 总投资, 10000."""
    word = cells.plain(str(heading or "")).strip("*")
    found = re.fullmatch(r"(.+?)\(?单?位?:?(万元|元)\)", word)
    return (found[1].rstrip("("), cells.WAN if found[2] == "万元" else 1) if found else (word, 1)


def _known(heading: Any, known: dict[str, Column]) -> Column | None:
    return known.get(_word(heading)[0]) or known.get(cells.plain(str(heading or "")).strip("*"))


def _is_heading(row: Row, known: dict[str, Column]) -> bool:
    """Half of what it says are names of columns."""
    said = [cell for cell in row.cells if cell is not None]
    return bool(said) and 2 * sum(_known(cell, known) is not None for cell in said) >= len(said)


def _keys(rows: Sequence[Row], columns: Sequence[Column]) -> Row | None:
    """The row of keys under the heading, where there is one."""
    ours = {column.key for column in columns}
    said = [cell for cell in rows[0].cells if cell is not None] if rows else []
    return rows[0] if said and 2 * sum(cell in ours for cell in said) > len(said) else None


def _places(
    heading: Row, keys: Row | None, known: dict[str, Column], columns: Sequence[Column], sheet: str
) -> tuple[list[_Place], list[CellFault]]:
    by_key = {column.key: column for column in columns}
    places: list[_Place] = []
    faults: list[CellFault] = []

    def amiss(at: int, cell: Any, zh: str, en: str, accepted: tuple[str, ...] = ()) -> None:
        faults.append(
            CellFault(
                row=heading.number, column=at, title=cells.shown(cell) or "", value=cells.shown(cell), zh=zh, en=en,
                accepted=accepted, sheet=sheet,
            )
        )  # fmt: skip

    for at, cell in enumerate(heading.cells):
        key = keys.cells[at] if keys and at < len(keys.cells) else None
        column = by_key.get(key) or _known(cell, known)
        if column is None:
            if cell is not None and cells.plain(str(cell)) not in PASSED_OVER:
                near = get_close_matches(_word(cell)[0], known, n=1)
                hint = f"，是不是“{known[near[0]].title}”？" if near else ""
                titles = tuple(each.heading for each in columns)
                amiss(at, cell, f"表中没有“{cells.shown(cell)}”这一列{hint}请改正或删去", "there is no such column", titles)
        elif any(place.column is column for place in places):
            amiss(at, cell, f"“{column.title}”有两列，请只保留一列", "this column is there twice; keep one")
        else:
            places.append(_Place(column, at, _word(cell)[1]))
    there = {place.column.key for place in places}
    for column in columns:
        if column.needed and column.key not in there:
            faults.append(
                CellFault(
                    row=heading.number, column=None, title=column.title, value=None, sheet=sheet,
                    zh=f"缺少“{column.heading}”这一列", en=f"the column {column.key} is missing",
                )
            )  # fmt: skip
    return places, faults


def _is_empty(row: Row) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cells.trimmed(cell)) for cell in row.cells)


def _is_example(row: Row) -> bool:
    first = next((cell for cell in row.cells if cell is not None), None)
    return isinstance(first, str) and cells.trimmed(first).startswith(EXAMPLE)


def _at(row: Row, place: int) -> Any:
    return row.cells[place] if place < len(row.cells) else None


def _classified(row: Row, places: Sequence[_Place]) -> bool | str | None:
    """What the row says of itself, looked at before anything else of it is read: None where it says nothing, "?" where that
    cannot be understood."""
    for place in places:
        if place.column.key == CLASSIFIED:
            try:
                return cells.read(place.column, _at(row, place.at))
            except cells.Unfit:
                return "?"
    return None


def _of_classified(row: Row, places: Sequence[_Place], sheet: str) -> CellFault:
    at = next(place for place in places if place.column.key == CLASSIFIED)
    return CellFault(
        row=row.number, column=at.at, title=at.column.title, value=None, sheet=sheet,
        zh="涉密内容不得录入；请从文件中删去这一行，按本地办法的规定另行办理，本系统没有保存其中任何内容",
        en="classified content never enters; take the row out of the file. Nothing of it was kept",
    )  # fmt: skip


def _cells(
    row: Row, places: Sequence[_Place], sheet: str, *, asks_empty: bool, may_quote: bool
) -> tuple[dict[str, Any], dict[str, CellFault]]:
    """What the cells of a row say, and the faults of those that cannot be understood or say nothing, by key. Until it is known
    that the row is not classified, no value of it is repeated; personal data never are."""
    values: dict[str, Any] = {}
    amiss: dict[str, CellFault] = {}
    for place in places:
        column, given = place.column, _at(row, place.at)
        hides = column.personal or not may_quote
        fault = {"row": row.number, "column": place.at, "title": column.title, "sheet": sheet}
        try:
            value = cells.read(column, given, place.scale)
        except cells.Unfit as unfit:
            zh, en = ("填写不当，请核对", "cannot be understood") if hides else (unfit.zh, unfit.en)
            said = None if hides else cells.shown(given)
            amiss[column.key] = CellFault(zh=f"“{column.title}”{zh}", en=en, value=said, accepted=unfit.accepted, **fault)
            continue
        if value is not None:
            values[column.key] = value
        elif column.needed and asks_empty:
            zh, en = f"“{column.title}”没有填，请补上", f"{column.key} is missing"
            amiss[column.key] = CellFault(zh=zh, en=en, value=None, accepted=tuple(column.choices.values()), **fault)
    return values, amiss


def _strays(row: Row, places: Sequence[_Place], heading: Row, sheet: str) -> Iterator[CellFault]:
    """What stands in columns without a heading would be lost without a word."""
    named = {place.at for place in places} | {at for at, cell in enumerate(heading.cells) if cell is not None}
    for at, cell in enumerate(row.cells):
        if at not in named and cell is not None and cells.trimmed(str(cell)):
            yield CellFault(
                row=row.number, column=at, title=letters(at), value=None, sheet=sheet,
                zh="这一列没有表头，不知是什么内容；请补上表头或清空", en="this column has no heading; give it one or empty it",
            )  # fmt: skip
