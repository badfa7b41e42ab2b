"""Webhooks: what vendors post. Each shows that it is the vendor; whoever does not is told that nothing is there."""

import hmac
import json

from chalice import Blueprint

from .. import bootstrap
from ..usecases.updates import handle
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
