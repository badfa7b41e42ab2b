"""Aliyun's receipts, through the gateway: who knows the address is heard, nobody else learns anything."""

import json

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.ports import Key, Put
from chalicelib.usecases.reminding.receipt import noted

from . import described
from .small_app import by_wsgi

KEY = "a-long-random-word-0123456789"
HEAD = {"party": "yy-health", "person": "li", "state": "accepted", "channel": 0, "jurisdiction": "yunyang"}
REPORT = {"biz_id": "b1", "success": True, "report_time": "2026-08-31 10:00:05", "err_code": "DELIVERED"}


@pytest.fixture
def receipts(api, monkeypatch):
    """A notice was sent by SMS as b1; receipts are to be posted under a secret address."""
    monkeypatch.setenv("DUBAN_ALIYUN_RECEIPTS_KEY", KEY)
    bootstrap.ports().store.close()
    bootstrap.settings.cache_clear()
    bootstrap.ports.cache_clear()
    bootstrap.ports().store.write([Put(Key("notice#n1", "head"), HEAD), noted("aliyun", "b1", "n1")])
    return api


def post(body, key=KEY):
    path = f"/hooks/aliyun/{key}"
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = by_wsgi(app, "POST", path, body=raw, headers={"Content-Type": "application/json"})
    described.check("POST", path, answer)
    return answer


def told():
    rows = bootstrap.ports().store.query("ledger#yy-health")
    return [(row.value["what"], row.value["at"], row.value.get("why")) for row in rows if row.value.get("reference") == "b1"]


def test_what_arrived_is_told_once_with_its_instant(receipts):
    for _ in range(2):
        assert post([REPORT]).json == {"code": 0, "msg": "接收成功"}
    assert told() == [("delivered", "2026-08-31T02:00:05Z", None)]


def test_what_did_not_arrive_is_told_with_the_vendors_code_and_goes_on(receipts):
    post([{**REPORT, "success": False, "err_code": "MK:0010"}])
    assert told() == [("not delivered", "2026-08-31T02:00:05Z", "MK:0010")]
    head = bootstrap.ports().store.get(Key("notice#n1", "head")).value
    assert (head["state"], head["channel"]) == ("queued", 1)


def test_nobody_without_the_key_is_heard(receipts):
    assert post([REPORT], key="another").status == 404
    assert told() == []


@pytest.mark.parametrize("body", [b"no json", {"biz_id": "b1"}, [{"biz_id": "b1"}], [1]])
def test_what_is_no_report_is_refused_and_changes_nothing(receipts, body):
    assert post(body).status == 400
    assert told() == []
