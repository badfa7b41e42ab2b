"""Telegram, through python-telegram-bot's sendMessage.

One long-lived event loop on a thread of its own: a Bot used across several asyncio.run calls fails. The library is
imported when the first message is sent, not when this module is.
"""

import asyncio
import os
import threading
from typing import Any

from ..ports import GiveUp, Outgoing, RetryAfter, Sent

LIMIT = 4096  # characters of one message
NETWORK_RETRY_SECONDS = 30
CLOSE_SECONDS = 10


class Telegram:
    """`base_url` is the API's address without the token, e.g. the one in DUBAN_TELEGRAM_URL."""

    name = "telegram"

    def __init__(self, token: str, base_url: str):
        self._token, self._base_url = token, base_url.rstrip("/")
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._bot: Any = None
        self._requests: tuple = ()

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        """Errors by the library's table: flood control carries its delay, a bad request or a blocked bot is final,
        a network error is worth another try."""
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library then gives retry_after without a deprecation warning
        from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError
        from telegram.error import RetryAfter as Flood

        try:
            sent = asyncio.run_coroutine_threadsafe(self._send(message), self._running_loop()).result()
            return Sent(str(sent.message_id))
        except Flood as error:
            return RetryAfter(error.retry_after.total_seconds(), "telegram: flood control")
        except (BadRequest, Forbidden, InvalidToken) as error:
            return GiveUp(f"telegram: {error.message}")
        except NetworkError as error:
            return RetryAfter(NETWORK_RETRY_SECONDS, f"telegram: {error.message}")
        except TelegramError as error:
            return GiveUp(f"telegram: {error.message}")
        except Exception as error:  # e.g. an error inside a 200, which the library does not expect
            return RetryAfter(NETWORK_RETRY_SECONDS, f"telegram: an answer not understood ({type(error).__name__})")

    async def _send(self, message: Outgoing) -> Any:
        if self._bot is None:
            from telegram import Bot
            from telegram.request import HTTPXRequest

            self._requests = (HTTPXRequest(connection_pool_size=16), HTTPXRequest())
            self._bot = Bot(
                self._token, base_url=f"{self._base_url}/bot", request=self._requests[0], get_updates_request=self._requests[1]
            )
        text = message.text if len(message.text) <= LIMIT else message.text[: LIMIT - 1] + "…"
        return await self._bot.send_message(chat_id=message.address, text=text)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
                self._thread.start()
            return self._loop

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
