"""Forms handed in by spreadsheet: a list's items are rows, other forms a row each; the same content is handed in once."""

import pytest

from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.tables import imports
from tests.usecases.filling import admin, bring_in, check, csv_of, filled, template, told

CLERK = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="unit")
LIST = "form:annual-list"


@pytest.fixture
def autumn(world):
    """The last days of September."""
    world.at("2026-09-21")
    return world


def bodies(world, partition="party#unit"):
    return [item.value["body"] for item in world.store.query(partition, prefix="submission#")]


def items(count, **first):
    """A list of so many projects: what is beside the items stands in the first row."""
    head = {"unit": "unit", "classified": "否", "submitted_on": "2026年9月18日", "for_year": 2027, "route": "列入清单", **first}
    rows = [{"items/name": f"平台{number}", "items/amount": 150, "items/kind": "新建"} for number in range(count)]
    return [{**(head if number == 0 else {}), **row} for number, row in enumerate(rows)]


def test_a_list_is_one_submission_with_an_item_a_row(autumn):
    content = filled(template(autumn, LIST, CLERK), items(3), {"items/amount": "投资额度（万元）"})
    assert bring_in(autumn, LIST, content, CLERK)["counts"] == {"new": 1, "changed": 0}
    (body,) = bodies(autumn)
    assert body["items"] == [{"name": f"平台{number}", "amount": 1_500_000, "kind": "new"} for number in range(3)]
    assert (body["submitted_on"], body["for_year"], body["route"], body["classified"]) == ("2026-09-18", 2027, "list", False)
    assert [row["is"]["for"] for row in autumn.rows("party#unit").values() if row["is"]["done_on"] == "2026-09-18"] == ["2027"]


def test_the_same_list_again_is_not_handed_in_twice_and_another_is(autumn):
    content = filled(template(autumn, LIST, CLERK), items(3), {"items/amount": "投资额度（万元）"})
    bring_in(autumn, LIST, content, CLERK)
    assert bring_in(autumn, LIST, content, CLERK) is None
    bring_in(autumn, LIST, filled(template(autumn, LIST, CLERK), items(4), {"items/amount": "投资额度（万元）"}), CLERK)
    assert sorted(len(body["items"]) for body in bodies(autumn)) == [3, 4]


def test_the_faults_of_a_list_are_told_at_the_cells_they_are_in(autumn):
    rows = items(4)
    rows[1]["items/amount"] = 120000.5
    rows[2]["items/kind"] = "新的"
    rows[3]["items/name"] = None
    rows[0]["items/amount"] = 400000  # under 500,000 yuan: not for the list
    for row in rows[3:]:
        row["items/amount"] = 600000
    rows[2]["items/amount"] = 600000
    faults = check(autumn, LIST, filled(template(autumn, LIST, CLERK), rows), CLERK).faults
    assert [(fault.address, fault.title) for fault in faults] == [
        ("H4", "投资额度"), ("H5", "投资额度"), ("I6", "项目类型"), ("G7", "项目名称"),
    ]  # fmt: skip
    assert "50 万元以下的项目请另报备案" in faults[0].zh


def test_lists_of_several_units_stand_in_one_file(autumn):
    autumn.unit("two")
    rows = items(2, **{"items/amount": 0}) + [{**row, **({"unit": "two"} if "unit" in row else {})} for row in items(3)]
    for row in rows:
        row["items/amount"] = 900_000
    record = bring_in(autumn, LIST, filled(template(autumn, LIST), rows))
    assert record["counts"]["new"] == 2
    assert (len(bodies(autumn)[0]["items"]), len(bodies(autumn, "party#two")[0]["items"])) == (2, 3)


def test_a_unit_with_nothing_to_report_says_so(autumn):
    head = {"unit": "unit", "classified": "否", "submitted_on": "2026-09-18", "for_year": 2027, "nothing_to_report": "是"}
    bring_in(autumn, LIST, filled(template(autumn, LIST, CLERK), [head]), CLERK)
    assert bodies(autumn)[0]["items"] == []


def test_the_unit_may_be_told_beside_a_file_that_does_not_name_it(autumn):
    content = csv_of(
        ["是否涉密", "报送日期", "项目年度", "项目名称", "投资额度（万元）", "项目类型"],
        [["否", "2026/9/18", "2027年", "平台", "80", "新建"], ["", "", "", "平台二", "90", "改扩建"]],
        "gb18030",
    )
    assert check(autumn, LIST, content, CLERK).faults[0].zh.startswith("缺少“单位”")
    bring_in(autumn, LIST, content, CLERK, unit="unit")
    assert [item["amount"] for item in bodies(autumn)[0]["items"]] == [800_000, 900_000]


def test_a_form_that_is_no_list_is_a_row_each(world):
    world.project("p2")
    world.at("2026-12-20")
    rows = [
        {
            "project": project,
            "classified": "否",
            "submitted_on": "2026-12-18",
            "for_year": 2026,
            "attachments": "绩效报告；佐证材料",
        }
        for project in ("p1", "p2")
    ]
    record = bring_in(world, "form:annual-report", filled(template(world, "form:annual-report", CLERK), rows), CLERK)
    assert record["counts"]["new"] == 2
    (body,) = bodies(world, "project#p2")
    assert body["attachments"] == [{"name": "绩效报告"}, {"name": "佐证材料"}]
    world.assert_as_rebuilt("project#p2")


def test_what_the_text_forbids_is_told_before_anything_is_stored(world):
    row = {"project": "p1", "classified": "否", "applied_on": "2026-01-15", "stage": "竣工验收"}
    columns = {column.key: column for column in imports.template(world.ports, CLERK, "form:acceptance-application").columns}
    row["stage"] = next(iter(columns["stage"].choices.values()))
    faults = check(
        world, "form:acceptance-application", filled(template(world, "form:acceptance-application", CLERK), [row]), CLERK
    ).faults
    assert [fault.row for fault in faults] == [4]
    assert bodies(world, "project#p1") == []


def test_a_declaration_with_people_and_groups_goes_into_one_row(world):
    form = "form:project-declaration"
    example = world.ports.forms.get("project-declaration")["examples"][0]
    blank = imports.template(world.ports, CLERK, form)
    row = {}
    for column in blank.columns:
        value = example
        for part in column.key.split("/"):
            value = (
                value[int(part)]
                if part.isdecimal() and int(part) < len(value)
                else value.get(part)
                if isinstance(value, dict)
                else None
            )
            if value is None:
                break
        if value is not None:
            row[column.key] = column.shown(value)
    world.at("2026-09-12")
    record = bring_in(world, form, filled(template(world, form, CLERK), [{**row, "project": "p1"}]), CLERK)
    assert record["counts"]["new"] == 1
    places = {
        name
        for name, field in world.ports.forms.get("project-declaration")["properties"].items()
        if "yunyang" in field.get("x-places", ["yunyang"])
    }
    assert bodies(world, "project#p1") == [{name: value for name, value in example.items() if name in places}]


def test_what_may_be_a_secret_ends_there(autumn):
    rows = items(2)
    rows[0]["classified"] = "是"
    rows[0]["items/name"] = "机密项目"
    faults = check(autumn, LIST, filled(template(autumn, LIST, CLERK), rows), CLERK).faults
    assert ("B4", None) in [(fault.address, fault.value) for fault in faults]
    assert "机密项目" not in str([fault.as_json() for fault in faults])
    assert bodies(autumn) == []


def test_an_officers_form_is_not_a_units(autumn):
    row = {"classified": "否", "submitted_on": "2026-09-18", "for_year": 2027}
    faults = check(autumn, "form:annual-plan", filled(template(autumn, "form:annual-plan"), [row]), CLERK).faults
    assert [fault.row for fault in faults] == [4]
    officer = Bearer(id="o", role="authority", jurisdiction="yunyang", party="office")
    autumn.office()
    assert told(check(autumn, "form:annual-plan", filled(template(autumn, "form:annual-plan"), [row]), officer)) == []


@pytest.mark.parametrize("kind", ["units", "contacts", "projects"])
def test_every_template_is_accepted_once_its_own_example_is_filled_in(world, kind):
    table = imports.template(world.ports, admin(), kind)
    row = {column.key: column.shown(column.example) for column in table.columns if column.example is not None}
    own = {"units": {"id": "new", "parent": "unit"}, "contacts": {"unit": "unit"}, "projects": {"unit": "unit", "id": "new"}}[
        kind
    ]
    assert told(check(world, kind, filled(template(world, kind), [{**row, **own}]))) == []
