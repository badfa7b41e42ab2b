"""What a submission brought about is told to those it concerns: received, decided with the reasons, done."""

import pytest

from chalicelib.ports import Key
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
    both.submit("acceptance-application", applied_on="2026-07-08", news=True)
    texts = told(both)
    assert "已收到；已办结：提交竣工验收申请" in texts["unit/clerk"]
    assert "项目p1" in texts["unit/clerk"]


def test_the_office_hears_of_a_request_in_its_next_digest(both):
    both.at("2026-07-08", "15:10")
    both.submit("acceptance-application", applied_on="2026-07-08", news=True)
    assert "office/clerk" not in told(both)
    both.at("2026-07-09", "09:05")
    assert "请办理" in told(both)["office/clerk"]


def test_a_return_reaches_the_unit_with_its_reasons_but_not_in_the_night(both):
    both.at("2026-07-08", "10:07")
    both.submit("acceptance-application", applied_on="2026-07-08")
    both.at("2026-07-09", "22:10")
    (handed_in,) = [milestone for milestone in both.milestones() if milestone["event"] != "construction_completed"]
    sent = len(both.chat.sent)
    both.submit("return", party="office", news=True, returned_on="2026-07-09", reasons=["缺少监理总结"], of=handed_in["id"], due_on=None)
    assert told(both, sent) == {}
    both.at("2026-07-10", "09:05")
    assert "缺少监理总结" in told(both, sent)["unit/clerk"]


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
