"""The webhook of the bot, through the gateway and a Bot API server: who has the secret is heard, nobody else learns anything."""

import json

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.cli import main
from chalicelib.usecases.signing_in.binding import make_code
from tests.channels.bot_server import TalkingBotApi
from tests.contract.vendors.telegram import TOKEN, error

from . import described
from .installation import NOW
from .small_app import by_wsgi

SECRET = "a-secret-that-nobody-else-has-0123"
HOOK = "/hooks/telegram"
CONTACTS = "/api/v1/parties/yy-health/contacts"


@pytest.fixture
def vendor():
    made = TalkingBotApi()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def set_up(api, vendor, monkeypatch):
    """The installation with a bot; `secret` is that of its webhook."""

    def with_bot(secret=SECRET):
        monkeypatch.setenv("DUBAN_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("DUBAN_TELEGRAM_URL", vendor.at)
        monkeypatch.setenv("DUBAN_TELEGRAM_WEBHOOK_SECRET", secret)
        again()
        vendor.made.append(bootstrap.ports().channels["telegram"])  # so that it is closed
        return api

    def again():
        bootstrap.ports().store.close()
        for kept in (bootstrap.settings, bootstrap.ports, bootstrap.telegram):
            kept.cache_clear()

    yield with_bot
    bootstrap.telegram.cache_clear()


def post(api, update, secret=SECRET, **other):
    other = {name.replace("_", "-"): value for name, value in other.items()}
    headers = {"Content-Type": "application/json", **({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})}
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    answer = by_wsgi(app, "POST", HOOK, body=body, headers={**headers, **other})
    described.check("POST", HOOK, answer)
    return answer


@pytest.fixture
def bound(set_up, vendor):
    """A contact who has bound their chat through the webhook."""
    api = set_up()
    api.post("clerk", CONTACTS, {"id": "li", "name": "李四"})
    code = api.post("clerk", f"{CONTACTS}/li/codes", None)["code"]
    assert post(api, vendor.says(f"/start {code}")).status == 200
    return api


def test_a_code_from_the_api_binds_the_chat(bound, vendor):
    assert vendor.got[0].text.startswith("李四，您好！已绑定")
    (contact,) = bound.get("clerk", CONTACTS)["contacts"]
    assert contact["channels"] == [{"channel": "telegram", "address": "42******42"}]


def test_who_is_bound_is_answered(bound, vendor):
    assert post(bound, vendor.says("我的事项")).json == {}
    assert "报送下一年度政务信息化项目清单" in vendor.got[-1].text


def test_an_update_that_is_posted_again_is_taken_and_not_answered_again(bound, vendor):
    update = vendor.says("我的事项")
    assert [post(bound, update).status for _ in range(3)] == [200] * 3
    assert len(vendor.got) == 2


@pytest.mark.parametrize("secret", ["", "a-secret", SECRET + "x", SECRET[:-1], "密"], ids=repr)
def test_without_the_secret_nothing_is_there(bound, vendor, secret):
    before = bound.dump()
    post(bound, vendor.says("我的事项"), secret.encode().decode("latin-1")).says(404, "not-found")
    assert bound.dump() == before and len(vendor.got) == 1


def test_where_no_webhook_is_set_up_nothing_is_there(set_up, vendor):
    api = set_up(secret="")
    for secret in ("", SECRET):
        post(api, vendor.says("hi"), secret).says(404, "not-found")


def test_where_there_is_no_bot_nothing_is_there(api, monkeypatch):
    monkeypatch.setenv("DUBAN_TELEGRAM_WEBHOOK_SECRET", SECRET)
    bootstrap.settings.cache_clear()
    post(api, {"update_id": 1}).says(404, "not-found")
    bootstrap.telegram.cache_clear()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"message": 1}', b"[" * 100_000])
def test_what_is_no_update_is_refused(bound, body):
    post(bound, body).says(400, "bad-request")


def test_an_answer_that_could_not_be_sent_has_the_update_posted_again(bound, vendor):
    update = vendor.says("我的事项")
    vendor.answers(error(429, "Too Many Requests", retry_after=3))
    post(bound, update).says(409, "conflict")
    assert post(bound, update).status == 200
    assert len(vendor.got) == 2


def test_what_is_too_large_or_of_another_kind_is_refused(bound):
    post(bound, b" " * (10 * 1024 * 1024 + 1)).says(413, "body-too-large")
    post(bound, {}, Content_Type="text/plain").says(415, "unsupported-media-type")


def test_the_webhook_is_set_and_deleted_by_command(set_up, vendor, capsys, monkeypatch):
    set_up()
    assert main(["telegram", "webhook", "set"]) == 0
    assert vendor.webhook["url"] == "https://duban.example/hooks/telegram" and vendor.webhook["secret_token"] == SECRET
    assert main(["telegram", "webhook", "delete"]) == 0 and vendor.webhook is None
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err and TOKEN not in printed.out + printed.err


@pytest.mark.parametrize("secret", ["", "short", "with spaces in it and more"])
def test_a_secret_that_telegram_would_not_take_or_that_could_be_guessed_is_refused(set_up, vendor, capsys, secret):
    set_up(secret)
    assert main(["telegram", "webhook", "set"]) == 1
    assert "DUBAN_TELEGRAM_WEBHOOK_SECRET" in capsys.readouterr().err and vendor.webhook is None


def test_when_telegram_refuses_the_command_says_so_without_the_token(set_up, vendor, capsys):
    set_up()
    vendor.answers(error(401, f"Unauthorized {TOKEN}"))
    assert main(["telegram", "webhook", "set"]) == 1
    printed = capsys.readouterr().err
    assert "Telegram 没有接受" in printed and TOKEN not in printed


def test_a_code_may_be_made_on_the_command_line(bound, vendor, capsys):
    assert main(["contact", "code", "yy-health", "li"]) == 0
    code = capsys.readouterr().out.splitlines()[0]
    assert post(bound, vendor.says(code)).status == 200 and vendor.got[-1].text.startswith("李四，您好！")
    assert main(["contact", "code", "yy-health", "nobody"]) == 1


def test_a_code_is_no_secret_of_the_store(bound):
    code = make_code(bootstrap.ports(), "yy-health", "li", "test", NOW)["code"]
    assert code.replace("-", "") not in str(bound.dump()) and code not in str(bound.dump())
