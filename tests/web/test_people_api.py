"""Contacts and broadcasts, asked through the gateway; see installation.py."""

import pytest

CONTACTS = "/api/v1/parties/yy-health/contacts"
BROADCASTS = "/api/v1/jurisdictions/yunyang/broadcasts"
CONSOLE = [{"channel": "console", "address": "示例桌面一号"}]


@pytest.fixture
def staffed(api):
    """Two contacts at the health unit, one at the office."""
    api.post("clerk", CONTACTS, {"id": "wang", "name": "王芳", "channels": CONSOLE})
    api.post("clerk", CONTACTS, {"id": "li", "name": "李四", "channels": CONSOLE, "roles": ["leader"]})
    api.post("officer", "/api/v1/parties/yy-data/contacts", {"id": "zhao", "name": "赵六"})
    return api


def patched(api, body, who="clerk", contact="wang"):
    answer = api.ask(who, "PATCH", f"{CONTACTS}/{contact}", body)
    assert answer.status == 200, answer.json
    return answer.json


def test_a_contact_is_changed_bit_by_bit_and_null_sets_back(staffed):
    told = patched(staffed, {"prefers": {"digest_at": "09:15"}, "roles": ["leader"], "language": "en"})
    assert (told["prefers"], told["roles"], told["language"], told["name"]) == (
        {"digest_at": "09:15"},
        ["leader"],
        "en",
        "王芳",
    )
    assert told["channels"] == [{"channel": "console", "address": "示例**面一号"}] or "***" in told["channels"][0]["address"]
    told = patched(staffed, {"prefers": None, "roles": None, "language": None}, who="admin")
    assert (told["prefers"], told["roles"], told["language"]) == ({}, [], "zh")


def test_who_is_away_names_who_stands_in(staffed):
    away = {"from": "2026-09-01", "until": "2026-09-05", "to": "li"}
    assert patched(staffed, {"away": away})["away"] == away
    told = staffed.refused(400, "invalid-input", "clerk", "PATCH", f"{CONTACTS}/wang", {"away": {**away, "to": "zhao"}})
    assert [error["field"] for error in told["errors"]] == ["/away/to"]
    assert patched(staffed, {"away": None})["away"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"prefers": {"digest_at": "03:00"}},
        {"prefers": {"ladder": []}},
        {"roles": [1]},
        {"at_once": "yes"},
        {"away": "tomorrow"},
        {"channels": [{"channel": "pigeon", "address": "loft"}]},
        {"party": "yy-edu"},
        {"language": "fr"},
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(staffed, change):
    staffed.refused(400, "invalid-input", "clerk", "PATCH", f"{CONTACTS}/wang", change)


@pytest.mark.parametrize("who", ["other", "officer"])
def test_only_the_party_itself_and_an_admin_keep_its_contacts(staffed, who):
    for method, path, body in (
        ("PATCH", f"{CONTACTS}/wang", {"language": "en"}),
        ("DELETE", f"{CONTACTS}/wang", None),
        ("POST", f"{CONTACTS}/wang/codes", None),
    ):
        staffed.refused(403, "forbidden", who, method, path, body)


def test_an_admin_of_another_place_finds_nobody(staffed):
    staffed.refused(404, "not-found", "far admin", "DELETE", f"{CONTACTS}/wang")


def test_of_a_contact_who_is_removed_nothing_is_left(staffed):
    answer = staffed.ask("clerk", "DELETE", f"{CONTACTS}/wang")
    assert (answer.status, answer.json) == (200, {"removed": "wang"})
    assert [contact["id"] for contact in staffed.get("clerk", CONTACTS)["contacts"]] == ["li"]
    assert "王芳" not in str(staffed.dump())
    staffed.refused(404, "not-found", "clerk", "DELETE", f"{CONTACTS}/wang")


def test_a_code_is_shown_once_and_ends_in_a_day(staffed):
    first, second = (staffed.post("clerk", f"{CONTACTS}/wang/codes", None) for _ in range(2))
    assert first["code"] != second["code"] and first["expires"] == "2026-09-01T02:00:00Z"


WORDS = "请各单位于周五前核对本单位的项目清单。"


def test_an_admin_sees_who_would_get_a_broadcast_before_it_is_sent(staffed):
    before = staffed.dump()
    answer = staffed.ask("admin", "POST", BROADCASTS, {"text": WORDS, "preview": True})
    assert (answer.status, answer.json["count"], answer.json["unreachable"]) == (200, 2, 1)
    assert [(each["contact"], each["channel"]) for each in answer.json["recipients"]] == [
        ("zhao", None), ("li", "console"), ("wang", "console"),
    ]  # fmt: skip
    assert staffed.dump() == before


def test_a_broadcast_is_sent_once_for_one_key(staffed):
    told = [staffed.post("admin", BROADCASTS, {"text": WORDS, "roles": ["leader"]}, key="b") for _ in range(2)]
    assert told[0] == told[1] and (told[0]["count"], told[0]["unreachable"]) == (1, 0)
    queued = [row for row in staffed.dump() if row[0].startswith("outbox#")]
    assert len(queued) == 1 and "yy-health/li" in queued[0][1]


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "字" * 501}, {"text": WORDS, "parties": ["nobody"]}, {"text": WORDS, "to": "all"}]
)
def test_a_broadcast_that_makes_no_sense_is_refused(staffed, body):
    staffed.refused(400, "invalid-input", "admin", "POST", BROADCASTS, body)


@pytest.mark.parametrize("who", ["clerk", "officer", "far admin"])
def test_only_an_admin_of_the_place_broadcasts(staffed, who):
    staffed.refused(403, "forbidden", who, "POST", BROADCASTS, {"text": WORDS})
