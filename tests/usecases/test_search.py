"""A project, a unit, a duty, a receipt: found by what somebody has of it, at the same cost whatever is stored."""

import pytest

from chalicelib.ports import Delete, Key, Put
from chalicelib.usecases.clockwork import rounds
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import references
from chalicelib.usecases.state.references import receipt_number, reference
from chalicelib.usecases.state.tally import LISTS, forget, unit_board
from chalicelib.usecases.state.unit_projects import A_READ, MOST_READ
from chalicelib.usecases.views.search import exact, named
from tests.usecases.doubles import PowerCut

OFFICER = Bearer(id="o", role="authority", jurisdiction="yunyang", party="office")
CLERK = Bearer(id="unit/clerk", role="unit", jurisdiction="yunyang", party="unit")
ELSEWHERE = Bearer(id="o", role="authority", jurisdiction="dazhou", party="office")


@pytest.fixture
def town(make_world):
    world = make_world()
    world.unit("unit", name="县人民医院")
    world.unit("school", name="县第一中学", uscc="91350100M000100Y43")
    world.project("p1", name="县域医共体平台（一期）", code="2603-500235-04-05-123456")
    world.project("p2", unit="school", name="智慧校园平台建设与平台运维")
    world.tick_until_quiet()
    return world


LONG = "".join(f"应急指挥{chr(0x4E00 + number * 7)}会商" for number in range(28))


def found(world, words, bearer=OFFICER, what="projects", **more):
    return [row["id"] for row in named(world.ports, bearer, what, words, world.now, **more)["rows"]]


@pytest.mark.parametrize(
    "words", ["医共体", "平台（一期", "县域", "共体　平台", "平台(一期)", "2603", "123456", "p1", "医共体 人民医院"]
)
def test_a_part_of_the_name_the_code_or_the_unit_beside_it_is_enough(town, words):
    assert found(town, words) == ["p1"]


def test_a_name_that_holds_the_word_twice_is_listed_once(town):
    assert sorted(found(town, "平台")) == ["p1", "p2"]
    assert found(town, "不存在") == found(town, "") == []


def test_units_are_found_by_their_names_and_offices_are_no_units(town):
    town.office(name="县大数据局")
    town.tick_until_quiet()
    assert found(town, "第一中学", what="units") == ["school"]
    assert found(town, "大数据", what="units") == []


def test_nobody_finds_what_is_another_s(town):
    assert found(town, "平台", ELSEWHERE) == []
    assert found(town, "平台", CLERK) == ["p1"]
    assert found(town, "中学", CLERK, "units") == []
    for word in ("p2", "school"):
        assert not any(exact(town.ports, CLERK, word, town.now).values()), word


@pytest.mark.parametrize("words", ["一期", "235-04", "05-123456", "P1", "一期 人民医院", "医共体 2603 p1"])
def test_a_clerk_finds_what_an_officer_finds_of_it(town, words):
    town.project("p3", name="平台二期")
    assert found(town, words, CLERK) == ["p1"]
    assert found(town, "平台二期 单位", CLERK) == [] and found(town, "平台二期 人民医院", CLERK) == ["p3"]


def test_a_clerk_of_very_many_projects_looks_through_them_a_part_at_a_time(town):
    for number in range(MOST_READ * 2 + 1):
        key = Key(f"project#n{number:04d}", "profile")
        name = f"系统{number}"
        town.store.inner.write(
            [
                Put(Key("party#unit", f"project#n{number:04d}"), {"name": name}),
                Put(key, {"id": f"n{number:04d}", "name": name, "unit": "unit", "jurisdiction": town.place}),
            ]
        )
    before, after, pages = town.store.reads, None, []
    while after or not pages:
        page = named(town.ports, CLERK, "projects", "医共体", town.now, after)
        pages.append(page["rows"])
        cost, before, after = town.store.reads - before, town.store.reads, page["next"]
        assert cost <= 2 * MOST_READ // A_READ + 5
    assert [[row["id"] for row in rows] for rows in pages] == [[], [], ["p1"]]


def test_pages_follow_one_another_and_leave_none_out(town):
    for number in range(10, 17):
        town.project(f"n{number}", name=f"乡镇平台{number}")
    town.tick_until_quiet()
    seen, after = [], None
    while True:
        page = named(town.ports, OFFICER, "projects", "平台", town.now, after, limit=3)
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(["p1", "p2", *(f"n{number}" for number in range(10, 17))])


def test_a_search_costs_the_same_in_a_place_of_many(town):
    def reads():
        before = town.store.reads
        found(town, "医共体")
        return town.store.reads - before

    few = reads()
    for number in range(40):
        town.project(f"n{number}", name=f"乡镇卫生院信息系统{number}")
    town.tick_until_quiet()
    assert reads() == few


def test_who_is_renamed_is_found_by_the_new_name_and_shown_by_it_everywhere(town):
    town.submit("project-change", project_name="紧密型医共体数字底座", changed_on="2026-01-20")
    town.submit("unit-details", "unit", name="县总医院", parent=None)
    town.tick_until_quiet()
    assert found(town, "数字底座") == ["p1"] and found(town, "县域") == []
    assert found(town, "总医院", what="units") == ["unit"] and found(town, "人民医院", what="units") == []
    assert town.store.get(Key("party#unit", "project#p1")).value["name"] == "紧密型医共体数字底座"
    assert town.store.get(Key("jurisdiction#yunyang", "party#unit")).value["name"] == "县总医院"


@pytest.mark.parametrize("writes", range(3))
def test_a_death_in_the_middle_leaves_nothing_unfindable(town, writes):
    town.project("p3", name=LONG)
    town.store.dies_after(writes)
    with pytest.raises(PowerCut):
        town.tick()
    town.store.revives()
    town.tick_until_quiet()
    assert found(town, LONG[100:130]) == ["p3"]


def test_what_is_removed_is_not_found(town):
    forget(town.ports, "project#p1")
    assert not [
        item for item in town.store.everything() if item.partition == "names#yunyang" and item.sort.endswith("project#p1")
    ]


# By numbers


def test_a_receipt_is_found_by_its_number_and_by_the_id_it_was_made_of(town):
    ident = town.submit("completion", completed_on="2026-01-15")["submission"]
    number = receipt_number(ident)
    assert len(number) == 8 and set(number) <= set(references.ALPHABET)
    for word in (number, number.lower(), f"{number[:4]}-{number[4:]}", ident):
        (receipt,) = exact(town.ports, CLERK, word, town.now)["receipts"]
        assert (receipt["id"], receipt["kind"], receipt["subject"]) == (ident, "project", "p1")
    other = Bearer(id="school/w", role="unit", jurisdiction="yunyang", party="school")
    for stranger in (other, ELSEWHERE):
        assert exact(town.ports, stranger, number, town.now)["receipts"] == []


def test_the_number_of_a_form_begun_on_a_page_ends_with_its_receipt_s():
    assert receipt_number("20260831-7K3MXQ9A") == "7K3MXQ9A"


def test_a_duty_is_found_by_the_six_digits_that_messages_and_pages_show(town):
    town.submit("completion", completed_on="2026-01-15")
    town.tick_until_quiet()
    row = town.row("apply-for-acceptance")["is"]
    (duty,) = exact(town.ports, OFFICER, reference(row["id"])[:6].upper(), town.now)["duties"]
    assert duty["id"] == row["id"] and duty["subject"] == "县域医共体平台（一期）"
    assert references.find(town.store, reference(row["id"])) == ("project#p1", row["id"])


def test_a_duty_whose_number_has_no_letter_is_told_from_a_receipt(town):
    town.store.write([Put(Key("reference#123456", "1234567890abcdef"), {"holder": "project#p1", "obligation": "gone"})])
    assert not any(exact(town.ports, OFFICER, "123456", town.now)["receipts"])
    assert references.called(town.store, "123456") == [("project#p1", "gone")]


def test_a_reference_kept_where_it_used_to_be_is_still_followed(town):
    town.store.write([Put(Key("reference#0123456789abcdef", "obligation"), {"holder": "project#p1", "obligation": "x"})])
    assert references.find(town.store, "0123456789abcdef") == ("project#p1", "x")


def test_a_project_is_found_by_its_code_and_a_unit_by_its_uscc(town):
    assert [row["id"] for row in exact(town.ports, OFFICER, "2603-500235-04-05-123456", town.now)["projects"]] == ["p1"]
    assert [row["id"] for row in exact(town.ports, OFFICER, "91350100M000100Y43", town.now)["units"]] == ["school"]


# A store from before


def test_a_store_counted_by_an_older_program_is_counted_anew_by_itself(town):
    """It has no lists of units, no names, no numbers of receipts: what they would hold is there after the next ticks."""
    town.submit("completion", completed_on="2026-01-15")
    town.tick_until_quiet()
    whole = _listed(town)
    _as_it_was_before(town)
    assert found(town, "医共体") == []
    town.tick()  # begins the work
    town.tick_until_quiet()
    assert found(town, "医共体") == ["p1"]
    assert _listed(town) == whole
    done = town.store.get(Key("job#recount", "job"))
    town.tick()
    town.tick_until_quiet()
    assert (done.value["state"], town.store.get(done.key)) == ("done", done), "once is enough"
    assert town.store.get(rounds.ROUNDS).value["lists"] == LISTS


def _listed(world):
    """Every entry of the lists that were introduced later."""
    partitions = ("names#", "reference#", unit_board(""))
    return {key: world.store.get(key).value for key in world.store.everything() if key.partition.startswith(partitions)}


def _as_it_was_before(world):
    old = [Delete(key) for key in _listed(world)]
    for key in world.store.everything():
        value = world.store.get(key).value
        if key.sort == "tally":
            old.append(Put(key, {"counted": value["counted"]}))
        elif key == rounds.ROUNDS:
            old.append(Put(key, {name: said for name, said in value.items() if name != "lists"}))
    for start in range(0, len(old), 90):
        world.store.write(old[start : start + 90])
