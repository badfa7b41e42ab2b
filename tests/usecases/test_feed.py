"""Calendar feeds, read back with a library of its own: who sees what, what changes when, and when an address is dead."""

import pytest
from icalendar import Calendar

from chalicelib.core import ics
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound
from chalicelib.usecases.registry.contact import register_contact, remove_contact
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.signing_in import feeds
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.references import reference
from chalicelib.usecases.views import feed
from chalicelib.usecases.views.duty import find
from tests.usecases.filling import admin
from tests.usecases.world import NOBODY

CLERK = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="unit")
URL = "https://duban.example"
RULE = "apply-for-acceptance"


def issue(world, bearer=CLERK, of="unit", party=None, contact=None):
    return feeds.issue(world.ports, bearer, of=of, party=party, contact=contact, now=world.now)[0]


def text(world, token):
    return ics.calendar(*feed.shown(world.ports, token, URL, world.now))


def read(world, token):
    """The entries of the calendar by their UIDs."""
    return {str(event["UID"]): event for event in Calendar.from_ical(text(world, token)).walk("VEVENT")}


def entry(world, token, rule=RULE):
    (found,) = [event for uid, event in read(world, token).items() if f"/{rule}/" in uid]
    return found


@pytest.fixture
def completed(world):
    """p1 was completed on Thu 2026-01-15: acceptance is to be applied for by Wed 2026-07-15."""
    world.completed()
    return world


def test_a_duty_is_one_whole_day_with_its_article_and_reason(completed):
    event = entry(completed, issue(completed))
    assert event["DTSTART"].to_ical() == b"20260715" and event["DTSTART"].params["VALUE"] == "DATE"
    assert event["DTEND"].to_ical() == b"20260716"
    assert str(event["SUMMARY"]) == "项目p1：提交竣工验收申请"
    assert "第25条" in event["DESCRIPTION"] and "起算：项目建成，2026-01-15" in event["DESCRIPTION"]
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == completed.now


def test_an_entry_leads_to_the_page_of_its_duty(completed):
    link = str(entry(completed, issue(completed))["URL"])
    ident = completed.row(RULE)["is"]["id"]
    assert link == f"{URL}/o/{reference(ident)}/project/p1"
    assert find(completed.ports, CLERK, reference(ident), "project#p1", completed.now)["id"] == ident


def test_the_sequence_rises_when_the_dates_change_and_only_then(completed):
    token = issue(completed)
    before = entry(completed, token)
    completed.at("2026-05-20")
    completed.tick()  # reminders were planned: the row was written, what it says is the same
    assert entry(completed, token).to_ical() == before.to_ical()
    (milestone,) = [item.value for item in completed.store.query("project#p1", prefix="milestone#")]
    completed.submit("correction", replaces=milestone["id"], event="construction_completed", on="2026-01-31",
                     **dict.fromkeys(("for_period", "of", "amount", "due_on", "until", "result", "list", "vendor")))  # fmt: skip
    after = entry(completed, token)
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], 1)
    assert after["DTSTART"].to_ical() == b"20260731" and after["LAST-MODIFIED"].dt == completed.now


def test_what_is_done_is_marked_and_what_was_withdrawn_is_cancelled(completed):
    token = issue(completed)
    completed.at("2026-03-02")
    completed.submit("acceptance-application", applied_on="2026-03-02")
    done = entry(completed, token)
    assert str(done["SUMMARY"]).startswith("【已办结】") and str(done["STATUS"]) == "CONFIRMED" and done["SEQUENCE"] >= 1
    milestone = next(
        item.value
        for item in completed.store.query("project#p1", prefix="milestone#")
        if item.value["event"] == "construction_completed"
    )
    completed.submit("withdrawal", void=milestone["id"], event="construction_completed", on=milestone["on"])
    gone = [event for event in read(completed, token).values() if str(event["STATUS"]) == "CANCELLED"]
    assert gone and all(str(event["SUMMARY"]).startswith("【已") for event in gone)


def test_it_is_the_same_to_the_byte_until_something_changes(completed):
    token = issue(completed)
    first = text(completed, token)
    completed.later(hours=5)
    assert text(completed, token) == first


def test_lines_end_as_they_should_and_are_short_without_parting_a_character(completed):
    completed.project("p2", name="很长的名字，" * 30 + "; \\ 换行\n第二行")
    completed.completed("p2")
    content = text(completed, issue(completed))
    lines = content.split(b"\r\n")
    assert lines[-1] == b"" and b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]  # no line ends within a character
    names = [str(event["SUMMARY"]) for event in read(completed, issue(completed)).values()]
    assert any(name.startswith("很长的名字，" * 30 + "; \\ 换行\n第二行") for name in names)


def test_a_unit_sees_what_it_owes_an_office_its_own_clocks_and_the_place_all(completed):
    completed.unit("two")
    completed.project("p2", unit="two")
    completed.completed("p2", party="two")
    completed.office()
    mine, all_ = read(completed, issue(completed)), read(completed, issue(completed, admin(), of="jurisdiction"))
    assert {uid.split("/")[0] for uid in mine} == {"unit", "p1"}
    assert {uid.split("/")[0] for uid in all_} >= {"unit", "p1", "two", "p2"}
    office = read(completed, issue(completed, admin(), of="unit", party="office"))
    assert not any(f"/{RULE}/" in uid for uid in office)


def test_what_lies_too_far_back_or_ahead_and_what_fell_due_before_tracking_is_left_out(completed):
    token = issue(completed)
    completed.at("2026-10-13")  # 90 days after Wed 2026-07-15
    assert entry(completed, token)
    completed.at("2026-10-14")
    assert not any(f"/{RULE}/" in uid for uid in read(completed, token))


def test_whoever_may_not_see_it_is_given_no_address(completed):
    completed.unit("two")
    for bearer, asked in [
        (CLERK, {"of": "unit", "party": "two"}),
        (CLERK, {"of": "jurisdiction"}),
        (Bearer(id="far", role="admin", jurisdiction="dazhou", party=None), {"of": "unit", "party": "unit"}),
        (CLERK, {"of": "contact", "contact": "nobody"}),
    ]:
        with pytest.raises((Forbidden, NotFound)):
            issue(completed, bearer, **asked)
    with pytest.raises(InvalidInput):
        issue(completed, CLERK, of="everything")


def test_an_address_that_was_taken_back_shows_nothing(completed):
    token = issue(completed)
    (kept,) = feeds.listed(completed.ports, CLERK)
    assert token not in str(completed.store.everything())
    with pytest.raises(NotFound):
        feeds.revoke(completed.ports, Bearer(id="x", role="unit", jurisdiction="yunyang", party="two"), kept["id"])
    feeds.revoke(completed.ports, CLERK, kept["id"])
    assert feeds.listed(completed.ports, CLERK) == []
    with pytest.raises(NotFound):
        text(completed, token)


def test_a_contacts_address_dies_with_the_contact_and_does_not_come_back(completed):
    token = issue(completed, of="contact", contact="clerk")
    assert entry(completed, token)
    remove_contact(completed.ports, "unit", "clerk", "clerk", completed.now)
    register_contact(completed.ports, {"id": "clerk", "party": "unit", "name": "李四"}, NOBODY)
    with pytest.raises(NotFound):
        text(completed, token)


def test_a_place_may_have_its_calendars_say_only_references(completed):
    level = {"settings": {"content_level": {"calendar": "reference"}}}
    publish(completed.ports, "yunyang", level, by="admin", why="试", expects=None, now=completed.now)
    event = entry(completed, issue(completed))
    assert "项目p1" not in str(event["SUMMARY"]) and "DESCRIPTION" not in event


def test_a_calendar_that_is_cut_short_says_so(completed):
    for number in range(4):
        completed.project(f"q{number}")
    shown = feed.shown(completed.ports, issue(completed), URL, completed.now, most_holders=3)
    assert "内容过多" in shown.description
    assert "内容过多" not in feed.shown(completed.ports, issue(completed), URL, completed.now).description
