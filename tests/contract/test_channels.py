"""The channels against local servers that speak the vendors' protocols: what a send answers, and what arrives."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.channels.console import Console
from chalicelib.channels.telegram import LIMIT, Telegram
from chalicelib.ports import GiveUp, Outgoing, RetryAfter, Sent

TOKEN = "123456:test-token"
BOT = {"id": 1, "is_bot": True, "first_name": "督办", "username": "duban_bot"}


class BotApi(ThreadingHTTPServer):
    """As much of the Bot API as sendMessage needs; `answers` are given in turn, then everything succeeds."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, dict]] = []
        self.got: list[dict] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, token, method = self.path.split("/")
        if token != f"bot{TOKEN}":
            return self.answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if method == "getMe":
            return self.answer(200, {"ok": True, "result": BOT})
        fields = self.fields(body)
        if self.server.answers:
            return self.answer(*self.server.answers.pop(0))
        self.server.got.append(fields)
        message = {
            "message_id": 77,
            "date": 1,
            "chat": {"id": int(fields["chat_id"]), "type": "private"},
            "text": fields["text"],
        }
        return self.answer(200, {"ok": True, "result": message})

    def fields(self, body):
        from urllib.parse import parse_qsl

        if "json" in self.headers["Content-Type"]:
            return json.loads(body)
        return dict(parse_qsl(body.decode()))

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    server = BotApi()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def telegram(api):
    channel = Telegram(TOKEN, api.url)
    yield channel
    channel.close()


def message(text="【督办】请于2026-11-24前办结"):
    return Outgoing("notice-1", "4242", text)


def test_what_is_sent_arrives_at_the_chat_and_the_vendors_id_comes_back(api, telegram):
    assert telegram.send(message()) == Sent("77")
    assert (api.got[0]["chat_id"], api.got[0]["text"]) == ("4242", message().text)


def test_many_threads_share_one_bot(api, telegram):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(telegram.send(message()))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Sent("77")] * 16


def test_a_second_send_after_the_first_works_on_the_same_loop(api, telegram):
    assert [telegram.send(message()) for _ in range(4)] == [Sent("77")] * 4


def test_flood_control_says_how_long_to_wait(api, telegram):
    api.answers = [
        (429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 17}})
    ]
    answer = telegram.send(message())
    assert isinstance(answer, RetryAfter) and answer.seconds == 17
    assert telegram.send(message()) == Sent("77")


@pytest.mark.parametrize(
    ("status", "description"),
    [(403, "Forbidden: bot was blocked by the user"), (400, "Bad Request: chat not found")],
)
def test_who_cannot_be_reached_is_given_up_with_the_reason(api, telegram, status, description):
    api.answers = [(status, {"ok": False, "error_code": status, "description": description})]
    answer = telegram.send(message())
    assert isinstance(answer, GiveUp) and description.split(": ")[1].lower() in answer.reason.lower()


def test_an_error_inside_a_200_is_an_error(api, telegram):
    api.answers = [(200, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})]
    assert not isinstance(telegram.send(message()), Sent)
    assert api.got == []


def test_a_server_in_trouble_is_worth_another_try(api, telegram):
    api.answers = [(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"})]
    assert isinstance(telegram.send(message()), RetryAfter)


def test_nobody_listening_is_worth_another_try():
    channel = Telegram(TOKEN, "http://127.0.0.1:9")
    try:
        assert isinstance(channel.send(message()), RetryAfter)
    finally:
        channel.close()


def test_a_wrong_token_is_given_up_and_not_quoted(api):
    channel = Telegram("1:wrong", api.url)
    try:
        answer = channel.send(message())
    finally:
        channel.close()
    assert isinstance(answer, GiveUp) and "wrong" not in answer.reason


def test_a_message_over_the_limit_is_shortened_as_a_person_would(api, telegram):
    telegram.send(message("办" * (LIMIT + 50)))
    assert len(api.got[0]["text"]) == LIMIT and api.got[0]["text"].endswith("…")


def test_the_console_prints_who_and_what():
    out = io.StringIO()
    assert Console(out).send(Outgoing("n", "县卫生健康委", "第一行\n第二行")) == Sent()
    assert "致 县卫生健康委" in out.getvalue() and "│ 第二行" in out.getvalue()
