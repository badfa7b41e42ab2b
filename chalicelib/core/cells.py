"""What a cell says: a spreadsheet's value read as a column wants it. Full-width digits, stray spaces, thousands separators,
ways of writing a date: what a person understands is understood; what is ambiguous is asked about."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import Text
from .table import Column, Value

WAN = 10_000  # 万元
YEARS = range(1990, 2101)
LONGEST_SHOWN = 40
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 1: without I, O, S, V, Z
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
_DAYS = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]?00:00(?::00)?)?"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:00:00(?::00)?)?"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_SERIAL_ZERO, _SERIALS = date(1899, 12, 30), range(32874, 73051)  # days of 1990 to 2099, as a spreadsheet counts them
_YES, _NO = ("是", "有", "TRUE", "YES", "Y", "1", "√"), ("否", "无", "FALSE", "NO", "N", "0", "×")
_PARTED = re.compile(r"[；;、\n]+")
_UNSEEN = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\ufeff"
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


class Unfit(Exception):
    """The cell does not say what its column wants; in both languages, with what would do."""

    def __init__(self, zh: str, en: str, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(en)
        self.zh, self.en, self.accepted = zh, en, accepted


def read(column: Column, value: Value, scale: int = 1) -> Any:
    """The value to store, None for an empty cell. `scale` is what the heading multiplies money by. Raises Unfit."""
    if isinstance(value, str):
        value = trimmed(value) or None
    if value is None:
        return None
    if isinstance(value, str) and _ERRORS.fullmatch(value):
        raise Unfit("公式出错，请改正公式或填写数值", "a formula that failed; mend it or enter the value")
    return _READERS[column.kind](column, value, scale)


def trimmed(text: str) -> str:
    """Without what cannot be seen at either end: spaces of any width, line breaks, marks of no width."""
    return text.replace("\r\n", "\n").strip(_UNSEEN)


def plain(text: str) -> str:
    """A code or a word to be compared: half-width, without spaces."""
    return re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", text))


def shown(value: Value) -> str | None:
    """A cell's value as it is told back."""
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def is_uscc(code: str) -> bool:
    """Whether a 统一社会信用代码 is well formed and its last character the check character of GB 32100-2015."""
    if len(code) != 18 or any(letter not in USCC for letter in code) or not code[2:8].isdecimal():
        return False
    total = sum(USCC.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return USCC[-total % 31] == code[17]


def no_uscc(code: str) -> Text:
    """What is wrong with what should be a 统一社会信用代码."""
    why = f"应为18位，现有{len(code)}位" if len(code) != 18 else "校验位不符，或含有 I、O、S、V、Z，请核对是否抄错"
    en = "not a unified social credit code: 18 characters, the last a check character (GB 32100-2015)"
    return Text(f"统一社会信用代码不对：{why}", en)


def _text(column: Column, value: Value, scale: int) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            raise Unfit(
                "被电子表格当作数字，后几位已经丢失；请先把该列设为文本格式，再重新填写",
                "the spreadsheet took it for a number and lost its last digits; format the column as text and enter it again",
            )
        return str(int(value)) if float(value).is_integer() else str(value)
    if len(value) > column.longest:
        raise Unfit(f"最多{column.longest}字，现有{len(value)}字，请删减", f"{len(value)} characters; at most {column.longest}")
    return value


def _code(column: Column, value: Value, scale: int) -> str:
    return plain(_text(column, value, scale))


def _id(column: Column, value: Value, scale: int) -> str:
    text = plain(_text(column, value, scale))
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text):
        raise Unfit("应为64个以内的字母、数字、连字符", "up to 64 letters, digits and hyphens", ("如 yy-health-01",))
    return text


def _uscc(column: Column, value: Value, scale: int) -> str:
    code = plain(_text(column, value, scale)).upper()
    if not is_uscc(code):
        raise Unfit(*no_uscc(code), ("如 11500235008666010A",))
    return code


def _day(column: Column, value: Value, scale: int) -> str:
    found = _found_day(value)
    if found is None or found.year not in YEARS:
        raise Unfit(
            "不是日历上有的日期",
            "not a day of the calendar",
            ("2026-08-31", "2026/8/31", "2026年8月31日", "电子表格的日期"),
        )
    return found.isoformat()


def _found_day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(value))
    parts = next((found for pattern in _DAYS if (found := pattern.fullmatch(plain(str(value))))), None)
    try:
        return parts and date(*map(int, parts.groups()))
    except ValueError:
        return None


def _decimal(value: Value) -> Decimal | None:
    """A number with or without thousands separators; None where it is none."""
    text = plain(str(value)).replace(",", "")
    if isinstance(value, bool | date) or not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _whole(column: Column, value: Value, scale: int) -> int:
    number = _decimal(value)
    if number is None or number != int(number) or abs(number) >= _EXACT:
        raise Unfit("应为整数", "a whole number")
    return int(number)


def _year(column: Column, value: Value, scale: int) -> int:
    if isinstance(value, date):
        value = value.year
    text = plain(str(value)).removesuffix("度").removesuffix("年").removesuffix(".0")
    if not re.fullmatch(r"\d{4}", text) or int(text) not in YEARS:
        raise Unfit("应为四位数的年份", "a year of four digits", ("2027",))
    return int(text)


def _money(column: Column, value: Value, scale: int) -> int | str:
    if isinstance(value, str):  # a unit beside the number goes before the heading's
        value = plain(value).removeprefix("¥")
        said = next((unit for unit in ("万元", "万", "元") if value.endswith(unit)), "")
        scale = {"": scale, "元": 1}.get(said, WAN)
        value = value.removesuffix(said)
    number = _decimal(value)
    if number is not None and isinstance(value, float):
        number = round(number, 8)  # what binary fractions leave at the end, e.g. 0.1 + 0.2
    yuan = None if number is None else number * scale
    if yuan is None or yuan < 0 or yuan >= _EXACT or yuan != round(yuan, 2):
        raise Unfit(
            "应为金额，最多两位小数（元），不能为负",
            "an amount of money with at most two decimals",
            ("1500000", "1,500,000.00", "150万元"),
        )
    return int(yuan) if yuan == int(yuan) else f"{yuan:.2f}"


def _flag(column: Column, value: Value, scale: int) -> bool:
    word = plain(str(value)).upper().removesuffix(".0")
    if word not in (*_YES, *_NO):
        raise Unfit("请填“是”或“否”", "yes or no", ("是", "否"))
    return word in _YES


def _choice(column: Column, value: Value, scale: int) -> str:
    words = {plain(word).casefold(): code for code, label in column.choices.items() for word in (label, code)}
    found = words.get(plain(_text(column, value, scale)).casefold())
    if found is None:
        raise Unfit(f"没有“{shown(value)}”这个选项", f"there is no choice {shown(value)!r}", tuple(_told(column.choices)))
    return found


def _told(choices: Mapping[str, str]) -> list[str]:
    return [label if label == code else f"{label}（{code}）" for code, label in choices.items()]


def _choices(column: Column, value: Value, scale: int) -> list[str]:
    parts = [part for part in _PARTED.split(_text(column, value, scale)) if part.strip()]
    if [plain(part) for part in parts] == ["无"]:
        return []
    return list(dict.fromkeys(_choice(column, part, scale) if column.choices else trimmed(part) for part in parts))


def _names(column: Column, value: Value, scale: int) -> list[dict[str, str]]:
    return [{"name": trimmed(part)} for part in re.split(r"[；;\n]+", _text(column, value, scale)) if part.strip()]


_READERS: Mapping[str, Callable[[Column, Value, int], Any]] = {
    "text": _text,
    "code": _code,
    "id": _id,
    "uscc": _uscc,
    "day": _day,
    "year": _year,
    "whole": _whole,
    "money": _money,
    "flag": _flag,
    "choice": _choice,
    "choices": _choices,
    "names": _names,
}
