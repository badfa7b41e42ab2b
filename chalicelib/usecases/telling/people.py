"""People: who is told of a duty. The contacts of the party that leads, then, one step further each, their leader, the unit's
department, the authority; who is away is stood in for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ...core.ladder import local_day
from ...ports import Key, Ports, Store
from ..state import records

AUDIENCES = ("responsible", "leader", "department", "authority")  # in the order of escalation
PREFERENCES = ("quiet_from", "quiet_to", "digest_at")


class Person(NamedTuple):
    """A contact to be told, and the party whose ledger says so."""

    party: str
    contact: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.party}/{self.contact['id']}"

    def settings(self, of_the_place: dict[str, Any]) -> dict[str, Any]:
        """The place's settings with what this person prefers."""
        return {**of_the_place, **{key: value for key, value in self.contact.get("prefers", {}).items() if key in PREFERENCES}}


def responsible(ports: Ports, partition: str, is_: dict[str, Any], now: datetime) -> list[Person]:
    """Who is told first: the first audience of which anybody can be reached."""
    return next((people for _, people in audiences(ports, partition, is_, now) if people), [])


def audiences(ports: Ports, partition: str, is_: dict[str, Any], now: datetime) -> Iterator[tuple[str, list[Person]]]:
    """Each audience of a duty and the people of it who can be reached, in the order of escalation; nobody twice."""
    first, parent, offices = _parties(ports, partition, is_)
    seen: set[str] = set()
    for audience, parties in zip(AUDIENCES, ([first], [first], [parent], offices), strict=True):
        people: list[Person] = []
        for party in parties:
            people = [person for person in _of_party(ports.store, party, audience, now) if person.id not in seen]
            if people:
                break
        seen.update(person.id for person in people)
        yield audience, people


def person(store: Store, ident: str) -> Person | None:
    """The person called "party/contact", if they are still known."""
    party, _, contact = ident.partition("/")
    item = store.get(Key(f"party#{party}", f"contact#{contact}"))
    return item and Person(party, item.value)


def leading(ports: Ports, partition: str, is_: dict[str, Any]) -> str | None:
    """The party that is to do it; None for an office that is not registered."""
    return _parties(ports, partition, is_)[0]


def lead(ports: Ports, partition: str, is_: dict[str, Any]) -> str:
    """The name of the party that is to do it, as it is told to others; "" where that is nobody known."""
    first = leading(ports, partition, is_)
    item = first and ports.store.get(records.party_key(first))
    return item.value["name"] if item else ""


def _parties(ports: Ports, partition: str, is_: dict[str, Any]) -> tuple[str | None, str | None, Iterator[str | None]]:
    """The party that leads, its department, and the offices of the rulebook, read when they are asked for."""
    store = ports.store
    kind, _, ident = partition.partition("#")
    jurisdiction = is_["jurisdiction"]
    unit = None
    if kind != "jurisdiction":
        profile = store.get(Key(partition, "profile")).value
        unit = profile["unit"] if kind == "project" else ident
    unit_profile = store.get(records.party_key(unit)).value if unit else {}
    parent = unit_profile.get("facts", {}).get("parent")
    lead = is_["owed_by"][0] if is_["owed_by"] else "unit"
    first = {"unit": unit, "parent": parent or unit}.get(lead) or _authority(store, jurisdiction, lead)
    offices = (_authority(store, jurisdiction, key) for key in ports.rules.editions(jurisdiction)[-1].authorities)
    return first, parent, offices


def _of_party(store: Store, party: str | None, audience: str, now: datetime) -> list[Person]:
    """The contacts of a party who can be reached: its leaders where those are asked for; else the others, and the leaders
    where there are none."""
    if party is None:
        return []
    contacts = {item.value["id"]: item.value for item in store.query(f"party#{party}", prefix="contact#")}
    leads = [contact for contact in contacts.values() if "leader" in contact.get("roles", ())]
    others = [contact for contact in contacts.values() if contact not in leads]

    def reached(wanted: list[dict[str, Any]]) -> list[Person]:
        here = {each["id"]: each for each in (_stand_in(contact, contacts, now) for contact in wanted)}
        return [Person(party, contact) for contact in here.values() if contact["channels"]]

    return reached(leads) if audience == "leader" else reached(others) or reached(leads)


def _stand_in(contact: dict[str, Any], contacts: dict[str, dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Who takes the contact's messages today: the colleague they handed over to, who can be reached and is here; else they
    themselves: nobody's absence makes a message disappear."""
    away, today = contact.get("away"), local_day(now).isoformat()
    if not away or not away["from"] <= today <= away["until"]:
        return contact
    other = contacts.get(away["to"])
    theirs = other and other.get("away")
    is_here = other and other["channels"] and not (theirs and theirs["from"] <= today <= theirs["until"])
    return other if is_here else contact


def _authority(store: Store, jurisdiction: str, key: str) -> str | None:
    item = store.get(Key(f"authority#{jurisdiction}", key))
    return item and item.value["party"]
