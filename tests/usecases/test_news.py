"""What a submission brought about is told to those it concerns: received, decided with the reasons, done."""

import pytest

from chalicelib.ports import Key
from chalicelib.usecases.views.queued import of_submissions
from tests.usecases.doubles import PowerCut

DONE = {"id": "m1", "event": "construction_completed", "on": "2026-01-15"}


@pytest.fixture
def both(make_world):
    """A unit and an office, one contact each, and a project that was completed."""
    world = make_world()
    world.office("office")
    world.unit()
    world.contact()
    world.contact("office")
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[DONE])
    world.tick()
    world.at("2026-01-21", "10:07")
    for _ in range(3):
        world.deliver()
    world.chat.sent.clear()
    return world


def told(world, since=0):
    world.tick_until_quiet()
    for _ in range(3):
        world.deliver()
    return {message.address.removeprefix("console:"): message.text for message in world.chat.sent[since:]}


def test_the_unit_hears_at_once_that_it_was_received_and_what_it_closed(both):
    both.at("2026-07-08", "21:40")  # in quiet hours: it is an answer to what they do
    receipt = both.submit("acceptance-application", applied_on="2026-07-08", news=True)
    texts = told(both)
    assert f"已收到，回执编号{receipt['number']}；已办结：提交竣工验收申请" in texts["unit/clerk"]
    assert "项目p1" in texts["unit/clerk"]


def test_the_office_hears_of_a_request_in_its_next_digest(both):
    both.at("2026-07-08", "15:10")
    both.submit("acceptance-application", applied_on="2026-07-08", news=True)
    assert "office/clerk" not in told(both)
    both.at("2026-07-09", "09:05")
    unit = both.store.get(Key("party#unit", "profile")).value["name"]
    assert f"{unit}已报送，请办理" in told(both)["office/clerk"]


def test_a_return_reaches_the_unit_with_its_reasons_but_not_in_the_night(both):
    both.at("2026-07-08", "10:07")
    both.submit("acceptance-application", applied_on="2026-07-08")
    both.at("2026-07-09", "22:10")
    (handed_in,) = [milestone for milestone in both.milestones() if milestone["event"] != "construction_completed"]
    sent = len(both.chat.sent)
    both.submit(
        "return",
        party="office",
        news=True,
        returned_on="2026-07-09",
        reasons=["缺少监理总结"],
        of=handed_in["id"],
        due_on="2026-07-20",
    )
    assert told(both, sent) == {}
    both.at("2026-07-10", "09:05")
    assert (
        "关于：验收申请（2026-07-08）；补正期限：2026-07-20（周一）；退回理由：缺少监理总结" in told(both, sent)["unit/clerk"]
    )


def decided(world, form, **body):
    """What the clerk reads of the office's decision, the next morning."""
    world.at("2026-07-09", "10:07")
    sent = len(world.chat.sent)
    world.submit(form, party="office", news=True, **body)
    world.tick_until_quiet()
    world.at("2026-07-09", "10:40")
    return "\n".join(text for person, text in told(world, sent).items() if person == "unit/clerk")


def test_an_order_says_what_is_to_be_mended_and_by_when(both):
    said = decided(both, "rectification-order", ordered_on="2026-07-09", due_on="2026-08-07", content="未接入共享交换平台")
    assert "整改期限：2026-08-07（周五）；整改要求：未接入共享交换平台" in said and "已办理" not in said


def test_a_granted_extension_says_of_what_and_until_when(both):
    said = decided(both, "extension-decision", decided_on="2026-07-09", of="apply-for-acceptance", until="2026-12-31")
    assert "关于：提交竣工验收申请；结果：通过；准予延至：2026-12-31（周四）" in said


def test_a_long_reason_is_one_line_and_is_cut(both):
    said = decided(both, "rectification-order", ordered_on="2026-07-09", due_on="2026-08-07", content="改\n" * 500)
    assert "改 " * 59 + "改…\n" in said


def test_a_request_to_extend_says_to_the_office_what_is_asked(both):
    both.at("2026-07-08", "15:10")
    both.submit("extension-request", requested_on="2026-07-08", of="apply-for-acceptance", until="2026-12-31", news=True)
    told(both)
    both.at("2026-07-09", "09:05")
    said = told(both)["office/clerk"]
    assert "请办理；关于：提交竣工验收申请；申请延至：2026-12-31（周四）" in said


def test_the_mark_falls_and_nothing_is_told_twice(both):
    both.submit("acceptance-application", applied_on="2026-01-21", news=True)
    told(both)
    assert not [key for key in both.due() if "@news" in key.sort]
    sent = len(both.chat.sent)
    assert told(both, sent) == {}


def test_a_death_while_it_is_planned_is_made_up_for(both):
    both.submit("acceptance-application", applied_on="2026-01-21", news=True)
    both.store.dies_after(0)
    with pytest.raises(PowerCut):
        both.tick()
    both.store.revives()
    assert "已收到" in told(both)["unit/clerk"]


def test_each_word_is_accounted_for_in_the_ledger(both):
    receipt = both.submit("acceptance-application", applied_on="2026-01-21", news=True)
    told(both)
    entries = [row for row in both.ledger(what="accepted") if row["obligation"].startswith("@news/")]
    assert [row["obligation"] for row in entries] == [f"@news/{receipt['submission']}"]
    assert both.store.get(Key("project#p1", f"news#@news/{receipt['submission']}"))


def test_a_message_of_news_leads_to_what_it_is_of(both):
    both.at("2026-07-08", "10:07")
    receipt = both.submit("acceptance-application", applied_on="2026-07-08", news=True)
    assert f"{both.url}/sent/project/p1/{receipt['submission']}" in told(both)["unit/clerk"]


def test_a_message_of_several_requests_leads_to_those_that_wait(both):
    both.at("2026-07-08", "15:10")
    for form, day in (("acceptance-application", "applied_on"), ("extension-request", "requested_on")):
        both.submit(form, news=True, **{day: "2026-07-08"})
    told(both)
    both.at("2026-07-09", "09:05")
    assert f"{both.url}/inbox" in told(both)["office/clerk"]


def test_what_follows_is_said_with_its_last_day(both):
    both.project("p2", facts={"total_investment": 6_000_000, "kind": "new"})
    both.submit("completion", "p2", completed_on="2026-01-21", news=True)
    told(both)
    (said,) = [message.text for message in both.chat.sent if "已收到" in message.text]
    assert "接下来：提交竣工验收申请，法定期限2026-07-21（周二）" in said
    assert "\n查看：https://duban.example/sent/project/p2/" in said


def test_more_time_is_told_once_with_the_decision(both):
    both.at("2026-01-21", "15:00")
    both.submit("extension-decision", decided_on="2026-01-21", of="apply-for-acceptance", until="2026-12-31", news=True)
    told(both)
    both.at("2026-01-22", "09:30")
    told(both)
    said = [message.text for message in both.chat.sent if message.address == "console:unit/clerk"]
    assert len(said) == 1 and "准予延至：2026-12-31（周四）" in said[0] and "期限调整" not in said[0]


def test_an_acceptance_that_is_returned_says_why(both):
    both.submit("acceptance-application", applied_on="2026-01-21")
    changes = {"accepted_on": "2026-01-21", "stage": "completion", "result": "returned", "reason": "缺少等保测评报告"}
    both.submit("acceptance-result", role="authority", party="office", news=True, **changes)
    said = told(both)["unit/clerk"]
    assert "结果：退回" in said and "理由：缺少等保测评报告" in said and "接下来：提交竣工验收申请" in said


def test_a_decision_that_waits_for_the_morning_is_seen_waiting(both):
    both.at("2026-01-24", "01:03")  # Saturday
    body = {"accepted_on": "2026-01-23", "stage": "completion", "result": "failed", "reason": "系统不能运行"}
    receipt = both.submit("acceptance-result", role="authority", party="office", news=True, **body)
    assert told(both) == {}
    submission = both.store.get(Key("project#p1", f"submission#{receipt['submission']}")).value
    (planned,) = of_submissions(both.ports, "project#p1", [submission])
    assert planned["at"].startswith("2026-01-26 08:") and planned["rung"] == "decision"  # Monday
    assert [person["name"] for person in planned["recipients"]] == ["张三"]
    both.at("2026-01-26", "09:05")
    assert "系统不能运行" in told(both)["unit/clerk"]
    assert of_submissions(both.ports, "project#p1", [submission]) == []


def test_the_return_of_a_request_for_more_time_is_not_taken_for_that_of_the_duty(both):
    both.at("2026-07-08", "10:07")
    both.submit("extension-request", of="apply-for-acceptance", requested_on="2026-07-08", until="2026-12-31")
    more = {"decided_on": "2026-07-09", "result": "returned", "until": None, "reason": "请写明原因"}
    assert "关于：延期申请（" in decided(both, "extension-decision", of="apply-for-acceptance", **more)
