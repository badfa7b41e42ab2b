"""A Bot API server on loopback that also has updates: those who talk to the bot, getUpdates, webhooks, edits, touches."""

import itertools
import threading
import time

from tests.contract.vendors import Answer
from tests.contract.vendors.telegram import BotApi, error, fields_of

PERSON = int(BotApi.address)


class TalkingBotApi(BotApi):
    def __init__(self):
        super().__init__()
        self.updates, self.confirmed, self.webhook = [], [], None
        self.answered, self.markups = [], []  # touches that were answered, buttons that are left
        self.numbers, self.came, self.polls = itertools.count(501), threading.Condition(), 0
        self.stopped = False

    # What people do

    def says(self, text, *, chat=PERSON, kind="private", number=None):
        sender = {"id": PERSON, "is_bot": False, "first_name": "张"}
        message = {"message_id": 5, "date": 1, "chat": {"id": chat, "type": kind}, "from": sender, "text": text}
        return self._comes({"update_id": number or next(self.numbers), "message": message})

    def touches(self, action, *, chat=PERSON, kind="private", others=(), number=None):
        sender = {"id": PERSON, "is_bot": False, "first_name": "张"}
        keys = [[{"text": each, "callback_data": each} for each in (action, *others)]]
        message = {"message_id": 77, "date": 1, "chat": {"id": chat, "type": kind}, "text": "【督办】…"}
        message["reply_markup"] = {"inline_keyboard": keys}
        query = {"id": "q1", "from": sender, "chat_instance": "c", "data": action, "message": message}
        return self._comes({"update_id": number or next(self.numbers), "callback_query": query})

    def _comes(self, update):
        with self.came:
            self.updates.append(update)
            self.came.notify_all()
        return update

    # What the bot asks

    def handle(self, request):
        if request.path.endswith("/getUpdates") and not self.next:
            return self.get_updates(fields_of(request) if request.body else {})  # may take long: others are served meanwhile
        return super().handle(request)

    def is_message(self, request):
        return True  # troubles meet whatever comes next

    def serve(self, request):
        method = request.path.rpartition("/")[2]
        fields = fields_of(request) if request.body else {}
        match method:
            case "getUpdates":
                return self.get_updates(fields)
            case "deleteWebhook":
                self.webhook = None
                return Answer(200, {"ok": True, "result": True})
            case "setWebhook":
                self.webhook = fields
                return Answer(200, {"ok": True, "result": True})
            case "answerCallbackQuery":
                self.answered.append(fields.get("text"))
                return Answer(200, {"ok": True, "result": True})
            case "editMessageReplyMarkup":
                self.markups.append(fields["reply_markup"]["inline_keyboard"] if "reply_markup" in fields else [])
                return self.message(str(fields["chat_id"]), "…")
        return super().serve(request)

    def get_updates(self, fields):
        if self.webhook:
            return error(409, "Conflict: can't use getUpdates method while webhook is active")
        until = time.monotonic() + float(fields.get("timeout", 0))
        with self.came:
            self.polls += 1
            if "offset" in fields:
                self.confirmed += [each for each in self.updates if each["update_id"] < int(fields["offset"])]
                self.updates = [each for each in self.updates if each["update_id"] >= int(fields["offset"])]
            while not (self.updates or self.stopped) and (left := until - time.monotonic()) > 0:
                self.came.wait(left)
            return Answer(200, {"ok": True, "result": list(self.updates)})

    def stop(self):
        with self.came:
            self.stopped = True
            self.came.notify_all()
        super().stop()
