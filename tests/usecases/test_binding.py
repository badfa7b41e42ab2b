"""Binding a chat: a code is good once, for a day, and cannot be guessed; one chat speaks for one contact."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import NotFound
from chalicelib.core.ledger import keyed
from chalicelib.usecases.registry.contact import change_contact
from chalicelib.usecases.signing_in.binding import ALPHABET, MOST_TRIES, bind, contact_of, is_code, make_code, unbind
from chalicelib.usecases.telling.addresses import contacts_at
from tests.usecases.doubles import at_once

CHAT = "telegram:4242"


def code(world, ident="clerk", party="unit"):
    return make_code(world.ports, party, ident, "admin", world.now)["code"]


def channels(world, ident="clerk", party="unit"):
    from chalicelib.usecases.state.records import contact_key

    return [each["channel"] + ":" + each["address"] for each in world.store.get(contact_key(party, ident)).value["channels"]]


def other(wrong):
    """A code that is well formed, and another."""
    letter = wrong[0]
    return ALPHABET[(ALPHABET.index(letter) + 1) % len(ALPHABET)] + wrong[1:]


def test_a_code_puts_the_chat_before_the_contacts_other_channels(world):
    assert bind(world.ports, CHAT, code(world), world.now)["id"] == "clerk"
    assert channels(world) == ["telegram:4242", "console:console:unit/clerk"]
    assert contact_of(world.ports, CHAT)["id"] == "clerk"
    assert [each["id"] for each in contacts_at(world.ports, "4242")] == ["clerk"]


def test_a_code_is_read_however_it_is_written_and_holds_no_letter_that_looks_like_another(world):
    made = code(world)
    assert not set(made) & set("0O1IL")
    assert is_code(made) and is_code(f" {made.lower().replace('-', ' ')} ")
    assert bind(world.ports, CHAT, made.lower().replace("-", ""), world.now)


def test_a_code_is_good_for_one_chat(world):
    made = code(world)
    bind(world.ports, CHAT, made, world.now)
    assert bind(world.ports, "telegram:5", made, world.now) is None
    assert contact_of(world.ports, "telegram:5") is None


def test_the_chat_it_bound_may_send_it_again(world):
    made = code(world)
    bind(world.ports, CHAT, made, world.now)
    before = len(world.store.written)
    assert bind(world.ports, CHAT, made, world.now)["id"] == "clerk"
    assert len(world.store.written) == before


def test_of_two_chats_that_send_it_at_once_one_is_bound(world):
    made = code(world)
    chats = ("telegram:1", "telegram:2")
    found = at_once(*(lambda chat=chat: bind(world.ports, chat, made, world.now) for chat in chats))
    assert sorted(each is not None for each in found) == [False, True]


def test_a_code_ends_after_a_day(world):
    made = code(world)
    world.later(hours=24, seconds=1)
    assert bind(world.ports, CHAT, made, world.now) is None


def test_a_new_code_takes_the_place_of_the_one_before(world):
    first, second = code(world), code(world)
    assert bind(world.ports, CHAT, first, world.now) is None
    assert bind(world.ports, CHAT, second, world.now)


def test_after_five_wrong_ones_even_the_right_one_is_refused_until_a_day_has_passed(world):
    made = code(world)
    for _ in range(MOST_TRIES):
        assert bind(world.ports, CHAT, other(made), world.now) is None
    assert bind(world.ports, CHAT, made, world.now) is None
    assert bind(world.ports, "telegram:6", made, world.now)  # others may still try
    world.later(hours=24, seconds=1)
    assert bind(world.ports, CHAT, code(world), world.now)


def test_who_guesses_on_costs_no_more_writes(world):
    made = code(world)
    for _ in range(MOST_TRIES):
        bind(world.ports, CHAT, other(made), world.now)
    before = len(world.store.written)
    for _ in range(20):
        bind(world.ports, CHAT, other(made), world.now)
    assert len(world.store.written) == before


def test_neither_codes_nor_chats_can_be_read_in_the_store(world):
    made = code(world)
    bind(world.ports, CHAT, made, world.now)
    found = str({key: item.value for key, item in world.store.everything().items() if not key.sort.startswith("contact#")})
    assert made not in found and made.replace("-", "") not in found and "4242" not in found
    assert keyed(world.ports.secret, CHAT) in found


def test_a_chat_that_is_bound_again_leaves_the_one_before(world):
    world.contact(ident="li")
    bind(world.ports, CHAT, code(world), world.now)
    bind(world.ports, CHAT, code(world, "li"), world.now)
    assert contact_of(world.ports, CHAT)["id"] == "li"
    assert (channels(world), channels(world, "li")[0]) == (["console:console:unit/clerk"], CHAT)
    assert [(entry["what"], entry["person"]) for entry in world.ledger() if "bound" in entry["what"]] == [
        ("bound", "clerk"), ("bound", "li"), ("unbound", "clerk"),
    ]  # fmt: skip
    world.assert_ledgers_whole()


def test_it_may_move_to_a_contact_of_another_party(world):
    world.unit("far")
    world.contact("far", "wu")
    bind(world.ports, CHAT, code(world), world.now)
    assert bind(world.ports, CHAT, code(world, "wu", "far"), world.now)["party"] == "far"
    assert channels(world) == ["console:console:unit/clerk"]
    assert world.ledger(what="unbound")[0]["person"] == "clerk" and world.ledger("far", "bound")
    world.assert_ledgers_whole()


def test_unbinding_takes_the_channel_away(world):
    bind(world.ports, CHAT, code(world), world.now)
    assert unbind(world.ports, CHAT, world.now)["id"] == "clerk"
    assert channels(world) == ["console:console:unit/clerk"]
    assert contact_of(world.ports, CHAT) is None and contacts_at(world.ports, "4242") == []
    assert unbind(world.ports, CHAT, world.now) is None


def test_a_chat_that_is_no_longer_a_channel_of_theirs_is_not_heard(world):
    bind(world.ports, CHAT, code(world), world.now)
    change_contact(world.ports, "unit", "clerk", {"channels": []}, "admin", world.now)
    assert contact_of(world.ports, CHAT) is None


def test_for_who_is_not_there_no_code_is_made(world):
    with pytest.raises(NotFound):
        code(world, "nobody")


def test_the_day_of_a_code_is_told(world):
    made = make_code(world.ports, "unit", "clerk", "admin", world.now)
    assert made["expires"] == (world.now + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (entry,) = world.ledger(what="code made")
    assert entry["by"] == "admin" and made["code"] not in str(entry)
