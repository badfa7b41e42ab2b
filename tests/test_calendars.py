"""The holiday calendars agree with the law, with the moon and the sun, and with two independent packages."""

import copy
import json
import math
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
import yaml
from holidays.countries.china import ChinaStaticHolidays
from jsonschema import Draft202012Validator, FormatChecker
from lunardate import LunarDate

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "schedules" / "calendars"
SCHEMA = json.loads((ROOT / "schemas" / "calendar.schema.json").read_text(encoding="utf-8"))
FILES = sorted(FOLDER.glob("*.yaml"))
ONE_DAY = timedelta(days=1)
FESTIVALS = {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}

RECIPE = """\
{year} 年的放假通知还没有录入 (the holiday notice of {year} is missing): schedules/calendars/cn-{year}.yaml
1. 在中国政府网 (www.gov.cn) 找到《国务院办公厅关于{year}年部分节假日安排的通知》，通常 10 月下旬至 12 月上旬发布。
2. 复制上一年的 cn-<year>.yaml，逐条改写 rest（放假的每一段，含其中的周末）和 work（上班的周末），
   写明通知标题、发文字号和日期，revision 从 1 开始；元旦假期可能从上一年 12 月底算起，照写即可。
3. 升级 holidays 和 chinesecalendar 到收录 {year} 年的版本，改 requirements 里的版本号。
4. 从 cn-projected.yaml 删去 {year} 年。
5. 在 tests/test_calendars.py 的 DAYS_OFF 加上该年各段“共N天”之和，再运行 python -m pytest tests/test_calendars.py。"""


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def as_json(value):
    """What YAML reads as dates and integer keys, JSON knows as strings."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def faults(document: dict) -> list[str]:
    validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(as_json(document))]


def days_from(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def days_of(year: int) -> list[date]:
    return days_from(date(year, 1, 1), date(year, 12, 31))


def days_off(spans: list[dict]) -> list[date]:
    return [day for span in spans for day in days_from(span["from"], span["to"])]


def said(day: date) -> str:
    return f"{day:%a %Y-%m-%d}"


NOTICED = {int(path.stem[3:]): read(path) for path in FILES if re.fullmatch(r"cn-\d{4}", path.stem)}
PROJECTED = read(FOLDER / "cn-projected.yaml")
# A notice may begin in the last days of the year before, so a day is judged by all files together.
REST = {day for calendar in NOTICED.values() for day in days_off(calendar["rest"])}
WORK = {day for calendar in NOTICED.values() for day in calendar["work"]}


def is_working_day(day: date) -> bool:
    return day in WORK or (day.weekday() < 5 and day not in REST)


# --- shape


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_valid_by_the_schema(path):
    assert faults(read(path)) == []


def test_the_schema_itself_is_sound():
    Draft202012Validator.check_schema(SCHEMA)


SPOILT = {
    "an unknown key": lambda calendar: calendar.update(holiday=[]),
    "an unknown key in the notice": lambda calendar: calendar["notice"].update(url="x"),
    "a span without its last day": lambda calendar: calendar["rest"][0].pop("to"),
    "an impossible day": lambda calendar: calendar["rest"][0].update(to="2026-02-30"),
    "a make-up day in words": lambda calendar: calendar.update(work=["1月4日"]),
    "a number that is no 发文字号": lambda calendar: calendar["notice"].update(number="7号"),
    "revision nought": lambda calendar: calendar.update(revision=0),
    "years beside a notice": lambda calendar: calendar.update(years={2027: []}),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_the_schema_refuses(spoil):
    calendar = copy.deepcopy(NOTICED[2026])
    spoil(calendar)
    assert faults(calendar) != []


def test_an_uncertain_notice_number_may_be_left_null():
    calendar = copy.deepcopy(NOTICED[2026])
    calendar["notice"]["number"] = None
    assert faults(calendar) == []


# --- the years with a notice


def test_every_year_from_2015_on_has_a_notice_and_then_a_projection_without_gap_or_overlap():
    years = sorted(NOTICED) + sorted(PROJECTED["years"])
    assert years == list(range(2015, 2061))


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_the_file_names_its_own_year_and_a_notice_issued_before_it_began(year):
    calendar = NOTICED[year]
    assert calendar["year"] == year
    assert f"{year}年" in calendar["notice"]["title"]
    assert calendar["notice"]["issued_on"].year == year - 1
    assert f"〔{year - 1}〕" in (calendar["notice"]["number"] or f"null stands for 〔{year - 1}〕")


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_spans_run_forward_in_order_without_overlap_and_stay_by_their_year(year):
    spans = NOTICED[year]["rest"]
    days = days_off(spans)
    assert all(span["from"] <= span["to"] for span in spans)
    assert days == sorted(set(days))
    assert date(year - 1, 12, 25) < days[0] and days[-1] <= date(year, 12, 31)


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_all_seven_festivals_of_the_law_are_in_the_notice(year):
    named = {name for span in NOTICED[year]["rest"] for name in span["name"].split("、")}
    assert named >= FESTIVALS


# The sums of the days the notices count (共N天, or the single day named). Comparing working days alone would
# not see a span that ends a Saturday too early. A new year's sum is added when its notice is.
DAYS_OFF = {
    2015: 3 + 7 + 2 + 1 + 3 + 3 + 1 + 7,  # 端午 Sat 20 to Mon 22 June with its Sunday; Victory Day 3
    2016: 1 + 7 + 1 + 2 + 3 + 3 + 7,
    2017: 2 + 7 + 3 + 1 + 3 + 8,
    2018: 1 + 7 + 3 + 3 + 1 + 1 + 7,
    2019: 3 + 7 + 1 + 4 + 1 + 1 + 7,
    2020: 1 + 10 + 3 + 5 + 3 + 8,  # the Spring Festival's 7 prolonged by 3
    2021: 3 + 7 + 3 + 5 + 3 + 3 + 7,
    2022: 3 + 7 + 3 + 5 + 3 + 3 + 7,
    2023: 3 + 7 + 1 + 5 + 3 + 8,
    2024: 1 + 8 + 3 + 5 + 1 + 3 + 7,
    2025: 1 + 8 + 3 + 5 + 3 + 8,
    2026: 3 + 9 + 3 + 5 + 3 + 3 + 7,
}


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_the_days_off_are_as_many_as_the_notice_counts(year):
    assert len(days_off(NOTICED[year]["rest"])) == DAYS_OFF.get(year), "add the notice's sum to DAYS_OFF"


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_make_up_days_are_weekends_in_order_and_never_days_off(year):
    work = NOTICED[year]["work"]
    assert work == sorted(work)
    assert [said(day) for day in work if day.weekday() < 5 or day in REST] == []


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_both_packages_know_the_year(year):
    """`holidays` answers for a year it has no notice of, so agreement with it would prove nothing."""
    update = f"upgrade the package to a release that carries the notice of {year}"
    assert year in ChinaStaticHolidays.special_public_holidays, f"holidays: {update}"
    assert any(day.year == year for day in chinese_calendar.holidays), f"chinesecalendar: {update}"


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_every_day_agrees_with_the_holidays_package(year):
    china = holidays.country_holidays("CN", years=(year, year + 1))
    differ = [said(day) for day in days_of(year) if is_working_day(day) != china.is_working_day(day)]
    assert differ == []


@pytest.mark.parametrize("year", sorted(NOTICED))
def test_every_day_agrees_with_the_chinesecalendar_package(year):
    differ = [said(day) for day in days_of(year) if is_working_day(day) != chinese_calendar.is_workday(day)]
    assert differ == []


@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        ("Sun 2026-01-04", True, "a make-up working day"),
        ("Fri 2026-01-02", False, "inside the New Year's span"),
        ("Sat 2026-02-28", True, "a make-up working day after the Spring Festival"),
        ("Sat 2020-02-01", False, "worked by the first notice, off by the second"),
        ("Mon 2020-02-03", True, "work resumes after the prolonged Spring Festival"),
        ("Fri 2015-09-04", False, "moved to join Victory Day"),
        ("Sun 2015-09-06", True, "made up for it"),
        ("Thu 2019-05-02", False, "the changed Labour Day of 2019"),
        ("Sat 2018-12-29", True, "worked by the notice of 2019"),
        ("Mon 2018-12-31", False, "off by the notice of 2019"),
        ("Fri 2024-02-09", True, "除夕 2024: the notice encourages leave, it gives no day off"),
    ],
)
def test_days_that_are_easily_got_wrong(day, working, why):
    weekday, iso = day.split()
    assert f"{date.fromisoformat(iso):%a}" == weekday
    assert is_working_day(date.fromisoformat(iso)) is working, why


# --- the years without one


def sun_longitude(moment: datetime) -> float:
    """The sun's apparent longitude in degrees at a moment in UTC, good to 0.01° (Meeus, chapter 25)."""
    julian_day = (moment - datetime(2000, 1, 1, 12)) / ONE_DAY + 75 / 86400  # 75 s: UTC to dynamical time
    century = julian_day / 36525
    mean = 280.46646 + 36000.76983 * century
    anomaly = math.radians(357.52911 + 35999.05029 * century)
    centre = (
        (1.914602 - 0.004817 * century) * math.sin(anomaly)
        + 0.019993 * math.sin(2 * anomaly)
        + 0.000289 * math.sin(3 * anomaly)
    )
    node = math.radians(125.04 - 1934.136 * century)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


def qingming(year: int) -> date:
    """The Beijing day in which the sun reaches 15°."""

    def reached_by_the_end_of(day: date) -> bool:
        beijing_midnight = datetime.combine(day + ONE_DAY, datetime.min.time())
        return sun_longitude(beijing_midnight - timedelta(hours=8)) >= 15

    return next(day for day in days_from(date(year, 4, 1), date(year, 4, 10)) if reached_by_the_end_of(day))


def lunar(year: int, month: int, day: int) -> date:
    return LunarDate(year, month, day).to_solar_date()


def by_law(year: int) -> dict[str, tuple[date, date]]:
    """Article 2 as revised in 2024: each festival's first and last day off."""
    new_year, dragon, moon = lunar(year, 1, 1), lunar(year, 5, 5), lunar(year, 8, 15)
    return {
        "元旦": (date(year, 1, 1), date(year, 1, 1)),
        "春节": (new_year - ONE_DAY, new_year + 2 * ONE_DAY),
        "清明节": (qingming(year), qingming(year)),
        "劳动节": (date(year, 5, 1), date(year, 5, 2)),
        "端午节": (dragon, dragon),
        "中秋节": (moon, moon),
        "国庆节": (date(year, 10, 1), date(year, 10, 3)),
    }


@pytest.mark.parametrize("year", sorted(PROJECTED["years"]))
def test_the_projected_festivals_are_those_of_the_law_by_moon_and_sun(year):
    spans = PROJECTED["years"][year]
    assert {span["name"]: (span["from"], span["to"]) for span in spans} == by_law(year)
    assert len(spans) == len(FESTIVALS)
    assert [span["from"] for span in spans] == sorted(span["from"] for span in spans)


@pytest.mark.parametrize("year", sorted(PROJECTED["years"]))
def test_the_projected_days_agree_with_the_holidays_package(year):
    china = holidays.country_holidays("CN", years=year, observed=False)
    assert sorted(set(days_off(PROJECTED["years"][year]))) == sorted(china)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_law_s_own_days_are_all_off_in_the_notices_issued_under_it(year):
    assert PROJECTED["law"]["valid_from"] <= date(year, 1, 1)
    spans = [{"from": first, "to": last} for first, last in by_law(year).values()]
    assert [said(day) for day in days_off(spans) if day not in REST] == []


def test_two_festivals_on_one_day_are_both_listed():
    """Wed 2031-10-01 is National Day and the fifteenth of the eighth month."""
    day = date(2031, 10, 1)
    named = {span["name"] for span in PROJECTED["years"][2031] if span["from"] <= day <= span["to"]}
    assert named == {"国庆节", "中秋节"}


# --- the reminder


def year_to_be_noticed(today: date) -> int:
    """The notice comes out in November; a year that has run for a month without one here is out of date."""
    return today.year - (today.month == 1)


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 12, 31), 2026),
        (date(2027, 1, 31), 2026),
        (date(2027, 2, 1), 2027),
    ],
)
def test_a_year_s_notice_is_asked_for_from_its_second_month(today, year):
    assert year_to_be_noticed(today) == year


def test_the_notice_that_is_due_today_is_here():
    year = year_to_be_noticed(date.today())
    assert year in NOTICED, RECIPE.format(year=year)
