"""A contact who is an admin: nobody of their party can become one by changing where that contact is reached."""

from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.usecases.registry.admins import set_admin
from chalicelib.usecases.registry.contact import change_contact, remove_contact
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.signing_in.binding import bind, make_code
from chalicelib.usecases.signing_in.session import roles_of
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.tables.import_contacts import CHANNEL, CONTACTS
from tests.usecases.doubles import at_once

CHAT = "telegram:4242"
MINE = {"channels": [{"channel": "console", "address": "attacker"}]}


def roles(world):
    return [identity.role for identity in roles_of(world.store, "unit", "clerk")]


def promote(world, is_admin=True):
    return set_admin(world.ports, "unit", "clerk", is_admin, "console", world.now)


def test_a_contact_is_made_an_admin_and_is_none_any_more(world):
    assert promote(world)["channels"][0]["address"].startswith("co*")
    assert roles(world) == ["unit", "admin"]
    promote(world, False)
    assert roles(world) == ["unit"]
    made = [item.value.get("what") for item in world.store.query("ledger#unit")]
    assert made[-2:] == ["admin made", "admin revoked"]
    assert set(verify(world.store).values()) == {None}


def test_again_it_changes_nothing(world):
    promote(world)
    before = world.store.everything()
    promote(world)
    assert world.store.everything() == before


def test_only_a_contact_can_be_one(world):
    with pytest.raises(NotFound):
        set_admin(world.ports, "unit", "nobody", True, "console", world.now)


def test_a_colleague_can_neither_change_an_admins_channels_nor_have_a_code_for_them(world):
    promote(world)
    with pytest.raises(Forbidden):
        change_contact(world.ports, "unit", "clerk", MINE, "unit/colleague", world.now)
    with pytest.raises(Forbidden):
        make_code(world.ports, "unit", "clerk", "unit/colleague", world.now)
    assert world.store.query("ledger#unit")[-1].value["what"] == "admin made"


def test_a_table_of_contacts_changes_an_admins_channels_for_an_admin_alone(world):
    promote(world)
    row = {"unit": "unit", "id": "clerk", "name": "张三", f"{CHANNEL}console": "elsewhere"}
    clerk = Bearer(id="clerk", role="unit", jurisdiction=world.place, party="unit")
    with pytest.raises(Forbidden):
        CONTACTS.apply(world.ports, clerk, row, "act", world.now)
    CONTACTS.apply(world.ports, replace(clerk, role="admin", party=None), row, "act", world.now)
    assert world.store.query("ledger#unit")[-1].value["what"] == "contact changed"


def test_what_is_not_about_where_they_are_reached_a_colleague_may_still_change(world):
    promote(world)
    assert change_contact(world.ports, "unit", "clerk", {"language": "en"}, "unit/colleague", world.now)["language"] == "en"


def test_an_admin_may_do_both(world):
    promote(world)
    changed = change_contact(world.ports, "unit", "clerk", MINE, "admin", world.now, by_admin=True)
    assert len(changed["channels"]) == 1
    code = make_code(world.ports, "unit", "clerk", "admin", world.now, by_admin=True)["code"]
    assert bind(world.ports, CHAT, code, world.now)["id"] == "clerk"


def test_a_code_that_a_colleague_had_made_before_binds_no_chat_to_an_admin(world):
    code = make_code(world.ports, "unit", "clerk", "unit/colleague", world.now)["code"]
    promote(world)
    assert bind(world.ports, CHAT, code, world.now) is None


def test_a_code_made_at_the_same_moment_binds_no_chat_either(world):
    made = []

    def ask():
        with suppress(Forbidden):
            made.append(make_code(world.ports, "unit", "clerk", "unit/colleague", world.now)["code"])

    at_once(ask, lambda: promote(world))
    assert roles(world) == ["unit", "admin"]
    assert all(bind(world.ports, CHAT, code, world.now) is None for code in made)


def test_who_takes_the_id_of_an_admin_who_was_removed_is_none(world):
    promote(world)
    remove_contact(world.ports, "unit", "clerk", "unit/colleague", world.now)
    world.contact()
    assert roles(world) == ["unit"]
