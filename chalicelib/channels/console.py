"""The console: prints a notice on standard output. For trying things out, and for an office's first day."""

import sys
from typing import TextIO

from ..ports import Outgoing, Sent


class Console:
    """Never fails: what was printed was delivered."""

    name = "console"

    def __init__(self, out: TextIO | None = None):
        self._out = out

    def send(self, message: Outgoing) -> Sent:
        out = self._out or sys.stdout
        print(f"\n┌─ 致 {message.address}\n│ " + message.text.replace("\n", "\n│ ") + "\n└─", file=out, flush=True)
        return Sent()
