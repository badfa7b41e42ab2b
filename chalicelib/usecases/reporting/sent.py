"""What was sent: a submission as its holder's people may read it again."""

from typing import Any

from ...core.errors import NotFound
from ...ports import Key, Ports
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.records import PARTITIONS


def submission(ports: Ports, bearer: Bearer, kind: str, subject: str, ident: str) -> dict[str, Any]:
    """{id, form, by, at, body, milestones} and what it is about: name, unit (of a project's or unit's). NotFound, Forbidden."""
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
    return {**item.value, "kind": kind, "subject": subject, "name": name, "unit": unit.value["name"] if unit else name}
