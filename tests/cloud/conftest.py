"""The package, made once, and an AWS of this process for its functions: moto's servers and Telegram's on loopback."""

import logging
import os

import pytest
from moto.server import ThreadedMotoServer

from tests.channels.bot_server import TalkingBotApi
from tests.contract.vendors import dingtalk, feishu
from tests.contract.vendors.telegram import TOKEN

from .account import HOOK, REGION, Account
from .packed import make_package


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    return make_package("dev", tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def moto():
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="module")
def aws(moto):
    """This machine's settings are moto's account."""
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith(("AWS_", "DUBAN_"))]:
            patched.delenv(name)
        for name, value in {
            "AWS_ENDPOINT_URL": moto,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patched.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def telegram():
    yield from listening(TalkingBotApi())


@pytest.fixture(scope="module")
def group():
    """A group's robot: it has no buttons, so that what it says carries a link."""
    yield from listening(dingtalk.Robot())


@pytest.fixture(scope="module")
def leaders():
    """Another one."""
    yield from listening(feishu.Robot())


def listening(vendor):
    vendor.start()
    yield vendor
    vendor.stop()


@pytest.fixture(scope="module")
def account(packed, aws, moto, telegram, group, leaders):
    """What the template makes around the functions, and the functions. It lives as long as a file of tests, because a cold
    start takes a second; each test brings a unit of its own. No function asks AWS for what its role does not allow."""
    made = Account(packed, moto)
    made.keep_secret(
        DUBAN_TELEGRAM_TOKEN=TOKEN,
        DUBAN_TELEGRAM_URL=telegram.at,
        DUBAN_TELEGRAM_WEBHOOK_SECRET=HOOK,
        DUBAN_DINGTALK_URL=group.at,
        DUBAN_FEISHU_URL=leaders.at,
    )
    yield made
    made.close()
    assert made.between.refused == []
