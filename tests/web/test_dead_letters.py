"""Dead letters through the gateway: an admin sees them, resends or lays them aside; nobody else does."""

import pytest

from chalicelib import bootstrap
from chalicelib.ports import Key, Put
from chalicelib.usecases.reminding.dead import buried

from .installation import NOW

HEAD = {"party": "yy-health", "person": "li", "jurisdiction": "yunyang", "state": "given up", "channel": 1, "attempts": 3}


@pytest.fixture
def letter(api):
    """The id of a notice that no channel took."""
    store = bootstrap.ports().store
    store.write([Put(Key("notice#n1", "head"), HEAD), *buried(HEAD, "n1", "blocked by the reader", NOW)])
    (found,) = api.get("admin", "/api/v1/dead-letters")["letters"]
    assert found["why"] == "blocked by the reader"
    return found["id"]


def head():
    return bootstrap.ports().store.get(Key("notice#n1", "head")).value


def test_it_is_resent_once_however_often_it_is_asked(api, letter):
    for _ in range(2):
        answer = api.ask("admin", "POST", f"/api/v1/dead-letters/{letter}/resend", key="k1")
        assert (answer.status, answer.json["state"]) == (202, "queued")
    assert (head()["state"], head()["channel"]) == ("queued", 0)
    assert api.get("admin", "/api/v1/dead-letters")["letters"] == []


def test_it_is_laid_aside_with_a_reason(api, letter):
    api.refused(400, "invalid-input", "admin", "POST", f"/api/v1/dead-letters/{letter}/dismiss", {})
    answer = api.ask("admin", "POST", f"/api/v1/dead-letters/{letter}/dismiss", {"why": "已电话告知"})
    assert answer.status == 202 and head()["state"] == "given up"
    api.refused(404, "not-found", "admin", "POST", f"/api/v1/dead-letters/{letter}/resend")


@pytest.mark.parametrize("who", ["clerk", "officer"])
def test_nobody_else_may(api, letter, who):
    api.refused(403, "forbidden", who, "POST", f"/api/v1/dead-letters/{letter}/resend")
    api.refused(403, "forbidden", who, "POST", f"/api/v1/dead-letters/{letter}/dismiss", {"why": "x"})
