"""Who else is told, and when: the leader, the department, the authority - until somebody signs, or it is done."""

from datetime import date

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.ports import GiveUp, Key, Put
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.snooze import snooze

RULE = "p1/apply-for-acceptance/-/m1"  # completed 2026-01-15: due and to be done by Wed 2026-07-15
DONE = {"id": "m1", "event": "construction_completed", "on": "2026-01-15"}


@pytest.fixture
def offices(make_world):
    """A unit with a clerk and a leader, its department, an authority; one duty, due on Wed 2026-07-15."""
    world = make_world()
    world.unit("dept")
    world.unit(parent="dept")
    world.office("office")
    world.contact()
    world.contact(ident="chief", roles=["leader"])
    world.contact("dept")
    world.contact("office")
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[DONE])
    world.tick()
    world.at("2026-01-21", "09:05")
    world.deliver()
    assert addresses(world) == ["console:unit/clerk"]
    return world


def addresses(world, since=0):
    return [message.address for message in world.chat.sent[since:]]


def told_on(world, day):
    """Who is told on that day of what was planned at its dawn."""
    world.at(day, "06:00")
    world.tick_until_quiet()
    before = len(world.chat.sent)
    world.at(day, "10:30")
    for _ in range(3):
        world.deliver()
    return sorted({address.removeprefix("console:") for address in addresses(world, before)})


def person(party, ident="clerk"):
    return f"{party}/{ident}"


def test_it_climbs_step_by_step_while_nothing_is_done(offices):
    assert told_on(offices, "2026-07-08") == ["unit/clerk"]  # 7 days before
    assert told_on(offices, "2026-07-13") == ["unit/chief", "unit/clerk"]  # Mon, 3 days before on a Sunday: nobody has signed
    assert told_on(offices, "2026-07-16") == ["unit/chief", "unit/clerk"]  # a day late
    assert told_on(offices, "2026-07-22") == ["dept/clerk"]  # 7 days late
    assert told_on(offices, "2026-07-23") == ["unit/clerk"]  # 8: the next weekly word
    assert told_on(offices, "2026-07-30") == ["office/clerk", "unit/clerk"]  # 15


def texts_on(world, day):
    """What each person reads on that day."""
    before = len(world.chat.sent)
    told_on(world, day)
    return {message.address.removeprefix("console:"): message.text for message in world.chat.sent[before:]}


def test_each_is_told_in_words_of_their_own(offices):
    told_on(offices, "2026-07-08")
    unit = offices.store.get(Key("party#unit", "profile")).value["name"]
    unheard = texts_on(offices, "2026-07-13")
    assert f"{unit}尚无人签收，告知贵单位负责人，请督促于2026-07-15（周三）前办结" in unheard["unit/chief"]
    assert "请于2026-07-15（周三）前办结" in unheard["unit/clerk"] and "请督促" not in unheard["unit/clerk"]
    late = texts_on(offices, "2026-07-16")
    assert f"已逾期1天，按规定告知贵单位负责人，请督促{unit}尽快办理" in late["unit/chief"]
    assert "已逾期1天，请尽快办理" in late["unit/clerk"]
    assert f"已逾期7天，按规定告知主管部门，请督促{unit}尽快办理" in texts_on(offices, "2026-07-22")["dept/clerk"]
    assert f"按规定告知业务主管机关，请督促{unit}尽快办理" in texts_on(offices, "2026-07-30")["office/clerk"]


def test_who_signed_keeps_the_leader_out_until_it_is_late(offices):
    told_on(offices, "2026-07-08")
    assert acknowledge(offices.ports, person("unit"), "project#p1", RULE, "button", offices.now)["first"]
    assert told_on(offices, "2026-07-13") == ["unit/clerk"]
    (entry,) = [row for row in offices.ledger("yunyang") if row.get("why") == "acknowledged"]
    assert entry["rung"] == "unheard-leader-3@2026-07-15"
    assert told_on(offices, "2026-07-16") == ["unit/chief", "unit/clerk"]


def test_who_signs_between_the_planning_and_the_sending_is_heard_too(offices):
    offices.at("2026-07-13", "06:00")
    offices.tick_until_quiet()
    acknowledge(offices.ports, person("unit"), "project#p1", RULE, "button", offices.now)
    before = len(offices.chat.sent)
    offices.at("2026-07-13", "10:30")
    offices.deliver()
    assert addresses(offices, before) == ["console:unit/clerk"]
    assert offices.ledger(what="withheld")[-1]["why"] == "acknowledged"


def test_signing_twice_is_signing_once(offices):
    for expected in (True, False):
        assert acknowledge(offices.ports, person("unit"), "project#p1", RULE, "button", offices.now)["first"] is expected
    assert len(offices.ledger(what="acknowledged")) == 1
    offices.assert_ledgers_whole()


def test_it_stops_when_the_duty_is_done(offices):
    told_on(offices, "2026-07-16")
    offices.submit("acceptance-application", applied_on="2026-07-16")
    assert told_on(offices, "2026-07-22") == []
    assert told_on(offices, "2026-07-30") == []


def test_an_escalation_under_way_keeps_its_people_and_its_levels(offices):
    told_on(offices, "2026-07-16")
    assert offices.row("apply-for-acceptance")["escalation"]["people"]["department"] == ["dept/clerk"]
    offices.contact("dept", "newcomer")
    assert told_on(offices, "2026-07-22") == ["dept/clerk"]


def test_a_unit_without_a_leader_is_not_escalated_early(make_world):
    world = make_world()
    world.office("office")
    world.unit()
    world.contact()
    world.contact("office")
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[DONE])
    world.tick()
    assert told_on(world, "2026-07-13") == ["unit/clerk"]
    assert told_on(world, "2026-07-30") == ["office/clerk", "unit/clerk"]


def test_where_no_channel_takes_it_the_next_person_is_told_and_an_admin_sees_it(offices):
    offices.at("2026-07-08", "06:00")
    offices.tick_until_quiet()
    offices.chat.answers = [GiveUp("blocked by the reader")]
    before = len(offices.chat.sent)
    for clock in ("10:31", "10:32", "10:33"):
        offices.at("2026-07-08", clock)
        offices.deliver()
    assert addresses(offices, before) == ["console:unit/clerk", "console:unit/chief"]
    (handed,) = offices.ledger(what="handed on")
    assert (handed["person"], handed["to"]) == ("clerk", ["unit/chief"])
    (letter,) = offices.store.query("dead#yunyang")
    assert letter.value["why"] == "blocked by the reader"


def test_who_is_away_is_stood_in_for(offices):
    offices.contact(ident="colleague", roles=["leader"])
    clerk = Key("party#unit", "contact#clerk")
    away = {"from": "2026-07-06", "until": "2026-07-10", "to": "colleague"}
    offices.store.write([Put(clerk, {**offices.store.get(clerk).value, "away": away})])
    assert told_on(offices, "2026-07-08") == ["unit/colleague"]


def test_who_snoozed_is_told_on_the_day_they_chose_and_not_before(offices):
    told_on(offices, "2026-07-01")  # 14 days before
    snooze(offices.ports, person("unit"), "project#p1", RULE, date(2026, 7, 10), offices.now)
    assert told_on(offices, "2026-07-08") == []  # 7 days before: asleep
    (entry,) = [row for row in offices.ledger("yunyang") if row["what"] == "withheld"]
    assert entry["why"] == "snoozed until 2026-07-10"
    assert told_on(offices, "2026-07-10") == ["unit/clerk"]
    assert "unit/clerk" in told_on(offices, "2026-07-13")


@pytest.mark.parametrize("day", ["2026-07-01", "2026-07-11", "2026-07-16"])  # today; a Saturday; after act_by
def test_snoozing_past_the_date_or_to_a_rest_day_is_refused(offices, day):
    offices.at("2026-07-01")
    with pytest.raises(InvalidInput, match="working day"):
        snooze(offices.ports, person("unit"), "project#p1", RULE, date.fromisoformat(day), offices.now)
    assert offices.row("apply-for-acceptance")["snoozed"] == {}
