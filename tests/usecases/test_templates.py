"""A vendor that sends only texts approved beforehand: what is accounted for is what was said, and no blank overflows."""

import pytest

from chalicelib.core.ladder import instant
from chalicelib.usecases.registry.contact import contacts_of
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.telling.say import say
from tests.usecases.doubles import Recorder

ONE = {"code": "SMS_1", "parameters": {"name": "{subject}", "title": "{title}", "day": "{due}"}}
SEVERAL = {"code": "SMS_2", "parameters": {"count": "{count}", "refs": "{refs}"}}
CODES = {"code": "SMS_3", "parameters": {"code": "{code}"}}


@pytest.fixture
def sms(make_world):
    """Three projects of one clerk whose only channel is Aliyun's."""
    world = make_world()
    world.ports.channels["aliyun"] = Recorder("aliyun", asks_template=True, has_buttons=False, longest_word=35)
    world.sms = world.ports.channels["aliyun"]
    world.unit()
    world.contact(channels=("aliyun",))
    for number in range(1, 4):
        long_name = f"全县教育系统智慧校园与数字资源公共服务一体化平台建设项目第{number}期" * 2
        done = {"id": f"m{number}", "event": "construction_completed", "on": "2026-01-15"}
        world.project(f"p{number}", facts={"total_investment": 6_000_000}, milestones=[done], name=long_name)
    return world


def tuned(world, **layouts):
    keyed = {key.replace("_", "."): layout for key, layout in layouts.items()}
    change = {"settings": {"text_of_channel": keyed}}
    publish(world.ports, world.place, change, by="admin", why="短信模板", expects=None, now=world.now)


def sent(world):
    world.tick_until_quiet()
    world.at("2026-01-21", "09:05")
    for _ in range(5):
        world.deliver()
    return [message.template for message in world.sms.sent]


def test_one_message_for_each_duty_where_there_is_a_template_for_one(sms):
    tuned(sms, aliyun_zh_title=ONE)
    templates = sent(sms)
    assert [template.code for template in templates] == ["SMS_1"] * 3
    assert all(template.parameters["name"].endswith("…") for template in templates)
    assert all(len(word) <= 35 for template in templates for word in template.parameters.values())
    entries = sms.ledger(what="accepted")
    assert len({entry["obligation"] for entry in entries}) == 3 and len({entry["at"] for entry in entries}) >= 1


def test_one_message_for_all_where_there_is_a_template_for_several_that_names_each(sms):
    tuned(sms, aliyun_zh_title={**ONE, "several": SEVERAL})
    (template,) = sent(sms)
    assert template.code == "SMS_2" and template.parameters["count"] == "3"
    assert len(template.parameters["refs"].split("、")) == 3
    assert len(sms.ledger(what="accepted")) == 3


def test_a_code_goes_out_by_its_own_template_or_not_at_all(sms):
    clerk = contacts_of(sms.store, "unit")["clerk"]
    at = instant(sms.now.date(), "10:09")
    assert say(sms.ports, clerk, "登录验证码 123456", at, code="123456") is None
    tuned(sms, aliyun_zh_code=CODES)
    assert say(sms.ports, clerk, "登录验证码 123456", at, code="123456") == "aliyun"
    assert sms.sms.sent[-1].template.parameters == {"code": "123456"}
