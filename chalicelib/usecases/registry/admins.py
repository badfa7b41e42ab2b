"""Contacts who are admins of their place. Only whoever has the machine's command line makes one.

An admin signs in by what reaches their channels. So whoever could change these, or bind a chat of their own by a code, would be
the admin: for a contact who is one, only an admin may (session.if_no_admins).
"""

from datetime import datetime
from typing import Any

from ...core.errors import NotFound
from ...ports import Check, Delete, Ports, Put
from ..signing_in.binding import code_changes
from ..signing_in.session import admin_key
from ..state import records
from ..state.account import entries
from ..state.once import Once, retrying
from .contact import masked


def set_admin(ports: Ports, party: str, ident: str, is_admin: bool, by: str, now: datetime) -> dict[str, Any]:
    """Make a contact an admin of their party's place, or no longer; answers the contact, masked. NotFound for an unknown one.
    A code for the bot that was made before is good for nothing: a colleague may have it. Again it changes nothing."""

    def attempt() -> dict[str, Any]:
        of_party, of_contact = records.party_key(party), records.contact_key(party, ident)
        found = ports.store.get_many([of_party, of_contact])
        if len(found) < 2:
            raise NotFound(f"没有联系人“{party}/{ident}”，请核对编号", f"there is no contact {party}/{ident}; check the id")
        key = admin_key(found[of_party].value["jurisdiction"], party, ident)
        if bool(ports.store.get(key)) != is_admin:
            told = {"what": "admin made" if is_admin else "admin revoked", "person": ident, "by": by, "at": records.stamp(now)}
            ports.store.write(
                [
                    Put(key, {}) if is_admin else Delete(key),
                    Check(of_contact, found[of_contact].version),
                    *code_changes(ports, party, ident),
                    *entries(ports.store, party, [told]),
                ]
            )
        return masked(found[of_contact].value)

    return retrying(Once(who=by, key=None, asked=None), ports.store, attempt)
