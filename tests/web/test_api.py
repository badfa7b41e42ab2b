"""The API as a user meets it: through the gateway, on a store of its own, on Monday 2026-08-31 at 10:00 in Shanghai.

Every answer is held against the description of its operation, and every refusal is seen to have changed nothing.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.core.ledger import GENESIS
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.signing_in.access import revoke_token
from chalicelib.usecases.state.account import verify
from chalicelib.web.shapes import HOLIDAYS

from . import described
from .installation import NOW
from .small_app import by_wsgi

COMPLETED = {"classified": False, "completed_on": "2026-03-31"}
OM_BUDGET = {"classified": False, "submitted_on": "2026-08-28", "for_year": 2027, "amount": 450_000}
SECRET = "北斗三号地面站"  # stands for what must never be kept
PROJECT = "/api/v1/projects/p1"
FORMS = f"{PROJECT}/submissions"


def fields(problem):
    return [error["field"] for error in problem["errors"]]


# -- parties, contacts, projects


def test_an_admin_registers_a_unit_whose_annual_duties_are_known_at_once(api):
    party = api.post("admin", "/api/v1/parties", {"id": "yy-culture", "name": "县文化旅游委", "kind": "department"})
    assert (party["jurisdiction"], party["is_unit"], party["tracked_since"]) == ("yunyang", True, "2026-08-31")
    assert api.get("admin", "/api/v1/parties/yy-culture") == party
    owed = api.get("admin", "/api/v1/parties/yy-culture/obligations")["obligations"]
    assert ("7", "2026-09-30", "2027") in [(one["article"], one["due_on"], one["for"]) for one in owed]


def test_a_unit_sees_itself_and_an_officer_the_whole_place(api):
    def ids(who, what):
        return {one["id"] for one in api.get(who, f"/api/v1/{what}")[what]}

    assert (ids("clerk", "parties"), ids("clerk", "projects")) == ({"yy-health"}, {"p1"})
    assert (ids("officer", "parties"), ids("officer", "projects")) == ({"yy-health", "yy-edu", "yy-data"}, {"p1", "p2"})
    assert (ids("far admin", "parties"), ids("far admin", "projects")) == (set(), set())


def test_a_contacts_addresses_are_never_shown_whole(api):
    told = api.post(
        "clerk",
        "/api/v1/parties/yy-health/contacts",
        {"id": "wang", "name": "王芳", "channels": [{"channel": "console", "address": "13800001234"}]},
        key="c-1",
    )
    assert told["channels"] == [{"channel": "console", "address": "13*******34"}]
    assert api.get("officer", "/api/v1/parties/yy-health/contacts") == {"contacts": [told]}
    again = api.ask(
        "clerk",
        "POST",
        "/api/v1/parties/yy-health/contacts",
        {"id": "wang", "name": "王芳", "channels": [{"channel": "console", "address": "13800001234"}]},
        key="c-1",
    )
    assert (again.status, again.json) == (201, told)


def test_a_token_that_an_admin_makes_is_good_at_once_and_is_not_stored(api):
    told = api.post("admin", "/api/v1/tokens", {"role": "unit", "party": "yy-health"})
    assert api.get(told["token"], PROJECT)["id"] == "p1"
    assert told["token"] not in str(api.dump())


# -- submissions


def test_a_submission_is_answered_with_what_follows_from_it(api):
    receipt = api.post("clerk", f"{FORMS}/completion", COMPLETED)
    assert [(one["event"], one["on"]) for one in receipt["milestones"]] == [("construction_completed", "2026-03-31")]
    # half a year from 2026-03-31 is Wed 2026-09-30: the day that corresponds, or the month's last
    assert [(one["article"], one["due_on"], one["form"]) for one in receipt["obligations"]] == [
        ("25", "2026-09-30", "acceptance-application")
    ]
    assert [one["id"] for one in api.get("clerk", f"{PROJECT}/submissions")["submissions"]] == [receipt["submission"]]
    assert api.get("clerk", f"{PROJECT}/milestones")["milestones"] == receipt["milestones"]
    owed = {one["id"]: one for one in api.get("clerk", f"{PROJECT}/obligations")["obligations"]}
    assert {one["due_on"] for one in receipt["obligations"]} == {owed[one["id"]]["due_on"] for one in receipt["obligations"]}
    coming = api.get("clerk", f"{PROJECT}/future")["messages"]
    assert {one["obligation"] for one in coming} == {one["id"] for one in receipt["obligations"]}


def test_the_same_key_and_body_are_answered_identically_and_stored_once(api):
    first = api.ask("clerk", "POST", f"{FORMS}/completion", COMPLETED, key="k")
    before = api.dump()
    again = api.ask("clerk", "POST", f"{FORMS}/completion", COMPLETED, key="k")
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert api.dump() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{FORMS}/completion", {**COMPLETED, "completed_on": "2026-04-01"}),
        (f"{FORMS}/trial-run", {"classified": False, "step": "started", "happened_on": "2026-04-01"}),
        ("/api/v1/projects", {"id": "p9", "name": "另一个"}),
    ],
    ids=["another body", "another form", "another address"],
)
def test_a_key_used_for_something_else_is_a_conflict(api, path, body):
    api.post("clerk", f"{FORMS}/completion", COMPLETED, key="k")
    assert "Idempotency-Key" in api.refused(409, "conflict", "clerk", "POST", path, body, key="k")["detail"]


def test_two_who_choose_the_same_key_do_not_meet(api):
    mine = api.post("clerk", f"{FORMS}/completion", COMPLETED, key="k")
    theirs = api.post("other", "/api/v1/projects/p2/submissions/completion", COMPLETED, key="k")
    assert mine["submission"] != theirs["submission"]


def test_what_if_gives_the_same_answer_and_stores_nothing(api):
    before = api.dump()
    tried = api.ask("clerk", "POST", f"{FORMS}/completion?record=false", COMPLETED)
    assert (tried.status, api.dump()) == (200, before)
    done = api.post("clerk", f"{FORMS}/completion", COMPLETED)
    assert [one["due_on"] for one in tried.json["obligations"]] == [one["due_on"] for one in done["obligations"]]


def test_what_happened_is_stored_even_when_unlawful_with_the_article_beside_it(api):
    accepted = {"classified": False, "accepted_on": "2026-08-20", "stage": "completion", "result": "passed"}
    receipt = api.post("clerk", f"{FORMS}/acceptance-result", accepted)
    assert ("26", "block") in [(one["article"], one["outcome"]) for one in receipt["findings"]]  # no archive acceptance before
    assert len(api.get("clerk", f"{PROJECT}/milestones")["milestones"]) == 1


def test_a_request_is_let_through_once_its_gate_is_open(api):
    before = api.refused(422, "refused", "clerk", "POST", f"{FORMS}/om-budget", OM_BUDGET)
    assert [(one["article"], one["outcome"]) for one in before["errors"]] == [("25", "block")]
    assert "第25条" in before["detail"]
    archived = {"classified": False, "accepted_on": "2026-08-10", "result": "passed"}
    api.post("officer", f"{FORMS}/archive-acceptance", archived)
    api.post("officer", f"{FORMS}/acceptance-result", {**archived, "stage": "completion", "accepted_on": "2026-08-20"})
    assert api.post("clerk", f"{FORMS}/om-budget", OM_BUDGET)["milestones"][0]["event"] == "om_budget_submitted"


def test_the_ledgers_are_whole_after_all_that(api):
    api.post("clerk", f"{FORMS}/completion", COMPLETED)
    store = bootstrap.ports().store
    assert set(verify(store).values()) == {None}
    assert {"yy-health", "yy-edu"} <= set(verify(store))
    assert GENESIS in str(api.dump())


# -- reading


@pytest.mark.parametrize("place", ["bazhong", "chongqing", "dazhou", "fangchenggang", "yunyang"])
def test_every_rulebook_can_be_read_with_its_articles(api, place):
    book = api.get("clerk", f"/api/v1/rulebooks/{place}")
    assert book["id"] == place
    assert all(rule["quote"] and rule["article"] for rule in book["rules"])


@pytest.mark.parametrize("holder", ["jurisdictions/yunyang", "parties/yy-health", "projects/p1"])
@pytest.mark.parametrize(
    "what", ["obligations", "obligations?on=2026-12-31&until=2027-12-31", "submissions", "milestones", "future"]
)
def test_every_holder_can_be_asked_the_same(api, holder, what):
    assert api.get("admin", f"/api/v1/{holder}/{what}")


def test_every_form_can_be_read_by_its_name(api):
    for form in api.get("clerk", "/api/v1/forms")["forms"]:
        assert api.get("clerk", f"/api/v1/forms/{form['id']}")["title"] == form["title"]["zh"]


def test_obligations_are_given_as_of_the_day_that_is_asked_for(api):
    api.post("clerk", f"{FORMS}/completion", COMPLETED)

    def state(on):
        return api.get("clerk", f"{PROJECT}/obligations?on={on}")["obligations"][0]["state"]

    assert (state("2026-09-30"), state("2026-10-01")) == ("open", "overdue")


def test_evaluate_takes_facts_and_stores_nothing(api):
    before = api.dump()
    facts = {
        "jurisdiction": "yunyang",
        "project": {"kind": "new", "total_investment": 6_800_000},
        "milestones": [{"event": "construction_completed", "on": "2026-03-31"}],
    }
    answer = api.ask("clerk", "POST", "/api/v1/evaluate?on=2026-08-31", facts)
    assert (answer.status, api.dump()) == (200, before)
    assert "2026-09-30" in [one["due_on"] for one in answer.json["obligations"]]


def test_the_health_is_good_while_the_clock_ticks_and_503_before(api):
    assert api.ask(None, "GET", "/health").status == 503
    tick(bootstrap.ports(), NOW)
    told = api.ask(None, "GET", "/health")
    assert (told.status, told.json["last_tick"]) == (200, "2026-08-31T02:00:00Z")


def test_the_description_is_served_as_it_was_checked(api):
    assert api.ask(None, "GET", "/openapi.json").json == json.loads(json.dumps(described.DOCUMENT))


# -- what cannot be: each is told clearly and changes nothing


def test_every_fault_of_a_form_is_told_at_once_with_an_example(api):
    told = api.refused(
        400,
        "invalid-input",
        "clerk",
        "POST",
        f"{FORMS}/completion",
        {"classified": False, "completed_on": "2026-02-30", "total_investment": -1, "colour": "red"},
    )
    assert fields(told) == ["/completed_on", "/total_investment", "/colour"]
    assert told["errors"][0]["example"] == "2027-06-30"


def test_a_day_that_has_not_come_is_told_with_todays(api):
    told = api.refused(
        400, "invalid-input", "clerk", "POST", f"{FORMS}/completion", {**COMPLETED, "completed_on": "2026-09-01"}
    )
    assert "2026-08-31" in told["errors"][0]["message"]["zh"]
    assert told["errors"][0]["value"] == "2026-09-01"


def test_days_in_the_wrong_order_are_told_with_both(api):
    api.post(
        "clerk",
        f"{FORMS}/contract",
        described.DOCUMENT["components"]["examples"]["contract"]["value"] | {"signed_on": "2026-05-08"},
    )
    told = api.refused(400, "invalid-input", "clerk", "POST", f"{FORMS}/completion", COMPLETED)
    assert "2026-05-08" in told["errors"][0]["message"]["zh"]
    assert told["errors"][0]["value"] == "2026-03-31"


def test_an_unknown_form_is_told_where_all_are_listed(api):
    assert "/api/v1/forms" in api.refused(404, "not-found", "clerk", "POST", f"{FORMS}/completions", COMPLETED)["detail"]


def test_a_form_at_the_wrong_address_is_told_the_right_one(api):
    annual = described.DOCUMENT["components"]["examples"]["annual-list"]["value"]
    told = api.refused(400, "invalid-input", "clerk", "POST", f"{FORMS}/annual-list", annual)
    assert "/api/v1/parties/…/submissions/annual-list" in told["detail"]


def test_a_unit_cannot_post_for_anothers_project(api):
    api.refused(403, "forbidden", "other", "POST", f"{FORMS}/completion", COMPLETED)


@pytest.mark.parametrize("form", ["om-budget", "completion", "archive-acceptance"])
@pytest.mark.parametrize("query", ["", "?record=false"])
@pytest.mark.parametrize("key", [None, "k"])
def test_what_is_classified_is_neither_stored_nor_logged_and_is_told_its_route(api, caplog, form, query, key):
    caplog.set_level(logging.DEBUG)
    who = "officer" if form == "archive-acceptance" else "clerk"
    body = {"classified": True, "completed_on": "2026-03-31", "remark": SECRET}
    told = api.refused(422, "classified", who, "POST", f"{FORMS}/{form}{query}", body, key=key)
    route = bootstrap.ports().rules.editions("yunyang")[-1].classified
    assert told["detail"] == route["route"]["zh"]
    assert told["errors"] == [{"article": route["article"], "quote": route["quote"]}]
    assert SECRET not in caplog.text + str(told)
    assert caplog.records == []


def test_a_classified_project_is_neither_stored_nor_logged(api, caplog):
    caplog.set_level(logging.DEBUG)
    body = {"id": "p9", "name": SECRET, "facts": {"classified": True}}
    told = api.refused(422, "classified", "clerk", "POST", "/api/v1/projects", body, key="k")
    assert SECRET not in caplog.text + str(told)
    assert caplog.records == []


@pytest.mark.parametrize(
    "scheme", ["", "Bearer", "Bearer ", "Bearer dbn_unknown", "Basic dXNlcjpwYXNz", "{token}", "Token {token}"]
)
def test_without_a_good_token_nothing_is_told(api, scheme):
    told = api.refused(401, "unauthorized", None, "GET", PROJECT, Authorization=scheme.format(token=api.tokens["clerk"]))
    assert "Bearer" in told["detail"]


def test_a_revoked_token_is_no_token(api):
    revoke_token(bootstrap.ports().store, api.tokens["clerk"])
    api.refused(401, "unauthorized", "clerk", "POST", f"{FORMS}/completion", COMPLETED)


CONTACTS = "/api/v1/parties/yy-health/contacts"
BROADCASTS = "/api/v1/jurisdictions/yunyang/broadcasts"
ODD = {
    "half a character in a name": (CONTACTS, b'{"id": "li", "name": "\\ud800"}'),
    "half a character deep in a form": (
        f"{FORMS}/completion",
        b'{"classified": false, "completed_on": "2026-03-31", "attachments": [{"name": "\\ud800"}]}',
    ),
    "not a number": ("/api/v1/projects", b'{"id": "p9", "name": "x", "facts": {"total_investment": NaN}}'),
    "not a number, as text": ("/api/v1/projects", b'{"id": "p9", "name": "x", "facts": {"total_investment": "NaN"}}'),
    "a number without end": ("/api/v1/projects", b'{"id": "p9", "name": "x", "facts": {"total_investment": 1e999}}'),
    "a million digits in eight characters": (
        "/api/v1/projects",
        b'{"id": "p9", "name": "x", "facts": {"total_investment": "1e999999"}}',
    ),
    "more yuan than there are": (
        "/api/v1/projects",
        b'{"id": "p9", "name": "x", "facts": {"total_investment": 1000000000000000}}',
    ),
    "a fraction in a list": ("/api/v1/projects", b'{"id": "p9", "name": "x", "facts": {"defects": [1.5]}}'),
    "a number for a day": ("/api/v1/projects", b'{"id": "p9", "name": "x", "facts": {"warranty_ends_on": 20260831}}'),
    "lists in a list": (
        "/api/v1/projects",
        b'{"id": "p9", "name": "x", "facts": {"defects": ' + b"[" * 900 + b"]" * 900 + b"}}",
    ),
    "more facts than fit": (
        "/api/v1/projects",
        b'{"id": "p9", "name": "x", "facts": {"defects": ["' + b"x" * 500_000 + b'"]}}',
    ),
    "an address longer than any": (
        CONTACTS,
        b'{"id": "li", "name": "x", "channels": [{"channel": "console", "address": "' + b"1" * 500_000 + b'"}]}',
    ),
    "a day before all regulations": ("/api/v1/projects", b'{"id": "p9", "name": "x", "tracked_since": "0001-01-01"}'),
    "a week for a day": ("/api/v1/projects", b'{"id": "p9", "name": "x", "tracked_since": "2026-W01-1"}'),
    "what-if misspelt": (f"{FORMS}/completion?record=False", b'{"classified": false, "completed_on": "2026-03-31"}'),
    "facts without an object": ("/api/v1/evaluate", b'{"jurisdiction": "yunyang", "milestones": [], "project": 5}'),
    "facts without a list": ("/api/v1/evaluate", b'{"jurisdiction": "yunyang", "milestones": "none"}'),
    "an event that is a list": (
        "/api/v1/evaluate",
        b'{"jurisdiction": "yunyang", "milestones": [{"event": ["x"], "on": "2026-03-31"}]}',
    ),
    "a fact at the end of time": (
        "/api/v1/evaluate",
        b'{"jurisdiction": "yunyang", "project": {"kind": "new"}, '
        b'"milestones": [{"event": "construction_completed", "on": "9999-12-31"}]}',
    ),
    "a horizon at the end of time": ("/api/v1/evaluate?until=9999-12-31", b'{"jurisdiction": "yunyang", "milestones": []}'),
}


@pytest.mark.parametrize(("path", "raw"), ODD.values(), ids=ODD.keys())
def test_what_nobody_would_write_is_told_to_be_wrong(api, path, raw):
    api.refused(400, "invalid-input", "clerk", "POST", path, raw=raw, key="k")


@pytest.mark.parametrize("defects", [[1.5], ["data_not_shared", {}], ["x" * 500]])
def test_the_defects_of_a_unit_are_words(api, defects):
    api.refused(
        400, "invalid-input", "admin", "POST", "/api/v1/parties", {"id": "yy-new", "name": "新单位", "defects": defects}
    )


@pytest.mark.parametrize("path", ["parties/{}", "projects/{}/obligations", "rulebooks/{}", "forms/{}"])
def test_an_id_longer_than_any_is_not_found(api, path):
    api.refused(404, "not-found", "clerk", "GET", f"/api/v1/{path.format('x' * 3000)}")


def test_null_is_the_same_as_leaving_it_out(api):
    told = api.post("clerk", CONTACTS, {"id": "li", "name": "李强", "channels": None, "language": None})
    assert (told["channels"], told["language"]) == ([], "zh")
    assert (
        api.post("clerk", "/api/v1/projects", {"id": "p9", "name": "新项目", "facts": None, "unit": None})["unit"]
        == "yy-health"
    )


def test_a_whole_number_may_be_written_with_a_point(api):
    api.post(
        "clerk",
        f"{FORMS}/completion",
        None,
        raw=b'{"classified": false, "completed_on": "2026-03-31", "total_investment": 6000000.0}',
    )
    assert api.get("clerk", PROJECT)["facts"]["total_investment"] == 6_000_000


def test_evaluate_takes_what_is_known_of_the_unit(api):
    facts = {"jurisdiction": "yunyang", "unit": {"kind": "department"}, "milestones": []}
    assert api.ask("clerk", "POST", "/api/v1/evaluate", facts).status == 200


@pytest.mark.parametrize("what", ["obligations", "future"])
def test_an_office_that_is_no_unit_owes_nothing_as_one(api, what):
    assert "jurisdictions" in api.refused(404, "not-found", "officer", "GET", f"/api/v1/parties/yy-data/{what}")["detail"]


def at_once(ask, times=12):
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(ask, range(times)))


def test_a_units_projects_may_be_registered_at_the_same_time(api):
    answers = at_once(
        lambda number: api.ask("clerk", "POST", "/api/v1/projects", {"id": f"n{number}", "name": "新项目"}).status
    )
    assert set(answers) == {201}
    assert len(api.get("clerk", "/api/v1/projects")["projects"]) == 13
    assert set(verify(bootstrap.ports().store).values()) == {None}


@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        ("admin", "/api/v1/parties", {"id": "yy-new", "name": "新单位"}),
        ("clerk", "/api/v1/projects", {"id": "p9", "name": "新项目"}),
        ("clerk", CONTACTS, {"id": "li", "name": "李强"}),
        ("clerk", f"{FORMS}/completion", COMPLETED),
    ],
)
def test_the_same_key_at_the_same_time_is_done_once_and_answered_the_same(api, who, path, body):
    answers = at_once(lambda _: api.ask(who, "POST", path, body, key="k"))
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}


# -- every status that the description names, seen

WRITES = [
    pytest.param(method, path, id=path)
    for method, path, operation in described.operations()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
    and path.startswith("/api/")  # for the others see test_hooks.py; for files test_sheets_api.py
]
GUARDED = [
    pytest.param(method, path, id=f"{method} {path}") for method, path, _ in described.operations() if path.startswith("/api/")
]
FILLED = {
    "project": "p1",
    "party": "yy-health",
    "rulebook": "yunyang",
    "letter": "2026-08-31T02:00:00Z.abc",
    "day": "2026-08-31",
    "subject": "p1",
    "form": "completion",
    "holder": "p1",
    "job": "publish-yunyang-1",
    "year": "2027",
    "ident": "wang",
    "kind": "units",
    "template": "units.xlsx",
    "table": "units.csv",
    "feed": "0123456789abcdef",
    "jurisdiction": "yunyang",
}
PLACES = {"parties": "yy-health", "jurisdictions": "yunyang", "projects": "p1"}


def real(pattern):
    """The pattern's path in this world."""
    place = PLACES.get(pattern.split("/")[3], "")
    form = {"parties": "unit-details", "jurisdictions": "call"}.get(pattern.split("/")[3], "completion")
    return pattern.format(**{**FILLED, "subject": place, "holder": place, "form": form})


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_everything_asks_for_a_token(api, method, path):
    api.refused(401, "unauthorized", None, method, real(path))


MALFORMED = {
    "nothing": b"",
    "half an object": b'{"id": "p9"',
    "no UTF-8": b"\xff\xfe\xfa",
    "single quotes": b"{'id': 'p9'}",
    "a list": b"[]",
    "a word": b'"completion"',
    "null": b"null",
    "brackets without end": b"[" * 100_000,
    "a hundred thousand brackets": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"id":' * 100_000 + b"1" + b"}" * 100_000,
    "deep inside": b'{"classified": false, "id": "p9", "name": "x", "facts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_is_not_what_was_asked_for_is_told_so(api, method, path, raw):
    who = "officer" if "jurisdictions/{subject}" in path else "admin"
    api.refused(400, "invalid-input", who, method, real(path), raw=raw)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_over_ten_megabytes_is_told_the_limit(api, method, path):
    told = api.refused(413, "body-too-large", "admin", method, real(path), raw=b" " * (10 * 1024 * 1024 + 1))
    assert told["limit_bytes"] == 10 * 1024 * 1024


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_of_another_type_is_told_which_would_do(api, method, path):
    told = api.refused(415, "unsupported-media-type", "admin", method, real(path), raw=b"id=p9", Content_Type="text/plain")
    assert told["accepted"] == ["application/json"]


def test_another_method_is_told_which_there_are(api):
    answer = by_wsgi(app, "DELETE", PROJECT, headers={"Authorization": f"Bearer {api.tokens['clerk']}"})
    assert "GET" in answer.says(405, "method-not-allowed")["allowed"]
    assert described.faults({"$ref": "#/components/schemas/Problem"}, answer.json, closed=True) == []


def test_an_address_that_is_none_is_not_found(api):
    assert "/openapi.json" in by_wsgi(app, "GET", "/api/v1/nothing").says(404, "not-found")["detail"]


PARTY, CONTACT, NEW = {"id": "yy-new", "name": "新单位"}, {"id": "li", "name": "李强"}, {"id": "p9", "name": "新项目"}
CALL = {"classified": False, "issued_on": "2026-08-20", "for_year": 2027, "due_on": "2026-09-20"}
OVERALL = {"classified": False, "reported_on": "2026-08-20"}
FACTS = {"jurisdiction": "yunyang", "milestones": []}
HOLDERS = ("obligations", "submissions", "milestones", "future")
BOOK, NUDGE = "/api/v1/rulebooks/yunyang", {"settings": {"nudge_days": 7}}
# (status, who, method, path, body): beside 401, 413 and 415, which the tests above ask of every operation
SEEN = [
    (201, "admin", "POST", "/api/v1/parties", PARTY),
    (400, "admin", "POST", "/api/v1/parties", {**PARTY, "authority": "nobody"}),
    (400, "admin", "POST", "/api/v1/parties", {**PARTY, "parent": "nobody"}),
    (400, "far admin", "POST", "/api/v1/parties", {**PARTY, "parent": "yy-health"}),  # of another place
    (400, "admin", "POST", "/api/v1/parties", {**PARTY, "kind": "palace"}),
    (400, "admin", "POST", "/api/v1/parties", {**PARTY, "id": "has space"}),
    (400, "admin", "POST", "/api/v1/parties", {**PARTY, "tracked_since": "2026-02-30"}),
    (403, "clerk", "POST", "/api/v1/parties", PARTY),
    (403, "admin", "POST", "/api/v1/parties", {**PARTY, "jurisdiction": "dazhou"}),
    (409, "admin", "POST", "/api/v1/parties", {**PARTY, "id": "yy-edu"}),
    (200, "clerk", "GET", "/api/v1/parties", None),
    (200, "clerk", "GET", "/api/v1/parties/yy-health", None),
    (403, "clerk", "GET", "/api/v1/parties/yy-edu", None),
    (404, "clerk", "GET", "/api/v1/parties/nobody", None),
    (404, "far admin", "GET", "/api/v1/parties/yy-health", None),
    (201, "clerk", "POST", "/api/v1/parties/yy-health/contacts", CONTACT),
    (
        400,
        "clerk",
        "POST",
        "/api/v1/parties/yy-health/contacts",
        {**CONTACT, "channels": [{"channel": "pigeon", "address": "x"}]},
    ),
    (400, "clerk", "POST", "/api/v1/parties/yy-health/contacts", {**CONTACT, "language": "fr"}),
    (403, "officer", "POST", "/api/v1/parties/yy-health/contacts", CONTACT),
    (404, "admin", "POST", "/api/v1/parties/nobody/contacts", CONTACT),
    (409, "clerk", "POST", "/api/v1/parties/yy-health/contacts", {**CONTACT, "id": "wang"}),
    (200, "clerk", "GET", "/api/v1/parties/yy-health/contacts", None),
    (403, "clerk", "GET", "/api/v1/parties/yy-edu/contacts", None),
    (404, "officer", "GET", "/api/v1/parties/nobody/contacts", None),
    (201, "clerk", "POST", "/api/v1/projects", NEW),
    (400, "admin", "POST", "/api/v1/projects", NEW),  # of which unit?
    (400, "clerk", "POST", "/api/v1/projects", {**NEW, "facts": {"colour": "red"}}),
    (400, "clerk", "POST", "/api/v1/projects", {**NEW, "facts": {"total_investment": 1.5}}),
    (403, "officer", "POST", "/api/v1/projects", {**NEW, "unit": "yy-health"}),
    (403, "clerk", "POST", "/api/v1/projects", {**NEW, "unit": "yy-edu"}),
    (404, "admin", "POST", "/api/v1/projects", {**NEW, "unit": "nobody"}),
    (409, "clerk", "POST", "/api/v1/projects", {**NEW, "id": "p2"}),
    (422, "clerk", "POST", "/api/v1/projects", {**NEW, "facts": {"classified": True}}),
    (200, "clerk", "PATCH", f"{CONTACTS}/wang", {"language": "en"}),
    (400, "clerk", "PATCH", f"{CONTACTS}/wang", {"language": "fr"}),
    (403, "officer", "PATCH", f"{CONTACTS}/wang", {"language": "en"}),
    (404, "clerk", "PATCH", f"{CONTACTS}/nobody", {"language": "en"}),
    (200, "clerk", "DELETE", f"{CONTACTS}/wang", None),
    (403, "officer", "DELETE", f"{CONTACTS}/wang", None),
    (404, "clerk", "DELETE", f"{CONTACTS}/nobody", None),
    (201, "clerk", "POST", f"{CONTACTS}/wang/codes", None),
    (403, "officer", "POST", f"{CONTACTS}/wang/codes", None),
    (404, "clerk", "POST", f"{CONTACTS}/nobody/codes", None),
    (201, "admin", "POST", BROADCASTS, {"text": "请核对"}),
    (200, "admin", "POST", BROADCASTS, {"text": "请核对", "preview": True}),
    (400, "admin", "POST", BROADCASTS, {"text": "请核对", "parties": ["nobody"]}),
    (403, "officer", "POST", BROADCASTS, {"text": "请核对"}),
    (409, "admin", "POST", BROADCASTS, {"text": "请核对"}),
    (200, "clerk", "GET", "/api/v1/projects", None),
    (200, "clerk", "GET", PROJECT, None),
    (403, "clerk", "GET", "/api/v1/projects/p2", None),
    (200, "clerk", "GET", "/api/v1/projects/p1/record", None),
    (403, "clerk", "GET", "/api/v1/projects/p2/record", None),
    (404, "clerk", "GET", "/api/v1/projects/nobody/record", None),
    (404, "far admin", "GET", PROJECT, None),
    (201, "clerk", "POST", f"{FORMS}/completion", COMPLETED),
    (200, "clerk", "POST", f"{FORMS}/completion?record=false", COMPLETED),
    (400, "clerk", "POST", f"{FORMS}/completion", {"classified": False}),
    (403, "officer", "POST", f"{FORMS}/completion", COMPLETED),
    (404, "clerk", "POST", "/api/v1/projects/p3/submissions/completion", COMPLETED),
    (409, "clerk", "POST", f"{FORMS}/completion", {**COMPLETED, "completed_on": "2026-04-01"}),
    (422, "clerk", "POST", f"{FORMS}/om-budget", OM_BUDGET),
    (201, "clerk", "POST", "/api/v1/parties/yy-health/submissions/overall-plan", OVERALL),
    (200, "clerk", "POST", "/api/v1/parties/yy-health/submissions/overall-plan?record=false", OVERALL),
    (400, "clerk", "POST", "/api/v1/parties/yy-health/submissions/overall-plan", {}),
    (403, "clerk", "POST", "/api/v1/parties/yy-edu/submissions/overall-plan", OVERALL),
    (404, "clerk", "POST", "/api/v1/parties/nobody/submissions/overall-plan", OVERALL),
    (409, "clerk", "POST", "/api/v1/parties/yy-health/submissions/overall-plan", OVERALL),
    (422, "clerk", "POST", "/api/v1/parties/yy-health/submissions/overall-plan", {"classified": True}),
    (201, "officer", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", CALL),
    (200, "officer", "POST", "/api/v1/jurisdictions/yunyang/submissions/call?record=false", CALL),
    (400, "officer", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", {}),
    (403, "clerk", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", CALL),
    (403, "far admin", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", CALL),
    (404, "officer", "POST", "/api/v1/jurisdictions/yunyang/submissions/calls", CALL),
    (409, "admin", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", CALL),
    (422, "officer", "POST", "/api/v1/jurisdictions/yunyang/submissions/call", {"classified": True}),
    *(
        (200, "clerk", "GET", f"/api/v1/{holder}/{what}", None)
        for holder in ("projects/p1", "parties/yy-health")
        for what in HOLDERS
    ),
    *(
        (403, "clerk", "GET", f"/api/v1/{holder}/{what}", None)
        for holder in ("projects/p2", "parties/yy-edu")
        for what in HOLDERS
    ),
    *(
        (404, "clerk", "GET", f"/api/v1/{holder}/{what}", None)
        for holder in ("projects/p3", "parties/nobody")
        for what in HOLDERS
    ),
    *((200, "officer", "GET", f"/api/v1/jurisdictions/yunyang/{what}", None) for what in HOLDERS),
    *((403, "far admin", "GET", f"/api/v1/jurisdictions/yunyang/{what}", None) for what in HOLDERS),
    *(
        (400, "admin", "GET", f"/api/v1/{holder}/obligations?{query}", None)
        for query in ("on=", "on=tomorrow", "until=2026-02-30")
        for holder in ("projects/p1", "parties/yy-health", "jurisdictions/yunyang")
    ),
    (200, "clerk", "GET", "/api/v1/forms", None),
    (200, "clerk", "GET", "/api/v1/forms/completion", None),
    (404, "clerk", "GET", "/api/v1/forms/nothing", None),
    (200, "clerk", "GET", "/api/v1/rulebooks", None),
    (200, "clerk", "GET", "/api/v1/rulebooks/yunyang", None),
    (404, "clerk", "GET", "/api/v1/rulebooks/atlantis", None),
    (200, "clerk", "POST", "/api/v1/evaluate", FACTS),
    (400, "clerk", "POST", "/api/v1/evaluate", {**FACTS, "milestones": [{"event": "completed"}]}),
    (400, "clerk", "POST", "/api/v1/evaluate?on=31.8.2026", FACTS),
    (404, "clerk", "POST", "/api/v1/evaluate", {**FACTS, "jurisdiction": "atlantis"}),
    (201, "admin", "POST", "/api/v1/tokens", {"role": "unit", "party": "yy-health"}),
    (400, "admin", "POST", "/api/v1/tokens", {"role": "unit"}),
    (400, "admin", "POST", "/api/v1/tokens", {"role": "emperor", "party": "yy-health"}),
    (400, "admin", "POST", "/api/v1/tokens", {"role": "unit", "party": "nobody"}),
    (403, "clerk", "POST", "/api/v1/tokens", {"role": "unit", "party": "yy-health"}),
    *((200, "admin", "GET", f"{BOOK}/{what}", None) for what in ("versions", "tuning", "proposal")),
    *((403, "clerk", "GET", f"{BOOK}/{what}", None) for what in ("versions", "tuning", "proposal")),
    (200, "admin", "POST", f"{BOOK}/preview", {"change": NUDGE}),
    (400, "admin", "POST", f"{BOOK}/preview", {"change": {"colour": "red"}}),
    (403, "officer", "POST", f"{BOOK}/preview", {"change": NUDGE}),
    (202, "admin", "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "试", "expects": 0}),
    (400, "admin", "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "试"}),
    (403, "far admin", "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "试", "expects": 0}),
    (409, "admin", "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "试", "expects": 0}),
    (202, "admin", "POST", f"{BOOK}/rollback", {"to": 0, "why": "试"}),
    (400, "admin", "POST", f"{BOOK}/rollback", {"to": 7, "why": "试"}),
    (403, "far admin", "POST", f"{BOOK}/rollback", {"to": 0, "why": "试"}),
    (409, "admin", "POST", f"{BOOK}/rollback", {"to": 0, "why": "试"}),
    (202, "far admin", "POST", "/api/v1/calendars/2027", {"notice": HOLIDAYS, "why": "试"}),
    (400, "admin", "POST", "/api/v1/calendars/2028", {"notice": HOLIDAYS, "why": "试"}),
    (403, "officer", "POST", "/api/v1/calendars/2027", {"notice": HOLIDAYS, "why": "试"}),
    (404, "admin", "POST", "/api/v1/calendars/next", {"notice": HOLIDAYS, "why": "试"}),
    (409, "admin", "POST", "/api/v1/calendars/2027", {"notice": HOLIDAYS, "why": "试"}),
    (200, "admin", "GET", "/api/v1/jobs/publish-yunyang-1", None),
    (403, "clerk", "GET", "/api/v1/jobs/publish-yunyang-1", None),
    (404, "admin", "GET", "/api/v1/jobs/nothing", None),
    (200, "admin", "POST", f"{BOOK}/texts", {"change": {}}),
    (400, "admin", "POST", f"{BOOK}/texts", {"change": {"settings": {"text_zh_title": {"one": "{who}"}}}}),
    (403, "officer", "POST", f"{BOOK}/texts", {"change": {}}),
    (200, "admin", "GET", "/api/v1/dead-letters", None),
    (403, "clerk", "GET", "/api/v1/dead-letters", None),
    (200, "admin", "GET", "/api/v1/deliveries/2026-08-31", None),
    (400, "admin", "GET", "/api/v1/deliveries/yesterday", None),
    (403, "clerk", "GET", "/api/v1/deliveries/2026-08-31", None),
    (200, None, "GET", "/health", None),
    (503, None, "GET", "/health", None),
    (200, None, "GET", "/openapi.json", None),
]


@pytest.mark.parametrize(("status", "who", "method", "path", "body"), SEEN)
def test_a_status_that_is_described_occurs(api, status, who, method, path, body):
    key = None
    if status == 409:  # somebody was here before: the id is taken, or the key
        key = "k"
        api.post(who, "/api/v1/parties/yy-health/contacts", {"id": "wang", "name": "王芳"}, key=key)
    elif "/wang" in path:
        api.post("clerk", CONTACTS, {"id": "wang", "name": "王芳"})
    if (status, path) == (200, "/health"):
        tick(bootstrap.ports(), NOW)
    if status == 200 and "/jobs/" in path:
        assert api.ask(who, "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "试", "expects": 0}).status == 202
    before = api.dump()
    answer = api.ask(who, method, path, body, key=key)
    assert answer.status == status, answer.json
    assert (api.dump() != before) == (status in (201, 202) or status == 200 and method in ("PATCH", "DELETE"))


# Seen in tests of their own.
ELSEWHERE = (
    "/hooks/",
    "/calendar/",
    "/api/v1/dead-letters/",
    "/api/v1/rulebooks/{rulebook}/preview",
    "/api/v1/jobs/{job}/files",
    *(f"/api/v1/{name}" for name in ("imports/", "templates/", "exports/", "feeds")),
)


def test_every_status_that_is_described_was_asked_for():
    told = {
        (method, path, status)
        for method, path, operation in described.operations()
        for status in operation["responses"]
        if not path.startswith(ELSEWHERE)
    }
    asked = {(method, described.pattern_of(path), str(status)) for status, _, method, path, _ in SEEN}
    asked |= {(*case.values, "401") for case in GUARDED} | {
        (*case.values, status) for case in WRITES for status in ("413", "415")
    }
    asked = {(method, path, status) for method, path, status in asked if not path.startswith(ELSEWHERE)}
    assert told - asked == {(method, path, status) for method, path, status in told if status == "default"}
    assert asked - told == set()


def test_a_member_that_stands_twice_is_refused_so_that_classified_cannot_be_taken_back():
    from chalicelib.core.errors import InvalidInput
    from chalicelib.web.views import _members

    with pytest.raises(InvalidInput) as refused:
        _members([("classified", True), ("classified", False)])
    assert "写了两次" in refused.value.text.zh
