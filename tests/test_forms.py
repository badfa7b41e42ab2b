"""Every form is whole and says what it records; a faulty submission is answered so that a clerk can act."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from chalicelib.forms import CARRIED, KEYWORDS, FieldError, Forms, UnknownForm, is_classified

SCHEMAS = Path(__file__).parent.parent / "schemas"
FORMS = Forms.load(SCHEMAS / "forms")
FACTS = json.loads((SCHEMAS / "facts.schema.json").read_text("utf-8"))
META = Draft202012Validator(json.loads((SCHEMAS / "form.schema.json").read_text("utf-8")))
VOCABULARY = FACTS["$defs"]["event"]["enum"]
ANNOTATIONS = {"title", "description", "examples", "$schema", "$id"}
STRUCTURE = {"properties", "items", "allOf", "if", "then", "else"}
ASSERTIONS = set(KEYWORDS)


def raw(form_id: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / "forms" / f"{form_id}.json").read_text("utf-8"))


def example(form_id: str, **changes: Any) -> dict[str, Any]:
    """The form's first example with some fields set; None takes a field away."""
    body = {**deepcopy(FORMS.get(form_id)["examples"][0]), **changes}
    return {name: value for name, value in body.items() if value is not None}


def said(errors: tuple[FieldError, ...]) -> list[tuple[str, str, str]]:
    return [(error.field, error.message_zh, error.message_en) for error in errors]


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema, conditions included."""
    if not isinstance(schema, dict):
        return
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner)
    for keyword in ("items", "if", "then", "else"):
        yield from nodes(schema.get(keyword))
    for inner in schema.get("allOf", []):
        yield from nodes(inner)


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field a person fills in, at any depth; conditions only repeat them."""
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from fields(inner)
        yield from fields(inner.get("items", {}))


each_form = pytest.mark.parametrize("form_id", FORMS.ids())
each_example = pytest.mark.parametrize(
    ("form_id", "body"),
    [
        pytest.param(form_id, body, id=f"{form_id}-{number}")
        for form_id in FORMS.ids()
        for number, body in enumerate(FORMS.get(form_id)["examples"], 1)
    ],
)


# -- the forms themselves


@each_form
def test_a_form_is_written_as_the_form_schema_says(form_id):
    assert [f"{error.json_path}: {error.message}" for error in META.iter_errors(raw(form_id))] == []


@each_form
def test_a_form_is_json_schema_2020_12_with_and_without_its_shared_pieces_written_out(form_id):
    Draft202012Validator.check_schema(raw(form_id))
    Draft202012Validator.check_schema(dict(FORMS.get(form_id)))


@each_form
def test_a_form_is_named_as_its_file_and_asks_first_whether_it_is_classified(form_id):
    schema = raw(form_id)
    assert (schema["$id"], schema["x-duban"]["id"]) == (f"urn:duban:form:{form_id}", form_id)
    assert next(iter(schema["properties"])) == schema["required"][0] == "classified"
    assert set(schema["required"]) <= set(schema["properties"])


@each_form
def test_every_field_at_any_depth_has_a_title_an_example_and_english(form_id):
    for name, field in fields(dict(FORMS.get(form_id))):
        assert {"title", "description", "examples", "x-en"} <= set(field), name
        checker = Draft202012Validator(field, format_checker=FormatChecker())
        assert [error.message for each in field["examples"] for error in checker.iter_errors(each)] == [], name


@each_form
def test_labels_name_exactly_the_choices(form_id):
    for name, field in fields(dict(FORMS.get(form_id))):
        assert list(field.get("x-labels", field.get("enum", []))) == field.get("enum", []), name


@each_form
def test_a_form_uses_only_keywords_that_have_words_for_their_failure(form_id):
    for node in nodes(dict(FORMS.get(form_id))):
        ours = {keyword for keyword in node if keyword.startswith("x-")}
        assert set(node) - ours - ANNOTATIONS - STRUCTURE <= ASSERTIONS


@each_form
def test_writing_out_a_shared_piece_overrides_no_constraint_of_it(form_id):
    shared = raw("common")["$defs"]
    for _, field in fields(raw(form_id)):
        if "$ref" in field:
            piece = shared[field["$ref"].removeprefix("urn:duban:form:common#/$defs/")]
            assert set(field) & set(piece) & (ASSERTIONS | STRUCTURE) == set()


@each_form
def test_what_a_form_records_rests_on_its_own_fields_and_the_shared_words(form_id):
    schema = FORMS.get(form_id)
    properties, duban = schema["properties"], schema["x-duban"]
    for record in duban["records"]:
        event = record["event"]
        assert event in VOCABULARY if isinstance(event, str) else event["field"] in properties
        assert properties[record["on"]]["format"] == "date"
        assert {record[key] for key in CARRIED if key in record} | set(record.get("when", {})) <= set(properties)
    for fact, field in duban["sets"].items():
        holder, name = fact.split(".")
        assert name in FACTS["properties"][holder]["properties"]
        assert field in properties


def test_every_event_of_the_shared_words_is_recorded_by_a_form():
    recorded = {
        record["event"]
        for form_id in FORMS.ids()
        for record in FORMS.get(form_id)["x-duban"]["records"]
        if isinstance(record["event"], str)
    }
    assert set(VOCABULARY) - recorded == set()


def test_every_fact_of_project_and_unit_is_asked_by_a_form():
    asked = {fact for form_id in FORMS.ids() for fact in FORMS.get(form_id)["x-duban"]["sets"]}
    known = {f"{holder}.{name}" for holder in ("project", "unit") for name in FACTS["properties"][holder]["properties"]}
    assert known - asked == {"project.id", "unit.id"}


def test_the_generic_fulfilment_leaves_to_their_own_forms_exactly_the_shared_events():
    condition = raw("fulfilment")["allOf"][0]["then"]["properties"]["event"]
    assert condition["not"]["enum"] == VOCABULARY


DECISIONS = [
    each for each in FORMS.ids() if "answers" in FORMS.get(each)["x-duban"] and "result" in FORMS.get(each)["properties"]
]


def test_every_request_of_a_unit_is_decided_by_a_form():
    decided = {request for form_id in FORMS.ids() for request in FORMS.get(form_id)["x-duban"].get("answers", ())}
    asked = {form_id for form_id in FORMS.ids() if FORMS.get(form_id)["x-duban"]["nature"] == "request"}
    granted = {
        request
        for form_id in FORMS.ids()
        for request in FORMS.get(form_id)["x-duban"].get("answers", ())
        if "result" in FORMS.get(form_id)["properties"]
    }
    assert asked == decided == granted


@pytest.mark.parametrize("form_id", DECISIONS)
def test_a_refusal_says_why_and_an_approval_need_not(form_id):
    body = example(form_id, reason=None)
    assert FORMS.check(form_id, {**body, "result": "passed"}) == ()
    for result in ("failed", "returned"):
        faults = FORMS.check(form_id, {**body, "result": result})
        assert "“理由”没有填" in " ".join(fault.message_zh for fault in faults)
        assert not [
            fault
            for fault in FORMS.check(form_id, {**body, "result": result, "reason": "缺少材料"})
            if fault.field == "/reason"
        ]


def test_no_two_forms_take_the_same_place_in_the_life_of_a_project():
    places = [(FORMS.get(form_id)["x-duban"]["stage"], FORMS.get(form_id)["x-duban"]["step"]) for form_id in FORMS.ids()]
    assert len(set(places)) == len(places)


# -- good submissions


@each_example
def test_an_example_checks_clean(form_id, body):
    assert said(FORMS.check(form_id, body)) == []


@each_example
def test_an_example_is_valid_for_any_json_schema_validator(form_id, body):
    resources = [(raw(name)["$id"], Resource.from_contents(raw(name))) for name in (form_id, "common")]
    checker = Draft202012Validator(raw(form_id), registry=Registry().with_resources(resources), format_checker=FormatChecker())
    assert [error.message for error in checker.iter_errors(body)] == []


@each_example
def test_an_example_yields_milestones_and_facts_of_the_contract(form_id, body):
    stated = {
        **FORMS.facts(form_id, body),
        "jurisdiction": "yunyang",
        "milestones": [
            # Only these kinds of milestone may be a regulation's own, outside the shared words.
            milestone if form_id != "fulfilment" else {**milestone, "event": "fulfilled"}
            for milestone in FORMS.milestones(form_id, body)
        ],
    }
    checker = Draft202012Validator(FACTS, format_checker=FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(stated)] == []


@each_form
def test_every_record_of_a_form_is_shown_by_an_example(form_id):
    schema = FORMS.get(form_id)
    shown = [milestone for body in schema["examples"] for milestone in FORMS.milestones(form_id, body)]
    for record in schema["x-duban"]["records"]:
        keys = {"event", "on"} | {key for key in record if key in CARRIED or key == "planned"}
        event = record["event"]
        assert any(
            keys == set(milestone) and (not isinstance(event, str) or milestone["event"] == event) for milestone in shown
        ), record


def test_one_review_that_approves_the_estimate_records_both():
    body = example(
        "technical-review",
        attachments=None,
        reviewed_on="2026-04-28",
        approved_on="2026-04-29",
        approved_estimate="4600000.50",
    )
    assert FORMS.milestones("technical-review", body) == (
        {"event": "technical_review_passed", "on": "2026-04-28", "result": "passed"},
        {"event": "technical_plan_approved", "on": "2026-04-29", "result": "passed", "amount": "4600000.50"},
    )
    assert FORMS.facts("technical-review", body) == {
        "project": {"approved_estimate": "4600000.50"},
        "unit": {},
    }


def test_a_review_without_an_estimate_records_only_the_review():
    body = example("technical-review", approved_on=None, approved_estimate=None)
    assert [milestone["event"] for milestone in FORMS.milestones("technical-review", body)] == ["technical_review_passed"]


def test_a_failed_acceptance_is_recorded_as_failed():
    body = example("acceptance-result", stage="final", result="failed", attachments=None)
    assert FORMS.milestones("acceptance-result", body) == (
        {"event": "final_acceptance_passed", "on": "2027-10-20", "result": "failed"},
    )


def test_a_planned_day_is_marked_as_planned():
    body = example("superior-application", status="planned", amount=None, attachments=None)
    assert FORMS.milestones("superior-application", body) == (
        {"event": "superior_applied", "on": "2026-06-18", "planned": True},
    )


def test_a_correction_names_what_it_replaces_and_a_withdrawal_what_it_voids():
    correction = {
        "classified": False,
        "replaces": "m-1",
        "event": "contract_signed",
        "on": "2026-03-01",
        "reason": "误填",
    }
    assert FORMS.check("correction", correction) == ()
    assert FORMS.milestones("correction", correction) == ({"event": "contract_signed", "on": "2026-03-01", "replaces": "m-1"},)
    withdrawal = {**example("withdrawal"), "void": "m-1", "event": "declared", "on": "2026-03-02"}
    assert FORMS.milestones("withdrawal", withdrawal) == ({"event": "declared", "on": "2026-03-02", "void": "m-1"},)


def test_a_year_becomes_the_period_it_is_for_and_a_whole_amount_an_integer():
    body = example("investment-budget", for_year=2027, amount=3800000.0, attachments=None)
    assert FORMS.check("investment-budget", body) == ()
    (milestone,) = FORMS.milestones("investment-budget", body)
    assert milestone["for"] == "2027"
    assert (milestone["amount"], type(milestone["amount"])) == (3800000, int)


def test_attachments_are_recorded_by_name():
    body = example("funds-request", attachments=[{"name": "履约验收报告", "file": "file-1"}])
    assert FORMS.milestones("funds-request", body)[0]["attached"] == ["履约验收报告"]


def test_a_catalogue_fulfils_only_the_obligation_it_names():
    assert FORMS.milestones("resource-catalogue", example("resource-catalogue", of=None)) == ()


# -- classified


def test_nothing_else_of_a_classified_submission_is_looked_into():
    body = {"classified": True, "signed_on": "not a day", "secret": 1}
    assert is_classified(body)
    assert FORMS.check("contract", body) == ()
    assert FORMS.milestones("contract", body) == ()
    assert FORMS.facts("contract", body) == {"project": {}, "unit": {}}


@pytest.mark.parametrize("body", [{"classified": False}, {"classified": "true"}, {"classified": 1}, {}, [], "是", None])
def test_only_a_plain_yes_is_classified(body):
    assert not is_classified(body)


@pytest.mark.parametrize("changes", [{"classified": None}, {"classified": "是"}])
def test_until_it_is_known_not_to_be_classified_no_value_is_repeated(changes):
    errors = FORMS.check("construction-start", example("construction-start", started_on="8月10日", **changes))
    assert [(error.field, error.value) for error in errors] == [
        ("/classified", changes["classified"]),
        ("/started_on", None),
    ]
    assert "8月10日" not in repr(errors)


# -- faulty submissions: every error at once, in both languages, in the order of the form

FAULTY = {
    "an empty submission": (
        "construction-start",
        {},
        [
            ("/classified", "“是否涉密”没有填，请补上。", '"Classified" is missing; please fill it in.'),
            ("/started_on", "“开工日期”没有填，请补上。", '"Started on" is missing; please fill it in.'),
        ],
    ),
    "not even a form": (
        "construction-start",
        ["2026-08-10"],
        [
            (
                "",
                "“开工”的填法不对，应为一组填写项。",
                '"Construction start" is of the wrong kind; it must be a group of fields.',
            )
        ],
    ),
    "a day the calendar does not have": (
        "construction-start",
        {"classified": False, "started_on": "2026-02-30"},
        [
            (
                "/started_on",
                "“开工日期”不是日历上有的日期，请按“年-月-日”改正。",
                '"Started on" is not a day of the calendar; write it as YYYY-MM-DD.',
            )
        ],
    ),
    "a contract with everything wrong": (
        "contract",
        {
            "供应商名称": "某某公司",
            "zzzz": 1,
            "attachments": [{"file": "f-1"}],
            "om_contract_ends_on": None,
            "vendor": "91500235ma5u1abc2x",
            "vendor_name": "  ",
            "amount": "440万",
            "signed_on": 20260803,
            "classified": False,
        },
        [
            (
                "/signed_on",
                "“签订日期”的填法不对，应为日期，写作“年-月-日”，如 2026-03-01。",
                '"Signed on" is of the wrong kind; it must be a date written YYYY-MM-DD, such as 2026-03-01.',
            ),
            (
                "/amount",
                "“合同金额”的格式不对，应为以元为单位的金额：整数，或带两位以内小数的文字。",
                '"Contract amount" is not written as expected; it must be an amount in yuan: a '
                "whole number, or text "
                "with at most two decimals.",
            ),
            (
                "/vendor",
                "“供应商统一社会信用代码”的格式不对，应为18 位统一社会信用代码，字母用大写，不含 I、O、S、V、Z。",
                '"Vendor\'s credit code" is not written as expected; it must be a unified social '
                "credit code of 18 "
                "characters, capitals, without I, O, S, V, Z.",
            ),
            ("/vendor_name", "“供应商名称”不能为空，请填写。", '"Vendor" is empty; please fill it in.'),
            (
                "/om_contract_ends_on",
                "“运维合同到期日”是空值；没有可填的就不要带这一项，否则应为日期，写作“年-月-日”，如 2026-03-01。",
                '"O&M contract ends on" is null; leave the field out if there is nothing to say, '
                "else give a date "
                "written YYYY-MM-DD, such as 2026-03-01.",
            ),
            (
                "/attachments/0/name",
                "“附件 第1项 材料名称”没有填，请补上。",
                '"Attachments, item 1, Document" is missing; please fill it in.',
            ),
            ("/zzzz", "表中没有“zzzz”这一项，请删去。", 'the form has no field "zzzz"; please remove it.'),
            (
                "/供应商名称",
                "表中没有“供应商名称”这一项，是不是 vendor_name（供应商名称）？请改正或删去。",
                'the form has no field "供应商名称"; did you mean vendor_name? Please rename or remove it.',
            ),
        ],
    ),
    "a choice written in its Chinese words": (
        "trial-run",
        {"classified": False, "step": "试运行结束", "happened_on": "2026-03-02"},
        [
            (
                "/step",
                "“试运行进展”没有“试运行结束”这个选项，请从中选一项：started（试运行开始）、ended（"
                "试运行结束）。是不是 ended？",
                '"Step" has no choice "试运行结束"; choose one of: started, ended. Did you mean ended?',
            )
        ],
    ),
    "a refused extension with a new day": (
        "extension-decision",
        {
            "classified": False,
            "decided_on": "2027-12-01",
            "of": "x",
            "result": "failed",
            "until": "2028-03-31",
        },
        [
            (
                "/reason",
                "“理由”没有填，请补上。不通过或退回的，要写明理由，申请单位才知道怎么改。",
                '"Reason" is missing; please fill it in. A refusal or a return needs its reason: the unit has to know what to mend.',
            ),
            (
                "/until",
                "“准予延至”在此情形下不应填写，请删去。未准予延期的没有新期限。",
                '"Until" does not belong here in this case; please remove it. A refused extension has no new day.',
            ),
        ],
    ),
    "a granted extension without its day": (
        "extension-decision",
        {"classified": False, "decided_on": "2027-12-01", "of": "x", "result": "passed"},
        [
            (
                "/until",
                "“准予延至”没有填，请补上。准予延期的，要填延到哪一天。",
                '"Until" is missing; please fill it in. A granted extension needs its day.',
            )
        ],
    ),
    "a list that mixes listing and filing": (
        "annual-list",
        {
            "classified": False,
            "submitted_on": "2026-09-18",
            "for_year": 1999,
            "route": "list",
            "items": [
                {"name": "门户网站维护", "amount": 499999, "kind": "operation"},
                {"name": "智慧城管平台", "amount": 500000, "kind": "new"},
            ],
        },
        [
            ("/for_year", "“项目年度”不能小于 2000。", '"Year" must not be less than 2000.'),
            (
                "/items/0/amount",
                "“项目 第1项 投资额度”不能小于 500000。50 万元以下的项目请另报备案。",
                '"Projects, item 1, Amount" must not be less than 500000. Projects under 500,000 yuan go into a filing.',
            ),
        ],
    ),
    "an empty list that does not say so": (
        "annual-list",
        {"classified": False, "submitted_on": "2026-09-18", "for_year": 2027, "items": []},
        [
            (
                "/items",
                "“项目”至少要有 1 项，现有 0 项，请补上。确实没有项目的，请选“没有项目”。",
                '"Projects" has 0 items, needs 1; please add. If there is no project, say so under nothing_to_report.',
            )
        ],
    ),
    "a filing with a project of exactly 500,000 yuan": (
        "annual-list",
        {
            "classified": False,
            "submitted_on": "2026-09-18",
            "for_year": 2027,
            "route": "filing",
            "items": [{"name": "数字档案", "amount": 500000, "kind": "new"}],
        },
        [
            (
                "/items/0/amount",
                "“项目 第1项 投资额度”应小于 500000。50 万元以上的项目请列入清单。",
                '"Projects, item 1, Amount" must be less than 500000. Projects of 500,000 yuan or more go on the list.',
            )
        ],
    ),
    "a catalogue row without what its answers call for": (
        "resource-catalogue",
        {
            "classified": False,
            "submitted_on": "2026-09-10",
            "rows": [
                {
                    "department": "县城管局",
                    "resource_name": "处罚信息",
                    "format_category": "数据库类",
                    "format_type": "oracle",
                    "item_name": "处罚金额",
                    "data_length": 0,
                    "sharing": "不予共亨",
                    "open_to_public": True,
                    "update_cycle": "每日",
                }
            ],
        },
        [
            (
                "/rows/0/data_type",
                "“信息项 第1项 数据类型”没有填，请补上。结构化数据（电子表格、数据库类）应标明数据类型及数据长度。",
                '"Items, item 1, Data type" is missing; please fill it in. Structured data '
                "(tables, databases) needs "
                "its type and length.",
            ),
            (
                "/rows/0/data_length",
                "“信息项 第1项 数据长度”不能小于 1。",
                '"Items, item 1, Data length" must not be less than 1.',
            ),
            (
                "/rows/0/sharing",
                "“信息项 第1项 共享类型”没有“不予共亨”这个选项，请从中选一项：无条件共享、"
                "有条件共享、不予共享。是不是 不予共享？",
                '"Items, item 1, Sharing" has no choice "不予共亨"; choose one of: 无条件共享, '
                "有条件共享, 不予共享. "
                "Did you mean 不予共享?",
            ),
            (
                "/rows/0/open_condition",
                "“信息项 第1项 开放条件”没有填，请补上。向社会开放的要写明开放条件。",
                '"Items, item 1, Condition for opening" is missing; please fill it in. What is open needs its condition.',
            ),
        ],
    ),
    "a change that changes nothing": (
        "project-change",
        {"classified": False, "changed_on": "2026-03-02", "reason": "无"},
        [
            (
                "",
                "“项目情况变更”填写的项目太少。除日期和原因外，至少要填一项变更后的情况。",
                '"Project change" has too few fields filled in. Besides the day and the reason, '
                "give at least one "
                "thing that changed.",
            )
        ],
    ),
    "too long, too many, twice": (
        "return",
        {"classified": False, "returned_on": "2026-03-02", "of": "m 1", "reasons": ["字" * 4001, "缺"] * 26},
        [
            (
                "/of",
                "“对应事项或节点”的格式不对，应为事项或节点的编号。",
                '"About" is not written as expected; it must be the id of an obligation or milestone.',
            ),
            (
                "/reasons",
                "“退回理由”最多 50 项，现有 52 项，请删减。",
                '"Reasons" has 52 items, 50 at most; please remove.',
            ),
            *[
                (
                    f"/reasons/{number}",
                    f"“退回理由 第{number + 1}项”最多 4000 个字，现有 4001 个字，请删减。",
                    f'"Reasons, item {number + 1}" has 4001 characters, 4000 at most; please shorten it.',
                )
                for number in range(0, 52, 2)
            ],
        ],
    ),
    "the same document and defect twice": (
        "approval-application",
        {
            "classified": False,
            "applied_on": "2026-04-10",
            "documents": ["feasibility", "feasibility"],
            "total_investment": -5,
        },
        [
            (
                "/documents",
                "“报批文件”有重复的项，请删去。",
                '"Documents" has the same item twice; please remove one.',
            ),
            ("/total_investment", "“总投资”不能小于 0。", '"Total investment" must not be less than 0.'),
        ],
    ),
    "a shared event reported as a regulation's own": (
        "fulfilment",
        {"classified": False, "fulfilled_on": "2026-03-02", "event": "contract_signed"},
        [
            (
                "/event",
                "“办法特有的节点”在此情形下不应填写，请删去。这个节点有专门的表单，请用那张表填报。",
                '"Milestone of this regulation" does not belong here in this case; please remove '
                "it. That milestone "
                "has a form of its own; please use it.",
            )
        ],
    ),
}


@pytest.mark.parametrize(("form_id", "body", "expected"), FAULTY.values(), ids=FAULTY)
def test_every_error_is_given_at_once_in_chinese_and_english(form_id, body, expected):
    assert said(FORMS.check(form_id, body)) == expected


@pytest.mark.parametrize(("form_id", "body", "expected"), FAULTY.values(), ids=FAULTY)
def test_the_same_submission_gets_the_same_answer_whatever_the_order_of_its_fields(form_id, body, expected):
    turned = dict(reversed(body.items())) if isinstance(body, dict) else body
    assert said(Forms.load(SCHEMAS / "forms").check(form_id, turned)) == expected


def test_an_error_says_what_stood_there_what_is_expected_and_gives_an_example():
    (error,) = FORMS.check("contract", example("contract", vendor_name="某" * 300))
    assert error == FieldError(
        field="/vendor_name",
        value="某" * 39 + "…",
        expected_zh="200 字以内的文字",
        expected_en="text of at most 200 characters",
        example="重庆某某信息技术有限公司",
        message_zh="“供应商名称”最多 200 个字，现有 300 个字，请删减。",
        message_en='"Vendor" has 300 characters, 200 at most; please shorten it.',
    )


def test_a_choice_says_which_there_are():
    (error,) = FORMS.check("surplus", example("surplus", step="x"))
    assert (error.expected_zh, error.expected_en, error.example) == (
        "下列之一：found（有结余）、returned（已退回）",
        "one of: found, returned",
        "found",
    )


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({"name": "张三", "phone": "1381234567"}, "/contact/phone"),
        ({"name": "张三" * 30, "phone": "13812345678"}, "/contact/name"),
        ("张三 1381234567", "/contact"),
        ({"name": "张三", "phone": "13812345678", "张三": "1381234567"}, "/contact/张三"),
    ],
)
def test_personal_data_is_never_repeated(contact, field):
    (error,) = FORMS.check("project-declaration", example("project-declaration", contact=contact))
    assert (error.field, error.value) == (field, None)
    assert "1381234567" not in error.message_zh + error.message_en


@pytest.mark.parametrize("phone", ["13812345678", "023-55128091", "02355128091", "0818-2141234", "0818-2141234-801"])
def test_phone_numbers_as_people_write_them_are_taken(phone):
    body = example("project-declaration", contact={"name": "张三", "phone": phone})
    assert FORMS.check("project-declaration", body) == ()


@pytest.mark.parametrize("phone", ["12812345678", "1381234567", "55128091", "13812345678\n", "１３８１２３４５６７８"])
def test_phone_numbers_that_cannot_be_called_are_not(phone):
    body = example("project-declaration", contact={"name": "张三", "phone": phone})
    assert [error.field for error in FORMS.check("project-declaration", body)] == ["/contact/phone"]


@pytest.mark.parametrize("day", ["2026-02-30", "2027-02-29", "2026-2-3", "20260203", "2026/02/03", "2026-W05-2", ""])
def test_a_day_must_be_one_the_calendar_has_written_in_full(day):
    assert [error.field for error in FORMS.check("completion", example("completion", completed_on=day))] == ["/completed_on"]


def test_the_leap_day_is_a_day():
    assert FORMS.check("completion", example("completion", completed_on="2028-02-29")) == ()


@pytest.mark.parametrize("amount", [0, 5000000, "5000000", "5000000.5", "0.01"])
def test_amounts_are_whole_yuan_or_a_decimal_text(amount):
    assert FORMS.check("om-budget", example("om-budget", amount=amount)) == ()


@pytest.mark.parametrize("amount", [-1, 0.5, "1.234", "1,000", "", "-1", True, "５００"])
def test_other_amounts_are_refused(amount):
    assert [error.field for error in FORMS.check("om-budget", example("om-budget", amount=amount))] == ["/amount"]


@pytest.mark.parametrize("number", ["云阳府办规[2022]4号", "云阳府办规(2022)4号", "〔2022〕4号", "云阳府办规〔2022〕号"])
def test_a_document_number_wants_the_printed_brackets(number):
    (error,) = FORMS.check("waiver", example("waiver", document_number=number))
    assert (error.field, error.value, error.example) == ("/document_number", number, "云阳府办规〔2022〕4号")


@pytest.mark.parametrize(
    ("basis", "missing"),
    [
        ({"kind": "superior_document"}, ["document_name", "document_number"]),
        ({"kind": "superior_document", "document_name": "通知"}, ["document_number"]),
        ({"kind": "leader_instruction"}, ["explanation"]),
        ({"kind": "superior_requirement"}, ["explanation"]),
        ({"kind": "business_need"}, ["explanation"]),
    ],
)
def test_a_declaration_by_document_names_it_and_any_other_explains_itself(basis, missing):
    errors = FORMS.check("project-declaration", example("project-declaration", basis=[basis]))
    assert [error.field for error in errors] == [f"/basis/0/{name}" for name in missing]


def test_structured_data_needs_its_type_and_length_and_a_film_does_not():
    row = example("resource-catalogue")["rows"][0]
    bare = {name: value for name, value in row.items() if name not in ("data_type", "data_length")}
    rows = [
        bare,
        {**bare, "format_category": "流媒体类"},
        {**bare, "format_category": "自表述格式", "data_type": "C"},
    ]
    errors = FORMS.check("resource-catalogue", example("resource-catalogue", rows=rows))
    assert [error.field for error in errors] == [
        "/rows/0/data_type",
        "/rows/0/data_length",
        "/rows/2/data_length",
    ]


def test_a_pointer_escapes_what_json_pointer_escapes():
    (error,) = FORMS.check("completion", {**example("completion"), "a/b~c": 1})
    assert error.field == "/a~1b~0c"


def test_an_unknown_form_is_named_with_the_nearest_known():
    with pytest.raises(UnknownForm, match="did you mean annual-list"):
        FORMS.check("annual_list", {})
