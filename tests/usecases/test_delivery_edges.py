"""Delivery where two things meet: a death and a change, an old view and a send, a night and a failing vendor."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.ports import GiveUp, Limit, RetryAfter
from chalicelib.usecases.registry.contact import remove_contact
from chalicelib.usecases.reminding.deliver import LEASE, deliver_one
from chalicelib.usecases.reminding.snooze import snooze
from chalicelib.usecases.state.account import entries
from chalicelib.usecases.telling.notices import queued
from chalicelib.usecases.telling.pace import hold
from tests.usecases.doubles import PowerCut, Recorder

DONE = {"id": "m1", "event": "construction_completed", "on": "2026-01-15"}
RULE = "p1/apply-for-acceptance/-/m1"  # due and to be done by Wed 2026-07-15


class Interrupted(Recorder):
    """While it sends, something else happens once."""

    meanwhile = None

    def send(self, message):
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        return super().send(message)


def corrected(world, on):
    body = {"classified": False, "replaces": "m1", "event": "construction_completed", "on": on, "reason": "误填"}
    world.submit("correction", role="unit", body=body)


def died_in_flight(world):
    world.store.dies_after(1)  # the claim is written, what became of it is not
    with pytest.raises(PowerCut):
        world.deliver()
    world.store.revives()
    world.now += LEASE


def built(world):
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[DONE])
    world.tick()
    return world


def test_what_was_perhaps_sent_before_it_was_done_is_in_the_ledger_as_perhaps_sent(planned):
    died_in_flight(planned)
    planned.submit("acceptance-application", applied_on="2026-01-20", stage="completion")
    planned.deliver()
    (entry,) = planned.ledger(what="withheld")
    assert (entry["why"], entry["perhaps_sent"], len(planned.chat.sent)) == ("done", True, 1)


def test_who_sees_an_old_outbox_does_not_withhold_what_another_worker_is_sending(planned):
    channel = planned.ports.channels["console"] = Interrupted("console")
    (row,) = [row for key in planned.outbox() for row in queued(planned.ports.store, key.partition, planned.now)]

    def done_and_looked_at() -> None:
        planned.submit("acceptance-application", applied_on="2026-01-20", stage="completion")
        assert not deliver_one(planned.ports, row, planned.now, planned.url)

    channel.meanwhile = done_and_looked_at
    assert planned.deliver() == 1
    assert [entry["what"] for entry in planned.ledger() if "notice" in entry] == ["accepted"]


def test_a_death_in_flight_is_remembered_when_the_channel_is_switched_off(planned):
    died_in_flight(planned)
    del planned.ports.channels["console"]
    for _ in range(2):
        planned.deliver()
    assert [entry["possible_duplicate"] for entry in planned.ledger(what="accepted")] == [True]


def test_the_nights_are_not_among_the_hours_for_which_a_channel_is_tried(world):
    world.completed()
    world.tick()
    world.at("2026-01-23", "19:50")  # Fri; the digest is late
    world.chat.answers = [RetryAfter(1_800, "no network"), RetryAfter(30, "too many")]
    world.deliver()
    world.at("2026-01-23", "20:21")
    world.deliver()
    for clock in ("08:45", "08:46", "08:47"):
        world.at("2026-01-26", clock)  # Mon
        world.deliver()
    assert [entry["rung"] for entry in world.ledger(what="accepted")] == ["new"]


def test_who_waits_until_tomorrow_for_one_address_keeps_nobody_else_waiting(world):
    channel = Recorder("console", Limit(1, 86_400, "address"))
    world.slot(channel, "console:a")
    hold(world.ports, channel, "console:a", "bot", world.now + timedelta(seconds=1))
    world.later(seconds=2)
    assert world.slot(channel, "console:a") > world.now + timedelta(hours=23)
    hold(world.ports, channel, "console:a", "bot", world.now + timedelta(seconds=5))
    assert world.slot(channel, "console:b") <= world.now + timedelta(seconds=10)


def test_a_message_that_is_slow_on_the_way_leaves_the_limit_kept(world):
    """Our clock tells whole seconds: the slot of 46 may have been taken at 46.99, and the message come at 47.5."""
    channel = Recorder("console", Limit(1, 1, "address"))
    taken = world.now
    assert world.slot(channel, "console:a", taken) == taken
    assert world.slot(channel, "console:a", taken + timedelta(seconds=2)) > taken + timedelta(seconds=2)
    assert world.slot(channel, "console:a", taken + timedelta(seconds=4)) == taken + timedelta(seconds=4)


def test_the_ledger_plans_a_notice_for_when_it_may_leave(world):
    world.completed()
    world.tick()
    world.at("2026-01-21", "21:10")  # the digest is late, and it is night
    world.deliver()
    world.at("2026-01-22", "08:50")
    world.deliver()
    (entry,) = world.ledger(what="accepted")
    assert "2026-01-22T00:30:00Z" < entry["planned_for"] < "2026-01-22T00:45:00Z"  # 08:30 and some minutes in Shanghai


def test_what_was_meant_for_somebody_who_left_goes_to_who_is_there(planned):
    planned.contact(ident="successor", at_once=True)
    remove_contact(planned.ports, "unit", "clerk", "admin", planned.now)
    for _ in range(2):
        planned.deliver()
    assert [message.address for message in planned.chat.sent] == ["console:unit/successor"]
    assert [entry["to"] for entry in planned.ledger(what="handed on")] == [["unit/successor"]]


def test_a_duty_is_handed_on_to_a_large_office(planned):
    planned.office()
    for number in range(30):
        planned.contact("office", f"c{number}", at_once=True)
    planned.chat.answers, planned.sms.answers = [GiveUp("blocked")], [GiveUp("no such chat")]
    for _ in range(5):
        planned.deliver()
    assert len({message.address for message in planned.chat.sent}) == 31
    assert len(planned.ledger(what="handed on")) == 1


def test_an_escalation_whose_people_have_all_left_goes_to_who_is_there(make_world):
    world = make_world()
    world.unit("dept")
    world.unit(parent="dept")
    world.contact()
    world.contact("dept")
    built(world)
    world.at("2026-07-16", "06:00")
    world.tick_until_quiet()
    remove_contact(world.ports, "dept", "clerk", "admin", world.now)
    world.contact("dept", "newcomer", at_once=True)
    world.at("2026-07-22", "10:30")  # 7 days late
    world.tick_until_quiet()
    world.deliver()
    assert "console:dept/newcomer" in [message.address for message in world.chat.sent]


def test_a_level_of_escalation_that_has_nobody_is_in_the_ledger(make_world):
    world = make_world()
    world.unit()
    world.contact()
    built(world)
    world.at("2026-07-16", "06:00")
    world.tick_until_quiet()
    silent = {entry["rung"] for entry in world.ledger("yunyang", what="nobody to tell")}
    assert silent == {"unheard-leader-3@2026-07-15", "escalated-leader-1@2026-07-15"}


def test_who_snoozed_past_a_date_that_then_moved_nearer_is_told(make_world):
    world = make_world()
    world.unit()
    world.contact()
    built(world)
    world.at("2026-06-08")
    snooze(world.ports, "unit/clerk", "project#p1", RULE, date(2026, 7, 13), world.now)
    corrected(world, "2025-12-19")  # half a year on: Fri 2026-06-19
    world.tick_until_quiet()
    world.at("2026-06-09", "09:05")
    world.deliver()
    assert "【期限调整】" in world.chat.texts[-1]


@pytest.mark.parametrize("back", [0, 90])
def test_a_date_that_moves_within_the_second_of_the_last_word_or_after_our_clock_was_set_back_is_told(make_world, back):
    world = make_world()
    world.unit()
    world.contact()
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[DONE])
    world.tick_until_quiet()
    world.later(seconds=-back)
    corrected(world, "2026-01-12")
    world.later(minutes=5)
    world.tick_until_quiet()
    assert any(rung.startswith("moved-") for rung in world.rungs())


class Crowded:
    """A store in which somebody else writes to the unit's ledger just before each of our next writes to it."""

    def __init__(self, behind, rivals):
        self.behind, self.rivals = behind, rivals

    def __getattr__(self, name):
        return getattr(self.behind, name)

    def write(self, changes):
        changes = list(changes)
        if self.rivals and any(change.key.partition == "ledger-head#unit" for change in changes):
            self.rivals -= 1
            self.behind.write(entries(self.behind, "unit", [{"what": "rival", "number": self.rivals}]))
        self.behind.write(changes)


def test_a_crowd_at_the_ledger_does_not_make_us_send_twice(planned):
    planned.ports = replace(planned.ports, store=Crowded(planned.ports.store, rivals=40))
    assert planned.deliver() == 1
    planned.now += LEASE
    assert (planned.deliver(), len(planned.chat.sent), len(planned.ledger(what="accepted"))) == (0, 1, 1)
    planned.assert_ledgers_whole()


def test_a_repeat_after_an_unknown_end_and_another_text_is_marked_even_where_the_vendor_drops_repeats(planned):
    channel = planned.ports.channels["console"] = Recorder("console", is_idempotent=True)
    died_in_flight(planned)
    channel.answers = [RetryAfter(30, "no answer", uncertain=True)]
    planned.deliver()
    planned.later(minutes=1)
    planned.deliver()
    assert [entry["possible_duplicate"] for entry in planned.ledger(what="accepted")] == [True]


def test_a_date_that_moved_is_told_with_the_one_that_was_known(planned):
    planned.deliver()
    planned.at("2026-05-20", "10:07")
    for on in ("2026-01-20", "2026-01-31"):  # twice before anybody hears of it
        corrected(planned, on)
    before = len(planned.chat.sent)
    planned.tick_until_quiet()
    planned.at("2026-05-21", "10:30")
    for _ in range(3):
        planned.deliver()
    (message,) = planned.chat.sent[before:]
    assert "【期限调整】" in message.text and "法定期限" not in message.text
    assert "请于2026-07-31（周五）前办结" in message.text and "，原期限2026-07-15（周三）" in message.text
