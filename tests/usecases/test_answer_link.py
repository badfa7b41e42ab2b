"""An answer link: for one notice, good once and for two weeks, and opening it changes nothing."""

import pytest

from chalicelib.usecases.reminding.answer_link import LinkExpired, redeem, shown


@pytest.fixture
def link(planned):
    """A message over a channel without buttons; its link's token."""
    planned.chat.has_buttons = False
    planned.deliver()
    (text,) = planned.chat.texts
    planned.token = text.rpartition("/a/")[2]
    assert len(planned.token) == 22
    return planned


def test_opening_it_signs_nothing(link):
    page = shown(link.ports, link.token, link.now)
    assert [duty["name"] for duty in page["duties"]] == ["项目p1"]
    assert page["used"] is None and link.row("apply-for-acceptance")["acknowledged"] is None


def test_it_signs_once(link):
    for _ in range(2):
        assert redeem(link.ports, link.token, "link", link.now)["used"]
        link.later(minutes=1)
    assert link.row("apply-for-acceptance")["acknowledged"]["by"] == "unit/clerk"
    assert [row["how"] for row in link.ledger(what="acknowledged")] == ["link"]


def test_it_is_good_for_two_weeks(link):
    link.later(days=14, minutes=1)
    with pytest.raises(LinkExpired):
        redeem(link.ports, link.token, "link", link.now)


def test_one_that_was_guessed_is_none(link):
    with pytest.raises(LinkExpired):
        shown(link.ports, link.token[:-1] + ("A" if link.token[-1] != "A" else "B"), link.now)


def test_with_buttons_there_is_no_link(planned):
    planned.deliver()
    (message,) = planned.chat.sent
    assert "/a/" not in message.text
    assert [button.action.partition(":")[0] for button in message.buttons] == ["ack", "snooze", "why"]
