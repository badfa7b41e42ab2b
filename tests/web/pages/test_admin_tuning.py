"""An admin tunes: by form or as YAML, sees what would move before anything does, publishes, looks back, takes it back."""

import re

import pytest

from chalicelib import bootstrap, loaders
from chalicelib.core.notice import FIELDS
from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.rulebooks import previewing
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.rulebooks.seed import seed
from chalicelib.usecases.rulebooks.tuning import tuning
from chalicelib.web.pages.words import FIELD

from ..installation import NOW
from .conftest import made

COMPLETED = {"classified": False, "completed_on": "2026-03-31"}


@pytest.fixture
def completed(api):
    """The project p1 was completed on 2026-03-31: acceptance is to be applied for by 2026-09-30."""
    made(api, "clerk", "projects/p1/submissions/completion", COMPLETED)
    return api


def setting(key):
    known = tuning(bootstrap.ports().rules, "yunyang")["settings"]
    return next(entry for entry in known if entry["key"] == key)["value"]


def rule_file(months=3, revision=2):
    """The rulebook as an admin edits it: acceptance within so many months of completion."""
    text = bootstrap.rulebook_file(loaders.seed_rulebook("yunyang"))
    at = text.index("id: apply-for-acceptance")
    edited = text[:at] + text[at:].replace("within: {months: 6}", f"within: {{months: {months}}}", 1)
    return edited.replace("revision: 1", f"revision: {revision}", 1)


def counts(page):
    """What a preview counts, by its names."""
    (found,) = page.all("dl", class_="counts")
    names, numbers = ([each.text for each in found.holds if each.tag == tag] for tag in ("dt", "dd"))
    return dict(zip(names, map(int, numbers), strict=True))


def why_and_publish(admin, why="县局会议确定"):
    return admin.press("发布，立即生效", why=why)


def test_an_admin_changes_a_lead_time_sees_what_it_does_publishes_and_rolls_back(admin, completed):
    admin.open("/admin")
    admin.follow("调整设置")
    page = admin.press("下一步：预览", **{"s.ladder": "90、45、5"})
    assert "60、30、14、7、3、1、0" in page.words and "90、45、5" in page.words
    told = counts(page)
    assert told["多发提醒"] > 0 and told["少发提醒"] > 0
    assert "县域医共体平台" in page.words
    assert setting("ladder") == [60, 30, 14, 7, 3, 1, 0], "a preview changes nothing"
    page = why_and_publish(admin)
    assert "正在逐一更新" in page.words
    assert setting("ladder") == [90, 45, 5]
    tick(bootstrap.ports(), NOW)
    assert "更新完毕" in admin.open(admin.path).words
    admin.follow("版本记录")
    page = admin.follow("第1版")
    assert "县局会议确定" in page.words and "90、45、5" in page.words
    admin.open("/admin/versions/0")
    page = admin.press("预览恢复的影响")
    assert counts(page)["多发提醒"] == told["少发提醒"]
    why_and_publish(admin, "试行不合适")
    assert setting("ladder") == [60, 30, 14, 7, 3, 1, 0]
    assert "试行不合适" in admin.open("/admin/versions").words


def test_a_preview_says_when_each_reminder_would_leave_and_to_whom_in_words(admin, completed):
    admin.open("/admin/tuning")
    page = admin.press("下一步：预览", **{"s.ladder": "20、5"})
    row = next(" ".join(row.text.split()) for row in page.all("tr") if "提前20天" in row.text)
    assert "2026-09-10 08:4" in row, "the digest of that morning, with its jitter, not the hour of planning"
    assert "经办人" in row and "responsible" not in page.words
    assert "提醒比对到2026-09-30" in page.words
    page = admin.press("看到明年底的提醒")
    assert "提醒比对到2027-12-31" in page.words and counts(page)["多发提醒"] >= 1
    page = admin.press("发布，立即生效", status=422, why="")
    assert "提醒比对到2027-12-31" in page.words, "the choice stays"
    page = admin.press("只看30天内的提醒")
    assert "提醒比对到2026-09-30" in page.words


def test_another_hour_of_the_digest_lists_what_shifts_from_when_to_when(admin, completed):
    admin.open("/admin/tuning")
    page = admin.press("下一步：预览", **{"s.digest_at": "10:30"})
    assert counts(page)["提醒改时间"] >= 1
    row = next(" ".join(row.text.split()) for row in page.all("tr") if "提前14天" in row.text)
    assert re.search(r"2026-09-16 08:\d\d ?2026-09-16 10:\d\d", row)


def test_channels_are_called_by_their_names(admin):
    words = admin.open("/admin/tuning").words
    for name in ("企业微信机器人", "钉钉机器人", "飞书机器人", "短信（阿里云）", "电子邮件"):
        assert name in words
    assert "aliyun" not in words and "dingtalk" not in words


def test_texts_say_how_many_sms_they_take_and_what_their_words_stand_for(admin):
    words = admin.open("/admin/tuning/texts").words
    assert re.search(r"\d+字，作短信为\d条", words)
    assert "{marks}" in words and "责任单位；只在告知其他人时有" in words
    assert set(FIELD) == set(FIELDS), "each word has its meaning"


def test_a_large_place_shows_how_far_the_preview_is_then_its_result_and_publishes_from_there(admin, completed, monkeypatch):
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    admin.open("/admin/tuning")
    page = admin.press("下一步：预览", **{"s.ladder": "90、45、5"})
    assert "还没有发布" in page.words and "正在逐一比对" in page.words
    tick(bootstrap.ports(), NOW)
    assert "比对结束" in admin.open(admin.path).words
    page = admin.follow("查看结果")
    assert "90、45、5" in page.words and counts(page)["多发提醒"] > 0
    page = admin.press("发布，立即生效", status=422, why="")
    assert "请写明调整的原因" in page.words and counts(page)["多发提醒"] > 0, "not begun anew"
    why_and_publish(admin)
    assert setting("ladder") == [90, 45, 5]


def test_a_preview_of_a_large_place_that_others_overtook_is_made_again_without_typing(admin, completed, monkeypatch):
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    admin.open("/admin/tuning")
    admin.press("下一步：预览", **{"s.ladder": "90、45、5"})
    job = admin.path.rpartition("/")[2]
    publish(bootstrap.ports(), "yunyang", {"settings": {"nudge_days": 5}}, by="t", why="t", expects=0, now=NOW)
    tick(bootstrap.ports(), NOW)
    page = admin.open(f"/admin/previews/{job}", status=409)
    assert "请重新预览" in page.words
    admin.press("在新版本上重新预览")
    tick(bootstrap.ports(), NOW)
    admin.open(admin.path)
    assert "90、45、5" in admin.follow("查看结果").words


def test_a_term_of_the_law_is_changed_as_yaml_and_the_dates_that_move_are_listed(admin, completed):
    admin.open("/admin/tuning/yaml")
    page = admin.press("检查并预览", text=rule_file())
    assert "自项目建成起6个月内" in page.words and "自项目建成起3个月内" in page.words
    told = counts(page)
    assert (told["期限调整"], told["立即逾期"]) == (1, 1)
    assert "2026-09-30" in page.words and "2026-06-30" in page.words
    assert "有 1 项立即逾期" in page.words
    why_and_publish(admin, "办法修订")
    owed = admin.open("/rulebooks/yunyang").words
    assert "自项目建成起3个月内" in owed and "第2次修订" in owed


def test_going_back_from_the_preview_loses_nothing_that_was_typed(admin):
    admin.open("/admin/tuning")
    typed = {"s.ladder": "21、7", "s.digest_at": "09:10", "s.escalation.0.days": "2", "a.finance.name": "县财政"}
    admin.press("下一步：预览", **typed)
    admin.press("返回修改")
    assert {name: admin.value(name) for name in typed} == typed
    text = rule_file() + "# 我的批注\n"
    admin.open("/admin/tuning/yaml")
    admin.press("检查并预览", text=text)
    admin.press("返回修改")
    assert admin.value("text") == text.strip("\n") or admin.value("text") == text


def test_settings_and_texts_go_into_one_publication(admin):
    admin.open("/admin/tuning")
    admin.press("接着改消息文字", **{"s.nudge_days": "5"})
    page = admin.press("看看效果", **{"s.text_zh_title.one": "提醒：{subject}{title}，{when}。{url}"})
    assert "提醒：智慧城管平台项目" in page.words
    page = admin.press("下一步：预览")
    assert "无期限事项每隔几天提示" in page.words and "提醒：{subject}" in page.words
    why_and_publish(admin)
    assert setting("nudge_days") == 5
    assert setting("text_zh_title")["one"].startswith("提醒：")


def test_a_tuned_setting_is_set_back_to_its_default(admin):
    publish(bootstrap.ports(), "yunyang", {"settings": {"nudge_days": 5}}, by="t", why="t", expects=0, now=NOW)
    page = admin.open("/admin/tuning")
    assert "恢复默认：14" in page.words
    admin.press("下一步：预览", **{"d.nudge_days": "1"})
    why_and_publish(admin)
    assert setting("nudge_days") == 14
    assert "恢复默认" not in admin.open("/admin/tuning").words


WRONG = [
    ({"s.nudge_days": "often"}, "s.nudge_days", "often"),
    ({"s.nudge_days": "0"}, "s.nudge_days", "应为"),
    ({"s.ladder": "7、x"}, "s.ladder", "“x”应为整数"),
    ({"s.digest_at": "8点"}, "s.digest_at", "时刻"),
    ({"s.quiet_from": "08:00"}, "", "早于"),
    ({"a.finance.name": ""}, "a.finance.name", "部门应写作"),
]


@pytest.mark.parametrize(("typed", "field", "said"), WRONG, ids=str)
def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(admin, typed, field, said):
    admin.open("/admin/tuning")
    page = admin.press("下一步：预览", status=422, **typed)
    assert said in page.words and "需要修改" in page.words
    assert all(admin.value(name) == value for name, value in typed.items())
    if field:
        assert [link for link in page.all("a") if link.get("href") == f"#{field}"]


def test_a_preview_of_nothing_is_not_shown(admin):
    admin.open("/admin/tuning")
    assert "没有改动任何一项" in admin.press("下一步：预览", status=422).words


def test_a_reason_is_asked_for_and_the_preview_stays(admin):
    admin.open("/admin/tuning")
    admin.press("下一步：预览", **{"s.nudge_days": "5"})
    page = admin.press("发布，立即生效", status=422)
    assert "请写明调整的原因" in page.words and "无期限事项每隔几天提示" in page.words
    why_and_publish(admin)
    assert setting("nudge_days") == 5


def test_when_somebody_published_first_nothing_is_lost_and_both_changes_stand(admin):
    admin.open("/admin/tuning")
    admin.press("下一步：预览", **{"s.nudge_days": "5"})
    publish(bootstrap.ports(), "yunyang", {"settings": {"ladder": [9]}}, by="t", why="t", expects=0, now=NOW)
    page = admin.press("发布，立即生效", why="晚了一步", status=409)
    assert "有人先发布了" in page.title
    admin.press("在新版本上重新预览")
    why_and_publish(admin)
    assert (setting("nudge_days"), setting("ladder")) == (5, [9])


def test_pressing_publish_twice_publishes_once(admin):
    admin.open("/admin/tuning")
    admin.press("下一步：预览", **{"s.nudge_days": "5"})
    page = admin.page
    for _ in range(2):
        admin.page, admin.path = page, "/admin/tuning"
        why_and_publish(admin)
    assert bootstrap.ports().rules.version("yunyang")["number"] == 1


FAULTY = [
    (lambda text: text.replace("kind: recurring", "kind: sometimes", 1), "kind: sometimes"),
    (lambda text: text.replace("done_by: [annual_list_submitted]", "done_by: [annual_list_sumbitted]", 1), "done_by: [annual_list_sumbitted]"),
    (lambda text: text.replace("    article: \"7\"\n", "    article: \"7\n", 1), None),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "line"), FAULTY)
def test_faults_of_yaml_are_shown_at_their_line_and_the_text_stays(admin, harm, line):
    text = harm(rule_file())
    admin.open("/admin/tuning/yaml")
    page = admin.press("检查并预览", status=422, text=text)
    if line:
        number = next(at for at, each in enumerate(text.split("\n"), 1) if line in each)
        assert f"第{number}行" in page.words
    assert re.search(r"第\d+行", page.words)
    assert admin.value("text").strip() == text.strip()


def test_a_revision_that_is_not_raised_is_told(admin):
    admin.open("/admin/tuning/yaml")
    page = admin.press("检查并预览", status=422, text=rule_file(revision=1))
    assert "新的修订号须更大" in page.words


def test_a_change_can_be_written_as_yaml_with_faults_at_its_lines(admin):
    admin.open("/admin/tuning/yaml")
    page = admin.press("检查并预览", status=422, of="change", text="settings:\n  nudge_days: 7\n  colour: red\n")
    assert "第3行" in page.words and "没有“colour”这个设置" in page.words
    page = admin.press("检查并预览", of="change", text="settings:\n  nudge_days: 7\n")
    assert "无期限事项每隔几天提示" in page.words
    admin.open("/admin/tuning/yaml")
    for text in ("", "- a", "a: {b", "x: 2026-02-31", "[" * 3000):
        admin.press("检查并预览", status=422, of="change", text=text)


def test_what_is_carried_cannot_be_anything(admin):
    admin.open("/admin/tuning")
    for change in ("[]", "{", "1", '{"colour": 1}', "[" * 5000):
        csrf = admin.page.all("input", name="csrf")[0].get("value")
        admin.post("/admin/tuning/publish", [("csrf", csrf), ("change", change), ("why", "x"), ("expects", "0")])
        assert admin.status == 400, change
        admin.open("/admin/tuning")


def test_an_upgrade_is_offered_with_its_differences_and_left_or_published(admin):
    ports = bootstrap.ports()
    seed(ports, NOW)
    admin.open("/admin/tuning/yaml")
    admin.press("检查并预览", text=rule_file())
    why_and_publish(admin)
    offered = {**loaders.seed_rulebook("yunyang"), "revision": 3}
    ports.store.write([Put(Key("rules#yunyang", "proposal"), {"books": [offered], "at": "2026-08-31T00:00:00Z"})])
    assert "升级带来了新的规则册" in admin.open("/admin").words
    page = admin.follow("升级带来了新的规则册")
    assert "自项目建成起3个月内" in page.words and "自项目建成起6个月内" in page.words
    admin.press("预览采用后的影响")
    why_and_publish(admin, "采用")
    assert "没有待处理的规则册" in admin.open("/admin/proposal").words
