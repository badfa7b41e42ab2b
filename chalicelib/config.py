"""Settings of an installation: environment variables, all of them in this table, read once."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

log = logging.getLogger(__name__)


class Setting(NamedTuple):
    name: str
    default: str
    help: str


SETTINGS = (
    Setting("DUBAN_DATA", "data", "folder of the embedded store and its secrets"),
    Setting("DUBAN_HOST", "127.0.0.1", "address the embedded server listens on"),
    Setting("DUBAN_PORT", "8080", "port the embedded server listens on"),
    Setting("DUBAN_PUBLIC_URL", "", "how people reach the server; links in messages start with it (default: http://HOST:PORT)"),
    Setting("DUBAN_THREADS", "8", "threads that answer requests"),
    Setting("DUBAN_TICK_SECONDS", "5", "seconds between two looks at what is due and what is to be sent"),
    Setting("DUBAN_TELEGRAM_TOKEN", "", "token of the Telegram bot; without it the channel is off"),
    Setting("DUBAN_TELEGRAM_URL", "https://api.telegram.org", "base address of the Telegram Bot API"),
    Setting("DUBAN_DYNAMODB_TABLE", "", "name of the DynamoDB table; where set it is the store instead of SQLite"),
    Setting("DUBAN_DYNAMODB_URL", "", "another address of DynamoDB, for tests"),
)


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """Every setting by name. A DUBAN_ variable that does not exist is said and passed over: it may be a later version's."""
    known = {setting.name for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith("DUBAN_") and name not in known:
            log.warning(
                "没有 %s 这个环境变量设置，已忽略；可用：%s (unknown setting, passed over)",
                name,
                "、".join(sorted(known)),
                extra={"action": "unknown-setting"},
            )
    values = {setting.name: environ.get(setting.name, setting.default) for setting in SETTINGS}
    values["DUBAN_PUBLIC_URL"] = (values["DUBAN_PUBLIC_URL"] or f"http://{values['DUBAN_HOST']}:{values['DUBAN_PORT']}").rstrip(
        "/"
    )
    return values
