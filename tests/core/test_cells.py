"""What a cell says: rows are a kind of column, what stands in the cell, and what is understood (None: it is asked about)."""

from datetime import date, datetime

import pytest

from chalicelib.core.cells import USCC, Unfit, is_uscc, read, trimmed
from chalicelib.core.table import Column, address

UNDERSTOOD = [
    ("money", 1500000, 1, 1_500_000),
    ("money", 1500000.0, 1, 1_500_000),
    ("money", "１，５００，０００．５０", 1, "1500000.50"),
    ("money", 0.1 + 0.2, 1, "0.30"),
    ("money", 12.345, 10_000, 123_450),
    ("money", "¥ 680", 10_000, 6_800_000),
    ("money", "680万元", 1, 6_800_000),
    ("money", "6800000 元", 10_000, 6_800_000),  # the unit beside the number goes before the heading's
    ("money", "1.234", 1, None),
    ("money", "-1", 1, None),
    ("money", "约五百万", 1, None),
    ("money", True, 1, None),
    ("day", datetime(2026, 8, 31), 1, "2026-08-31"),
    ("day", date(2026, 8, 31), 1, "2026-08-31"),
    ("day", 46265, 1, "2026-08-31"),  # days since 1899-12-30
    ("day", "2026-08-31", 1, "2026-08-31"),
    ("day", "２０２６／８／３１", 1, "2026-08-31"),
    ("day", "2026年8月31日", 1, "2026-08-31"),
    ("day", "2026.8.31", 1, "2026-08-31"),
    ("day", "20260831", 1, "2026-08-31"),
    ("day", "2026-08-31 00:00:00", 1, "2026-08-31"),
    ("day", "8/31/2026", 1, None),
    ("day", "2026-02-29", 1, None),
    ("day", "0026-02-01", 1, None),
    ("day", "八月底", 1, None),
    ("year", 2027.0, 1, 2027),
    ("year", "2027年度", 1, 2027),
    ("year", "27", 1, None),
    ("whole", "1,200", 1, 1200),
    ("whole", 1.5, 1, None),
    ("flag", "是", 1, True),
    ("flag", "ＮＯ", 1, False),
    ("flag", 1.0, 1, True),
    ("flag", "也许", 1, None),
    ("id", " ｙｙ-01 ", 1, "yy-01"),
    ("id", "单位一", 1, None),
    ("text", "　县 教委\n", 1, "县 教委"),
    ("text", 138.0, 1, "138"),
    ("text", 1.15002350086660e17, 1, None),  # digits were lost
    ("text", "#REF!", 1, None),
    ("text", "名" * 201, 1, None),
    ("names", "方案；预算；", 1, [{"name": "方案"}, {"name": "预算"}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cell", "scale", "said"), UNDERSTOOD)
def test_a_cell_is_understood_or_asked_about(kind, cell, scale, said):
    column = Column(key="k", title="列", kind=kind)
    if said is not None:
        assert read(column, cell, scale) == said
        return
    with pytest.raises(Unfit) as unfit:
        read(column, cell, scale)
    assert unfit.value.zh and unfit.value.en.isascii()


@pytest.mark.parametrize("kind", ["text", "id", "money", "day", "flag", "choice", "choices", "names", "year", "whole", "uscc"])
@pytest.mark.parametrize("cell", [None, "", " 　\n"])
def test_an_empty_cell_says_nothing(kind, cell):
    assert read(Column(key="k", title="列", kind=kind), cell) is None


def test_a_choice_may_be_its_label_or_its_code_and_else_the_choices_are_told():
    column = Column(key="k", title="列", kind="choice", choices={"new": "新建（含改造）", "old": "续建"})
    assert [read(column, said) for said in ("新建(含改造)", "NEW", " 续 建 ")] == ["new", "new", "old"]
    with pytest.raises(Unfit) as unfit:
        read(column, "扩建")
    assert unfit.value.accepted == ("新建（含改造）（new）", "续建（old）")


# Codes of the standard's own examples and of large organisations, with their check characters (GB 32100-2015)
@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "91440300708461136T"])
def test_a_credit_code_is_known_by_its_check_character(code):
    assert is_uscc(code)
    for place, letter in enumerate(code):
        other = USCC[(USCC.index(letter) + 1) % len(USCC)]
        assert not is_uscc(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(("column", "name"), [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7"), (702, "AAA7")])
def test_a_cell_is_called_as_spreadsheets_call_it(column, name):
    assert address(column, 7) == name


def test_what_cannot_be_seen_is_taken_off_both_ends_however_much_there_is():
    unseen = " \u3000\u200b\ufeff\r\n\t" * 200_000
    assert trimmed(f"{unseen}甲{unseen}乙{unseen}") == f"甲{unseen}乙".replace("\r\n", "\n")
