"""Commands about those who are reminded: a contact's code for the bot, and how the bot is told of messages."""

import argparse
import re

from .. import bootstrap
from ..core.errors import InvalidInput
from ..usecases.registry.admins import set_admin
from ..usecases.signing_in.binding import make_code
from .server import existing_ports
from .wording import in_china


def run_contact_code(options: argparse.Namespace) -> None:
    ports = existing_ports()
    made = make_code(ports, options.party, options.contact, "console", ports.clock(), by_admin=True)
    print(made["code"])
    print(f"请该联系人在与机器人的私聊中发送 /start {made['code']}，{in_china(made['expires'])}前有效，只能用一次")


def run_contact_admin(options: argparse.Namespace) -> None:
    ports = existing_ports()
    party, _, ident = options.contact.partition("/")
    if not (party and ident):
        raise InvalidInput("应写作 主体编号/联系人编号，如 yy-data/zhao", "give party/contact, such as yy-data/zhao")
    known = set_admin(ports, party, ident, not options.revoke, "console", ports.clock())
    if options.revoke:
        print(f"{known['name']}（{options.contact}）不再是管理员")
        return
    print(f"{known['name']}（{options.contact}）是管理员了；用下列渠道登录，请核对确是本人的，此后只有管理员可以更改：")
    for channel in known["channels"]:
        print(f"  {channel['channel']} {channel['address']}")


def run_webhook(options: argparse.Namespace) -> None:
    settings, bot = bootstrap.settings(), bootstrap.telegram()
    if bot is None:
        raise InvalidInput("尚未设置 DUBAN_TELEGRAM_TOKEN", "DUBAN_TELEGRAM_TOKEN is not set")
    secret, url = settings["DUBAN_TELEGRAM_WEBHOOK_SECRET"], settings["DUBAN_PUBLIC_URL"]
    if options.action == "set" and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise InvalidInput(
            "DUBAN_TELEGRAM_WEBHOOK_SECRET 应为16至256个字母、数字、下划线或连字符，例如 openssl rand -hex 32 的输出",
            "DUBAN_TELEGRAM_WEBHOOK_SECRET has 16 to 256 letters, digits, _ or -; e.g. what openssl rand -hex 32 prints",
        )
    if options.action == "set" and not url.startswith("https://"):
        raise InvalidInput(
            f"DUBAN_PUBLIC_URL 应以 https:// 开头，Telegram 才会投递；现在是“{url}”",
            f"Telegram posts to https only; DUBAN_PUBLIC_URL is {url!r}",
        )
    try:
        if options.action == "set":
            bot.set_webhook(f"{url}/hooks/telegram", secret)
        else:
            bot.delete_webhook()
    except Exception as error:  # the library's errors are its own; none of them quotes the token in its name
        raise InvalidInput(
            f"Telegram 没有接受（{type(error).__name__}），请核对令牌、地址和网络",
            f"Telegram refused or was not reached: {type(error).__name__}",
        ) from None
    finally:
        bot.close()
    print(f"消息将投递到 {url}/hooks/telegram" if options.action == "set" else "已停止投递；由服务自行收取")
