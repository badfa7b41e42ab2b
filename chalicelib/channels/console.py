"""The console: prints a notice on standard output. For trying things out, and for an office's first day."""

import sys
from typing import TextIO

from ..core.errors import Text
from ..ports import Outgoing, Sent


class Console:
    """Never fails: what was printed was delivered."""

    name = bot = "console"
    limits = ()
    longest = sys.maxsize
    has_buttons = False  # nobody can press what is printed: the text brings a link
    is_idempotent = asks_template = gives_receipts = False

    def __init__(self, out: TextIO | None = None):
        self._out = out

    def size(self, text: str) -> int:
        """Characters."""
        return len(text)

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        return None  # it is only printed

    def send(self, message: Outgoing) -> Sent:
        lines = [f"主题：{message.subject}"] * bool(message.subject) + message.text.split("\n")
        if message.buttons:
            lines.append("可选：" + " ".join(f"〔{button.label}〕" for button in message.buttons))
        print(
            "\n".join([f"\n┌─ 致 {message.address}", *(f"│ {line}" for line in lines), "└─"]),
            file=self._out or sys.stdout,
            flush=True,
        )
        return Sent()
