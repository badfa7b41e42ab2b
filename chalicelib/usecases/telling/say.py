"""Say: one message at once, in answer to what somebody does - a sign-in code, a bot's word. Never deferred, never digested,
never to a group: it is for one person."""

from datetime import datetime
from typing import Any

from ...core.notice import CODE, filled
from ...ports import Button, Channel, Outgoing, Ports, Sent, Template
from ..state import records
from ..state.holder import settings_of
from .pace import answering


def say(
    ports: Ports,
    contact: dict[str, Any],
    text: str,
    now: datetime,
    buttons: tuple[Button, ...] = (),
    code: str | None = None,
) -> str | None:
    """Send `text` over the first of the contact's channels that takes it; its name, or None where none did. What is said so
    is of no use later: it is not kept and not tried again. `code`: the text is about this sign-in code, for which there may be
    an approved template (the setting text_of_channel, e.g. "aliyun.zh.code")."""
    for target in contact["channels"]:
        channel = ports.channels.get(target["channel"])
        if channel is None or not channel.is_private(target["address"]) or channel.size(text) > channel.longest:
            continue
        template = _template(ports, contact, channel, code) if channel.asks_template else None
        if channel.asks_template and template is None:
            continue
        if not answering(ports, channel, target["address"], now):
            continue  # busy for longer than somebody waits
        key = f"say/{contact['party']}/{contact['id']}/{now.timestamp():.0f}"
        message = Outgoing(key, target["address"], text, buttons=buttons, template=template)
        if isinstance(channel.send(message), Sent):
            return target["channel"]
    return None


def _template(ports: Ports, contact: dict[str, Any], channel: Channel, code: str | None) -> Template | None:
    """The approved template for a code, where the place of the contact's party has set one."""
    profile = ports.store.get(records.party_key(contact["party"])) if code else None
    if profile is None:
        return None
    layouts = settings_of(ports, profile.value["jurisdiction"])["text_of_channel"]
    layout = layouts.get(f"{channel.name}.{contact['language']}.{CODE}") or layouts.get(f"{channel.name}.zh.{CODE}")
    return layout and Template(
        layout["code"], {name: filled(text, {CODE: code}) for name, text in layout["parameters"].items()}
    )
