"""What an office is called: the rulebook names it in general, whoever is registered as it has a name of its own.

Pages show the registered name wherever the rulebook's would stand, so that one office has one name.
"""

from ...ports import Ports
from ..state import records


def names(ports: Ports, jurisdiction: str) -> dict[str, str]:
    """The rulebook's name of each office that somebody is registered as -> that party's name. Two reads."""
    registered = {item.key.sort: item.value["party"] for item in ports.store.query(f"authority#{jurisdiction}")}
    parties = ports.store.get_many(map(records.party_key, registered.values()))
    called = {}
    for book in ports.rules.editions(jurisdiction):
        for key, party in registered.items():
            item = parties.get(records.party_key(party))
            if item and key in book.authorities:
                called[book.authorities[key].zh] = item.value["name"]
    return called
