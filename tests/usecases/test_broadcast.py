"""An admin's words to a place: who gets them is seen before, and each gets them once."""

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.usecases.registry.contact import change_contact, remove_contact
from chalicelib.usecases.reminding.broadcast import PEOPLE_A_WRITE, preview, send
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.once import Once
from tests.usecases.doubles import PowerCut

WORDS = "请各单位于周五前核对本单位的项目清单。"
ADMIN = Bearer(id="admin-1", role="admin", jurisdiction="yunyang", party=None)


def shown(world, roles=None, parties=None):
    return preview(world.ports, "yunyang", WORDS, roles, parties)


def said(world, key="k", roles=None, parties=None, words=WORDS):
    once = Once(who=ADMIN.id, key=key, asked=[words, roles, parties])
    return send(world.ports, ADMIN, "yunyang", words, roles, parties, ident=f"b-{key}", now=world.now, once=once)


@pytest.fixture
def place(world):
    """Two units; the second has a leader, and somebody who cannot be reached."""
    world.unit("far")
    world.contact("far", "wu")
    world.contact("far", "mute", channels=())
    change_contact(world.ports, "far", "wu", {"roles": ["leader"]}, "admin", world.now)
    return world


def test_a_preview_says_who_gets_it_over_which_channel_and_who_cannot_be_reached(place):
    before = len(place.store.written)
    told = shown(place)
    assert (told["count"], told["unreachable"], told["text"]) == (2, 1, WORDS)
    assert [(each["party"], each["contact"], each["channel"]) for each in told["recipients"]] == [
        ("far", "mute", None), ("far", "wu", "console"), ("unit", "clerk", "console"),
    ]  # fmt: skip
    assert "console:far/wu" not in str(told)  # no address
    assert len(place.store.written) == before


def test_it_may_be_for_roles_or_parties_only(place):
    assert [each["contact"] for each in shown(place, roles=["leader"])["recipients"]] == ["wu"]
    assert [each["contact"] for each in shown(place, parties=["unit"])["recipients"]] == ["clerk"]
    assert shown(place, roles=["leader"], parties=["unit"])["recipients"] == []
    with pytest.raises(InvalidInput):
        shown(place, parties=["unit", "nobody"])


@pytest.mark.parametrize("words", ["", "  ", "字" * 501])
def test_words_that_say_nothing_or_too_much_are_refused(place, words):
    with pytest.raises(InvalidInput):
        said(place, words=words)


def test_everybody_who_can_be_reached_gets_it_once_and_the_ledger_tells(place):
    assert said(place) == said(place) == {"broadcast": "b-k", "count": 2, "unreachable": 1}
    place.later(minutes=30)
    place.tick()
    place.deliver()
    assert sorted(message.address for message in place.chat.sent) == ["console:far/wu", "console:unit/clerk"]
    assert all(WORDS in text for text in place.chat.texts)
    assert place.ledger(what="accepted") and place.ledger("far", "accepted")
    (entry,) = place.ledger("yunyang", "broadcast")
    assert (entry["count"], entry["by"]) == (2, "admin-1") and WORDS not in str(entry)
    place.assert_ledgers_whole()


def test_it_waits_for_the_morning(place):
    place.at("2026-01-20", "21:00")
    said(place)
    place.deliver()
    assert place.chat.sent == []
    place.at("2026-01-21", "09:00")
    place.deliver()
    assert len(place.chat.sent) == 2


def test_who_leaves_before_it_is_sent_is_sent_nothing(place):
    place.at("2026-01-20", "21:00")
    said(place)
    remove_contact(place.ports, "far", "wu", "admin", place.now)
    place.at("2026-01-21", "09:00")
    place.deliver()
    assert [message.address for message in place.chat.sent] == ["console:unit/clerk"]


def test_a_death_half_way_is_made_good_by_tick(world):
    for number in range(PEOPLE_A_WRITE + 5):
        world.contact(ident=f"c{number:02}")
    world.store.dies_after(2)  # the list of people, and the first of them
    with pytest.raises(PowerCut):
        said(world)
    world.store.revives()
    assert len(world.notices()) == PEOPLE_A_WRITE
    world.tick()
    world.later(minutes=30)
    world.deliver()
    assert len(world.chat.sent) == len({message.address for message in world.chat.sent}) == PEOPLE_A_WRITE + 6
