"""The board's counters are what the stored obligations say, whatever happened in between, and cost no more where there is more."""

from datetime import date

import pytest

from chalicelib.ports import Put
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.views.board import board, open_page
from tests.usecases.doubles import PowerCut

OFFICER = Bearer(id="o", role="authority", jurisdiction="yunyang", party="office")


def counted(world):
    return board(world.store, OFFICER, world.now)


def by_hand(world, *partitions):
    """The same figures, by looking at every stored obligation."""
    today, found = world.now.astimezone().date(), {"open": 0, "overdue": 0, "done": 0, "late": 0}
    for partition in partitions:
        for row in world.rows(partition).values():
            is_ = row["is"]
            is_let_go = is_["closed"] or is_["needs"] or (is_["suspended"] and is_["suspended"][1] is None)
            if is_["per"] == "vendor" or is_["before_tracking"] or not is_["may_be_overdue"]:
                continue
            if is_let_go and not is_["done_on"]:
                continue
            due = is_["dates"][2]
            if is_["done_on"]:
                found["late" if is_["done_on"] > due else "done"] += 1
            else:
                found["open"] += 1
                found["overdue"] += due is not None and date.fromisoformat(due) < today
    return found


def partitions(world):
    return ["jurisdiction#yunyang", "party#unit", *(key.partition for key in world.store.everything() if key.sort == "tally")]


def agree(world):
    world.tick_until_quiet()
    totals = counted(world)["totals"]
    assert {name: totals[name] for name in ("open", "overdue", "done", "late")} == by_hand(world, *set(partitions(world)))


def test_the_counters_follow_what_happens(world):
    agree(world)
    world.completed()
    agree(world)
    world.at("2026-07-20")
    world.submit("acceptance-application", applied_on="2026-07-20")
    agree(world)
    assert counted(world)["totals"]["late"] == 1
    world.submit(
        "withdrawal",
        void=[m["id"] for m in world.milestones() if m["event"] == "construction_completed"][0],
        event="construction_completed",
        on="2026-01-15",
    )
    agree(world)


@pytest.mark.parametrize("writes", range(4))
def test_a_death_while_counting_is_made_up_for(world, writes):
    world.completed()
    world.store.dies_after(writes)
    with pytest.raises(PowerCut):
        world.tick()
    world.store.revives()
    agree(world)


def test_the_list_begins_with_the_longest_overdue(world):
    for number in range(2, 5):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
        world.completed(f"p{number}", on=f"2026-01-1{number}")
    world.at("2026-08-01")
    world.tick_until_quiet()
    rows = open_page(world.ports, OFFICER, world.now)["rows"]
    dues = [row["due_on"] for row in rows if row["due_on"]]
    assert dues == sorted(dues)
    late = [row["subject"] for row in rows if row["state"] == "overdue" and row["subject"].startswith("项目")]
    assert late[:3] == ["项目p2", "项目p3", "项目p4"]


def test_a_page_reads_the_counters_and_not_the_obligations(world):
    def reads():
        world.tick_until_quiet()
        before = world.store.reads
        counted(world)
        open_page(world.ports, OFFICER, world.now)
        return world.store.reads - before

    few = reads()
    for number in range(2, 30):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
        world.completed(f"p{number}")
    assert reads() == few


# What the counters are of


def test_a_minimum_that_runs_is_nobody_s_arrears(make_world):
    world = make_world("dazhou")
    world.unit()
    world.project()
    world.submit("publicity", happened_on="2026-01-15", step="started")
    world.tick_until_quiet()
    world.at("2026-12-01")
    officer = Bearer(id="o", role="authority", jurisdiction="dazhou", party="office")
    minimum = world.row("publicity-period")["is"]
    listed = [row["obligation"] for row in open_page(world.ports, officer, world.now, limit=999)["rows"]]
    assert minimum["kind"] == "at_least" and listed
    assert minimum["id"] not in listed


def test_what_a_project_waits_for_while_it_is_suspended_is_not_overdue(world):
    world.completed()
    world.submit("suspension", role="authority", party="office", step="suspended", decided_on="2026-01-20")
    world.at("2026-12-01")
    agree(world)
    assert not [row for row in open_page(world.ports, OFFICER, world.now)["rows"] if row["holder"] == "project#p1"]


def test_what_an_office_owes_about_a_project_is_its_own_and_not_the_unit_s(make_world):
    world = make_world("dazhou")
    world.unit()
    world.project()
    world.submit("publicity", happened_on="2026-01-02", step="started")
    world.submit("publicity", happened_on="2026-01-12", step="ended")
    world.submit("technical-plan", submitted_on="2026-01-20")
    world.tick_until_quiet()
    world.at("2026-03-20")
    officer = Bearer(id="o", role="authority", jurisdiction="dazhou", party="office")
    own = open_page(world.ports, officer, world.now, own=True)["rows"]
    (review,) = [row for row in own if row["holder"] == "project#p1"]
    assert (review["title"]["zh"], review["state"], review["offices"]) == (
        "审查技术方案并批复概算",
        "overdue",
        ["市数字经济局"],
    )
    (unit,) = board(world.store, officer, world.now)["units"]
    late = [row for row in open_page(world.ports, officer, world.now)["rows"] if row["state"] == "overdue"]
    assert unit["overdue"] == len([row for row in late if not row["offices"]])


def test_the_list_is_of_the_days_that_are_asked_for_and_goes_on_page_by_page(world):
    for number in range(2, 6):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
        world.completed(f"p{number}", on=f"2026-01-1{number}")
    world.tick_until_quiet()
    whole = [row for row in open_page(world.ports, OFFICER, world.now, limit=99)["rows"] if row["due_on"]]
    since, until = whole[1]["due_on"], whole[-2]["due_on"]
    wanted = [row["obligation"] for row in whole if since <= row["due_on"] <= until]
    read, after = [], None
    while True:
        page = open_page(world.ports, OFFICER, world.now, after, since=since, until=until, limit=2)
        read += [row["obligation"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert read == wanted


def test_a_row_that_an_earlier_build_stored_with_less_is_shown_all_the_same(world):
    world.completed()
    world.tick()
    item = world.store.query("board#yunyang", prefix="open#", limit=1)[0]
    world.store.write([Put(item.key, {name: said for name, said in item.value.items() if name != "for"})])
    rows = open_page(world.ports, OFFICER, world.now)["rows"]
    assert rows[0]["for"] is None and rows[0]["title"]
