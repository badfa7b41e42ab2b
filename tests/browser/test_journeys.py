"""What people do from beginning to end, in a real browser, with and without a script."""

from datetime import timedelta

from chalicelib import bootstrap
from chalicelib.core.ladder import local_day

DAY = (local_day(bootstrap.clock()) - timedelta(days=3)).isoformat()
PROJECT = "/forms?about=project:"


def a_new_project(window, name):
    window.open("/projects/new")
    window.choose("classified", "false")
    window.press("继续")
    window.type("name", name)
    window.press("新建")
    return window.path().partition("project:")[2]


def test_a_clerk_reports_completion_sees_the_deadline_appear_and_files_for_acceptance(window, tmp_path):
    window.sign_in().at_width(1280)
    a_new_project(window, "智慧后勤平台")
    window.follow("建成")
    window.choose("classified", "false")
    window.press("继续")
    window.set_day("completed_on", DAY)
    window.type("total_investment", "6800000")
    assert "= 680 万元" in window.words()
    window.press("下一步")
    assert "6,800,000 元（680万元）" in window.words()
    window.press("确认提交")
    assert "已收到：建成" in window.words()
    assert window.faults() == []
    window.follow("提交竣工验收申请")
    window.follow("填写表单")
    window.choose("classified", "false")
    window.press("继续")
    assert "法定期限" in window.words()
    window.press("上传文件")
    assert window.faults() == []
    file = tmp_path / "总结.pdf"
    file.write_bytes(b"%PDF-1.7\n" + b"x" * 1000)
    window.driver.find_element("id", "file").send_keys(str(file))
    window.press("上传")
    assert "已上传" in window.words()
    assert window.faults() == []
    window.press("下一步")
    assert "还缺5项材料" in window.words()
    assert window.faults() == []
    window.press("确认提交")
    assert "已收到：验收申请" in window.words()


def test_the_whole_way_is_gone_without_a_script(without_script):
    window = without_script
    window.sign_in()
    window.begin("/fill/unit/sample-yunyang/annual-list")
    window.press("添加一项")
    window.press("添加一项")
    window.type("items.0.name", "多余的一行")
    window.press("删除第1项")
    window.type("items.0.name", "区域影像云")
    window.press("下一步")
    assert "需要修改" in window.driver.title
    window.set_day("submitted_on", DAY)
    window.type("for_year", "2027")
    window.type("items.0.amount", "120万")
    window.choose("items.0.kind", "new")
    window.press("下一步")
    assert "1,200,000 元（120万元）" in window.words()
    window.press("确认提交")
    assert "回执编号" in window.words()


def test_what_is_wrong_is_read_first_and_its_link_leads_to_the_field(window):
    window.sign_in()
    window.begin("/fill/project/sample-yunyang-1/completion")
    window.press("下一步")
    assert window.driver.switch_to.active_element.get_attribute("class") == "summary"
    window.follow("建成日期")
    assert window.driver.switch_to.active_element.get_attribute("id") == "completed_on"


def test_what_does_not_belong_is_hidden_while_it_is_empty(window):
    window.sign_in("authority")
    window.begin("/fill/project/sample-yunyang-1/budget-review")
    assert window.is_shown("#bid_ceiling")
    window.choose("result", "failed")
    assert not window.is_shown("#bid_ceiling")
    window.choose("result", "passed")
    assert window.is_shown("#bid_ceiling")


def test_the_view_for_the_seal_is_printed_without_the_page_around_it(window):
    window.sign_in()
    window.open("/language/zh")
    a_new_project(window, "打印用的项目")
    window.follow("开工")
    window.choose("classified", "false")
    window.press("继续")
    window.set_day("started_on", DAY)
    window.press("下一步")
    window.press("确认提交")
    window.follow("打印盖章页")
    assert window.faults() == []
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = [window.is_shown(selector) for selector in ("header.top", "footer", ".no-print", ".seals")]
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert shown == [False, False, False, True]


def test_the_keyboard_alone_is_enough_and_shows_where_it_is(window):
    window.open("/signin")
    from selenium.webdriver.common.keys import Keys

    window.driver.find_element("tag name", "body").send_keys(Keys.TAB)
    skip = window.driver.switch_to.active_element
    assert skip.text == "跳到正文"
    assert skip.value_of_css_property("outline-style") == "solid"
    skip.send_keys(Keys.ENTER)
    for _ in range(12):
        window.driver.switch_to.active_element.send_keys(Keys.TAB)
        if window.driver.switch_to.active_element.get_attribute("id") == "who":
            break
    window.driver.switch_to.active_element.send_keys("nobody@example.org", Keys.ENTER)
    assert "输入验证码" in window.words()
