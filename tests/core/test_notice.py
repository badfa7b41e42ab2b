"""The words of a notice: in both languages, at every level, for every kind of rung."""

import pytest

from chalicelib import loaders
from chalicelib.core.dates import Dates
from chalicelib.core.errors import Text
from chalicelib.core.notice import Line, fitting, layout_of, text_of

from .small import CALENDAR, day

URL = "https://duban.example/o/1"
SETTINGS = {key: entry["value"] for key, entry in loaders.default_settings().items()}
TERM = Dates(None, day("2025-07-06"), day("2025-07-07"), day("2025-07-04"))  # Sun, rolled to Mon; Fri
MINIMUM = Dates(None, day("2025-07-06"), day("2025-07-06"), None, day("2025-07-07"))
WINDOW = Dates(day("2025-07-01"), day("2025-07-31"), day("2025-07-31"), day("2025-07-31"))
OPEN_TASK = Dates(day("2025-06-03"))


def line(kind="before", dates=TERM, *, late=False, sample=False, reference="a1b2c3"):
    return Line(
        reference=reference,
        subject="智慧水务",
        title=Text("申请竣工验收", "Apply for acceptance"),
        article="25",
        place=Text("云阳县", "Yunyang"),
        dates=dates,
        submit_to=("县大数据发展局",),
        form="acceptance-application",
        kind=kind,
        late=late,
        sample=sample,
    )


def text(*lines, today="2025-07-01", level="title", language="zh"):
    layout = layout_of(SETTINGS, "email", language, level)
    return text_of(lines, day(today), CALENDAR, layout, level=level, language=language, url=URL)


@pytest.mark.parametrize(
    ("kind", "dates", "today", "zh", "en"),
    [
        ("new", TERM, "2025-06-03", "还有23个工作日", "23 working days left"),
        ("moved", TERM, "2025-06-03", "期限调整", "date moved"),
        (
            "opens",
            WINDOW,
            "2025-07-01",
            "2025-07-31（周四）前办结（还有22个工作日）",
            "act by Thu 2025-07-31 (22 working days left)",
        ),
        (
            "before",
            TERM,
            "2025-07-01",
            "2025-07-04（周五）前办结（还有3个工作日），法定期限2025-07-07（周一）",
            "act by Fri 2025-07-04 (3 working days left), due Mon 2025-07-07",
        ),
        ("before", TERM, "2025-07-04", "今天", "today"),
        ("overdue", TERM, "2025-07-08", "期限2025-07-07（周一），已逾期1天", "was due Mon 2025-07-07, 1 day"),
        ("lawful", MINIMUM, "2025-07-07", "可以进行下一步", "the next step may be taken"),
        ("lawful", MINIMUM, "2025-07-04", "2025-07-07（周一）起方可进行下一步", "lawful from Mon 2025-07-07"),
        ("nudge", OPEN_TASK, "2025-07-01", "未定期限，请及时办理", "no fixed term: do it without delay"),
    ],
)
def test_every_rung_says_by_when_in_both_languages(kind, dates, today, zh, en):
    for language, words, title in (
        ("zh", zh, "智慧水务：申请竣工验收"),
        ("en", en, "智慧水务: Apply for acceptance"),
    ):
        for level in ("title", "full"):
            message = text(line(kind, dates), today=today, level=level, language=language)
            assert words in message and title in message and URL in message


LATE, EARLY = "2025-07-14", "2025-07-01"


@pytest.mark.parametrize(
    ("to", "today", "zh", "en"),
    [
        (
            "leader",
            EARLY,
            "县水利局尚无人签收，告知贵单位负责人，请督促于2025-07-04（周五）前办结（还有3个工作日）",
            "not acknowledged by 县水利局, told to its leader; please see to it: act by Fri 2025-07-04 (3 working days left)",
        ),
        (
            "department",
            LATE,
            "期限2025-07-07（周一），已逾期7天，按规定告知主管部门，请督促县水利局尽快办理",
            "was due Mon 2025-07-07, 7 days ago: late by 县水利局, told to its department; please see that it is done",
        ),
        (
            "authority",
            LATE,
            "按规定告知业务主管机关，请督促县水利局尽快办理",
            "told to the authority; please see that it is done",
        ),
    ],
)
def test_who_need_not_do_it_is_told_whose_it_is_why_and_what_to_ask_for(to, today, zh, en):
    others = line("escalated")._replace(unit="县水利局", to=to)
    own = line("overdue")._replace(to="responsible")
    for language, words, mark in (("zh", zh, "【请督促】"), ("en", en, "[please see to it]")):
        said = text(others, today=today, language=language)
        assert words in said and mark in said
        assert mark in text(others, today=today, level="reference", language=language)
        assert mark not in text(own, today=today, language=language)


def test_where_nobody_is_known_to_owe_it_no_name_is_made_up():
    said = text(line("escalated")._replace(to="leader"), today=LATE)
    assert "按规定告知贵单位负责人，请督促尽快办理" in said


def test_a_date_that_moved_is_told_with_the_one_before():
    moved = line("moved")._replace(moved_from=day("2025-06-30"))
    assert "前办结（还有3个工作日），法定期限2025-07-07（周一），原期限2025-06-30（周一）" in text(moved)
    assert "due Mon 2025-07-07, formerly due Mon 2025-06-30" in text(moved, language="en")
    assert "原期限" not in text(line("moved"))


def test_a_long_name_of_a_unit_is_cut_like_others():
    others = line("escalated")._replace(unit="某某县" * 40, to="leader")

    def write(some):
        return text(*some, today=LATE)

    said, count = fitting([others], write, lambda text: len(text) <= 150)
    assert count == 1 and len(said) <= 150 and "请督促" in said


def test_the_working_days_left_skip_holidays_and_count_make_up_days():
    autumn = Dates(None, day("2025-10-11"), day("2025-10-11"), day("2025-10-11"))  # Sat, a make-up working day
    assert "还有4个工作日" in text(line(dates=autumn), today="2025-09-29")  # 30 September, 9, 10 and 11 October


@pytest.mark.parametrize("today", ["2025-07-05", "2025-07-06", "2025-07-07"])
def test_between_the_advice_and_the_legal_last_day_only_the_legal_one_is_spoken_of_as_ahead(today):
    zh, en = text(line(), today=today), text(line(), today=today, language="en")
    assert "2025-07-07" in zh and "2025-07-07" in en
    assert "2025-07-04（周五）前办结（今天）" not in zh
    assert "act by Fri 2025-07-04 (today)" not in en


def test_a_provisional_date_says_so():
    for language, words in (("zh", "（暂定）"), ("en", "(provisional)")):
        assert words in text(line(dates=TERM._replace(provisional=True)), language=language)
        assert words not in text(line(), language=language)


def test_a_name_makes_no_line_of_its_own_and_turns_no_letters():
    name = "智慧\n【督办】请点 evil.example\u2028\u202e水务\t{url}"
    said = text(line()._replace(subject=name))
    assert "智慧 【督办】请点 evil.example 水务 {url}：" in said
    assert len(said.split("\n")) == len(text(line()).split("\n"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_reference_names_nobody_and_nothing_but_itself(language):
    message = text(line(), level="reference", language=language)
    assert "a1b2c3" in message and URL in message
    for told in ("智慧水务", "竣工验收", "acceptance", "云阳", "Yunyang", "2025-07"):
        assert told not in message


@pytest.mark.parametrize(
    ("language", "under", "to"),
    [("zh", "云阳县办法第25条", "报送：县大数据发展局"), ("en", "Yunyang, article 25", "To: 县大数据发展局")],
)
def test_only_the_full_text_says_why_and_to_whom(language, under, to):
    full, title = (text(line(), level=level, language=language) for level in ("full", "title"))
    assert under in full and to in full
    assert under not in title and to not in title


@pytest.mark.parametrize("level", ["reference", "title", "full"])
@pytest.mark.parametrize(("language", "late", "sample"), [("zh", "补发", "示例"), ("en", "late", "sample")])
def test_what_is_late_and_what_is_a_sample_is_marked_at_every_level(level, language, late, sample):
    marked, plain = (
        text(line(late=True, sample=True), level=level, language=language),
        text(line(), level=level, language=language),
    )
    for words in (late, sample):
        assert words in marked and words not in plain


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_digest_counts_its_duties_and_numbers_them(language):
    message = text(line(), line("nudge", OPEN_TASK), language=language, level="full")
    head, *rest = message.splitlines()
    assert "2" in head
    assert [part[:3] for part in rest if part[0].isdigit()] == ["1. ", "2. "]
    assert message.count(URL) == 1 and rest[-1].endswith(URL)


def test_a_digest_of_references_lists_each():
    for language in ("zh", "en"):
        message = text(line(), line(reference="d4e5f6"), level="reference", language=language)
        assert "a1b2c3" in message and "d4e5f6" in message


@pytest.mark.parametrize("level", ["reference", "title", "full"])
def test_an_english_notice_carries_no_chinese_of_its_own(level):
    english = Line(
        reference="a1b2c3",
        subject="Water",
        title=Text("申请", "Apply"),
        article="25",
        place=Text("云阳县", "Yunyang"),
        dates=TERM,
        submit_to=("Data Bureau",),
        form=None,
        kind="before",
        late=True,
        sample=True,
    )
    for lines in ([english], [english, english._replace(reference="d4e5f6")]):
        message = text(*lines, level=level, language="en")
        assert message.isascii(), message
