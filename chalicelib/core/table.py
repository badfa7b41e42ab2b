"""Tables as people keep them in spreadsheets: what was read from one, and what is to be written to one. Pure values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

Value = str | int | float | bool | date | None  # of a cell; a number of a spreadsheet is a float unless it is whole

EXCEL_ROWS = 1_048_576  # of a sheet, its heading among them
EXAMPLE = "例："  # a row whose first filled cell begins so is an example, and is never imported
KINDS = ("text", "code", "id", "uscc", "day", "year", "whole", "money", "flag", "choice", "choices", "names")


class Row(NamedTuple):
    """A row that is not empty: its number in the file, from 1, and its cells from column A."""

    number: int
    cells: tuple[Value, ...]


class Sheet(NamedTuple):
    """One sheet of a file; a CSV file is one without a name. `hidden` counts the rows that were hidden: they are read too."""

    name: str
    rows: tuple[Row, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What stands in one column, under which heading."""

    key: str  # stable, "facts/total_investment"; parts of a nested value are joined by /
    title: str  # the heading, in Chinese; that of money goes without its unit
    kind: str = "text"  # one of KINDS
    needed: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)  # what is stored -> what people call it
    help: str = ""
    example: Any = None  # a value as it is stored
    personal: bool = False  # never repeated in an answer
    longest: int = 200  # characters of a text

    @property
    def heading(self) -> str:
        return f"{self.title}（元）" if self.kind == "money" else self.title

    def shown(self, value: Any) -> Value:
        """A stored value as people write it in a cell."""
        if value is None:
            return None
        match self.kind:
            case "flag":
                return "是" if value else "否"
            case "choice":
                return self.choices.get(value, value)
            case "choices":
                return "；".join(self.choices.get(each, each) for each in value)
            case "names":
                return "；".join(each["name"] for each in value)
            case "day":
                return date.fromisoformat(value)
            case "money":
                return float(value) if isinstance(value, str) else value
            case _:
                return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be written: `rows` hold stored values by key, and may come one after the other, once. With an `example` it is a
    template to be filled in."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Mapping[str, Any]] = ()
    example: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()  # for the sheet of explanations, a line each


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """Something to mend in a file: where, what stood there, what is wrong, what would do."""

    row: int  # 0: the file as a whole
    column: int | None  # from 0
    title: str  # the column's heading
    value: str | None  # None too where it may not be repeated
    zh: str
    en: str
    accepted: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def address(self) -> str:
        return "" if self.column is None else address(self.column, self.row)

    def as_json(self) -> dict[str, Any]:
        where = f"{self.sheet}!{self.address}" if self.sheet and self.address else self.address or self.sheet
        return {
            "field": where,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.title,
            "value": self.value,
            "message": {"zh": self.zh, "en": self.en},
            "accepted": list(self.accepted),
        }


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, …, Z, AA."""
    name, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def address(column: int, row: int) -> str:
    """A1 is column 0 of row 1."""
    return f"{letters(column)}{row}"
