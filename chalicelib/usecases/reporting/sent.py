"""What was sent: a submission as its holder's people may read it again, and how far it has got."""

from datetime import datetime
from typing import Any

from ...core.errors import NotFound
from ...ports import Key, Ports
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.records import PARTITIONS
from ..telling import news
from ..views import queued, returned
from . import inbox


def submission(ports: Ports, bearer: Bearer, kind: str, subject: str, ident: str) -> dict[str, Any]:
    """{id, form, by, at, body, milestones, missing_documents} and what it is about: kind, subject, holder, name, and unit with
    unit_id (of a project's or unit's). NotFound, Forbidden."""
    if kind not in PARTITIONS:
        raise NotFound("没有找到这份报送", "there is no such submission")
    partition = f"{PARTITIONS[kind]}#{subject}"
    profile = may_see(ports, bearer, partition)
    if kind == "jurisdiction":
        bearer.must_be("authority", "admin")
    item = ports.store.get(Key(partition, f"submission#{ident}"))
    if item is None:
        raise NotFound("没有找到这份报送，请核对编号", "there is no such submission; check its number")
    name = profile.get("name") or subject
    unit = ports.store.get(records.party_key(profile["unit"])) if kind == "project" else None
    named = {"name": name, "unit": unit.value["name"] if unit else name, "unit_id": profile.get("unit", subject)}
    return {"missing_documents": [], **item.value, "kind": kind, "subject": subject, "holder": partition, **named}


def progress(ports: Ports, submission: dict[str, Any], now: datetime) -> dict[str, Any]:
    """How far a submission has got: {awaits: what a decision on it names and the forms that decide it, None where none is
    awaited; offices: the names of those who were asked; returned: what `returned.of_holder` says of it, or None; notices: who is
    still to be told of it, and when}."""
    holder, ident = submission["holder"], submission["id"]
    row = ports.store.get(Key(holder, f"awaiting#{ident}"))
    awaits = {"about": inbox.about_of(row.value), "answers": inbox.answering(ports.forms, row.value["form"])} if row else None
    sent_back = [each for each in returned.of_holder(ports.store, holder) if each["submission"] == ident]
    return {
        "awaits": awaits,
        "offices": news.offices(ports, holder, now) if awaits else [],
        "returned": next(iter(sent_back), None),
        "notices": queued.of_submissions(ports, holder, [submission]),
    }
