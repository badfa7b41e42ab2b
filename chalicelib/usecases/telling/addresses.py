"""Finding contacts by an address that they read, without keeping the address: the index holds keyed hashes."""

from typing import Any

from ...core.ledger import keyed
from ...core.phone import mobile
from ...ports import Change, Delete, Key, Ports, Put
from ..state import records

MOST = 20  # contacts with one address


def address_changes(secret: bytes, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Change]:
    """What to write with a contact that changes from `old` to `new` (None: not there), so that it is found."""
    before, after = _keys(secret, old), _keys(secret, new)
    return [*(Delete(key) for key in sorted(before - after)), *(Put(key, {}) for key in sorted(after - before))]


def contacts_at(ports: Ports, address: str) -> list[dict[str, Any]]:
    """The contacts that read this address today, however it is written."""
    rows = ports.store.query(_partition(ports.secret, address), limit=MOST)
    keys = [records.contact_key(*row.key.sort.split("/", 1)) for row in rows]
    found = ports.store.get_many(keys)
    people = [found[key].value for key in keys if key in found]
    return [person for person in people if any(plain(each["address"]) == plain(address) for each in person["channels"])]


def plain(address: str) -> str:
    """An address as it is compared: 138-0013 8000 and +8613800138000 are one, A@B.cn and a@b.cn too."""
    return mobile(address) or address.strip().lower()


def _keys(secret: bytes, contact: dict[str, Any] | None) -> set[Key]:
    if contact is None:
        return set()
    ident = f"{contact['party']}/{contact['id']}"
    return {Key(_partition(secret, channel["address"]), ident) for channel in contact["channels"]}


def _partition(secret: bytes, address: str) -> str:
    return f"address#{keyed(secret, plain(address))}"
