"""Webhooks: what vendors post. Each shows that it is the vendor; whoever does not is told that nothing is there."""

import hmac
import json
from datetime import datetime
from typing import Any

from chalice import Blueprint

from .. import bootstrap
from ..core.ladder import SHANGHAI
from ..usecases.bot.updates import handle
from ..usecases.reminding.receipt import DELIVERED, LOST, receive
from .app_factory import current_request
from .problems import stock

hooks = Blueprint(__name__)
TELEGRAM_SECRET = "x-telegram-bot-api-secret-token"  # https://core.telegram.org/bots/api#setwebhook


@hooks.route("/hooks/telegram", methods=["POST"], content_types=["application/json"])
def telegram():
    """An update of the bot. Telegram hands it over again unless the status is 2xx."""
    settings, request = bootstrap.settings(), current_request()
    secret, given = settings["DUBAN_TELEGRAM_WEBHOOK_SECRET"], request.headers.get(TELEGRAM_SECRET, "")
    bot = bootstrap.telegram() if secret and hmac.compare_digest(given.encode(), secret.encode()) else None
    if bot is None:
        return stock(404)
    try:
        update = bot.parsed(json.loads(request.raw_body))
    except (ValueError, RecursionError):
        return stock(400)
    ports = bootstrap.ports()
    return {} if handle(ports, bot, update, ports.clock(), settings["DUBAN_PUBLIC_URL"]) else stock(409)


@hooks.route("/hooks/aliyun/{key}", methods=["POST"], content_types=["application/json"])
def aliyun(key):
    """Receipts of SMS (SmsReport: help.aliyun.com → 短信服务 → 配置回执消息). Aliyun signs nothing: the address is the secret."""
    wanted = bootstrap.settings()["DUBAN_ALIYUN_RECEIPTS_KEY"]
    if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
        return stock(404)
    try:
        reports = [_report(report) for report in json.loads(current_request().raw_body)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return stock(400)
    ports = bootstrap.ports()
    for reference, what, at, why in reports:
        receive(ports, "aliyun", reference, what, at, ports.clock(), why)
    return {"code": 0, "msg": "接收成功"}


def _report(report: dict[str, Any]) -> tuple[str, str, datetime, str]:
    """(reference, what, when, the vendor's code) of one of Aliyun's receipts; its times are Shanghai's."""
    at = datetime.strptime(report["report_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    is_delivered = report["success"] is True
    return str(report["biz_id"]), DELIVERED if is_delivered else LOST, at, "" if is_delivered else str(report["err_code"])[:64]
