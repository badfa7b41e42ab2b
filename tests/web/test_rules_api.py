"""An admin tunes a place through the API: looks, previews, publishes, takes back. Nobody else may."""

import copy
import json

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.rulebooks import previewing
from chalicelib.usecases.rulebooks.seed import seed
from chalicelib.usecases.state.published import PublishedRules
from chalicelib.web import rules
from chalicelib.web.shapes import HOLIDAYS

from .installation import NOW

BOOK = "/api/v1/rulebooks/yunyang"
COMPLETED = {"classified": False, "completed_on": "2026-03-31"}
NUDGE = {"settings": {"nudge_days": 7}}
RULE = "apply-for-acceptance"


def book():
    return copy.deepcopy(dict(bootstrap.FileRules().editions("yunyang")[-1].raw))


def shorter(months=3):
    """The rulebook revised: acceptance is due that many months after completion instead of six."""
    revised = {**book(), "revision": 2}
    next(rule for rule in revised["rules"] if rule["id"] == RULE).update(within={"months": months})
    return revised


def publish(api, change, *, expects=0, who="admin", why="县局确认", key=None):
    answer = api.ask(who, "POST", f"{BOOK}/versions", {"change": change, "why": why, "expects": expects}, key=key)
    assert answer.status == 202, answer.json
    return answer.json


def work(api, job):
    """How far the job is once the clock has ticked."""
    tick(bootstrap.ports(), NOW)
    return api.get("admin", f"/api/v1/jobs/{job}")


def due(api):
    owed = api.get("clerk", "/api/v1/projects/p1/obligations")["obligations"]
    return [one["due_on"] for one in owed if one["rule"] == RULE]


@pytest.fixture
def completed(api):
    """The project p1 was completed on Tue 2026-03-31: acceptance is to be applied for by Wed 2026-09-30."""
    api.post("clerk", "/api/v1/projects/p1/submissions/completion", COMPLETED)
    assert due(api) == ["2026-09-30"]
    return api


def test_the_tuning_tells_what_governs_and_what_would_without_it(api):
    publish(
        api,
        {
            **NUDGE,
            "readings": {"construction_ends": "completion"},
            "authorities": {"finance": {"name": "县财政", "en": "Finance"}},
        },
    )
    told = api.get("admin", f"{BOOK}/tuning")
    by_key = {part: {entry["key"]: entry for entry in told[part]} for part in ("settings", "readings", "authorities")}
    nudge, ladder = by_key["settings"]["nudge_days"], by_key["settings"]["ladder"]
    assert (nudge["value"], nudge["default"], nudge["tuned"]) == (7, 14, True)
    assert (ladder["value"], ladder["tuned"]) == ([60, 30, 14, 7, 3, 1, 0], False)
    reading = by_key["readings"]["construction_ends"]
    assert (reading["value"], reading["default"]) == ("completion", "acceptance")
    assert [option["id"] for option in reading["options"]] == ["acceptance", "completion"]
    assert by_key["authorities"]["finance"]["value"] == {"name": "县财政", "en": "Finance"}
    assert told["version"] == 1


def test_what_the_tuning_tells_can_be_sent_back_as_a_change(api):
    told = api.get("admin", f"{BOOK}/tuning")
    change = {
        part: {entry["key"]: entry["value"] for entry in told[part] if entry["value"] is not None}
        for part in ("settings", "readings", "authorities")
    }
    given = api.ask("admin", "POST", f"{BOOK}/preview", {"change": change}).json
    assert (given["changes"], given["messages"]) == ([], {"added": [], "dropped": [], "shifted": []})


def test_messages_of_a_preview_are_compared_through_the_day_asked_for(completed):
    change = {"change": {"settings": {"ladder": [20]}}}
    near = completed.ask("admin", "POST", f"{BOOK}/preview", change).json
    far = completed.ask("admin", "POST", f"{BOOK}/preview", {**change, "until": "2027-12-31"}).json
    assert (near["until"], far["until"]) == ("2026-09-30", "2027-12-31")
    assert far["counts"]["messages_dropped"] > near["counts"]["messages_dropped"]
    assert all((message["leaves"] or message["at"]) >= message["at"] for message in far["messages"]["added"])
    completed.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/preview", {**change, "until": "2030-01-01"})


def test_a_preview_stores_nothing_and_is_what_publishing_then_does(completed):
    api, before = completed, completed.dump()
    given = api.ask("admin", "POST", f"{BOOK}/preview", {"change": {"rulebook": shorter()}}).json
    assert api.dump() == before
    (row,) = given["changes"]
    assert (row["change"], row["was"], row["becomes"], row["overdue_at_once"]) == ("moves", "2026-09-30", "2026-06-30", True)
    published = publish(api, {"rulebook": shorter()}, expects=given["version"])
    assert due(api) == ["2026-06-30"]  # at once, whatever the job has come to
    assert work(api, published["job"])["state"] == "done"
    assert due(api) == ["2026-06-30"]


def test_a_long_preview_is_cut_and_says_by_how_much(completed, monkeypatch):
    monkeypatch.setattr(rules, "SHOWN", 0)
    given = completed.ask("admin", "POST", f"{BOOK}/preview", {"change": {"rulebook": shorter()}}).json
    assert given["changes"] == [] and given["counts"]["moves"] == 1
    counts = given["counts"]
    assert given["left_off"] == 1 + counts["messages_added"] + counts["messages_dropped"]


def test_a_large_place_is_previewed_by_a_job_with_the_same_result(completed, monkeypatch):
    change = {"change": {"rulebook": shorter()}}
    expected = completed.ask("admin", "POST", f"{BOOK}/preview", change).json
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    answer = completed.ask("admin", "POST", f"{BOOK}/preview", change, key="k")
    assert answer.status == 202
    assert completed.ask("admin", "POST", f"{BOOK}/preview", change, key="k").json == answer.json
    job = answer.json["job"]
    told = completed.get("admin", f"{BOOK}/previews/{job}")
    assert (told["state"], told["preview"]) == ("running", None)
    assert (work(completed, job)["kind"], work(completed, job)["state"]) == ("preview", "done")
    told = completed.get("admin", f"{BOOK}/previews/{job}")
    assert (told["state"], told["version"], told["preview"]) == ("done", 0, expected)
    for who, status, slug in (("clerk", 403, "forbidden"), ("officer", 403, "forbidden"), ("far admin", 403, "forbidden")):
        completed.refused(status, slug, who, "GET", f"{BOOK}/previews/{job}")
    publish(completed, NUDGE)
    assert completed.get("admin", f"{BOOK}/previews/{job}")["state"] == "stale"


def test_every_version_is_listed_with_who_and_why(api):
    publish(api, NUDGE, why="催得勤一些")
    api.ask("admin", "POST", f"{BOOK}/rollback", {"to": 0, "why": "恢复", "expects": 1})
    told = api.get("admin", f"{BOOK}/versions")
    assert [(version["number"], version["why"], version["tuning"]) for version in told["versions"]] == [
        (2, "恢复", {}),
        (1, "催得勤一些", NUDGE),
    ]
    assert told["current"] == 2
    assert len({version["by"] for version in told["versions"]}) == 1


def test_who_previewed_an_older_version_previews_again(api):
    publish(api, NUDGE)
    for path, body in (
        ("versions", {"change": NUDGE, "why": "试", "expects": 0}),
        ("rollback", {"to": 0, "why": "试", "expects": 0}),
    ):
        told = api.refused(409, "conflict", "admin", "POST", f"{BOOK}/{path}", body)
        assert "重新预览" in told["detail"]


def test_the_same_key_publishes_once_and_is_answered_the_same_even_later(api):
    first = publish(api, NUDGE, key="k")
    publish(api, {"settings": {"nudge_days": 9}}, expects=1)
    assert publish(api, NUDGE, key="k") == first
    api.refused(409, "conflict", "admin", "POST", f"{BOOK}/versions", {"change": NUDGE, "why": "另一个", "expects": 0}, key="k")
    assert api.get("admin", f"{BOOK}/versions")["current"] == 2


FAULTY_BOOKS = {
    "an unknown event": lambda rule: rule.update({"from": "construction_finished"}),
    "no article": lambda rule: rule.pop("article"),
    "an unknown kind": lambda rule: rule.update(kind="sometimes"),
    "a member too many": lambda rule: rule.update(colour="red"),
}


@pytest.mark.parametrize("harm", FAULTY_BOOKS.values(), ids=FAULTY_BOOKS.keys())
@pytest.mark.parametrize("path", ["versions", "preview"])
def test_a_rulebook_with_faults_is_never_published(api, harm, path):
    faulty = shorter()
    harm(next(rule for rule in faulty["rules"] if rule["id"] == RULE))
    body = {"change": {"rulebook": faulty}, **({"why": "试", "expects": 0} if path == "versions" else {})}
    told = api.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/{path}", body)
    assert all(error["field"].startswith(f"/change/rulebook/{RULE}") for error in told["errors"])


def test_all_faults_of_a_rulebook_are_told_at_once(api):
    faulty = shorter()
    for rule in faulty["rules"][:3]:
        rule["modality"] = "maybe"
    told = api.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/preview", {"change": {"rulebook": faulty}})
    assert len(told["errors"]) == 3


ODD_BOOKS = [
    {},
    {"id": "yunyang"},
    {"rules": {}},
    {"id": "yunyang", "rules": [[]]},
    {"a": {"b": [[[[["c"]]]]]}},
    {"on": "\u0007", "x\n": "\u2028: &a *a"},
]


@pytest.mark.parametrize("odd", ODD_BOOKS, ids=str)
def test_what_is_no_rulebook_at_all_is_told_so(api, odd):
    api.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/preview", {"change": {"rulebook": odd}})


def test_a_rulebook_nested_beyond_reason_is_told_so(api):
    deep = b'{"change": {"rulebook": {"id": "yunyang", "rules": ' + b"[" * 400 + b"]" * 400 + b"}}}"
    api.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/preview", raw=deep)


def test_a_rulebook_of_another_place_is_not_published_here(api):
    other = json.loads(json.dumps(dict(bootstrap.FileRules().editions("dazhou")[-1].raw)))
    told = api.refused(
        400, "invalid-input", "admin", "POST", f"{BOOK}/versions", {"change": {"rulebook": other}, "why": "试", "expects": 0}
    )
    assert "dazhou" in told["detail"]


WRONG = [
    ({"change": NUDGE, "expects": 0}, ["/why"]), ({"change": NUDGE, "why": " ", "expects": 0}, ["/why"]), ({"why": "试", "expects": 0}, ["/change"]),
    ({"change": NUDGE, "why": "试", "expects": "0"}, ["/expects"]), ({"change": NUDGE, "why": "试", "expects": True}, ["/expects"]),
    ({"change": [], "why": "试", "expects": 0, "colour": 1}, ["/colour", "/change"]), ({"change": NUDGE, "why": "试" * 2001, "expects": 0}, ["/why"]),
    ({"change": {"settings": {"nudge_days": 0, "ladder": "7"}}, "why": "试", "expects": 0}, ["/settings/nudge_days", "/settings/ladder"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "fields"), WRONG, ids=str)
def test_what_is_wrong_with_a_request_is_told_by_member(api, body, fields):
    told = api.refused(400, "invalid-input", "admin", "POST", f"{BOOK}/versions", body)
    assert [error["field"] for error in told["errors"]] == fields


ASKED = [
    ("GET", "versions", None), ("GET", "tuning", None), ("GET", "proposal", None), ("POST", "preview", {"change": NUDGE}),
    ("POST", "versions", {"change": NUDGE, "why": "试", "expects": 0}), ("POST", "rollback", {"to": 0, "why": "试"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
@pytest.mark.parametrize("who", ["clerk", "officer", "far admin"])
def test_only_the_admin_of_the_place_may_tune_it(api, who, method, path, body):
    api.refused(403, "forbidden", who, method, f"{BOOK}/{path}", body)


def test_a_job_is_shown_to_the_admins_of_its_places(api):
    job = publish(api, NUDGE)["job"]
    assert work(api, job) == {
        "kind": "replan",
        "id": job,
        "state": "done",
        "done": 6,
        "started": "2026-08-31T02:00:00Z",
    }  # the place, 3 parties, 2 projects
    for who, status, slug in (("clerk", 403, "forbidden"), ("officer", 403, "forbidden"), ("far admin", 404, "not-found")):
        api.refused(status, slug, who, "GET", f"/api/v1/jobs/{job}")


def test_a_holiday_notice_moves_dates_everywhere_at_once(api):
    assert "2027-02-10" in str(
        api.post("clerk", "/api/v1/projects/p1/submissions/completion", {**COMPLETED, "completed_on": "2026-08-10"})
    )
    festival = {**HOLIDAYS, "rest": [{"name": "春节", "from": "2027-02-04", "to": "2027-02-14"}]}
    answer = api.ask("far admin", "POST", "/api/v1/calendars/2027", {"notice": festival, "why": "通知已发布"}, key="k")
    assert answer.status == 202
    assert due(api) == ["2027-02-15"]
    assert work(api, answer.json["job"])["state"] == "done"
    assert (
        api.ask("far admin", "POST", "/api/v1/calendars/2027", {"notice": festival, "why": "通知已发布"}, key="k").json
        == answer.json
    )


@pytest.mark.parametrize(("more", "field"), [
    ({"rest": "none"}, "/notice/rest"), ({"year": 2028}, "/year"), ({"work": ["2027-02-31"]}, "/notice/work/0"), ({"colour": 1}, "/notice/"),
    ({"work": ["2027-01-04"]}, "/work/0"),
])  # fmt: skip
def test_a_notice_that_cannot_be_right_is_refused(api, more, field):
    told = api.refused(
        400, "invalid-input", "admin", "POST", "/api/v1/calendars/2027", {"notice": {**HOLIDAYS, **more}, "why": "试"}
    )
    assert [error["field"] for error in told["errors"]] == [field]


@pytest.mark.parametrize("year", ["27", "next", "20270", "2027.0", "２０２７"])
def test_there_is_no_calendar_of_a_year_that_is_none(api, year):
    api.refused(404, "not-found", "admin", "POST", f"/api/v1/calendars/{year}", {"notice": HOLIDAYS, "why": "试"})


class NextRelease(bootstrap.FileRules):
    """The files of a release in which Yunyang has been revised."""

    def editions(self, jurisdiction):
        if jurisdiction != "yunyang":
            return super().editions(jurisdiction)
        version = {"number": 0, "books": [shorter()], "tuning": {}}
        return PublishedRules(bootstrap.ports().store, bootstrap.FileRules()).read("yunyang", version)


def test_what_an_upgrade_brought_is_shown_until_it_is_published(api):
    nothing = {"rulebook": None, "at": None, "differences": []}
    ports = bootstrap.ports()
    seed(ports, NOW)
    assert api.get("admin", f"{BOOK}/proposal") == nothing
    publish(api, NUDGE, expects=1)
    ports.rules._seeds = NextRelease()
    assert seed(ports, NOW) == ["yunyang"]
    told = api.get("admin", f"{BOOK}/proposal")
    assert [change["what"] for change in told["differences"]] == ["head/revision", f"rule/{RULE}/within"]
    assert told["differences"][1]["becomes"] == {"months": 3}
    publish(api, {"rulebook": told["rulebook"]}, expects=2)
    assert api.get("admin", f"{BOOK}/proposal") == nothing
    assert api.get("admin", f"{BOOK}/versions")["versions"][0]["tuning"] == NUDGE
