"""Tick plans what is due: every rung once, late rather than never, politely, and for somebody who is there."""

import logging

import pytest

from chalicelib.core.ladder import SHANGHAI
from chalicelib.ports import Key, Put
from chalicelib.usecases import records
from chalicelib.usecases.tick import BATCH
from tests.usecases.conftest import at_once

# Acceptance is to be applied for by Wed 2026-07-15; the ladder says 60, 30, 14, 7, 3, 1 and 0 days before:
# Sat 05-16, Mon 06-15, Wed 07-01, Wed 07-08, Sun 07-12, Tue 07-14, Wed 07-15, planned at 06:00.


@pytest.fixture
def due(world):
    """The obligation of `world` has appeared, and that it is new has been said."""
    world.completed()
    world.tick()
    world.at("2026-01-21")
    world.deliver()
    assert world.rungs() == ["new"]
    return world


def local(stamp: str) -> str:
    return records.instant_of(stamp).astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def leaves(world, *, of) -> list[str]:
    """When the notices leave that carry a rung of this kind, in Shanghai."""
    carried = {key.partition.removeprefix("notice#") for key, item in world.store.everything().items()
               if key.partition.startswith("notice#") and item.value.get("kind") == of}
    return sorted(local(head["leaves"]) for notice, head in world.notices().items() if notice in carried)


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
    due.submit("correction", replaces=milestone, event="construction_completed", on="2026-01-19", body=None,
               **dict.fromkeys(("for_period", "of", "amount", "due_on", "until", "result", "list", "vendor")))
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


def test_that_there_is_nobody_to_tell_is_in_the_ledger(make_world):
    world = make_world()
    world.unit()
    world.contact(channels=())  # somebody is there, but reads nothing
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    (entry,) = world.ledger("yunyang", what="nobody to tell")
    assert (entry["obligation"], entry["rung"]) == (world.row("apply-for-acceptance")["is"]["id"], "new")
    world.assert_ledgers_whole()


@pytest.mark.parametrize(("reads", "told"), [(("unit", "dept", "office"), "unit"), (("dept", "office"), "dept"), (("office",), "office")])
def test_who_is_told_is_the_unit_else_its_department_else_the_authority(make_world, reads, told):
    world = make_world()
    world.unit("dept")
    world.unit(parent="dept")
    world.office()
    for party in reads:
        world.contact(party)
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    assert [key.sort for key in world.steps()] == [f"new#{told}/clerk"]


def test_a_digest_gathers_the_steps_of_a_person_in_one_message(world):
    world.contact(ident="chief")
    for number in (2, 3):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
    for number in (1, 2, 3):
        world.completed(f"p{number}")
    world.tick()
    assert all("01-21 08:40" < at < "01-21 08:55" for at in leaves(world, of="new"))
    world.at("2026-01-21", "09:00")
    world.deliver()
    assert sorted(message.address for message in world.chat.sent) == ["console:unit/chief", "console:unit/clerk"]
    for text in world.chat.texts:
        assert all(f"项目p{number}" in text for number in (1, 2, 3))


def test_what_is_urgent_goes_out_as_a_single_message(world):
    world.project("p2", facts={"total_investment": 6_000_000})
    for number in (1, 2):
        world.completed(f"p{number}")
    world.tick()
    world.at("2026-01-21")
    world.deliver()
    world.at("2026-07-14", "06:00")  # a day before: late ones of the outage collapse, then both are urgent
    world.tick()
    before = len(world.chat.sent)
    world.at("2026-07-14", "09:00")
    world.deliver()
    texts = world.chat.texts[before:]
    assert len(texts) == 2 and not any("项目p1" in text and "项目p2" in text for text in texts)


def test_quiet_hours_and_rest_days_defer_and_never_drop(due):
    due.at("2026-07-12", "06:00")  # Sunday, 3 days before: urgent
    due.tick()
    assert "before-3@2026-07-15" in due.rungs()
    due.at("2026-07-12", "20:00")
    sent = len(due.chat.sent)
    due.deliver()
    assert len(due.chat.sent) == sent
    (at,) = leaves(due, of="before")
    assert "07-13 08:30" < at < "07-13 08:45"  # Monday, when the quiet hours are over
    due.at("2026-07-13", "08:45")
    due.deliver()
    assert len(due.chat.sent) == sent + 1


def test_news_late_in_the_evening_waits_for_the_morning(world):
    world.at("2026-01-23", "21:30")  # Friday
    world.completed(on="2025-07-25")  # due Sun 2026-01-25, moved to Mon 01-26; act_by Fri 01-23: urgent
    world.tick()
    (at,) = leaves(world, of="new")
    assert "01-26 08:30" < at < "01-26 08:45"


def test_who_asked_to_be_told_at_once_is(world):
    world.contact(ident="guard", at_once=True)
    world.at("2026-01-24", "23:30")  # Saturday night
    world.completed()
    world.tick()
    world.deliver()
    assert [message.address for message in world.chat.sent] == ["console:unit/guard"]


def break_row(world):
    key = records.obligation_key("project#p1", world.row("apply-for-acceptance")["is"]["id"])
    broken = world.store.get(key).value
    return [Put(key, {**broken, "is": {**broken["is"], "dates": None}})]


def break_due(world):
    return [Put(Key("due#0", "2026-01-01T00:00:00Z"), {}), Put(Key("due#1", "2026-01-01T00:00:00Z#nonsense"), {})]


@pytest.mark.parametrize("breaks", [break_row, break_due])
def test_a_broken_record_does_not_stop_the_others(world, caplog, breaks):
    for number in range(2, 9):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
    for number in range(1, 9):
        world.completed(f"p{number}")
    world.store.write(breaks(world))
    with caplog.at_level(logging.CRITICAL):  # that it is logged is not what this is about
        world.tick()
    assert {key.partition for key in world.steps("p")} >= {f"step#{world.row('apply-for-acceptance', f'project#p{n}')['is']['id']}"
                                                           for n in range(2, 9)}


def test_more_broken_records_than_a_tick_reads_at_a_time_do_not_stop_the_others(world):
    world.completed()
    broken = [Put(Key(f"due#{shard}", f"2026-01-01T00:00:00Z#project#gone{number}#@replan"), {})
              for shard in range(records.SHARDS) for number in range(BATCH)]
    for start in range(0, len(broken), 100):
        world.store.write(broken[start:start + 100])
    world.tick()
    assert world.rungs() == ["new"]


def test_at_the_turn_of_the_year_new_periods_appear(make_world):
    world = make_world()
    world.unit()
    world.contact()
    assert sorted(row["is"]["period"] for row in world.rows("party#unit").values()) == ["2026", "2027"]
    world.at("2027-01-01", "02:59")
    world.tick_until_quiet()
    assert "2028" not in {row["is"]["period"] for row in world.rows("party#unit").values()}
    world.at("2027-01-01", "03:00")
    world.tick_until_quiet()
    assert sorted(row["is"]["period"] for row in world.rows("party#unit").values()) == ["2026", "2027", "2028"]
    world.at("2031-02-01")
    world.tick_until_quiet()
    assert {"2031", "2032"} <= {row["is"]["period"] for row in world.rows("party#unit").values()}
    world.assert_as_rebuilt("party#unit")


def test_an_office_that_is_no_unit_owes_nothing_as_one_even_after_years(make_world):
    world = make_world()
    world.office()
    world.contact("office")
    world.at("2027-01-01", "03:00")
    world.tick_until_quiet()
    assert world.rows("party#office") == {}


@pytest.mark.parametrize(("place", "rule", "holder"), [("chongqing", "one-step-approval-before-plan", "project#p{}"),
                                                       ("dazhou", "investment-budget", "party#u{}")])
def test_a_call_reaches_every_unit_and_project_below(make_world, place, rule, holder):
    world = make_world(place)
    for number in (1, 2):
        world.unit(f"u{number}")
        world.contact(f"u{number}", at_once=True)
        world.project(f"p{number}", unit=f"u{number}", facts={"total_investment": 6_000_000, "kind": "new"})
    world.submit("call", place, issued_on="2026-01-20", due_on="2026-03-20", for_year=2027,
                 list="预算" if place == "dazhou" else "项目申报", role="admin")
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
