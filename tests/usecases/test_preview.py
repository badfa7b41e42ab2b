"""A preview says, row for row, what publishing then does, and which messages it adds and takes away; it stores nothing."""

import copy
from datetime import date, timedelta

import pytest

from chalicelib.core.errors import Forbidden, InvalidInput, NotFound
from chalicelib.core.ladder import local_day
from chalicelib.ports import Delete, Key, Put
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.rulebooks import previewing
from chalicelib.usecases.rulebooks.preview import NEXT_DAYS, preview
from chalicelib.usecases.rulebooks.publish import publish, publish_calendar
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import records
from chalicelib.usecases.state.job import job_key
from chalicelib.usecases.state.once import Once
from tests.usecases.doubles import PowerCut
from tests.usecases.world import NOBODY, World

MANY, SOME = 2_000, 150
FACTS = {"total_investment": 6_000_000, "kind": "new"}


def asked(world, change):
    return preview(world.ports, world.place, change, world.now)


def published(world, change):
    """Publish and let the job run to its end."""
    done = publish(world.ports, world.place, change, by="admin", why="试", expects=None, now=world.now)
    world.tick()
    assert jobs.progress(world.store, done["job"])["state"] == "done"


def book_of(world):
    return copy.deepcopy(dict(world.ports.rules.editions(world.place)[-1].raw))


def revised(world, **rules):
    """The rulebook revised: for each rule named, its new fields; None takes it out."""
    book = book_of(world)
    assert {name.replace("_", "-") for name in rules} <= {rule["id"] for rule in book["rules"]}
    kept = [rule for rule in book["rules"] if rules.get(rule["id"].replace("-", "_"), ...) is not None]
    book["rules"] = [{**rule, **rules.get(rule["id"].replace("-", "_"), {})} for rule in kept]
    return {"rulebook": {**book, "revision": book["revision"] + 1}}


def stored(world):
    """Every obligation of the place, as it is stored."""
    return {
        item.value["is"]["id"]: item.value["is"]
        for _, partition in jobs.holders(world.store, [world.place])
        for item in world.store.query(partition, prefix="obligation#")
    }


def story(number, today):
    """What project `number` has been through: from just begun to long accepted."""
    events = ("contract_signed", "construction_completed", "trial_run_started", "acceptance_passed", "put_into_operation")
    apart = 40 + number % 61
    began = today - timedelta(days=20 + (number * 37) % 500)
    happened = [(event, began + timedelta(days=place * apart)) for place, event in enumerate(events)]
    return [
        {"id": f"m{place}", "event": event, "on": day.isoformat()}
        for place, (event, day) in enumerate(happened)
        if day <= today
    ]


def populate(world, projects, per_unit=50):
    """Units with projects in every stage, and their offices."""
    world.office()
    today = local_day(world.now)
    for number in range(projects):
        unit = f"u{number // per_unit}"
        if number % per_unit == 0:
            world.unit(unit, tracked_since="2025-01-01")
            world.contact(unit)
        investment = (300_000, 2_000_000, 6_000_000, 12_000_000)[number % 4]
        world.project(
            f"p{number}",
            unit=unit,
            tracked_since="2025-01-01",
            facts={**FACTS, "total_investment": investment},
            milestones=story(number, today),
        )


@pytest.fixture(scope="module", params=[SOME], ids="{} projects".format)
def place(folder, request):
    """A place with its projects. What a test publishes stays, and the next previews from there."""
    world = World(folder, "yunyang")
    populate(world, request.param)
    world.tick()
    yield world
    world.store.inner.close()


CHANGES = {
    "a term is shorter": lambda world: revised(world, apply_for_acceptance={"within": {"months": 3}}),
    "a rule goes": lambda world: revised(world, annual_performance_report=None),
    "a rule comes back": lambda world: {"version": 0},
    "a reading": lambda world: {"readings": {"construction_ends": "completion"}},
    "a setting that a duty waits for": lambda world: {"settings": {"security_evaluation_interval": 12}},
    "an office's name": lambda world: {"authorities": {"data_bureau": {"name": "县数据局", "en": "Data Bureau"}}},
    "a ladder": lambda world: {"settings": {"ladder": [45, 21, 5], "overdue_every_days": 3}},
    "a later hour": lambda world: {"settings": {"plan_at": "11:00", "digest_at": "11:30"}},
    "a new edition": lambda world: {"rulebook": {
        **revised(world, apply_for_acceptance={"within": {"days": 90}})["rulebook"], "edition": "2025", "revision": 1,
        "valid_from": {**book_of(world)["valid_from"], "on": "2025-10-01"}}},
    "everything back": lambda world: {"version": 0, "settings": {}},
}  # fmt: skip


def much_at_once(world):
    """A shorter term, a rule less, another reading, an interval set, another ladder, another name."""
    return {
        **revised(world, apply_for_acceptance={"within": {"months": 3}}, file_acceptance_result=None),
        "settings": {"ladder": [45, 21, 5], "security_evaluation_interval": 12}, "readings": {"construction_ends": "completion"},
        "authorities": {"data_bureau": {"name": "县数据局", "en": "Data Bureau"}},
    }  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_a_preview_says_is_what_publishing_does(place, change):
    assert_done_as_said(place, change(place))
    assert asked(place, {})["changes"] == []


@pytest.mark.parametrize("place", [MANY], indirect=True, ids=["2,000 projects"])
def test_what_a_preview_says_of_thousands_is_what_publishing_does(place):
    assert_done_as_said(place, much_at_once(place))
    assert_done_as_said(place, {"version": 0})


def assert_done_as_said(world, change):
    before, writes = stored(world), len(world.store.written)
    given = asked(world, change)
    assert len(world.store.written) == writes
    published(world, change)
    after = stored(world)
    rows = {row["obligation"]: row for row in given["changes"]}
    assert len(rows) == len(given["changes"])
    assert set(rows) == {ident for ident in after if after[ident] != before.get(ident)}
    assert set(before) <= set(after)
    for ident, row in rows.items():
        was, is_ = before.get(ident), after[ident]
        assert row["change"] == kind_of(was, is_)
        assert row["was"] == (was and was["dates"][2])
        assert row["becomes"] == (None if is_["closed"] == "withdrawn" else is_["dates"][2])
    assert given["counts"]["looked_at"] == len(before)
    assert sum(given["counts"][kind] for kind in ("appears", "vanishes", "moves", "other")) == len(rows)


def kind_of(was, is_):
    if was is None or (was["closed"] == "withdrawn" and is_["closed"] != "withdrawn"):
        return "appears"
    if is_["closed"] == "withdrawn":
        return "vanishes"
    return "moves" if was["dates"] != is_["dates"] else "other"


def test_changes_as_these_move_something_each_in_its_own_way(place):
    """So that the equality is of more than nothing."""
    shorter = asked(place, revised(place, apply_for_acceptance={"within": {"months": 1}}))["counts"]
    assert shorter["moves"] > 20 and shorter["overdue_at_once"] > 5
    assert asked(place, revised(place, apply_for_acceptance=None))["counts"]["vanishes"] > 20
    assert asked(place, {"settings": {"security_evaluation_interval": 12}})["counts"]["moves"] > 5
    assert asked(place, {"settings": {"ladder": []}})["counts"]["messages_dropped"] > 20


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_messages_it_adds_and_drops_are_those_that_then_go_and_stay_out(make_world, change):
    """The same month lived twice: once under the old version, once under the new one."""
    said = {}
    for is_published in (False, True):
        world = make_world()
        populate(world, 40, per_unit=4)
        world.tick()
        world.later(days=1)
        world.tick_until_quiet()
        change_ = change(world)
        already = {key for key in world.steps("")}
        given = asked(world, change_)
        end = world.now + NEXT_DAYS
        if is_published:
            published(world, change_)
        while world.now < end:
            world.tick_until_quiet()
            world.later(minutes=30)
        world.now = end
        world.tick_until_quiet()
        said[is_published] = {
            (key.partition.removeprefix("step#"), name)
            for key in set(world.steps("")) - already
            for name in [key.sort.split("#")[0]]
        }
    lists = {
        name: {
            (message["obligation"], message["rung"]) for message in rows if message["to"] == "responsible"
        }  # nobody leads here
        for name, rows in given["messages"].items()
    }
    for message in given["messages"]["added"] + given["messages"]["shifted"]:  # the second life left its notices queued
        for step in world.store.query(f"step#{message['obligation']}", prefix=f"{message['rung']}#"):
            head = world.store.get(Key(f"notice#{step.value['notice']}", "head")).value
            if head["leaves"] < step.value["at"]:
                continue  # nobody sends in this month: it joined a notice that would have left by then
            apart = records.instant_of(head["leaves"]) - records.instant_of(message["leaves"])
            assert abs(apart) <= timedelta(minutes=30), message  # as far apart as the ticks of this month
            assert message["people"] == 1
    assert lists["added"] == said[True] - said[False]
    assert lists["dropped"] == said[False] - said[True]


def test_a_later_morning_shifts_the_digest_and_says_from_when_to_when(world):
    world.completed(on="2026-01-15")  # to be applied for by 15 July: 60 days before, on Saturday 16 May
    world.at("2026-05-12")
    world.tick_until_quiet()
    given = asked(world, {"settings": {"digest_at": "10:30"}})
    assert (given["changes"], given["messages"]["added"], given["messages"]["dropped"]) == ([], [], [])
    shifted = {row["rung"]: (row["was"][:16], row["leaves"][:16]) for row in given["messages"]["shifted"]}
    was, becomes = shifted["before-60@2026-07-15"]
    assert (was[:13], becomes[:13]) == (
        "2026-05-18T00",
        "2026-05-18T02",
    )  # planned on a rest day: Monday's digest, 8:40 and 10:30


def test_messages_are_compared_through_the_day_asked_for(world):
    world.completed(on="2026-01-15")
    change = {"settings": {"ladder": [45]}}
    assert asked(world, change)["until"] == "2026-02-19"
    assert asked(world, change)["counts"]["messages_added"] == 0
    far = preview(world.ports, world.place, change, world.now, date(2027, 12, 31))
    assert far["until"] == "2027-12-31"
    assert "before-45@2026-07-15" in {row["rung"] for row in far["messages"]["added"]}
    with pytest.raises(InvalidInput):
        preview(world.ports, world.place, change, world.now, date(2028, 1, 1))
    with pytest.raises(InvalidInput):
        preview(world.ports, world.place, change, world.now, date(2026, 1, 19))


def test_a_message_that_nobody_would_get_says_so(make_world):
    world = make_world()
    world.unit(tracked_since="2025-01-01")
    world.project("p1", facts=FACTS)
    world.completed(on="2026-01-15")
    given = preview(world.ports, world.place, {"settings": {"ladder": [45]}}, world.now, date(2026, 12, 31))
    row = next(row for row in given["messages"]["added"] if row["rung"].startswith("before-45"))
    assert (row["leaves"], row["people"]) == (None, 0)


def test_an_office_that_is_no_unit_is_not_said_to_owe_a_units_duties(make_world):
    world = make_world()
    world.office()
    given = asked(world, revised(world, annual_list={"by": {"month": 8, "day": "last"}}))
    assert {row["holder"] for row in given["changes"]} <= {"jurisdiction#yunyang"}


def test_a_place_where_nobody_is_registered_has_nothing_to_preview(make_world):
    world = make_world("dazhou")
    given = asked(world, {"settings": {"nudge_days": 7}})
    assert (given["changes"], given["counts"]["looked_at"]) == ([], 0)
    published(world, {"settings": {"nudge_days": 7}})
    assert stored(world) == {}


def test_what_would_be_overdue_at_once_is_marked(world):
    world.completed(on="2025-12-01")
    given = asked(world, revised(world, apply_for_acceptance={"within": {"days": 15}}))
    (row,) = given["changes"]
    assert (row["was"], row["becomes"], row["overdue_at_once"]) == ("2026-06-01", "2025-12-16", True)
    assert given["version"] == 0


def test_a_change_with_faults_is_refused_as_publishing_would(world):
    for change in ({"settings": {"nudge_days": 0}}, {"version": 9}, {"colour": 1}):
        with pytest.raises(InvalidInput):
            asked(world, change)


def test_a_preview_goes_by_the_calendar_that_is_published(world):
    notice = {
        "year": 2027,
        "revision": 1,
        "notice": {"title": "通知", "number": None, "issued_on": "2026-11-04"},
        "rest": [{"name": "春节", "from": "2027-02-04", "to": "2027-02-14"}],
        "work": [],
    }
    world.at("2026-08-12")
    world.completed(on="2026-08-10")
    publish_calendar(world.ports, 2027, notice, by="admin", why="试", now=world.now)
    world.tick_until_quiet()
    assert asked(world, {"settings": {"nudge_days": 7}})["changes"] == []
    (row,) = asked(world, revised(world, apply_for_acceptance={"within": {"days": 180}}))["changes"]
    assert date.fromisoformat(row["becomes"]) == date(2027, 2, 15)  # 180 days end on Sat 2027-02-06, within the festival


# Of a large place: by a job


ADMIN = Bearer(id="admin", role="admin", jurisdiction="yunyang", party=None)


def begun(world, change, key=None, job="preview-1", by=ADMIN):
    once = Once(who=by.id, key=key, asked=change, at=world.now)
    return previewing.begin(world.ports, by, world.place, {"change": change}, world.now, once=once, job=job)["job"]


def made(world, job, by=ADMIN):
    return previewing.result(world.ports, by, job)


@pytest.fixture
def stepwise(make_world, monkeypatch):
    """A place with 27 holders, of which a job takes seven at a time and writes rows in small parts."""
    monkeypatch.setattr(previewing, "HOLDERS_A_STEP", 7)
    monkeypatch.setattr(previewing, "ROWS_A_PART", 5)
    world = make_world()
    populate(world, 20, per_unit=4)
    world.tick_until_quiet()
    return world


def test_what_a_job_finds_is_what_an_immediate_preview_says(stepwise):
    change = much_at_once(stepwise)
    expected, before = asked(stepwise, change), stored(stepwise)
    job = begun(stepwise, change)
    assert made(stepwise, job)["preview"] is None
    stepwise.tick()
    told = made(stepwise, job)
    assert (told["state"], told["done"], told["unread"], told["version"]) == ("done", 27, 0, 0)
    assert told["preview"] == expected
    assert expected["counts"]["moves"] > 5 and expected["counts"]["messages_added"] > 5
    assert stored(stepwise) == before
    assert [key for key in stepwise.due() if "@job" in key.sort] == []


@pytest.mark.parametrize("landed", [0, 1, 2, 3, 4])
def test_a_preview_cut_short_anywhere_is_completed_by_tick_to_the_same(stepwise, landed):
    change = much_at_once(stepwise)
    expected = asked(stepwise, change)
    job = begun(stepwise, change)
    stepwise.store.dies_after(landed)
    with pytest.raises(PowerCut):
        stepwise.tick()
    stepwise.store.revives()
    stepwise.later(days=1)  # it still judges by the day on which it was asked for
    jobs.turn(stepwise.ports, job, stepwise.now)
    assert made(stepwise, job)["preview"] == expected


def test_of_many_rows_the_first_of_each_kind_are_kept_and_the_counts_are_of_all(stepwise, monkeypatch):
    monkeypatch.setattr(previewing, "SHOWN", 2)
    change = much_at_once(stepwise)
    expected, job = asked(stepwise, change), begun(stepwise, change)
    stepwise.tick()
    found = made(stepwise, job)["preview"]
    assert found["counts"] == expected["counts"]
    assert found["messages"] == {name: rows[:2] for name, rows in expected["messages"].items()}
    moving = [row for row in expected["changes"] if row["change"] == "moves" and not row["overdue_at_once"]]
    assert [row for row in found["changes"] if row in moving] == moving[:2]


@pytest.mark.parametrize("steps_before", [0, 2])
def test_a_publication_meanwhile_stops_a_preview_which_says_on_which_version_it_was(stepwise, steps_before):
    job = begun(stepwise, much_at_once(stepwise))
    if steps_before:
        stepwise.store.dies_after(steps_before)
        with pytest.raises(PowerCut):
            jobs.turn(stepwise.ports, job, stepwise.now)
        stepwise.store.revives()
    publish(stepwise.ports, stepwise.place, {"settings": {"nudge_days": 7}}, by="x", why="试", expects=None, now=stepwise.now)
    assert made(stepwise, job)["state"] == "stale"
    stepwise.tick_until_quiet()
    told = made(stepwise, job)
    assert (told["state"], told["version"], told["preview"]) == ("stale", 0, None)


def test_a_publication_after_a_preview_leaves_its_result_and_marks_it_stale(stepwise):
    job = begun(stepwise, {"settings": {"nudge_days": 9}})
    stepwise.tick()
    published(stepwise, {"settings": {"nudge_days": 7}})
    told = made(stepwise, job)
    assert (told["state"], told["version"]) == ("stale", 0) and told["preview"]


def test_a_holder_that_cannot_be_read_is_counted_and_keeps_nobody_waiting(stepwise, caplog):
    profile = stepwise.store.get(("project#p3", "profile"))
    stepwise.store.inner.write([Delete(profile.key)])
    job = begun(stepwise, much_at_once(stepwise))
    jobs.turn(stepwise.ports, job, stepwise.now)
    told = made(stepwise, job)
    assert (told["state"], told["done"], told["unread"]) == ("done", 27, 1)
    assert "could not preview project#p3" in caplog.text


def test_a_change_larger_than_an_item_of_the_store_is_refused_and_nothing_is_stored(world):
    rulebook = {**book_of(world), "notes": "注" * 150_000}
    change, before = {"rulebook": {**rulebook, "revision": rulebook["revision"] + 1}}, len(world.store.written)
    for act in (
        lambda: begun(world, change),
        lambda: asked(world, change),
        lambda: publish(world.ports, world.place, change, by="x", why="试", expects=None, now=world.now),
    ):
        with pytest.raises(InvalidInput, match="at most 400,000 fit"):
            act()
    carried = {"change": {"settings": {"nudge_days": 9}}, "carried": {"typed": "字" * 150_000}}
    with pytest.raises(InvalidInput, match="at most 400,000 fit"):
        previewing.begin(world.ports, ADMIN, world.place, carried, world.now, once=NOBODY, job="preview-1")
    assert len(world.store.written) == before


def test_only_the_admin_who_asked_reads_a_preview(stepwise):
    job = begun(stepwise, {"settings": {"nudge_days": 9}})
    with pytest.raises(NotFound):
        made(stepwise, job, by=Bearer(id="other", role="admin", jurisdiction="yunyang", party=None))
    with pytest.raises(Forbidden):
        made(stepwise, job, by=Bearer(id="admin", role="unit", jurisdiction="yunyang", party="u0"))
    with pytest.raises(NotFound):
        made(stepwise, "replan-1")


def test_asked_for_twice_with_one_key_a_preview_is_begun_once(stepwise):
    change = {"settings": {"nudge_days": 9}}
    assert begun(stepwise, change, key="k") == begun(stepwise, change, key="k", job="preview-2") == "preview-1"


def test_a_change_with_faults_begins_no_preview(stepwise):
    writes = len(stepwise.store.written)
    with pytest.raises(InvalidInput):
        begun(stepwise, {"settings": {"nudge_days": 0}})
    assert len(stepwise.store.written) == writes


def test_after_three_days_nothing_is_left_of_a_preview(stepwise):
    job = begun(stepwise, much_at_once(stepwise))
    stepwise.tick()
    stepwise.later(days=3, seconds=-1)
    assert previewing.forget_old(stepwise.store, stepwise.place, stepwise.now) == 0
    stepwise.later(seconds=1)
    assert previewing.forget_old(stepwise.store, stepwise.place, stepwise.now) == 1
    with pytest.raises(NotFound):
        made(stepwise, job)
    assert not [key for key in stepwise.store.everything() if job in key.partition or key.partition.startswith("previews#")]


def test_a_place_is_large_by_the_number_of_its_holders(stepwise, monkeypatch):
    monkeypatch.setattr(previewing, "AT_ONCE", 27)
    assert not previewing.is_large(stepwise.store, stepwise.place)
    stepwise.unit("one-more")
    assert previewing.is_large(stepwise.store, stepwise.place)


@pytest.mark.parametrize("is_done", [False, True])
def test_a_preview_that_an_older_program_began_is_to_be_asked_for_anew(stepwise, is_done):
    job = begun(stepwise, {"settings": {"nudge_days": 9}})
    if is_done:
        stepwise.tick_until_quiet()
    item = stepwise.store.get(job_key(job))
    older = {name: count for name, count in item.value["found"].items() if name != "messages_shifted"}
    stepwise.store.write([Put(item.key, {**item.value, "found": older}, item.version)])
    stepwise.tick_until_quiet()
    told = made(stepwise, job)
    assert (told["state"], told["preview"]) == ("stale", None)
