"""An admin at the screen: what they tune, bring in and look after, in a real browser, at a desk and on a phone."""

import pytest

from tests.usecases.filling import code, filled

PAGES = [
    "/admin", "/admin/health", "/admin/tuning", "/admin/tuning/texts", "/admin/tuning/yaml", "/admin/versions", "/admin/versions/1",
    "/admin/proposal", "/rulebooks", "/rulebooks/yunyang", "/admin/calendars", "/admin/calendars/2026",
    "/admin/calendars/2027/notice", "/admin/parties", "/admin/new-party", "/admin/parties/sample-yunyang",
    "/admin/parties/sample-yunyang/remove", "/contacts/sample-yunyang", "/contacts/sample-yunyang/clerk",
    "/contacts/sample-yunyang/new", "/contacts/sample-yunyang/clerk/remove", "/admin/broadcast", "/admin/deliveries",
    "/admin/deliveries?state=waiting", "/admin/dead-letters", "/status", "/imports", "/imports/units", "/feeds",
]  # fmt: skip
OF_A_CLERK = ["/contacts", "/imports", "/imports/contacts", "/feeds", "/rulebooks"]


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_an_admin(window, width):
    window.sign_in("admin").at_width(width)
    for path in PAGES:
        assert window.open(path).faults() == [], path


def test_what_has_the_focus_is_not_hidden_by_the_bar_at_the_bottom(window):
    """WCAG 2.4.11, which axe does not see."""
    window.sign_in("admin").at_width(1280)
    window.open("/admin/tuning")
    hidden = window.driver.execute_script("""
        const bar = document.querySelector('.sticky'), hidden = [];
        for (const field of document.querySelectorAll('main input, main select, main textarea, main summary')) {
          if (bar.contains(field) || !field.getClientRects().length) continue;
          window.scrollTo(0, 0);
          field.focus();
          if (field.getBoundingClientRect().bottom > bar.getBoundingClientRect().top) hidden.push(field.name || field.id);
        }
        return hidden""")
    assert hidden == []


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_that_a_clerk_shares_with_an_admin(window, width):
    window.sign_in().at_width(width)
    for path in OF_A_CLERK:
        assert window.open(path).faults() == [], path


def wait_for(window, words):
    """Though the page be replaced while it is read."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.ui import WebDriverWait

    patient = WebDriverWait(window.driver, 20, ignored_exceptions=[WebDriverException])
    patient.until(lambda _: words in window.words())


@pytest.mark.parametrize("width", [1280, 390])
def test_an_admin_changes_a_lead_time_sees_what_it_does_publishes_and_rolls_back(window, width):
    window.sign_in("admin").at_width(width)
    window.open("/admin/tuning")
    before = window.driver.find_element("name", "s.ladder").get_attribute("value")
    window.type("s.ladder", "often")
    window.press("下一步：预览")
    assert window.driver.switch_to.active_element.get_attribute("class") == "summary"
    assert window.faults() == []
    window.type("s.ladder", "45、5")
    window.press("下一步：预览")
    assert "45、5" in window.words() and before in window.words()
    assert window.faults() == []
    window.press("返回修改")
    assert window.driver.find_element("name", "s.ladder").get_attribute("value") == "45、5"
    window.press("下一步：预览")
    window.type("why", "县局会议确定")
    window.press("发布，立即生效")
    wait_for(window, "更新完毕")  # the page looks again by itself
    assert window.faults() == []
    window.follow("版本记录")
    before_it = window.driver.find_elements("css selector", "tbody a")[1].text
    window.follow(before_it)
    window.press("预览恢复的影响")
    assert window.faults() == []
    window.type("why", "恢复原来的")
    window.press("发布，立即生效")
    window.open("/admin/tuning")
    assert window.driver.find_element("name", "s.ladder").get_attribute("value") == before


def test_faults_of_yaml_are_shown_at_their_lines(window):
    window.sign_in("admin").at_width(1280)
    window.open("/admin/tuning/yaml")
    window.driver.execute_script("text.value = text.value.replace('kind: recurring', 'kind: sometimes')")
    window.press("检查并预览")
    assert "kind: sometimes" in window.driver.find_element("css selector", ".code-lines .here").text
    assert window.faults() == []


def uploaded(window, content, folder):
    file = folder / "units.xlsx"
    file.write_bytes(content)
    window.open("/imports/units")
    window.driver.find_element("id", "file").send_keys(str(file))
    window.press("上传并检查")


def test_a_spreadsheet_with_faults_is_refused_and_mended_it_is_imported(window, tmp_path):
    window.sign_in("admin").at_width(1280)
    blank = template_of(window)
    rows = [{"uscc": code(number + 1000), "name": f"第{number}中学", "kind": "学校"} for number in range(30)]
    uploaded(window, filled(blank, [{**rows[0], "kind": "学堂"}, {**rows[1], "name": ""}, *rows[2:]]), tmp_path)
    assert "有2处需要修改，没有导入任何内容" in window.words() and "学堂" in window.words()
    for width in (1280, 390):
        window.at_width(width)
        assert window.faults() == []
    uploaded(window, filled(blank, rows), tmp_path)
    assert "检查通过，共 30 行" in window.words()
    assert window.faults() == []
    window.press("确认导入 30 行")
    wait_for(window, "导入完成")
    assert window.faults() == []
    window.open("/admin/parties?q=第29中学")
    assert "第29中学" in window.words()


def template_of(window):
    """The template, fetched with the cookies of this browser."""
    import http.client

    cookies = "; ".join(f"{each['name']}={each['value']}" for each in window.driver.get_cookies())
    connection = http.client.HTTPConnection("127.0.0.1", window.server.port, timeout=20)
    connection.request("GET", "/templates/units.xlsx", headers={"Cookie": cookies})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def test_it_is_all_done_without_a_script(without_script):
    window = without_script
    window.sign_in("admin")
    window.open("/admin/tuning/texts")
    window.press("看看效果")
    window.press("回到设置")
    window.type("s.urgent_within_days", "4")
    window.press("下一步：预览")
    window.type("why", "没有脚本也能发布")
    window.press("发布，立即生效")
    assert "已发布" in window.words()
    assert window.driver.find_element("css selector", "meta[http-equiv=refresh]")


def test_an_address_is_shown_once(window):
    window.sign_in()
    window.open("/feeds")
    window.press("生成地址")
    assert ".ics" in window.words() and window.faults() == []
    window.open("/feeds")
    assert ".ics" not in window.words()
