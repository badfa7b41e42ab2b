"""Homes, projects and boards as they are shown: at a desk and on a phone, opened out, in both languages, with long names."""

import pytest

CLERK = ["/", "/projects/sample-yunyang-1"]
OFFICE = [
    "/board",
    "/inbox",
    "/board/duties?state=overdue",
    "/board/duties?state=soon",
    "/board/units",
    "/units/sample-yunyang",
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
        window.open(f"/language/{language}?back={path}")
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


def test_the_drawing_shows_today_first_on_a_phone(window):
    window.sign_in().at_width(390)
    window.open("/projects/sample-yunyang-1")
    seen = window.driver.execute_script(
        "const box = document.querySelector('.timeline').parentNode.getBoundingClientRect();"
        "const today = document.querySelector('.timeline .today').getBoundingClientRect();"
        "return box.left <= today.left && today.right <= box.right"
    )
    assert seen
