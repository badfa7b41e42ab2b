"""A whole talk with the bot: what is asked, what is answered, and what it does."""

import pytest

from chalicelib.ports import Said
from chalicelib.usecases.bot.answer import WELCOME, answer
from chalicelib.usecases.bot.talk import understood
from chalicelib.usecases.registry.contact import change_contact, contacts_of
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.signing_in.binding import bind, contact_of, make_code
from chalicelib.usecases.state.references import reference

CHAT = "telegram:4242"
MOST_BYTES = 60  # of a button's action


class Chat:
    """Somebody's chat with the bot."""

    def __init__(self, world, chat=CHAT):
        self.world, self.chat = world, chat

    def says(self, text):
        return self._answered(Said(self.chat, text=text))

    def touches(self, action):
        return self._answered(Said(self.chat, action=action))

    def _answered(self, said):
        reply = answer(self.world.ports, said, self.world.now, self.world.url)
        for button in buttons(reply).values():
            assert button.isascii() and len(button.encode()) <= MOST_BYTES
        return reply


def buttons(reply):
    """What each button's label stands for."""
    return {button.label: button.action for row in reply.rows for button in row}


def bound(world, ident="clerk", party="unit", chat=CHAT):
    made = make_code(world.ports, party, ident, "admin", world.now)
    assert bind(world.ports, chat, made["code"], world.now)
    return Chat(world, chat)


@pytest.fixture
def chat(world):
    """The clerk's chat; the project was completed on 2026-01-15, so that acceptance is due on Wed 2026-07-15."""
    world.completed()
    world.tick()
    return bound(world)


@pytest.fixture
def ref(world):
    (ident,) = [ident for ident in world.rows() if ident.startswith("p1/apply-for-acceptance")]
    return reference(ident)


def project_rows(world):
    return world.row("apply-for-acceptance")


# -- strangers


def test_a_stranger_is_told_the_same_whatever_they_say_or_touch(chat, ref):
    stranger = Chat(chat.world, "telegram:666")
    before = len(chat.world.store.written)
    said = ["hi", "我的事项", "/start", "项目 p1", "设置", "", "x" * 5000]
    touched = [f"item:{ref}", f"ack:{ref}", f"why:{ref}", "mine:0", "stop:yes"]
    replies = [*map(stranger.says, said), *map(stranger.touches, touched)]
    assert {reply.text for reply in replies} == {WELCOME}
    assert not any(reply.rows or reply.note for reply in replies)
    assert len(chat.world.store.written) == before
    assert not project_rows(chat.world)["acknowledged"]


def test_a_wrong_code_a_used_one_and_too_many_are_answered_alike(world):
    code = make_code(world.ports, "unit", "clerk", "admin", world.now)["code"]
    bound(world, chat="telegram:1")  # makes and uses another: the first is good for nothing now
    stranger = Chat(world, "telegram:666")
    texts = {stranger.says(f"/start {wrong}").text for wrong in (code, "ABCD2345", *["ABCD2346"] * 9)}
    right = make_code(world.ports, "unit", "clerk", "admin", world.now)["code"]
    assert texts | {stranger.says(right).text} == {WELCOME}


def test_a_code_alone_or_after_start_binds_the_chat_and_greets(world):
    for place, form in enumerate(("/start {}", "{}", "/start@duban_bot {}", "绑定 {}")):
        code = make_code(world.ports, "unit", "clerk", "admin", world.now)["code"]
        reply = Chat(world, f"telegram:{place}").says(form.format(code))
        assert reply.text.startswith("张三，您好！已绑定") and "我的事项" in reply.text


def test_who_is_bound_may_move_the_chat_to_another_contact(chat):
    chat.world.contact(ident="li")
    code = make_code(chat.world.ports, "unit", "li", "admin", chat.world.now)["code"]
    chat.says(f"/start {code}")
    assert contact_of(chat.world.ports, CHAT)["id"] == "li"


def test_of_a_contact_who_was_removed_the_chat_knows_nothing(chat):
    from chalicelib.usecases.registry.contact import remove_contact

    remove_contact(chat.world.ports, "unit", "clerk", "admin", chat.world.now)
    assert chat.says("我的事项").text == WELCOME


# -- what is asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("我的事项", ("mine", "")),
        ("/mine", ("mine", "")),
        ("/MINE@duban_bot", ("mine", "")),
        ("7天内", ("due", "7")),
        ("未来30天到期", ("due", "30")),
        ("7 days", ("due", "7")),
        ("/due 7", ("due", "7")),
        ("项目 医共体", ("project", "医共体")),
        ("项目医共体", ("project", "医共体")),
        ("/project Health", ("project", "Health")),
        ("免打扰　21:00-08:00", ("quiet", "21:00-08:00")),
        ("解除绑定", ("stop", "")),
        ("回来了", ("back", "")),
        ("你好", ("help", "")),
        ("", ("help", "")),
    ],
)
def test_words_are_understood_as_people_write_them(text, asked):
    assert understood(text) == asked


def test_what_nobody_understands_is_answered_with_help(chat):
    for text in ("你好", "/nonsense", "", "?"):
        assert chat.says(text).text.startswith("【督办】可以发送")


def test_an_action_of_an_earlier_version_does_no_harm(chat):
    for action in ("gone:1", "snooze:zz:not-a-day", "away:#zz:2026-13-40", "", ":", "mine:x", "due:99999:x", "item:"):
        assert chat.touches(action) is not None


# -- duties


def test_my_duties_come_nearest_first_with_a_button_for_each(chat, ref):
    reply = chat.says("我的事项")
    assert reply.text.splitlines() == [
        "【督办】您有2项待办",
        "1. 项目p1：提交竣工验收申请",
        "   请于2026-07-15（周三）前办结（还有118个工作日）",
        "2. 单位unit：报送下一年度政务信息化项目清单",
        "   请于2026-09-30（周三）前办结（还有173个工作日）",
    ]
    assert buttons(reply)["1"] == f"item:{ref}"


def test_who_owes_nothing_is_told_so(make_world):
    world = make_world()
    world.office()
    world.contact("office", "boss")
    assert "目前没有待办事项" in bound(world, "boss", "office").says("我的事项").text


def test_what_is_due_in_some_days_is_just_that(chat):
    assert chat.says("7天内").text == "【督办】7天内没有到期事项。"
    assert "提交竣工验收申请" in chat.says("200天内").text and "项目清单" not in chat.says("200天内").text
    assert "项目清单" in chat.touches("due:300").text


def test_more_than_a_page_can_be_turned(world):
    for number in range(2, 9):
        world.project(f"p{number}", facts={"total_investment": 6_000_000, "kind": "new"})
        world.completed(f"p{number}")
    chat = bound(world)
    first = chat.says("我的事项")
    assert "您有8项待办（第1–5项）" in first.text
    second = chat.touches(buttons(first)["下一页 ›"])
    assert "（第6–8项）" in second.text and second.replaces
    assert buttons(chat.touches(buttons(second)["‹ 上一页"])) == buttons(first)
    assert set(buttons(first).values()).isdisjoint(action for action in buttons(second).values() if action.startswith("item"))
    assert "（第6–8项）" in chat.touches("mine:900").text  # a page that has gone since


def test_a_project_is_found_by_its_name_or_a_button(chat):
    chat.world.project("p2", facts={"kind": "new"})
    choice = chat.says("项目")
    assert list(buttons(choice)) == ["项目p1", "项目p2"]
    reply = chat.touches(buttons(choice)["项目p1"])
    assert reply.text.startswith("【督办】项目p1：在办1项，逾期0项\n1. 项目p1：提交竣工验收申请")
    assert chat.says("项目 p1").text == chat.says("项目 目P1").text == reply.text
    assert chat.says("项目 p2").text == "【督办】项目p2目前没有在办事项。"
    assert "没有找到" in chat.says("项目 冰箱").text


def test_a_project_with_a_long_id_has_a_button_too(world):
    world.project("x" * 64)
    assert buttons(bound(world).says("项目 项目"))


def test_of_one_duty_the_bot_says_why(chat, ref):
    text = chat.touches(f"why:{ref}").text
    assert "第25条：“总投资在500万元(含)以上的" in text and "自2026-01-15（周四）次日起算6个月" in text
    chat.touches("set:language:en")
    assert "article 25" in chat.touches(f"why:{ref}").text


def test_signing_is_told_at_the_touch_and_takes_the_button_away(chat, ref):
    for _ in range(2):
        reply = chat.touches(f"ack:{ref}")
        assert (reply.text, reply.note, reply.spends) == ("", "已签收，谢谢", True)
    assert project_rows(chat.world)["acknowledged"]["by"] == "unit/clerk"
    assert len(chat.world.ledger(what="acknowledged")) == 1
    shown = chat.touches(f"item:{ref}")
    assert "✓ 已签收 2026-01-20（周二）" in shown.text and "签收" not in buttons(shown)


def test_one_is_asked_when_to_be_reminded_again_and_only_working_days_are_offered(chat, ref):
    offered = chat.touches(f"snooze:{ref}")
    assert list(buttons(offered)) == ["2026-01-21（周三）", "2026-01-23（周五）", "2026-01-27（周二）"]
    assert not offered.replaces  # the reminder stays where it is
    assert chat.touches(f"snooze:{ref}:2026-01-23").text == "好的，2026-01-23（周五）再提醒您。"
    assert project_rows(chat.world)["snoozed"] == {"unit/clerk": "2026-01-23"}


def test_what_is_due_cannot_be_put_off(chat, ref):
    chat.world.at("2026-07-15")
    assert "不能再推迟" in chat.touches(f"snooze:{ref}").note
    refused = chat.touches(f"snooze:{ref}:2026-07-16")
    assert "只能推迟" in refused.text + refused.note


def test_a_duty_of_another_unit_is_not_there(chat, ref):
    chat.world.unit("far")
    chat.world.contact("far", "wu")
    wu = bound(chat.world, "wu", "far", "telegram:5")
    for action in ("item", "why", "ack", "snooze"):
        assert "没有找到这个事项" in wu.touches(f"{action}:{ref}").note
    assert "没有找到" in wu.says("项目 p1").text
    assert not project_rows(chat.world)["acknowledged"]


def test_who_was_reminded_in_anothers_stead_may_answer(make_world):
    """The unit has no contact: its department is told, though it may not look at the unit's things otherwise."""
    world = make_world()
    world.unit("bureau")
    world.contact("bureau", "lead")
    world.unit(parent="bureau")
    world.project(facts={"total_investment": 6_000_000, "kind": "new"})
    world.completed()
    chat, ref = bound(world, "lead", "bureau"), reference(project_rows(world)["is"]["id"])
    assert "没有找到" in chat.touches(f"ack:{ref}").note  # not told yet
    world.tick()
    assert chat.touches(f"ack:{ref}").note == "已签收，谢谢"


def test_a_reminder_carries_buttons_that_the_bot_understands(chat):
    world = chat.world
    change_contact(world.ports, "unit", "clerk", {"at_once": True}, "admin", world.now)
    world.at("2026-07-08", "09:00")
    world.tick()
    world.deliver()
    (message,) = world.sms.sent
    actions = [button.action for button in message.buttons]
    assert [action.partition(":")[0] for action in actions] == ["ack", "snooze", "why"]
    assert chat.touches(actions[0]).note == "已签收，谢谢"


def test_all_of_a_digest_can_be_signed_at_once_by_who_got_it(chat):
    world = chat.world
    world.project("p2", facts={"total_investment": 6_000_000, "kind": "new"})
    world.completed("p2")
    world.tick()
    world.at("2026-01-21", "09:30")
    world.deliver()
    (message,) = world.sms.sent
    (all_of_it,) = message.buttons
    world.contact(ident="li")
    assert bound(world, "li", chat="telegram:5").touches(all_of_it.action).spends is False
    reply = chat.touches(all_of_it.action)
    assert (reply.note, reply.spends) == ("已全部签收，谢谢", True)
    for holder in ("project#p1", "project#p2"):
        assert world.row("apply-for-acceptance", holder)["acknowledged"]["by"] == "unit/clerk"


# -- offices


@pytest.fixture
def boss(chat):
    chat.world.office()
    chat.world.contact("office", "boss")
    return bound(chat.world, "boss", "office", "telegram:9")


def test_an_office_hears_how_much_the_units_owe_and_sees_the_late_ones_first(boss):
    world = boss.world
    world.unit("slow")
    world.project("late", unit="slow", facts={"total_investment": 6_000_000, "kind": "new"}, tracked_since="2025-01-01")
    world.completed("late", on="2025-06-30", party="slow")  # half a year ends on Tue 2025-12-30
    own = boss.says("我的事项")
    assert "各单位在办4项，其中逾期1项。" in own.text
    units = boss.touches(buttons(own)["各单位事项"])
    assert units.text.splitlines()[:3] == [
        "【督办】各单位在办4项，其中逾期1项",
        "1. 项目late：提交竣工验收申请",
        "   期限2025-12-30（周二），已逾期21天，请尽快办理",
    ]
    shown = boss.touches(buttons(units)["1"])
    assert list(buttons(shown)) == ["依据", "‹ 我的事项"]  # it is not theirs to sign for


def test_an_office_neither_signs_for_a_units_duty_nor_puts_it_off_with_a_button_it_was_not_given(boss, ref):
    assert "提交竣工验收申请" in boss.touches(f"item:{ref}").text
    for action in (f"ack:{ref}", f"snooze:{ref}", f"snooze:{ref}:2026-07-01"):
        assert "不需要您签收" in boss.touches(action).note
    assert not project_rows(boss.world)["acknowledged"]


def test_a_unit_does_not_get_the_list_of_the_units(chat):
    assert "主管部门" in chat.touches("units:0").note


def test_an_offices_own_clocks_are_its_own(boss):
    world = boss.world
    world.at("2026-08-25")
    world.tick_until_quiet()
    own = [duty for duty in boss.says("1天内").text.splitlines() if duty[:1].isdigit()]
    assert not any("竣工验收申请" in duty for duty in own)


# -- how one is reminded


def clerk(chat, ident="clerk"):
    return contacts_of(chat.world.store, "unit")[ident]


def test_settings_are_shown_and_changed_with_a_touch(chat):
    assert "提醒方式：每日晨报 08:40\n免打扰：20:00-08:30\n语言：中文" in chat.says("设置").text
    assert "逐条即时提醒" in chat.touches("set:once:1").text and clerk(chat)["at_once"]
    assert "每日晨报 09:30" in chat.touches("set:digest:09:30").text and not clerk(chat)["at_once"]
    assert "免打扰：22:00-07:00" in chat.touches("set:quiet:22:00-07:00").text
    assert clerk(chat)["prefers"] == {"digest_at": "09:30", "quiet_from": "22:00", "quiet_to": "07:00"}
    assert "每日晨报 08:40" in chat.touches("set:default:").text and clerk(chat)["prefers"] == {}
    assert chat.touches("set:language:en").text.startswith("[Duban] Settings")
    assert chat.says("help").text.startswith("[Duban] You can send")


def test_every_setting_that_is_offered_can_be_had(chat):
    for label, action in buttons(chat.says("设置")).items():
        assert "Settings" in chat.touches(action).text or "设置" in chat.touches(action).text, label
        chat.touches("set:default:")
        chat.touches("set:language:zh")


@pytest.mark.parametrize("text", ["晨报 09:15", "晨报 9:15", "晨报9点15", "/digest 9:15", "晨报　09：15"])
def test_a_time_may_be_typed(chat, text):
    assert "每日晨报 09:15" in chat.says(text).text


@pytest.mark.parametrize("text", ["免打扰 21:00-08:00", "免打扰 21点到8点", "/quiet 21:00 8:00"])
def test_quiet_hours_may_be_typed(chat, text):
    assert "免打扰：21:00-08:00" in chat.says(text).text


def test_what_makes_no_sense_is_explained(chat):
    assert "晨报时间（23:00）应在" in chat.says("晨报 23:00").text
    assert "24小时制" in chat.says("晨报 99:00").text
    assert chat.says("晨报 早上").text.startswith("【督办】设置")
    assert clerk(chat)["prefers"] == {}


def test_a_colleague_stands_in_while_one_is_away_and_is_told(chat):
    world = chat.world
    world.contact(ident="li")
    who = chat.says("外出")
    when = chat.touches(buttons(who)["张三"])
    done = chat.touches(buttons(when)["2026-01-22（周四）"])
    assert done.text.startswith("好的：2026-01-20（周二）至2026-01-22（周四）的提醒由张三代收")
    assert clerk(chat)["away"] == {"from": "2026-01-20", "until": "2026-01-22", "to": "li"}
    assert world.chat.sent[-1].address == "console:unit/li" and "期间的提醒由您代收" in world.chat.texts[-1]
    told = len(world.chat.sent)
    chat.touches(buttons(when)["2026-01-22（周四）"])  # touched twice: told once
    assert len(world.chat.sent) == told
    assert "现已设置：2026-01-20至2026-01-22" in chat.says("外出").text
    assert "欢迎回来" in chat.says("回来了").text and clerk(chat)["away"] is None


def test_days_away_and_a_name_may_be_typed(chat):
    change_contact(chat.world.ports, "unit", "clerk", {"name": "王芳"}, "admin", chat.world.now)
    chat.world.contact(ident="li")
    assert "2026-02-01（周日）至2026-02-05（周四）" in chat.says("外出 2026-02-01 至 2026-02-05 张三").text
    assert clerk(chat)["away"] == {"from": "2026-02-01", "until": "2026-02-05", "to": "li"}
    assert "由哪位同事代收" in chat.says("外出 2026-02-01 2026-02-05 无名氏").text


def test_alone_one_cannot_hand_over(chat):
    assert "没有其他可以代收的联系人" in chat.says("外出").text


def test_leaving_is_asked_twice_and_ends_the_reminders_of_this_chat(chat):
    asked = chat.says("/stop")
    assert contact_of(chat.world.ports, CHAT)
    chat.touches(buttons(asked)["不解除"])
    assert "已解除绑定" in chat.touches(buttons(asked)["确定解除"]).text
    assert chat.says("我的事项").text == WELCOME
    assert [channel["channel"] for channel in clerk(chat)["channels"]] == ["console"]


def test_who_has_no_other_channel_is_warned(world):
    world.contact(ident="li", channels=())
    assert "唯一的提醒渠道" in bound(world, "li").says("/stop").text


# -- what may be said on the channel


def test_where_a_place_lets_nothing_be_named_the_bot_names_nothing(chat, ref):
    world = chat.world
    level = {**world.ports.rules.editions("yunyang")[-1].settings["content_level"], "telegram": "reference"}
    publish(world.ports, "yunyang", {"settings": {"content_level": level}}, by="admin", why="试", expects=None, now=world.now)
    replies = [chat.says(text) for text in ("我的事项", "300天内", "项目", "项目 p1")]
    replies += [chat.touches(f"{action}:{ref}") for action in ("item", "why")]
    for reply in replies:
        assert not any(word in reply.text + str(reply.rows) for word in ("项目p1", "单位unit", "竣工", "2026-07-15")), reply
    assert "请登录查看：https://duban.example" in replies[0].text


def test_a_list_costs_reads_by_holders_and_evaluates_nothing(chat):
    """One project more is one query more."""

    def cost():
        before = chat.world.store.reads
        chat.says("我的事项")
        return chat.world.store.reads - before

    first = cost()
    chat.world.project("p2", facts={"kind": "new"})
    assert cost() == first + 1
