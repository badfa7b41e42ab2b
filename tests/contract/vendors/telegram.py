"""As much of Telegram's Bot API as a channel needs. https://core.telegram.org/bots/api"""

import json
from urllib.parse import parse_qsl

from chalicelib.channels.telegram import Telegram
from chalicelib.ports import Button

from . import Answer, Arrived, HttpVendor, Refusal

TOKEN = "123456:test-token-of-the-bot"
OLD_GROUP, SUPERGROUP = "-400", "-100400"


def error(code, words, status=None, **parameters):
    body = {"ok": False, "error_code": code, "description": words}
    return Answer(status or code, {**body, "parameters": parameters} if parameters else body)


class BotApi(HttpVendor):
    name = "telegram"
    address = "4242424242"
    strangers = ("4343434343",)
    secrets = (TOKEN, "test-token-of-the-bot")
    reference = "77"
    unit = "🙂"  # two UTF-16 code units
    refusals = (
        Refusal("429 flood", error(429, "Too Many Requests: retry after 17", retry_after=17), seconds=17, holds="bot"),
        Refusal("429 without a delay", error(429, "Too Many Requests"), seconds=60, holds="bot"),
        Refusal("403 blocked", error(403, "Forbidden: bot was blocked by the user")),
        Refusal("400 no chat", error(400, "Bad Request: chat not found 4242424242")),
        Refusal("401 token", error(401, f"Unauthorized {TOKEN}")),
        Refusal("400 inside a 200", error(400, "Bad Request: chat not found", status=200)),
        Refusal("429 inside a 200", error(429, "Too Many Requests", status=200, retry_after=9), seconds=9, holds="bot"),
    )

    def __init__(self):
        super().__init__()
        self.edits = []  # (chat, message, text, whether buttons are left)
        self.can_edit = True

    def make(self, at, timeout):
        return Telegram(TOKEN, at, timeout=timeout)

    def is_message(self, request):
        return request.path.endswith("/sendMessage")

    def serve(self, request):
        _, token, method = request.path.split("/")
        if token != f"bot{TOKEN}":
            return error(401, "Unauthorized")
        return {"sendMessage": self.send_message, "editMessageText": self.edit}[method](fields_of(request))

    def send_message(self, fields):
        chat, text = str(fields["chat_id"]), str(fields["text"])
        if chat == OLD_GROUP:
            return error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=int(SUPERGROUP))
        if chat not in (self.address, SUPERGROUP):
            return error(400, "Bad Request: chat not found")
        if len(text.encode("utf-16-le")) > 2 * 4096:
            return error(400, "Bad Request: message is too long")
        earlier = fields.get("reply_parameters")
        if earlier and earlier["message_id"] == 404 and not earlier.get("allow_sending_without_reply"):
            return error(400, "Bad Request: message to be replied not found")
        keys = [key for row in fields.get("reply_markup", {}).get("inline_keyboard", []) for key in row]
        if any(not 1 <= len(key["callback_data"].encode()) <= 64 for key in keys):
            return error(400, "Bad Request: BUTTON_DATA_INVALID")
        buttons = tuple(Button(key["text"], key["callback_data"]) for key in keys)
        self.got.append(Arrived(chat, text, buttons, str(earlier["message_id"]) if earlier else None))
        return self.message(chat, text)

    def edit(self, fields):
        if not self.can_edit:
            return error(400, "Bad Request: message can't be edited")
        self.edits.append((str(fields["chat_id"]), str(fields["message_id"]), fields["text"], "reply_markup" in fields))
        return self.message(str(fields["chat_id"]), fields["text"])

    def message(self, chat, text):
        result = {"message_id": 77, "date": 1, "chat": {"id": int(chat), "type": "private"}, "text": text}
        return Answer(200, {"ok": True, "result": result})


def fields_of(request):
    """The fields of a form, where what is no string comes as JSON, or of a JSON body."""
    if "json" in request.headers["Content-Type"]:
        return request.json()
    form = parse_qsl(request.body.decode())
    return {name: json.loads(value) if value[:1] in "{[" else value for name, value in form}


VENDORS = (BotApi,)
