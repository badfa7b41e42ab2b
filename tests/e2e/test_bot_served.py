"""A real `duban serve` with a bot: it asks a Bot API server for what people say, answers, and stops when told to."""

import time

import pytest

from tests.channels.bot_server import TalkingBotApi
from tests.contract.vendors.telegram import TOKEN

from .served import Served

PATIENCE = 20


@pytest.fixture
def vendor():
    made = TalkingBotApi()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def served(tmp_path, vendor):
    made = Served(tmp_path)
    made.environment |= {"DUBAN_TELEGRAM_TOKEN": TOKEN, "DUBAN_TELEGRAM_URL": vendor.at}
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


def soon(true, served):
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, served.printed()[-2_000:]
        time.sleep(0.02)


def test_it_hears_a_code_answers_survives_a_kill_and_stops_at_once(served, vendor):
    served.start("--sample")
    served.is_ready()
    code = served.run("contact", "code", "sample-yunyang", "clerk").stdout.splitlines()[0]
    vendor.says(f"/start {code}")
    soon(lambda: vendor.got, served)
    assert vendor.got[0].text.startswith("示例联系人，您好！已绑定")
    served.kill()
    vendor.says("我的事项")
    served.start()
    soon(lambda: len([arrived for arrived in vendor.got if "待办" in arrived.text]) == 1, served)
    began = time.monotonic()
    served.stop()
    assert time.monotonic() - began < 10
    assert "test-token" not in served.printed()
