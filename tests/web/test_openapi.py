"""The description of the API is a sound OpenAPI 3.1 document, and tells of every route and of nothing else."""

import re
from collections import Counter

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib import bootstrap

from .described import DOCUMENT, URL, faults, operations, resolved

OPERATIONS = [pytest.param(method, path, operation, id=f"{method} {path}") for method, path, operation in operations()]
WITH_BODY = [case for case in OPERATIONS if "application/json" in case.values[2].get("requestBody", {}).get("content", {})]
each_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)


def media_type(operation):
    ((kind, content),) = operation["requestBody"]["content"].items()
    assert kind == "application/json"
    return content


def parameters(operation):
    return [resolved(parameter) for parameter in operation["parameters"]]


def test_the_document_is_openapi_3_1_and_names_this_installation():
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [server["url"] for server in DOCUMENT["servers"]] == [URL]


def test_every_route_of_the_app_is_described_and_nothing_else():
    registered = {
        (method, path)
        for path, methods in app.routes.items()
        for method, route in methods.items()
        if not route.view_function.__module__.startswith("chalicelib.web.pages.")  # those are for people
    }
    assert {(method, path) for method, path, _ in operations()} == registered


def test_operations_have_names_of_their_own():
    assert [
        name for name, times in Counter(operation["operationId"] for _, _, operation in operations()).items() if times > 1
    ] == []


@each_operation
def test_an_operation_is_told_in_chinese_and_in_english(method, path, operation):
    assert re.search("[\u4e00-\u9fff]", operation["summary"])
    assert operation["description"].startswith(operation["summary"])
    assert operation["description"].rsplit("。", 1)[1].strip().isascii()


@each_operation
def test_the_parameters_of_a_path_are_those_in_its_braces(method, path, operation):
    in_path = [parameter for parameter in parameters(operation) if parameter["in"] == "path"]
    assert [parameter["name"] for parameter in in_path] == re.findall(r"\{(\w+)\}", path)
    assert all(parameter["required"] for parameter in in_path)


@each_operation
def test_everything_under_api_needs_a_token_and_nothing_else_does(method, path, operation):
    needs_token = operation.get("security", DOCUMENT["security"]) == [{"token": []}]
    assert needs_token == path.startswith("/api/") == ("401" in operation["responses"])


@each_operation
def test_what_stores_takes_an_idempotency_key_but_for_tokens_and_codes_which_are_shown_once(method, path, operation):
    takes_key = "Idempotency-Key" in [parameter["name"] for parameter in parameters(operation)]
    is_shown_once = path in ("/api/v1/tokens", "/api/v1/feeds") or path.endswith("/codes")
    assert takes_key == (bool({"201", "202"} & set(operation["responses"])) and not is_shown_once)


@each_operation
def test_every_refusal_is_a_problem(method, path, operation):
    for status, response in operation["responses"].items():
        kinds = set(resolved(response)["content"])
        assert (kinds == {"application/problem+json"}) == (status not in ("200", "201", "202", "503")), status


@pytest.mark.parametrize(("method", "path", "operation"), WITH_BODY)
def test_every_example_of_a_body_is_one_that_the_operation_takes(method, path, operation):
    content = media_type(operation)
    named = [resolved(example)["value"] for example in content.get("examples", {}).values()]
    examples = named + resolved(content["schema"]).get("examples", [])
    assert examples
    assert [fault for example in examples for fault in faults(content["schema"], example)] == []


@pytest.mark.parametrize("form", bootstrap.forms().ids())
def test_a_form_is_described_once_with_an_example_where_it_is_to_be_sent(form):
    subject = bootstrap.forms().get(form)["x-duban"]["subject"]
    place = {"project": "projects/{project}", "unit": "parties/{party}", "jurisdiction": "jurisdictions/{jurisdiction}"}[
        subject
    ]
    taking = [
        path for _, path, operation in (case.values for case in WITH_BODY) if form in media_type(operation).get("examples", {})
    ]
    assert taking == [f"/api/v1/{place}/submissions/{{form}}"]
    content = media_type(DOCUMENT["paths"][taking[0]]["post"])
    assert {"$ref": f"#/components/schemas/{form}"} in resolved(content["schema"])["anyOf"]
    assert faults({"$ref": f"#/components/schemas/{form}"}, resolved(content["examples"][form])["value"]) == []
    assert form in [
        value
        for parameter in parameters(DOCUMENT["paths"][taking[0]]["post"])
        if parameter["name"] == "form"
        for value in parameter["schema"]["enum"]
    ]


def test_a_body_that_is_no_form_fits_none():
    schema = {"$ref": "#/components/schemas/ProjectForm"}
    assert faults(schema, {"classified": False, "nonsense": 1})
    assert faults({"$ref": "#/components/schemas/completion"}, {"classified": False})


@pytest.mark.parametrize("event", ["construction_completed", "security_tested"])
def test_facts_may_tell_of_events_that_only_one_rulebook_knows(event):
    facts = {"jurisdiction": "dazhou", "milestones": [{"event": event, "on": "2026-03-31"}]}
    assert faults({"$ref": "#/components/schemas/Facts"}, facts) == []
    assert faults({"$ref": "#/components/schemas/Facts"}, {**facts, "milestones": [{"event": event}]})
