"""Contacts: what may be said of one, changed, handed over and erased."""

import pytest

from chalicelib.channels.wecom import WecomRobot
from chalicelib.core.errors import Conflict, InvalidInput, NotFound
from chalicelib.ports import Key, Put
from chalicelib.usecases.registry.contact import change_contact, register_contact, remove_contact
from chalicelib.usecases.signing_in.binding import bind, contact_of, make_code
from chalicelib.usecases.telling.addresses import contacts_at
from chalicelib.usecases.telling.people import responsible
from tests.usecases.world import NOBODY

LI = {"id": "li", "party": "unit", "name": "李四", "channels": [{"channel": "console", "address": "李四的桌子"}]}


@pytest.fixture
def two(world):
    """Two at the unit: the clerk, and 李."""
    world.contact(ident="li")
    return world


def change(world, ident="clerk", **wanted):
    return change_contact(world.ports, "unit", ident, wanted, "admin", world.now)


def faults(raised):
    return [error["field"] for error in raised.value.errors]


def away(first="2026-01-20", last="2026-01-23", to="li"):
    return {"from": first, "until": last, "to": to}


def test_who_is_new_has_no_wishes_of_their_own(world):
    told = world.contact(ident="new")
    assert (told["prefers"], told["away"], told["roles"], told["language"], told["at_once"]) == ({}, None, [], "zh", False)


def test_a_change_is_kept_and_told_in_the_ledger_without_saying_what_it_says(two):
    told = change(two, name="王芳", roles=["leader"], prefers={"digest_at": "09:15"})
    assert (told["name"], told["roles"], told["prefers"]) == ("王芳", ["leader"], {"digest_at": "09:15"})
    (entry,) = two.ledger(what="contact changed")
    assert entry["fields"] == ["name", "prefers", "roles"]
    assert "王芳" not in str(entry)


def test_null_sets_a_wish_back_and_leaves_a_name_as_it_is(two):
    change(two, prefers={"digest_at": "09:15"}, language="en")
    told = change(two, prefers=None, language=None, name=None)
    assert (told["prefers"], told["language"], told["name"]) == ({}, "zh", "张三")


def test_a_change_that_changes_nothing_writes_nothing(two):
    before = len(two.store.written)
    change(two, language="zh")
    assert len(two.store.written) == before


@pytest.mark.parametrize(
    ("prefers", "where"),
    [
        ({"digest_at": "8:40"}, "/prefers/digest_at"),
        ({"digest_at": "25:00"}, "/prefers/digest_at"),
        ({"digest_at": "07:00"}, "/prefers"),  # the place's quiet hours end at 08:30
        ({"quiet_from": "08:30"}, "/prefers"),  # the digest of the place is at 08:40
        ({"quiet_from": "06:00", "quiet_to": "22:00"}, "/prefers"),
        ({"ladder": [1]}, "/prefers"),
        (["08:40"], "/prefers"),
    ],
)
def test_hours_that_make_no_sense_are_refused(two, prefers, where):
    with pytest.raises(InvalidInput) as raised:
        change(two, prefers=prefers)
    assert faults(raised) == [where]


def test_quiet_hours_may_be_moved_together_with_the_digest(two):
    assert change(two, prefers={"quiet_to": "06:30", "digest_at": "07:00"})["prefers"]["digest_at"] == "07:00"


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (away(to="clerk"), "/away/to"),
        (away(to="nobody"), "/away/to"),
        (away(to=["li"]), "/away/to"),
        (away("2026-01-23", "2026-01-20"), "/away/until"),
        (away("2026-01-20", "2027-06-01"), "/away/until"),
        (away("20/1/2026"), "/away"),
        ({"to": "li"}, "/away"),
    ],
)
def test_one_can_be_away_only_for_a_time_and_with_somebody_who_stands_in(two, wanted, where):
    with pytest.raises(InvalidInput) as raised:
        change(two, away=wanted)
    assert faults(raised) == [where]


def test_somebody_who_is_away_too_or_cannot_be_reached_does_not_stand_in(two):
    two.contact(ident="mute", channels=())
    with pytest.raises(InvalidInput):
        change(two, away=away(to="mute"))
    change(two, "li", away=away("2026-01-23", "2026-01-24", to="clerk"))
    with pytest.raises(InvalidInput):
        change(two, away=away())
    assert change(two, away=away(last="2026-01-22"))["away"]["to"] == "li"


def test_an_absence_that_is_over_keeps_nobody_from_changing_something_else(two):
    change(two, away=away())
    remove_contact(two.ports, "unit", "li", "admin", two.now)
    assert change(two, language="en")["language"] == "en"


def test_reminders_go_to_who_stands_in_while_somebody_is_away(two):
    change(two, away=away())
    two.completed()
    is_ = two.row("apply-for-acceptance")["is"]

    def told(day):
        return [person.contact["id"] for person in responsible(two.ports, "project#p1", is_, two.at(day))]

    assert (told("2026-01-23"), told("2026-01-24")) == (["li"], ["clerk", "li"])


def test_words_that_are_no_roles_are_refused(two):
    for roles in ("leader", [""], [{"leader": True}]):
        with pytest.raises(InvalidInput):
            change(two, roles=roles)


def test_of_somebody_removed_nothing_is_left_but_their_id(two):
    code = make_code(two.ports, "unit", "li", "admin", two.now)["code"]
    bind(two.ports, "telegram:77", code, two.now)
    make_code(two.ports, "unit", "li", "admin", two.now)
    change(two, away=away())
    change(two, "li", name="李四")
    assert remove_contact(two.ports, "unit", "li", "admin", two.now) == {"removed": "li"}
    left = str([item.value for item in two.store.everything().values() if item]) + str(list(two.store.everything()))
    assert "李四" not in left and "console:unit/li" not in left
    assert contact_of(two.ports, "telegram:77") is None
    assert contacts_at(two.ports, "77") == []
    assert not [key for key in two.store.everything() if key.partition.startswith("code#")]
    assert two.store.get(Key("party#unit", "contact#clerk")).value["away"] is None  # nobody stands in any more
    assert two.ledger(what="contact removed")[0]["person"] == "li"
    two.assert_ledgers_whole()


def test_who_is_not_there_can_neither_be_changed_nor_removed(world):
    for attempt in (
        lambda: change(world, "nobody", language="en"),
        lambda: remove_contact(world.ports, "unit", "nobody", "a", world.now),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_id_is_taken_once(world):
    with pytest.raises(Conflict):
        world.contact()


def test_a_writer_who_was_faster_is_waited_for(two):
    two.store.is_beaten_at(0)
    assert change(two, language="en")["language"] == "en"


# Addresses


@pytest.fixture
def robots(two):
    """A place whose people read WeCom's robot too."""
    two.ports.channels["wecom"] = WecomRobot("http://127.0.0.1:9", two.ports.clock)
    return two


KEY = "693a91f6-7000-4bc4-97a0-0ec2000a5aaa"
DESK = {"channel": "console", "address": "桌面"}


def test_what_is_no_address_of_its_channel_is_refused_beside_the_one_it_is(robots):
    nonsense = {"channel": "wecom", "address": "not an address"}
    with pytest.raises(InvalidInput) as raised:
        change(robots, channels=[DESK, nonsense])
    assert faults(raised) == ["/channels/1/address"]
    assert "https://qyapi.weixin.qq.com/" in raised.value.text.zh
    with pytest.raises(InvalidInput):
        register_contact(robots.ports, {**LI, "id": "new", "channels": [nonsense]}, NOBODY)
    for right in (KEY, f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"):
        assert len(change(robots, channels=[DESK, {"channel": "wecom", "address": right}])["channels"]) == 2


def test_an_address_that_was_kept_before_keeps_nobody_from_changing_something_else(robots):
    key = Key("party#unit", "contact#clerk")
    stored, old = robots.store.get(key), {"channel": "wecom", "address": "typed long ago"}
    robots.store.write([Put(key, {**stored.value, "channels": [old]})])
    assert change(robots, name="王芳", channels=[old, DESK])["name"] == "王芳"
