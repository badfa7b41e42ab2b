"""Say: one message at once, in answer to what somebody does - a sign-in code, a bot's word. Never deferred, never digested,
never to a group: it is for one person."""

from datetime import datetime, timedelta
from typing import Any

from ..ports import Button, Outgoing, Ports, Sent
from .pace import take

PATIENCE = timedelta(seconds=5)  # somebody waits for it: a channel that is busy for longer is passed over


def say(ports: Ports, contact: dict[str, Any], text: str, now: datetime, buttons: tuple[Button, ...] = ()) -> str | None:
    """Send `text` over the first of the contact's channels that takes it; its name, or None where none did. What is said so
    is of no use later: it is not kept and not tried again."""
    for target in contact["channels"]:
        channel = ports.channels.get(target["channel"])
        if channel is None or channel.asks_template or not channel.is_private(target["address"]):
            continue
        if channel.size(text) > channel.longest:
            continue
        if take(ports, channel, target["address"], now) > now + PATIENCE:
            continue
        key = f"say/{contact['party']}/{contact['id']}/{now.timestamp():.0f}"
        if isinstance(channel.send(Outgoing(key, target["address"], text, buttons=buttons)), Sent):
            return target["channel"]
    return None
