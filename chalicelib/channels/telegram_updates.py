"""What people say to the Telegram bot, and answering them (ports.Inbound): by webhook, or by asking for updates.

Works through the channel's own Bot and loop, which it is handed: telegram.Telegram. In a group nothing is heard but the touch
of a button under a reminder: whoever touched it is answered in their own chat with the bot.
Vendor's document: https://core.telegram.org/bots/api#getting-updates
"""

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from ..ports import HandOverAgain, Reply, Said

KINDS = ("message", "callback_query")  # of updates: all that is listened to
AT_ONCE = 4  # updates that the vendor may hand a webhook at a time
LONGEST_NOTE = 200
ANSWER_SECONDS = 30  # for a whole exchange with the vendor


class TelegramUpdates:
    channel = "telegram"

    def __init__(self, telegram: Any):
        self._telegram = telegram
        self._asking: Future | None = None
        self._is_over = False

    # Getting updates

    def parsed(self, data: Any) -> Any:
        """The update that a webhook was handed. ValueError for what is none."""
        from telegram import Update

        try:
            update = Update.de_json(data, None)
        except (KeyError, TypeError, AttributeError, ValueError):
            update = None
        if update is None or not isinstance(update.update_id, int):
            raise ValueError("not an update")
        return update

    def fetch(self, offset: int | None, seconds: int) -> list[Any]:
        """The updates from `offset` on; waits so long for one to come. What lies before the offset is not given again. Raises
        the library's errors, and concurrent.futures.CancelledError once `hang_up` was called."""
        self._asking = self._telegram.begin(
            lambda bot: bot.get_updates(offset=offset, timeout=seconds, allowed_updates=list(KINDS))
        )
        if self._is_over:
            self._asking.cancel()
        return list(self._asking.result())

    def hang_up(self) -> None:
        """Wait for no more updates."""
        self._is_over = True
        if self._asking:
            self._asking.cancel()

    def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to `url`, with `secret` in the header X-Telegram-Bot-Api-Secret-Token."""
        self._do(lambda bot: bot.set_webhook(url, secret_token=secret, allowed_updates=list(KINDS), max_connections=AT_ONCE))

    def delete_webhook(self) -> None:
        """Have them kept until they are asked for; none is lost."""
        self._do(lambda bot: bot.delete_webhook())

    def close(self) -> None:
        """End the loop and its connections; whoever sends or asks next begins another."""
        self._telegram.close()

    # One update

    def heard(self, update: Any) -> tuple[int, Said | None]:
        touch, message = update.callback_query, update.message
        if touch:
            return update.update_id, Said(f"telegram:{touch.from_user.id}", action=touch.data or "")
        if message and message.chat.type == "private":
            return update.update_id, Said(f"telegram:{message.chat.id}", text=message.text or "")
        return update.update_id, None

    def reply(self, update: Any, reply: Reply) -> None:
        from telegram.error import BadRequest, Forbidden, TelegramError

        try:
            self._do(lambda bot: self._reply(bot, update, reply))
        except Forbidden:
            return  # they have left: nobody listens
        except BadRequest as error:  # to the library a kind of NetworkError, but another try would not help
            raise ValueError(f"Telegram did not take an answer: {error.message}") from None
        except (TelegramError, TimeoutError) as error:
            raise HandOverAgain(type(error).__name__) from None

    async def _reply(self, bot: Any, update: Any, reply: Reply) -> None:
        touch = update.callback_query
        if touch:
            await _as_may_be(bot.answer_callback_query(touch.id, text=reply.note[:LONGEST_NOTE] or None))
            if reply.spends and touch.message and touch.message.is_accessible:
                where = {"chat_id": touch.message.chat.id, "message_id": touch.message.message_id}
                left = _without(touch.message.reply_markup, touch.data)
                await _as_may_be(bot.edit_message_reply_markup(**where, reply_markup=left))
        if not reply.text:
            return
        text, keys = self._fitting(reply.text), _keyboard(reply)
        own = touch and touch.message and touch.message.is_accessible and touch.message.chat.type == "private"
        if own and reply.replaces:
            where = {"chat_id": touch.message.chat.id, "message_id": touch.message.message_id}
            if await _as_may_be(bot.edit_message_text(text, **where, reply_markup=keys)):
                return
        await bot.send_message(touch.from_user.id if touch else update.message.chat.id, text, reply_markup=keys)

    def _do(self, work: Callable[[Any], Coroutine]) -> Any:
        return self._telegram.begin(work).result(ANSWER_SECONDS)

    def _fitting(self, text: str) -> str:
        if self._telegram.size(text) <= self._telegram.longest:
            return text
        return text.encode("utf-16-le")[: 2 * (self._telegram.longest - 1)].decode("utf-16-le", "ignore") + "…"


async def _as_may_be(work: Coroutine) -> bool:
    """False where it is too late for it: a touch of an hour ago, a message of two days ago, or one that reads so already."""
    from telegram.error import BadRequest

    try:
        await work
    except BadRequest as error:
        return "not modified" in error.message
    return True


def _keyboard(reply: Reply) -> Any:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [[InlineKeyboardButton(button.label, callback_data=button.action) for button in row] for row in reply.rows]
    return InlineKeyboardMarkup(rows) if rows else None


def _without(markup: Any, action: str) -> Any:
    """The buttons under a message but for the one that was touched; None where that was the last."""
    from telegram import InlineKeyboardMarkup

    rows = [[key for key in row if key.callback_data != action] for row in markup.inline_keyboard] if markup else []
    left = [row for row in rows if row]
    return InlineKeyboardMarkup(left) if left else None
