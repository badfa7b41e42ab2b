"""Homes, projects and boards as they are shown: at a desk and on a phone, opened out, in both languages, with long names."""

from urllib.parse import quote

import pytest

CLERK = ["/", "/projects/sample-yunyang-1", "/forms", "/forms?about=project:sample-yunyang-1", "/find?q=平台"]
OFFICE = [
    "/board",
    "/inbox",
    "/board/duties?state=overdue",
    "/board/duties?state=soon",
    "/board/units",
    "/units/sample-yunyang",
    "/forms",
    "/forms?about=jurisdiction:yunyang",
    "/find?q=平台",
    "/find?q=没有的",
]
WIDTHS = [1280, 390]
LONG = "智慧医疗健康大数据综合管理服务平台暨基层医疗卫生机构一体化信息系统（含远程会诊、双向转诊、药品追溯）" * 3


def opened(window):
    """With everything that can be folded out."""
    window.driver.execute_script("document.querySelectorAll('details').forEach(each => { each.open = true })")
    return window


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_unit_s_pages(window, width, language):
    window.sign_in().at_width(width)
    for path in CLERK:
        window.open(f"/language/{language}?back={quote(path)}")
        assert opened(window).faults() == [], path


@pytest.mark.parametrize("width", WIDTHS)
def test_an_office_s_pages(window, width):
    window.sign_in("authority").at_width(width)
    for path in [*OFFICE, "/projects/sample-yunyang-1"]:
        assert opened(window.open(path)).faults() == [], path


@pytest.mark.parametrize("width", WIDTHS)
def test_a_duty_is_reached_from_home_and_signed(window, width):
    window.sign_in().at_width(width)
    window.open("/")
    window.follow("提交竣工验收申请")
    assert window.path().startswith("/o/")
    assert window.faults() == []
    if width == WIDTHS[0]:
        window.press("签收")
    assert "签收" in window.words()
    assert window.faults() == []


def test_a_project_with_a_name_of_a_hundred_and_fifty_characters_fits_a_phone(window):
    window.sign_in().at_width(390)
    window.open("/projects/new")
    window.choose("classified", "false")
    window.press("继续")
    window.type("name", LONG[:150])
    window.press("新建")
    project = window.path().partition("project:")[2]
    for path in (f"/projects/{project}", "/"):
        assert window.open(path).faults() == [], path
        assert LONG[:150] in window.words()


@pytest.mark.parametrize("role", ["unit", "authority"])
def test_a_phone_shows_words_that_begin_with_today_in_place_of_the_drawing(window, role):
    window.sign_in(role).at_width(390)
    window.open("/projects/sample-yunyang-1")
    assert not window.is_shown("svg.timeline")
    assert window.is_shown("#in-words") and window.driver.find_element("css selector", "#in-words h3").text.startswith("今天")


def test_a_phone_shows_the_days_of_the_calendar_from_today_on(window):
    window.sign_in("authority").at_width(390)
    window.open("/board")
    assert not window.is_shown(".heat") and window.is_shown("#in-words")


def test_at_a_desk_the_drawing_needs_no_scrolling_and_its_words_are_a_touch_away(without_script):
    window = without_script
    window.sign_in().at_width(1280)
    window.open("/projects/sample-yunyang-1")
    assert window.is_shown("svg.timeline .today-words") and not window.is_shown("#in-words")
    window.follow("看文字版")
    assert window.is_shown("#in-words")


def test_no_two_words_of_the_drawing_lie_on_each_other(window):
    window.sign_in().at_width(1280)
    window.open("/projects/sample-yunyang-1")
    boxes = window.driver.execute_script(
        "return Array.from(document.querySelectorAll('svg.timeline text')).map(each => {"
        "const box = each.getBoundingClientRect(); return [each.textContent, box.left, box.right, box.top, box.bottom] })"
    )
    over = [
        (one[0], other[0])
        for at, one in enumerate(boxes)
        for other in boxes[at + 1 :]
        if one[1] < other[2] and other[1] < one[2] and one[3] + 4 < other[4] and other[3] + 4 < one[4]
    ]
    assert over == []
