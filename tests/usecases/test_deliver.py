"""Delivery: what is sent is still true, sent once where that can be known, and accounted for."""

import json
from datetime import timedelta

import pytest

from chalicelib.core.ledger import keyed
from chalicelib.ports import GiveUp, Put, RetryAfter
from chalicelib.usecases.reminding.deliver import LEASE
from chalicelib.usecases.reminding.outcome import NEXT_AFTER
from tests.usecases.doubles import PowerCut, at_once
from tests.usecases.world import SECRET

APPLIED = {"applied_on": "2026-01-20", "stage": "completion"}


def state(world) -> str:
    (head,) = world.notices().values()
    return head["state"]


def test_a_notice_is_sent_once_and_accounted_for(planned):
    assert planned.deliver() == 1
    for _ in range(3):
        planned.later(minutes=5)
        assert planned.deliver() == 0
    (message,) = planned.chat.sent
    assert "项目p1" in message.text and "2026" in message.text
    (entry,) = planned.ledger(what="accepted")
    assert (entry["channel"], entry["rung"], entry["possible_duplicate"]) == ("console", "new", False)
    assert entry["reference"] == "console-1"
    assert (state(planned), planned.outbox()) == ("accepted", [])


def test_what_was_done_meanwhile_is_withheld_with_the_reason(planned):
    planned.submit("acceptance-application", **APPLIED)
    assert planned.deliver() == 1
    assert planned.chat.sent == []
    (entry,) = planned.ledger(what="withheld")
    assert (entry["why"], entry["rung"]) == ("done", "new")
    assert (state(planned), planned.outbox()) == ("withheld", [])


def test_what_was_withdrawn_meanwhile_is_withheld_with_the_reason(planned):
    milestone = planned.store.query("project#p1", prefix="milestone#")[0].value["id"]
    planned.submit("withdrawal", void=milestone, event="construction_completed", on="2026-01-15")
    planned.deliver()
    assert planned.chat.sent == []
    assert [entry["why"] for entry in planned.ledger(what="withheld")] == ["withdrawn"]


def test_of_a_digest_only_what_is_still_owed_is_said(world):
    world.project("p2", facts={"total_investment": 6_000_000})
    for number in (1, 2):
        world.completed(f"p{number}")
    world.tick()
    world.submit("acceptance-application", "p2", **APPLIED)
    world.at("2026-01-21")
    world.deliver()
    (text,) = world.chat.texts
    assert "项目p1" in text and "项目p2" not in text
    assert len(world.ledger(what="accepted")) == len(world.ledger(what="withheld")) == 1


def test_a_death_after_sending_leads_to_a_second_send_marked_as_a_possible_duplicate(planned):
    planned.store.dies_after(1)  # the claim is written, what became of it is not
    with pytest.raises(PowerCut):
        planned.deliver()
    planned.store.revives()
    planned.now += LEASE - timedelta(seconds=1)
    assert planned.deliver() == 0  # the lease still runs
    planned.later(seconds=1)
    assert planned.deliver() == 1
    assert len(planned.chat.sent) == 2
    (entry,) = planned.ledger(what="accepted")
    assert entry["possible_duplicate"] is True
    planned.assert_ledgers_whole()


def test_a_death_before_the_claim_loses_nothing(planned):
    planned.store.dies_after(0)
    with pytest.raises(PowerCut):
        planned.deliver()
    planned.store.revives()
    assert planned.deliver() == 1
    assert [entry["possible_duplicate"] for entry in planned.ledger(what="accepted")] == [False]


@pytest.mark.parametrize("seconds", [1, 45, 45.5, 3_600])
def test_retry_after_is_obeyed(planned, seconds):
    planned.chat.answers = [RetryAfter(seconds, "flood control")]
    asked = planned.now
    planned.deliver()
    assert state(planned) == "queued"
    planned.now = asked + timedelta(seconds=seconds) - timedelta(milliseconds=400)
    planned.deliver()
    assert len(planned.chat.sent) == 1
    planned.now = asked + timedelta(seconds=seconds + 1)
    planned.deliver()
    assert (len(planned.chat.sent), len(planned.sms.sent), state(planned)) == (2, 0, "accepted")
    assert planned.ledger(what="accepted")[0]["possible_duplicate"] is False


def test_a_channel_that_gives_up_hands_over_to_the_next(planned):
    planned.chat.answers = [GiveUp("blocked by the user")]
    planned.deliver()
    planned.deliver()
    assert [message.address for message in planned.sms.sent] == ["telegram:unit/clerk"]
    assert [entry["channel"] for entry in planned.ledger(what="accepted")] == ["telegram"]


def test_a_channel_that_fails_for_hours_hands_over_to_the_next(planned):
    planned.chat.answers = [RetryAfter(3_600, "no network")] * 100
    started = planned.now
    while not planned.sms.sent and planned.now < started + 2 * NEXT_AFTER:
        planned.deliver()
        planned.later(minutes=30)
    assert NEXT_AFTER <= planned.now - started <= NEXT_AFTER + timedelta(hours=2)
    assert [entry["channel"] for entry in planned.ledger(what="accepted")] == ["telegram"]


def test_when_no_channel_is_left_it_is_given_up_and_said_so(planned):
    planned.chat.answers = [GiveUp("blocked")]
    planned.sms.answers = [GiveUp("no such chat")]
    for _ in range(4):
        planned.deliver()
    assert (state(planned), planned.outbox()) == ("given up", [])
    (entry,) = planned.ledger(what="given up")
    assert entry["why"] == "no such chat"


def test_a_channel_that_is_not_set_up_is_passed_over(planned):
    del planned.ports.channels["console"]
    for _ in range(2):
        planned.deliver()
    assert len(planned.sms.sent) == 1


def test_the_ledger_holds_keyed_hashes_and_neither_address_nor_text(planned):
    planned.deliver()
    (message,) = planned.chat.sent
    (entry,) = planned.ledger(what="accepted")
    assert entry["to"] == keyed(SECRET, message.address)
    assert entry["text"] == keyed(SECRET, message.text)
    told = json.dumps(planned.ledger(), ensure_ascii=False)
    for personal in (message.address, "张三", *message.text.splitlines()):
        assert personal not in told


def test_two_workers_on_one_store_send_once(make_world):
    world = make_world()
    world.unit()
    world.contact(at_once=True)
    for number in range(20):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
        world.completed(f"p{number}")
    world.tick()
    assert sum(at_once(*[world.deliver] * 4)) == 20
    assert len({message.key for message in world.chat.sent}) == len(world.chat.sent) == 20
    assert len(world.ledger(what="accepted")) == 20
    world.assert_ledgers_whole()


def test_who_saw_a_notice_before_another_worker_took_it_does_not_send_it_again(planned):
    """One worker lists what is to be sent; before it comes to a notice, another is sending it."""
    query = planned.store.query
    seen = {key.partition: query(key.partition) for key in planned.outbox()}
    planned.store.dies_after(1)
    with pytest.raises(PowerCut):
        planned.deliver()
    planned.store.revives()
    planned.store.query = lambda partition, **how: seen.get(partition) or query(partition, **how)
    assert planned.deliver() == 0
    assert len(planned.chat.sent) == 1


@pytest.mark.parametrize("projects", [90, 130])
def test_a_digest_of_very_many_steps_leaves_once_and_is_accounted_for_whole(world, projects):
    for number in range(2, projects + 1):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
    for number in range(1, projects + 1):
        world.completed(f"p{number}")
    world.tick_until_quiet()
    world.at("2026-01-21", "09:00")
    for _ in range(3):
        world.deliver()
        world.later(minutes=5)
    assert len({message.key for message in world.chat.sent}) == len(world.chat.sent)
    told = [entry["obligation"] for entry in world.ledger(what="accepted")]
    assert len(told) == len(set(told)) == projects
    assert world.outbox() == []
    world.assert_ledgers_whole()


def test_what_was_planned_while_a_digest_left_leaves_as_well(world):
    world.completed()
    world.tick()
    world.at("2026-01-21", "08:54")
    world.project("p2", facts={"total_investment": 6_000_000})
    world.completed("p2")
    at_once(world.deliver, world.tick)
    for _ in range(3):
        world.later(hours=24)
        world.tick()
        world.deliver()
    told = [entry["obligation"] for entry in world.ledger(what="accepted") if entry["rung"] == "new"]
    assert len(told) == len(set(told)) == 2


def break_head(world, notice, head):
    return {**head.value, "jurisdiction": None}


def break_channel(world, notice, head):
    return {**head.value, "channel": "first"}


@pytest.mark.parametrize("breaks", [break_head, break_channel])
def test_a_broken_notice_does_not_stop_the_others(make_world, breaks):
    world = make_world()
    world.unit()
    for number in range(6):
        world.contact(ident=f"c{number}", at_once=True)
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    first = world.outbox()[0].sort.split("#", 1)[1]
    (head,) = world.store.query(f"notice#{first}", prefix="head")
    world.store.write([Put(head.key, breaks(world, first, head))])
    world.deliver()
    assert len(world.chat.sent) == 5


def test_a_digest_in_parts_says_of_how_many_which_and_begins_with_the_most_urgent(world):
    for number in range(1, 61):
        world.project(f"q{number:02}", facts={"total_investment": 6_000_000}, name=f"第{number}号")
        world.completed(f"q{number:02}", on=f"2026-01-{1 + number % 19:02}")
    world.tick_until_quiet()
    world.at("2026-01-21", "09:00")
    for _ in range(3):
        world.deliver()
        world.later(minutes=5)
    first, second = [message for message in world.chat.sent if "今日提醒" in message.text]
    assert (first.subject, second.subject) == ("【督办】今日提醒，共60项（第1–50项）", "【督办】今日提醒，共60项（第51–60项）")
    days = [
        line.split("法定期限")[1][:10] for text in (first.text, second.text) for line in text.split("\n") if "法定期限" in line
    ]
    assert days == sorted(days) and "\n51. 第" in second.text
