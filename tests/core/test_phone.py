"""Telephone numbers as people write them."""

import pytest

from chalicelib.core.phone import mobile


@pytest.mark.parametrize(
    "written",
    [
        "13900001234",
        "139 0000 1234",
        "139-0000-1234",
        "+8613900001234",
        "+86 139-0000-1234",
        "86 13900001234",
        "0086-13900001234",
        "(+86) 139.0000.1234",
        "（86）１３９００００１２３４",
        " 13900001234\n",
    ],
)
def test_one_mainland_mobile_however_it_is_written(written):
    assert mobile(written) == "+8613900001234"


@pytest.mark.parametrize(
    ("written", "number"),
    [("+852 5123 4567", "+85251234567"), ("00853-6612-3456", "+85366123456"), ("+1 (415) 555-0100", "+14155550100")],
)
def test_a_number_from_abroad_brings_its_country_code(written, number):
    assert mobile(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "张三",
        "010-66551234",  # a landline
        "023 5812 3456",
        "+86 10 6655 1234",
        "12345678901",  # no mobile begins with 12
        "1390000123",  # a digit short
        "139000012345",  # a digit too many
        "13900001234 转 8",
        "13900001234,13900001235",
        "85251234567",  # whose country code cannot be told from a number
        "+0123456789",
        "+123456789012345678",
        "li.wei@example.gov.cn",
    ],
)
def test_what_gets_no_sms_is_no_mobile(written):
    assert mobile(written) is None
