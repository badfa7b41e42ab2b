"""Publishing changes what governs at once, leaves what was published as it was, and tells each person no more than needed."""

import copy
from dataclasses import replace

import pytest

from chalicelib import bootstrap
from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.core.reader import rulebook
from chalicelib.ports import Delete
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.rulebooks.publish import publish, publish_calendar, roll_back, versions
from chalicelib.usecases.rulebooks.seed import proposal, seed
from chalicelib.usecases.state.job import JOB
from chalicelib.usecases.state.once import Once
from chalicelib.usecases.state.plan import split_due
from chalicelib.usecases.state.published import PublishedRules
from tests.usecases.doubles import PowerCut, at_once
from tests.usecases.world import PLACES

RULE, ROW = "apply-for-acceptance", "project#p1"
ADMIN = "token of an admin"


def change(world, what, *, why="县局确认", expects=None, once=None):
    more = {"once": once} if once else {}
    return publish(world.ports, world.place, what, by=ADMIN, why=why, expects=expects, now=world.now, **more)


def book_of(world, edition=-1):
    """A copy of a rulebook in force, to be altered."""
    return copy.deepcopy(dict(world.ports.rules.editions(world.place)[edition].raw))


def rule_in(book, ident=RULE):
    return next(rule for rule in book["rules"] if rule["id"] == ident)


def half_a_month(book):
    """The rulebook revised: acceptance is due 15 days after completion instead of half a year."""
    rule_in(book).update(within={"days": 15})
    return {**book, "revision": book["revision"] + 1}


def faults_of(call, *given, **more):
    with pytest.raises(InvalidInput) as caught:
        call(*given, **more)
    return [error["field"] for error in caught.value.errors]


def due_on(world, rule=RULE, partition=ROW):
    return world.row(rule, partition)["is"]["dates"][2]


def job_marks(world):
    return [key for key in world.due() if split_due(key)[1] == JOB]


def drop_the_job(world):
    """As if nobody ever went on with it."""
    world.store.inner.write([Delete(key) for key in job_marks(world)])


def said(world, word="期限调整"):
    return [text for text in world.chat.texts if word in text]


# -- what can be changed


def test_a_setting_applies_to_everything_open_from_publication(due):
    assert due.row(RULE)["wake"] == "2026-05-15T22:00:00Z"  # 60 days before Wed 2026-07-15, at 06:00 in Shanghai
    change(due, {"settings": {"ladder": [20]}})
    due.tick()
    assert due.row(RULE)["wake"] == "2026-06-24T22:00:00Z"  # 20 days before
    change(due, {"settings": {"ladder": None}})
    due.tick()
    assert due.row(RULE)["wake"] == "2026-05-15T22:00:00Z"
    due.assert_wakes_match(ROW, "party#unit", "jurisdiction#yunyang")


def test_a_ladder_with_more_rungs_says_nothing_of_days_gone_by(due):
    due.at("2026-06-16")
    due.tick()  # 60 and 30 days before
    before = due.rungs()
    due.at("2026-06-29")
    change(due, {"settings": {"ladder": [60, 30, 25, 20, 14]}})  # 20 days before was Thu 2026-06-25
    due.tick_until_quiet()
    assert due.rungs() == before
    assert due.row(RULE)["wake"] == "2026-06-30T22:00:00Z"  # 14 days before, as the new ladder goes on


def test_what_was_owed_when_the_ladder_changed_is_still_said(due):
    due.at("2026-05-16", "07:00")  # an hour after the rung of 60 days, which nobody has looked at yet
    change(due, {"settings": {"ladder": [60, 30]}})
    due.tick_until_quiet()
    assert "before-60@2026-07-15" in due.rungs()


def reports(world):
    """The years for which a report of the construction period is owed."""
    rows = [row["is"] for row in world.rows().values() if row["is"]["rule"] == "annual-performance-report"]
    return sorted(is_["period"] for is_ in rows if not is_["closed"])


def test_a_reading_applies_to_everything_at_once(make_world):
    world = make_world()
    world.unit(tracked_since="2024-01-01")
    world.project(tracked_since="2024-01-01", facts={"total_investment": 6_000_000, "kind": "new"})
    world.submit("contract", signed_on="2025-03-01", warranty_ends_on=None, om_contract_ends_on=None)
    world.completed(on="2025-10-15")
    change(world, {"readings": {"construction_ends": "acceptance"}})
    world.tick()
    assert reports(world) == ["2025", "2026", "2027"]
    change(world, {"readings": {"construction_ends": "completion"}})
    world.tick()
    assert reports(world) == []  # the construction period ended with completion, before the year did
    world.assert_as_rebuilt(ROW)


def test_the_name_of_an_office_is_what_people_read(due):
    change(due, {"authorities": {"data_bureau": {"name": "县数据局", "en": "County Data Bureau"}}})
    due.tick()
    assert "县数据局" in str(due.row(RULE)["is"]["submit_to"])


def test_a_revision_applies_to_what_is_open_and_tells_the_new_date_once(due):
    change(due, {"rulebook": half_a_month(book_of(due))})
    due.tick_until_quiet()
    assert due.row(RULE)["is"]["dates"][2] == "2026-01-30"  # 15 days after Thu 2026-01-15
    due.at("2026-01-22")
    due.deliver()
    assert len(said(due)) == 1
    due.assert_as_rebuilt(ROW)


def test_a_new_edition_governs_what_is_anchored_in_its_time(world):
    world.completed(on="2026-01-15")
    world.project("p2", facts={"total_investment": 6_000_000, "kind": "new"})
    world.completed("p2", on="2026-01-19")
    change(world, {"rulebook": new_edition(world, "2026-01-18")})
    world.tick()
    assert due_on(world) == "2026-07-15"  # half a year after Thu 2026-01-15: the old text
    assert due_on(world, partition="project#p2") == "2026-02-03"  # 15 days after Mon 2026-01-19: the new one
    assert [book.edition for book in world.ports.rules.editions("yunyang")] == ["2022", "2026"]
    for partition in (ROW, "project#p2"):
        world.assert_as_rebuilt(partition)


def new_edition(world, valid_from):
    book = half_a_month(book_of(world))
    return {**book, "edition": "2026", "revision": 1, "valid_from": {**book["valid_from"], "on": valid_from}}


def test_editions_stand_in_the_order_of_their_days_whatever_the_order_of_publication(world):
    change(world, {"rulebook": new_edition(world, "2026-01-18")})
    older = {**book_of(world, 0), "edition": "2010", "valid_from": {**book_of(world, 0)["valid_from"], "on": "2010-01-01"}}
    change(world, {"rulebook": older})
    assert [book.edition for book in world.ports.rules.editions("yunyang")] == ["2010", "2022", "2026"]


def test_a_reading_tuned_stays_tuned_when_an_edition_without_it_comes(world):
    change(world, {"readings": {"construction_ends": "completion"}})
    book = new_edition(world, "2026-01-18")
    book["phases"]["construction"]["to"] = ["acceptance_passed", "terminated"]
    del book["readings"]["construction_ends"]
    change(world, {"rulebook": book})
    assert world.ports.rules.version("yunyang")["tuning"] == {"readings": {"construction_ends": "completion"}}


def test_a_revision_of_the_older_edition_is_looked_at_before_its_duties_speak(world):
    change(world, {"rulebook": new_edition(world, "2026-01-18")})
    world.completed(on="2026-01-15")  # the old text's
    world.tick_until_quiet()
    book = book_of(world, 0)
    rule_in(book).update(within={"months": 5})
    change(world, {"rulebook": {**book, "revision": 2}})
    drop_the_job(world)
    world.at("2026-06-17")
    world.tick_until_quiet()
    assert due_on(world) == "2026-06-15"


def test_a_draft_is_not_published_beside_a_text_in_force(world):
    draft = {**new_edition(world, "2026-01-18"), "status": "draft", "valid_from": None}
    with pytest.raises(InvalidInput, match="draft"):
        change(world, {"rulebook": draft})
    assert world.ports.rules.version("yunyang")["number"] == 0


# -- the calendar

# the notice that in this story comes out for 2027: the Spring Festival lasts until 2027-02-14
NOTICE_2027 = {
    "year": 2027, "revision": 1,
    "notice": {"title": "国务院办公厅关于2027年部分节假日安排的通知", "number": None, "issued_on": "2026-11-04"},
    "rest": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}, {"name": "春节", "from": "2027-02-04", "to": "2027-02-14"}],
    "work": ["2027-01-30", "2027-02-20"],
}  # fmt: skip


def announce(world, notice=NOTICE_2027, year=2027):
    return publish_calendar(world.ports, year, notice, by=ADMIN, why="通知已发布", now=world.now)


def provisional(world, projects):
    """Projects that were completed on Mon 2026-08-10: half a year ends on Wed 2027-02-10, once the festival is over."""
    world.at("2026-11-04")
    for number in range(1, projects + 1):
        world.project(f"f{number}", facts={"total_investment": 6_000_000, "kind": "new"})
        world.completed(f"f{number}", on="2026-08-10")
    world.tick()
    world.at("2026-11-05")
    world.tick_until_quiet()
    world.deliver()


def test_a_holiday_notice_moves_every_date_it_touches_and_no_longer_says_provisional(world):
    provisional(world, 1)
    assert world.row(RULE, "project#f1")["is"]["dates"][2:6:3] == ["2027-02-10", True]
    announce(world)
    world.tick_until_quiet()
    assert world.row(RULE, "project#f1")["is"]["dates"][2:6:3] == ["2027-02-15", False]
    world.assert_as_rebuilt("project#f1")
    world.assert_as_rebuilt("party#unit")


def test_thirty_moved_deadlines_of_one_person_are_one_digest_that_names_each_once(world):
    provisional(world, 30)
    told = len(world.chat.sent)
    announce(world)
    world.tick_until_quiet()
    for day in ("2026-11-06", "2026-11-07", "2026-11-09"):
        world.at(day)
        world.tick_until_quiet()
        world.deliver()
    (digest,) = world.chat.texts[told:]
    assert digest.count("期限调整") == 30
    assert all(digest.count(f"项目f{number}：") == 1 for number in range(1, 31))


def test_thirty_deadlines_that_are_suddenly_near_are_one_message_too(world):
    for number in range(1, 31):
        world.project(f"f{number}", facts={"total_investment": 6_000_000, "kind": "new"})
        world.completed(f"f{number}", on="2026-01-06")
    world.tick()
    world.at("2026-01-21", "09:30")
    world.tick_until_quiet()
    world.deliver()
    told = len(world.chat.sent)
    change(world, {"rulebook": half_a_month(book_of(world))})  # due today, on Wed 2026-01-21
    for _ in range(4):
        world.tick()
        world.deliver()
        world.later(minutes=2)
    (message,) = world.chat.texts[told:]
    assert message.count("期限调整") == 30


def test_a_date_that_moves_there_and_back_and_there_again_is_told_each_time(due):
    book = half_a_month(book_of(due))
    for day, what in (("2026-01-21", {"rulebook": book}), ("2026-01-22", {"version": 0}), ("2026-01-23", {"version": 1})):
        due.at(day, "09:30")
        change(due, what)
        due.tick_until_quiet()
        due.at(day, "23:00")
        due.tick_until_quiet()
        due.at("2026-01-26" if day == "2026-01-23" else f"2026-01-{int(day[-2:]) + 1}", "09:20")
        due.deliver()
    assert len(said(due)) == 3


FAULTY = [
    (2028, {}, ["/year"]),
    (2027, {"rest": [{"name": "元旦", "from": "2027-01-03", "to": "2027-01-01"}]}, ["/rest/0"]),
    (2027, {"rest": [{"name": "元旦", "from": "2027-01-01", "to": "2099-01-01"}], "work": []}, ["/rest/0"]),
    (2027, {"work": ["2027-02-06", "2027-02-17", "2026-06-06"]}, ["/work/0", "/work/1", "/work/2"]),  # off, a Wednesday, 2026
]


@pytest.mark.parametrize(("year", "more", "fields"), FAULTY)
def test_a_notice_that_cannot_be_right_is_refused(world, year, more, fields):
    before = world.store.everything()
    assert faults_of(announce, world, {**NOTICE_2027, **more}, year) == fields
    assert world.store.everything() == before


# -- back


def test_an_earlier_version_is_published_again_as_a_new_one(due):
    change(due, {"rulebook": half_a_month(book_of(due))})
    due.tick_until_quiet()
    change(due, {"settings": {"nudge_days": 7}})
    roll_back(due.ports, "yunyang", 1, by=ADMIN, why="恢复", now=due.now)
    version = due.ports.rules.version("yunyang")
    assert (version["number"], version["tuning"]) == (3, {})
    assert due.ports.rules.editions("yunyang")[-1].revision == 2
    roll_back(due.ports, "yunyang", 0, by=ADMIN, why="恢复", now=due.now)
    due.tick_until_quiet()
    assert due.row(RULE)["is"]["dates"][2] == "2026-07-15"
    assert due.ports.rules.editions("yunyang")[-1].revision == 1
    due.assert_as_rebuilt(ROW)


def test_there_is_no_way_back_to_a_version_that_never_was(world):
    with pytest.raises(InvalidInput, match="no version 7"):
        roll_back(world.ports, "yunyang", 7, by=ADMIN, why="恢复", now=world.now)


# -- the job, and what happens without it


def test_a_stale_row_is_renewed_before_it_speaks_even_if_the_job_never_ran(due):
    change(due, {"rulebook": half_a_month(book_of(due))})
    drop_the_job(due)
    due.tick_until_quiet()
    assert due.row(RULE)["is"]["dates"][2] == "2026-07-15"  # nobody has looked yet
    due.at("2026-05-16")  # 60 days before
    due.tick_until_quiet()
    assert due.row(RULE)["is"]["dates"][2] == "2026-01-30"
    assert not any("2026-07-15" in rung for rung in due.rungs())
    due.assert_as_rebuilt(ROW)


def test_a_notice_already_planned_says_nothing_of_a_date_that_was_published_away(world):
    world.completed()
    world.tick()
    change(world, {"rulebook": half_a_month(book_of(world))})
    drop_the_job(world)
    world.at("2026-01-21")
    world.deliver()
    assert not any("7月15日" in text or "2026-07-15" in text for text in world.chat.texts)


@pytest.fixture
def crowd(make_world, monkeypatch):
    """A place with nine holders of duties besides itself, and a job that takes them three at a time."""
    monkeypatch.setattr(jobs, "HOLDERS_A_STEP", 3)
    world = make_world()
    for unit in ("a", "b", "c"):
        world.unit(unit)
        world.contact(unit)
        for number in (1, 2):
            world.project(f"{unit}{number}", unit=unit, facts={"total_investment": 6_000_000, "kind": "new"})
            world.completed(f"{unit}{number}", party=unit)
    world.tick_until_quiet()
    return world


CROWD = [f"project#{unit}{number}" for unit in "abc" for number in (1, 2)]


@pytest.mark.parametrize("landed", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
def test_a_job_cut_short_anywhere_is_completed_by_tick(crowd, landed):
    job = change(crowd, {"rulebook": half_a_month(book_of(crowd))})["job"]
    crowd.store.dies_after(landed)
    with pytest.raises(PowerCut):
        crowd.tick()
    crowd.store.revives()
    crowd.later(seconds=30)
    crowd.tick_until_quiet()
    record = jobs.progress(crowd.store, job)
    assert (record["state"], record["done"]) == ("done", 10)  # the place, 3 units, 6 projects
    assert {due_on(crowd, partition=partition) for partition in CROWD} == {"2026-01-30"}
    assert job_marks(crowd) == []


def test_a_long_job_makes_way_for_what_else_is_due_and_goes_on_with_the_next_tick(crowd):
    asked = iter(range(100))
    start = crowd.now
    crowd.ports = replace(crowd.ports, clock=lambda: start + next(asked) * jobs.A_TURN)
    job = change(crowd, {"rulebook": half_a_month(book_of(crowd))})["job"]
    crowd.tick()
    assert (jobs.progress(crowd.store, job)["state"], jobs.progress(crowd.store, job)["done"]) == ("running", 3)
    crowd.tick_until_quiet()
    assert (jobs.progress(crowd.store, job)["state"], jobs.progress(crowd.store, job)["done"]) == ("done", 10)


def test_a_holder_with_broken_records_does_not_keep_the_others_waiting(crowd, caplog):
    profile = crowd.store.get(("project#a1", "profile"))
    crowd.store.inner.write([Delete(profile.key)])
    job = change(crowd, {"rulebook": half_a_month(book_of(crowd))})["job"]
    crowd.tick()
    assert jobs.progress(crowd.store, job)["state"] == "done"
    assert {due_on(crowd, partition=partition) for partition in CROWD[1:]} == {"2026-01-30"}
    assert [split_due(key) for key in crowd.due() if "project#a1#@" in key.sort and key.sort < "2026-12"] == [
        ("project#a1", "@replan")
    ]
    assert "could not see to project#a1" in caplog.text


# -- versions


def test_published_versions_never_change(world):
    seed(world.ports, world.now)
    kept = {}
    steps = [
        {"settings": {"nudge_days": 7}},
        {"rulebook": half_a_month(book_of(world))},
        {"version": 1},
        {"settings": {"nudge_days": None}},
    ]
    for what in steps:
        kept |= frozen(world)
        change(world, what)
        assert kept.items() <= frozen(world).items()
    assert [version["number"] for version in versions(world.ports, "yunyang")] == [5, 4, 3, 2, 1]


def frozen(world):
    """What is to stay as it is: every version, and every rulebook that one names."""
    return {
        key: item
        for key, item in world.store.everything().items()
        if key.partition == "rules#yunyang" and key.sort.startswith(("version#", "book#"))
    }


def test_an_upgrades_new_defaults_change_nothing_that_was_published(world):
    seed(world.ports, world.now)
    sha = world.ports.rules.editions("yunyang")[-1].sha256
    after = upgraded(world, defaults={"nudge_days": 99, "brand_new": 5})
    (book,) = after.rules.editions("yunyang")
    assert (book.settings["nudge_days"], book.settings["brand_new"]) == (14, 5)
    publish(after, "yunyang", {"settings": {"urgent_within_days": 2}}, by=ADMIN, why="试", expects=None, now=world.now)
    assert after.rules.editions("yunyang")[-1].settings["nudge_days"] == 14
    assert world.ports.rules.editions("yunyang")[-1].sha256 != sha


def test_who_looked_at_an_older_version_is_told_to_look_again(world):
    change(world, {"settings": {"nudge_days": 7}}, expects=0)
    before = world.store.everything()
    with pytest.raises(Conflict, match="version 1 was published since"):
        change(world, {"settings": {"nudge_days": 8}}, expects=0)
    assert world.store.everything() == before


def test_of_two_at_once_one_is_told_to_look_again(world):
    def attempt(days):
        try:
            return change(world, {"settings": {"nudge_days": days}}, expects=0)["number"]
        except Conflict:
            return "again"

    assert sorted(map(str, at_once(lambda: attempt(7), lambda: attempt(8)))) == ["1", "again"]


def test_an_entry_in_the_ledger_at_the_same_moment_is_no_reason_to_look_again(world):
    world.store.is_beaten_at(0)
    assert change(world, {"settings": {"nudge_days": 7}}, expects=0)["number"] == 1


def test_the_same_request_twice_is_one_version(world):
    once = Once(who="admin", key="k", asked="nudge")
    first = change(world, {"settings": {"nudge_days": 7}}, expects=0, once=once)
    assert change(world, {"settings": {"nudge_days": 7}}, expects=0, once=once) == first
    assert len(versions(world.ports, "yunyang")) == 1


def test_every_version_has_who_and_why_in_the_ledger(world):
    seed(world.ports, world.now)
    change(world, {"settings": {"nudge_days": 7}}, why="催得勤一些")
    roll_back(world.ports, "yunyang", 1, by="another", why="恢复", now=world.now)
    announce(world)
    told = [(entry["number"], entry["by"], entry["why"]) for entry in world.ledger("yunyang", what="published")]
    assert told == [(1, "seed", "初始版本"), (2, ADMIN, "催得勤一些"), (3, "another", "恢复")]
    assert [
        (version["number"], version["by"], version["why"]) for version in reversed(versions(world.ports, "yunyang"))
    ] == told
    assert [(entry["year"], entry["why"]) for entry in world.ledger("@calendar")] == [(2027, "通知已发布")]
    world.assert_ledgers_whole()


def test_nothing_is_published_without_a_reason(world):
    before = world.store.everything()
    for why in ("", "  \n"):
        with pytest.raises(InvalidInput, match="say why"):
            change(world, {"settings": {"nudge_days": 7}}, why=why)
    with pytest.raises(InvalidInput, match="say why"):
        publish_calendar(world.ports, 2027, NOTICE_2027, by=ADMIN, why=" ", now=world.now)
    assert world.store.everything() == before


# -- faults


def test_every_fault_is_told_at_once_and_nothing_is_changed(world):
    before = world.store.everything()
    wrong = {
        "settings": {"ladder": [7, -1], "nudge_days": "often", "digest_at": "8:40", "colour": 1},
        "readings": {"construction_ends": "never", "nothing": "x"},
        "authorities": {"palace": {"name": "x", "en": "x"}, "finance": {"name": "县财政局"}, "ndrc": {"name": 5, "en": "x"}},
    }
    assert sorted(faults_of(change, world, wrong)) == sorted(
        f"/{part}/{key}" for part, entries in wrong.items() for key in entries
    )
    assert world.store.everything() == before


UNFIT = [
    {"overdue_every_days": 0}, {"nudge_days": 0}, {"jitter_minutes": 0}, {"jitter_minutes": 600}, {"nudge_days": True}, {"nudge_days": 1.5},
    {"ladder": 7}, {"ladder": ["7"]}, {"ladder": list(range(51))}, {"content_level": {"console": "loud"}}, {"content_level": "full"},
    {"quiet_from": "24:00"}, {"quiet_from": "0７:00"}, {"quiet_from": 20}, {"security_evaluation_interval": -12}, {"plan_at": "09:00"},
    {"quiet_to": "20:00"}, {"quiet_from": "08:00", "quiet_to": "21:00"},
]  # fmt: skip


@pytest.mark.parametrize("settings", UNFIT, ids=str)
def test_a_setting_must_be_of_its_sort_and_make_sense_with_the_others(world, settings):
    assert faults_of(change, world, {"settings": settings})
    assert world.ports.rules.version("yunyang")["number"] == 0


FIT = [
    {"ladder": []}, {"ladder": [0, 3, 3]}, {"urgent_within_days": 0}, {"jitter_minutes": 1}, {"security_evaluation_interval": 12},
    {"content_level": {"console": "reference"}}, {"plan_at": "09:00", "digest_at": "10:00"}, {"quiet_from": "23:59", "quiet_to": "00:00"},
]  # fmt: skip


@pytest.mark.parametrize("settings", FIT, ids=str)
def test_with_a_setting_that_fits_reminders_go_on(world, settings):
    change(world, {"settings": settings})
    world.completed()
    world.tick_until_quiet()
    for day in ("2026-01-21", "2026-07-14", "2026-07-15", "2026-07-20"):
        world.at(day, "10:30")
        world.tick_until_quiet()
        world.deliver()
    assert world.chat.sent


MALFORMED = [
    ([], [""]), ({"colour": 1}, ["/colour"]), ({"settings": [1]}, ["/settings"]), ({"rulebook": "x", "readings": 3}, ["/rulebook", "/readings"]),
    ({"version": "1"}, ["/version"]), ({"version": True}, ["/version"]), ({"version": -1}, ["/version"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "fields"), MALFORMED, ids=str)
def test_a_change_of_another_shape_is_told_so(world, what, fields):
    assert faults_of(change, world, what) == fields


ALTERED = {
    "the same revision": {"name": {"zh": "云阳", "en": "Yunyang"}},
    "another place": {"id": "dazhou", "revision": 2},
    "no number": {"revision": "2"},
    "no rules": {"revision": 2, "rules": None},
    "a rule without a kind": {"revision": 2, "rules": [{"id": "x"}]},
}


@pytest.mark.parametrize("more", ALTERED.values(), ids=ALTERED.keys())
def test_a_rulebook_that_cannot_take_its_place_is_refused(world, more):
    before = world.store.everything()
    with pytest.raises(InvalidInput):
        change(world, {"rulebook": {**book_of(world), **more}})
    assert world.store.everything() == before


# -- the seed, and upgrades


class Upgraded:
    """The files as a later release has them."""

    def __init__(self, seeds, books=None, defaults=None):
        self._seeds, self._books, self._defaults = seeds, books or {}, defaults or {}

    def editions(self, jurisdiction):
        if jurisdiction in self._books:
            return (rulebook(self._books[jurisdiction], self._seeds.vocabulary(), self.defaults()),)
        return self._seeds.editions(jurisdiction)

    def defaults(self):
        new = {key: {"name": {"zh": key, "en": key}, "value": value} for key, value in self._defaults.items()}
        return {**self._seeds.defaults(), **new}

    def __getattr__(self, name):
        return getattr(self._seeds, name)


def upgraded(world, books=None, defaults=None):
    """The ports of the next release over the same store."""
    return replace(world.ports, rules=PublishedRules(world.store, Upgraded(bootstrap.FileRules(), books, defaults)))


def test_the_first_start_publishes_the_files_and_the_next_changes_nothing(world):
    assert seed(world.ports, world.now) == []
    assert {world.ports.rules.version(place)["number"] for place in PLACES} == {1}
    before = world.store.everything()
    assert seed(world.ports, world.later(days=1)) == []
    assert world.store.everything() == before


def test_what_the_first_start_publishes_is_what_the_files_say(world):
    before = {place: [book.sha256 for book in world.ports.rules.editions(place)] for place in PLACES}
    seed(world.ports, world.now)
    assert {place: [book.sha256 for book in world.ports.rules.editions(place)] for place in PLACES} == before


def test_an_upgrade_brings_a_proposal_and_leaves_the_tuning_alone(world):
    seed(world.ports, world.now)
    change(world, {"settings": {"nudge_days": 7}})
    in_force = world.ports.rules.editions("yunyang")[-1].sha256
    newer = half_a_month(book_of(world))
    after = upgraded(world, {"yunyang": newer})
    assert seed(after, world.now) == ["yunyang"]
    assert after.rules.editions("yunyang")[-1].sha256 == in_force
    assert [found["what"] for found in proposal(after, "yunyang")["differences"]] == ["head/revision", f"rule/{RULE}/within"]
    assert seed(after, world.now) == ["yunyang"]  # until somebody decides
    publish(
        after, "yunyang", {"rulebook": proposal(after, "yunyang")["rulebook"]}, by=ADMIN, why="升级", expects=2, now=world.now
    )
    assert seed(after, world.now) == []
    assert proposal(after, "yunyang") is None
    (book,) = after.rules.editions("yunyang")
    assert (book.revision, book.settings["nudge_days"]) == (2, 7)


def test_who_publishes_before_the_first_start_is_not_overwritten_by_it(world):
    change(world, {"settings": {"nudge_days": 7}})
    assert seed(world.ports, world.now) == []
    assert world.ports.rules.editions("yunyang")[-1].settings["nudge_days"] == 7
    assert seed(upgraded(world, {"yunyang": half_a_month(book_of(world))}), world.now) == ["yunyang"]
