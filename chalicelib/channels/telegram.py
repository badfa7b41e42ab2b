"""Telegram, through python-telegram-bot.

The address is a chat's id. One long-lived event loop on a thread of its own: a Bot used across several asyncio.run calls
fails. The library is imported when the first message is sent, not when this module is.
Vendor's documents: https://core.telegram.org/bots/api, https://core.telegram.org/bots/faq (limits)
"""

import asyncio
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from ..core.errors import Text
from ..ports import Button, GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import (
    CONNECT_TIMEOUT,
    NETWORK_RETRY_SECONDS,
    TIMEOUT,
    TROUBLE_RETRY_SECONDS,
    Verdict,
    keep_quiet,
    network_trouble,
    too_long,
    unsaid,
)

log = logging.getLogger(__name__)

CLOSE_SECONDS = 10
CHAT = re.compile(r"-?\d{1,20}|@\w{4,}", re.ASCII)  # a chat's number, or the name of a public channel
SUPERSEDED = "↓ 已有更新，见下一条 (see the message below)"

# What the Bot API refuses, by the library's errors. Every other error may have come after the message was taken.
VERDICTS = {
    "Forbidden": Verdict("用户停用了机器人，或机器人被移出群 (the bot was blocked or removed)"),
    "BadRequest": Verdict("会话不存在，或消息不合规 (no such chat, or a message that is not taken)"),
    "InvalidToken": Verdict("机器人令牌无效，请核对 DUBAN_TELEGRAM_TOKEN (a wrong token)"),
}


class Telegram:
    """`base_url` is the API's address without the token, e.g. the one in DUBAN_TELEGRAM_URL."""

    name = "telegram"
    # About 30 a second in all; the rest is room for edits and for answers to those who press a button.
    limits = (Limit(25, 1, "bot"), Limit(1, 1, "address"), Limit(20, 60, "address"))
    longest = 4096
    has_buttons = True
    is_idempotent = asks_template = gives_receipts = False

    def __init__(self, token: str, base_url: str, *, timeout: float = TIMEOUT):
        self.bot = token.partition(":")[0]  # the bot's id, which is public
        self._token, self._base_url, self._timeout = token, base_url.rstrip("/"), timeout
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._bot: Any = None
        self._requests: tuple = ()

    def size(self, text: str) -> int:
        """UTF-16 code units: an emoji counts twice."""
        return len(text.encode("utf-16-le")) // 2

    def is_private(self, address: str) -> bool:
        """Groups and channels have negative numbers, or a name that anybody may join by."""
        return address.isdecimal()

    def wrong_address(self, address: str) -> Text | None:
        if CHAT.fullmatch(address):
            return None
        return Text(
            "Telegram 的地址是聊天编号，如 123456789。不知道编号的，先不填，保存后取绑定码由本人发给机器人",
            "the number of a chat, like 123456789; leave it out and bind the chat with a code",
        )

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        if self.size(message.text) > self.longest:
            return too_long("Telegram", self.size(message.text), self.longest)
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library then gives retry_after without a deprecation warning
        try:
            return Sent(str(self._run(self._send(message))))
        except Exception as error:
            return self._judged(error, message.address)

    async def _send(self, message: Outgoing) -> int:
        """The new message's id. What comes after it was taken is done as well as may be."""
        from telegram.error import ChatMigrated

        if self._bot is None:
            self._bot = self._new_bot()
        earlier = int(message.follows) if (message.follows or "").isdecimal() else None  # else it went over another channel
        try:
            sent = await self._speak(message, message.address, earlier)
        except ChatMigrated as moved:  # a group that became a supergroup: its messages have other ids there
            return (await self._speak(message, moved.new_chat_id, None)).message_id
        if earlier:
            try:
                async with asyncio.timeout(self._timeout):
                    await self._bot.edit_message_text(SUPERSEDED, chat_id=message.address, message_id=earlier)
            except Exception as error:
                log.info("an earlier message stays as it was (%s)", type(error).__name__, extra={"action": "edit-failed"})
        return sent.message_id

    async def _speak(self, message: Outgoing, chat: str | int, earlier: int | None) -> Any:
        from telegram import LinkPreviewOptions, ReplyParameters

        async with asyncio.timeout(self._timeout + CONNECT_TIMEOUT):  # the library's own are for each piece of an answer
            return await self._bot.send_message(
                chat_id=chat,
                text=message.text,
                reply_markup=keyboard(message.buttons),
                reply_parameters=ReplyParameters(earlier, allow_sending_without_reply=True) if earlier else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),  # a preview would follow a single-use link
            )

    def _judged(self, error: Exception, address: str) -> RetryAfter | GiveUp:
        """Nothing tells whether a flood is of the chat or of the whole bot: all of the bot waits."""
        from httpx import HTTPError, InvalidURL
        from telegram.error import RetryAfter as Flood

        if isinstance(error, Flood):
            return RetryAfter(error.retry_after.total_seconds(), "Telegram 发送过快 (flood control)", holds="bot")
        verdict = VERDICTS.get(type(error).__name__)
        if verdict:
            return GiveUp(f"Telegram {verdict.meaning}: {unsaid(str(error), (self._token, address))}")
        if isinstance(error.__cause__, (HTTPError, InvalidURL)):
            return network_trouble("Telegram", error.__cause__)
        reason = f"Telegram 答复无法识别 (an answer not understood: {type(error).__name__})"
        return RetryAfter(NETWORK_RETRY_SECONDS, reason, uncertain=True)

    def _new_bot(self) -> Any:
        from telegram import Bot

        keep_quiet("httpx", "telegram.Bot")
        connect = min(self._timeout, CONNECT_TIMEOUT)
        times = {"read_timeout": self._timeout, "write_timeout": self._timeout, "connect_timeout": connect}
        self._requests = (strict_request(connection_pool_size=16, pool_timeout=self._timeout, **times), strict_request())
        return Bot(self._token, f"{self._base_url}/bot", request=self._requests[0], get_updates_request=self._requests[1])

    def begin(self, work: Callable[[Any], Coroutine]) -> Future:
        """Have the library's Bot do something else, on the same loop. The result raises the library's errors; it can be
        cancelled."""
        os.environ.setdefault("PTB_TIMEDELTA", "true")

        async def working() -> Any:
            if self._bot is None:
                self._bot = self._new_bot()
            return await work(self._bot)

        return self._begin(working())

    def _run(self, work: Coroutine) -> Any:
        return self._begin(work).result()

    def _begin(self, work: Coroutine) -> Future:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop)

    def close(self) -> None:
        """End the loop; the next send would start another."""
        with self._lock:
            loop, thread, self._loop, self._bot = self._loop, self._thread, None, None
        if loop is None:
            return
        for request in self._requests:
            asyncio.run_coroutine_threadsafe(request.shutdown(), loop).result(CLOSE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSE_SECONDS)
        loop.close()


def keyboard(buttons: tuple[Button, ...]) -> Any:
    """An inline keyboard, two buttons in a row; None without any."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    keys = [InlineKeyboardButton(button.label, callback_data=button.action) for button in buttons]
    return InlineKeyboardMarkup([keys[start : start + 2] for start in range(0, len(keys), 2)]) if keys else None


def strict_request(**how: Any) -> Any:
    """The library's connection, where an answer is judged before the library does: it takes an error inside an HTTP 200 for
    success, and logs what it cannot read."""
    from telegram.error import NetworkError
    from telegram.error import RetryAfter as Flood
    from telegram.request import HTTPXRequest

    class StrictRequest(HTTPXRequest):
        async def do_request(self, *given: Any, **named: Any) -> tuple[int, bytes]:
            status, payload = await super().do_request(*given, **named)
            try:
                answer = json.loads(payload)
            except ValueError:
                answer = None
            if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
                raise NetworkError(f"HTTP {status}")
            if answer["ok"]:
                return status, payload
            code = answer.get("error_code", status)
            if code == 429 and not (answer.get("parameters") or {}).get("retry_after"):
                raise Flood(TROUBLE_RETRY_SECONDS)
            return code if status < 300 else status, payload

    return StrictRequest(**how)
