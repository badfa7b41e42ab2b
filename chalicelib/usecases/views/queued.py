"""Messages about what was sent in that have not left yet: planned, and waiting for the morning or for a channel."""

from collections.abc import Iterable
from typing import Any

from ...core.ladder import SHANGHAI
from ...ports import Key, Ports
from ..state import records
from ..telling.news import NEWS, news_key
from ..telling.people import person

WAITING = ("queued", "sending")
LATEST = 10  # submissions that are looked at: what is older has left long ago


def of_submissions(ports: Ports, partition: str, submissions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """{at (Shanghai), rung, title, recipients: [{name, channel, leaves}]}, as `future.messages` gives what lies further ahead; of
    the latest submissions of a holder."""
    latest = sorted(submissions, key=lambda each: each["at"], reverse=True)[:LATEST]
    found = [told for each in latest for told in _of_news(ports, partition, f"{NEWS}{each['id']}")]
    return sorted(found, key=lambda each: each["at"])


def _of_news(ports: Ports, partition: str, news: str) -> list[dict[str, Any]]:
    steps = {item.key.sort.partition("#")[0::2]: item.value["notice"] for item in ports.store.query(f"step#{news}")}
    item = steps and ports.store.get(news_key(partition, news))
    if not item:
        return []
    heads = ports.store.get_many(Key(f"notice#{notice}", "head") for notice in steps.values())
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for (rung, ident), notice in steps.items():
        head = heads.get(Key(f"notice#{notice}", "head"))
        who = head and head.value["state"] in WAITING and person(ports.store, ident)
        if not who or head.value["channel"] >= len(who.contact["channels"]):
            continue
        at = records.instant_of(head.value.get("paced") or head.value["leaves"])
        leaves = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        channel = who.contact["channels"][head.value["channel"]]["channel"]
        entry = told.setdefault((rung, leaves), {"at": leaves, "rung": rung, "title": item.value["title"], "recipients": []})
        entry["recipients"].append({"name": who.contact["name"], "channel": channel, "leaves": leaves})
    return list(told.values())
