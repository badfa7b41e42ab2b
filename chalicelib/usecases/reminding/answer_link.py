"""Answer links: an address in a message, for channels without buttons, at which a person signs for what the message says.

Unguessable, for one notice, good once and for two weeks. Opening it changes nothing, since chat programs open links by
themselves: only what is sent from its page does.
"""

import hmac
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.errors import DubanError
from ...ports import Change, Key, Ports, Put, StoreConflict
from ..state import records
from ..telling.news import KINDS
from .acknowledge import acknowledge, row_of
from .reread import SAID

GOOD_FOR = timedelta(days=14)
LENGTH = 22  # characters of base64: 132 bits


class LinkExpired(DubanError):
    """The link is not known, or no longer good."""

    code, status = "not-found", 404

    def __init__(self):
        super().__init__(
            "这个链接无效或已过期，请登录系统办理，或等下一次提醒",
            "this link is not known or has expired; sign in, or wait for the next reminder",
        )


def is_answerable(step: dict[str, Any]) -> bool:
    """Whether there is a duty to sign for."""
    return step["kind"] not in (*KINDS, SAID)


def answer_token(ports: Ports, notice: str) -> str:
    """The same for the same notice, so that a repeat carries the same address."""
    return urlsafe_b64encode(hmac.new(ports.secret, f"answer {notice}".encode(), sha256).digest()).decode()[:LENGTH]


def open_link(ports: Ports, notice: str, level: str, now: datetime) -> Change:
    """To be written before the message leaves. `level`: how much the message says, and so its page."""
    until = records.stamp(now + GOOD_FOR)
    return Put(_at(answer_token(ports, notice)), {"notice": notice, "level": level, "until": until, "used": None})


def shown(ports: Ports, token: str, now: datetime) -> dict[str, Any]:
    """What the page of a link shows: {person, level, used, duties: [{holder, obligation, name, is}]}, `name` being the
    project's or unit's. LinkExpired."""
    link = _link(ports, token, now)
    head = ports.store.get(Key(f"notice#{link['notice']}", "head"))
    if head is None:
        raise LinkExpired()
    duties = []
    for step in ports.store.query(f"notice#{link['notice']}", prefix="step#"):
        if is_answerable(step.value):
            row = row_of(ports.store, step.value["holder"], step.value["obligation"]).value
            profile = ports.store.get(Key(step.value["holder"], "profile"))
            name = profile.value.get("name", "") if profile else ""
            duties.append({"holder": step.value["holder"], "obligation": row["is"]["id"], "name": name, "is": row["is"]})
    person = f"{head.value['party']}/{head.value['person']}"
    return {"person": person, "level": link["level"], "used": link["used"], "duties": duties}


def redeem(ports: Ports, token: str, how: str, now: datetime) -> dict[str, Any]:
    """Sign for every duty of the notice; the link is used up. Gives what `shown` does. LinkExpired."""
    page = shown(ports, token, now)
    if page["used"]:
        return page
    for duty in page["duties"]:
        acknowledge(ports, page["person"], duty["holder"], duty["obligation"], how, now)
    item = ports.store.get(_at(token))
    with suppress(StoreConflict):  # pressed twice at once: the other one has said so
        ports.store.write([Put(item.key, {**item.value, "used": records.stamp(now)}, item.version)])
    return {**page, "used": records.stamp(now)}


def link_key(ports: Ports, notice: str) -> Key:
    """Where the link of a notice is kept, if it has one."""
    return _at(answer_token(ports, notice))


def _link(ports: Ports, token: str, now: datetime) -> dict[str, Any]:
    item = ports.store.get(_at(token))
    if item is None or item.value["until"] < records.stamp(now):
        raise LinkExpired()
    return item.value


def _at(token: str) -> Key:
    return Key(f"answer#{sha256(token.encode()).hexdigest()[:32]}", "link")
