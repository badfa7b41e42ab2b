"""Tick plans what is due: every rung once, at its time or late, and never not at all."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.state import records
from chalicelib.usecases.state.plan import horizon
from chalicelib.usecases.telling.notices import BATCH
from tests.usecases.doubles import at_once

# Acceptance is to be applied for by Wed 2026-07-15; the ladder says 60, 30, 14, 7, 3, 1 and 0 days before:
# Sat 05-16, Mon 06-15, Wed 07-01, Wed 07-08, Sun 07-12, Tue 07-14, Wed 07-15, planned at 06:00.


def test_a_rung_is_planned_at_its_time_and_not_a_second_before(due):
    due.at("2026-05-16", "05:59:59")
    assert due.tick() == 0
    due.at("2026-05-16", "06:00")
    due.tick()
    assert due.rungs() == ["before-60@2026-07-15", "new"]


def test_a_rung_is_planned_by_the_first_tick_after_its_time(due):
    due.at("2026-05-16", "06:00:04")
    due.tick()
    assert due.rungs() == ["before-60@2026-07-15", "new"]


def test_no_step_is_ever_planned_twice(due):
    due.contact(ident="chief", at_once=True)
    for day in range(15, 32):
        for clock in ("05:59", "06:00", "06:00:05", "12:00"):
            due.at(f"2026-07-{day}", clock)
            due.tick()
            due.deliver()
    planned = due.store.puts("step#")
    assert len(planned) == len(set(planned)) > 4
    told = [(entry["obligation"], entry["rung"], entry["person"]) for entry in due.ledger(what="accepted")]
    assert len(told) == len(set(told)) > 4
    due.assert_ledgers_whole()


def test_after_an_outage_the_late_rungs_leave_as_one_notice_marked_late(due):
    due.at("2026-07-14", "12:07")  # nothing ran since January: 60, 30, 14, 7, 3 and 1 days before are past
    due.tick_until_quiet()
    assert due.rungs() == ["before-1@2026-07-15", "new"]
    before = len(due.chat.sent)
    due.deliver()
    (text,) = due.chat.texts[before:]
    assert "【补发】" in text
    (entry,) = [entry for entry in due.ledger(what="accepted") if entry["rung"] != "new"]
    assert [rung.split("@")[0] for rung in entry["instead_of"]] == [f"before-{days}" for days in (60, 30, 14, 7, 3)]


def test_rungs_that_are_on_time_are_not_marked_late(due):
    for day in ("05-16", "06-15", "07-01", "07-08"):
        due.at(f"2026-{day}", "06:00:03")
        due.tick()
        due.later(days=2, hours=4)
        due.deliver()
    assert len(due.chat.sent) == 1 + 4
    assert not any("【补发】" in text for text in due.chat.texts)


def test_when_the_date_moves_the_old_notice_is_withheld_and_there_are_new_rungs(due):
    due.at("2026-05-16", "06:01")  # a Saturday: the digest goes on Monday
    due.tick()
    milestone = due.store.query("project#p1", prefix="milestone#")[0].value["id"]
    due.at("2026-05-16", "12:00")
    due.submit(
        "correction",
        replaces=milestone,
        event="construction_completed",
        on="2026-01-19",
        body=None,
        **dict.fromkeys(("for_period", "of", "amount", "due_on", "until", "result", "list", "vendor")),
    )
    due.tick()
    due.at("2026-05-18", "09:30")
    due.deliver()
    withheld = {entry["rung"]: entry["why"] for entry in due.ledger(what="withheld")}
    assert withheld == {"before-60@2026-07-15": "date moved"}
    due.at("2026-05-20", "06:01")  # 60 days before Sun 07-19 would be 05-20; act_by is Fri 07-17, so 05-18
    due.tick()
    assert "before-60@2026-07-17" in due.rungs()


def test_loading_what_fell_due_long_ago_wakes_nobody(make_world):
    world = make_world()
    world.unit()
    world.contact()
    for year in range(2015, 2025):
        completed = {"id": f"m{year}", "event": "construction_completed", "on": f"{year}-03-01"}
        world.project(f"old-{year}", milestones=[completed], facts={"total_investment": 6_000_000})
    assert all(len(world.rows(f"project#old-{year}")) == 1 for year in range(2023, 2025))
    for day in ("2026-01-20", "2026-02-20", "2026-12-31", "2027-01-02", "2027-06-01"):
        world.at(day)
        world.tick_until_quiet()
    assert world.steps("old-") == []


def test_two_ticks_at_once_plan_each_step_once(make_world):
    world = make_world()
    world.unit()
    for ident in ("clerk", "chief"):
        world.contact(ident=ident)
    for number in range(25):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
        world.completed(f"p{number}")
    at_once(*[world.tick] * 4)
    world.tick_until_quiet()
    planned = world.store.puts("step#p")
    assert len(planned) == len(set(planned)) == 2 * 25
    (one, other) = world.notices()
    carried = [len(world.store.query(f"notice#{notice}", prefix="step#")) for notice in (one, other)]
    assert carried == [25, 25]


def break_row(world):
    key = records.obligation_key("project#p1", world.row("apply-for-acceptance")["is"]["id"])
    broken = world.store.get(key).value
    return [Put(key, {**broken, "is": {**broken["is"], "dates": None}})]


def break_due(world):
    return [
        Put(Key("due#0", "2026-01-01T00:00:00Z"), {}),
        Put(Key("due#1", "2026-01-01T00:00:00Z#nonsense"), {}),
    ]


@pytest.mark.parametrize("breaks", [break_row, break_due])
def test_a_broken_record_does_not_stop_the_others(world, caplog, breaks):
    for number in range(2, 9):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
    for number in range(1, 9):
        world.completed(f"p{number}")
    world.store.write(breaks(world))
    caplog.set_level(logging.CRITICAL, logger="chalicelib")  # that it is logged is not what this is about
    world.tick()
    assert {key.partition for key in world.steps("p")} >= {
        f"step#{world.row('apply-for-acceptance', f'project#p{n}')['is']['id']}" for n in range(2, 9)
    }


def test_more_broken_records_than_a_tick_reads_at_a_time_do_not_stop_the_others(world, caplog):
    caplog.set_level(logging.CRITICAL, logger="chalicelib")
    world.completed()
    shard = records.shard(world.row("apply-for-acceptance")["is"]["id"])
    broken = [Put(Key(f"due#{shard}", f"2026-01-01T00:00:00Z#project#gone{number}#@replan"), {}) for number in range(BATCH)]
    for start in range(0, len(broken), 100):
        world.store.write(broken[start : start + 100])
    world.tick()
    assert world.rungs() == ["new"]


def test_in_january_new_periods_appear(make_world):
    world = make_world()
    world.unit()
    world.contact()
    assert sorted(row["is"]["period"] for row in world.rows("party#unit").values()) == ["2026", "2027"]
    world.at("2027-01-01", "00:59")
    world.tick_until_quiet()
    assert "2028" not in {row["is"]["period"] for row in world.rows("party#unit").values()}
    world.at("2027-01-28", "05:00")
    world.tick_until_quiet()
    assert sorted(row["is"]["period"] for row in world.rows("party#unit").values()) == [
        "2026",
        "2027",
        "2028",
    ]
    world.at("2031-02-01")
    world.tick_until_quiet()
    assert {"2031", "2032"} <= {row["is"]["period"] for row in world.rows("party#unit").values()}
    world.assert_as_rebuilt("party#unit")


def test_the_looks_at_all_holders_are_spread_over_the_nights_of_january(world):
    marks = [horizon(f"project#p{number}", world.now).key for number in range(1_000)]
    days = Counter(mark.sort[:10] for mark in marks)
    assert min(days) >= "2026-12-31" and max(days) <= "2027-01-28"  # in UTC; 01:00 in Shanghai is the day before
    assert len(days) == 28 and max(days.values()) < 100


def test_an_office_that_is_no_unit_owes_nothing_as_one_even_after_years(make_world):
    world = make_world()
    world.office()
    world.contact("office")
    world.at("2027-01-01", "03:00")
    world.tick_until_quiet()
    assert world.rows("party#office") == {}


@pytest.mark.parametrize(
    ("place", "rule", "holder"),
    [
        ("chongqing", "one-step-approval-before-plan", "project#p{}"),
        ("dazhou", "investment-budget", "party#u{}"),
    ],
)
def test_a_call_reaches_every_unit_and_project_below(make_world, place, rule, holder):
    world = make_world(place)
    for number in (1, 2):
        world.unit(f"u{number}")
        world.contact(f"u{number}", at_once=True)
        world.project(f"p{number}", unit=f"u{number}", facts={"total_investment": 6_000_000, "kind": "new"})
    world.submit(
        "call",
        place,
        issued_on="2026-01-20",
        due_on="2026-03-20",
        for_year=2027,
        list="预算" if place == "dazhou" else "项目申报",
        role="admin",
    )
    for _ in range(4):
        world.later(seconds=5)
        world.tick()
    world.deliver()
    for number in (1, 2):
        assert world.row(rule, holder.format(number))["is"]["dates"][2] == "2026-03-20"
        world.assert_as_rebuilt(holder.format(number))
    assert {message.address for message in world.chat.sent} == {f"console:u{number}/clerk" for number in (1, 2)}


def test_an_idle_tick_costs_the_same_whatever_lies_ahead(make_world):
    reads, writes = [], []
    for number in (20, 2_000):
        world = make_world()
        world.unit()
        delays = [{"id": f"m{place}", "event": "serious_delay_found", "on": "2026-01-20"} for place in range(number // 40 or 1)]
        for place in range(number // len(delays)):
            world.project(f"p{place}", milestones=delays)
        world.tick_until_quiet()
        before = len(world.store.written)
        assert len(world.due()) >= number
        world.store.reads = 0
        world.tick()
        reads.append(world.store.reads)
        writes.append(len(world.store.written) - before)
    assert reads[0] == reads[1] <= 2 * records.SHARDS
    assert writes == [1, 1]  # the heartbeat


def test_a_look_that_takes_minutes_beats_meanwhile_and_says_no_more_than_is_so(make_world):
    world = make_world()
    world.unit()
    world.contact()
    for number in range(40):
        world.project(f"p{number}", milestones=[{"id": "m", "event": "serious_delay_found", "on": "2026-01-20"}])
    began, beats = world.later(seconds=1), []
    real = world.now

    def clock():
        nonlocal real
        real += timedelta(seconds=5)
        beat = world.store.get(Key("heartbeat", "tick"))
        if beat and beat.value["at"] not in beats:
            beats.append(beat.value["at"])
            assert beat.value["at"] <= records.stamp(real)
        return real

    tick(replace(world.ports, clock=clock), began)
    assert len(beats) > 2 and beats == sorted(beats)


def test_what_could_not_have_left_on_a_weekend_is_not_late_on_monday(world):
    world.at("2026-07-03", "10:07")  # Friday
    world.completed(on="2026-01-07")  # owed by Tue 2026-07-07: 3 days before it is Sat 07-04, a day before it Monday
    world.tick()
    world.at("2026-07-06", "09:05")
    world.tick()
    assert carried(world)["before-1@2026-07-07"] is False
    world.at("2026-07-08", "09:05")  # Tuesday's could have left on Tuesday
    world.tick()
    assert carried(world)["overdue-1@2026-07-07"] is True


def carried(world):
    """What notices carry of the project for those responsible, by rung."""
    return {
        item.value["rung"]: item.value["late"]
        for key, item in world.store.everything().items()
        if key.partition.startswith("notice#") and key.sort.startswith("step#p1/") and item.value["to"] == "responsible"
    }
