"""Saying something at once to one person."""

from chalicelib.usecases.telling.say import say

GROUP, OWN = {"channel": "console", "address": "group:all"}, {"channel": "telegram", "address": "4242"}


def test_what_is_for_one_person_goes_past_a_group_that_they_read(world):
    contact = {"party": "unit", "id": "clerk", "channels": [GROUP, OWN]}
    assert say(world.ports, contact, "验证码 123456", world.now) == "telegram"
    assert say(world.ports, {**contact, "channels": [GROUP]}, "验证码 123456", world.now) is None
    assert (world.chat.texts, world.sms.texts) == ([], ["验证码 123456"])
