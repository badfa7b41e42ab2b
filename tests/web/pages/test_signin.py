"""Signing in without a password, sessions that end, and what an attacker would try."""

import threading
from datetime import timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.ports import Delete, Key
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.contact import change_contact, register_contact, remove_contact
from chalicelib.usecases.signing_in.session import Identity
from chalicelib.usecases.signing_in.signin import GUESSES, make_link
from chalicelib.usecases.state.once import Once
from chalicelib.web.pages.signin import ASIDE

from ..installation import NOW
from .browsing import Browser, code_in
from .conftest import signed_in

TOKEN = "__Host-duban"  # the cookie, where the public URL is https


def asked_code(browser, capsys, who="yy-health/li"):
    browser.open("/signin")
    capsys.readouterr()
    browser.press("获取验证码", who=who)
    return sent(capsys)


def sent(capsys):
    """What the channel has brought, once it is through."""
    for thread in threading.enumerate():
        if thread.name == ASIDE:
            thread.join()
    return capsys.readouterr().out


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_contact_signs_in_with_the_code_that_their_own_channel_brings(stranger, capsys):
    said = asked_code(stranger, capsys)
    assert "李某" not in stranger.page.words
    home = stranger.press("登录", code=code_in(said))
    assert stranger.path == "/"
    assert "县人民医院 · 李某" in home.words


def test_a_code_may_be_typed_with_spaces_or_wide_digits(stranger, capsys):
    code = code_in(asked_code(stranger, capsys))
    wide = code[:3].translate({ord("0") + n: ord("０") + n for n in range(10)}) + " " + code[3:]
    assert "李某" in stranger.press("登录", code=wide).words


@pytest.mark.parametrize("typed", ["138 0013 8000", "+86-13800138000", "１３８００１３８０００"])
def test_a_contact_is_found_by_their_phone_however_it_is_written(stranger, capsys, typed):
    add_contact("yy-edu", "sun", [{"channel": "console", "address": "13800138000"}])
    assert code_in(asked_code(stranger, capsys, typed))


def test_a_contact_is_found_by_the_addresses_of_today_only(stranger, capsys, api):
    add_contact("yy-edu", "sun", [{"channel": "console", "address": "sun@example.org"}])
    change = {"channels": [{"channel": "console", "address": "new@example.org"}]}
    change_contact(bootstrap.ports(), "yy-edu", "sun", change, "test", NOW)
    assert asked_code(stranger, capsys, "sun@example.org") == ""
    assert code_in(asked_code(stranger, capsys, "New@Example.org"))
    remove_contact(bootstrap.ports(), "yy-edu", "sun", "test", NOW)
    assert asked_code(Browser(), capsys, "new@example.org") == ""
    assert "example.org" not in str([row for row in api.dump() if row[0].startswith("address")])


def test_who_is_contact_of_two_parties_goes_from_one_to_the_other(stranger, capsys):
    for party in ("yy-edu", "yy-data"):
        add_contact(party, "sun", [{"channel": "console", "address": "13800138000"}])
    code = code_in(asked_code(stranger, capsys, "13800138000"))
    page = stranger.press("登录", code=code)
    assert "请选择这次代表谁办理" in page.words and "县第一中学" in page.words and "县大数据发展局" in page.words
    first = stranger.press("县第一中学").words
    assert "县第一中学 · 孙某" in first and stranger.path == "/"
    stranger.follow("切换单位")
    assert "县大数据发展局 · 孙某" in stranger.press("县大数据发展局").words


def test_who_chooses_a_party_goes_on_to_the_page_they_asked_for(stranger, capsys):
    for party in ("yy-edu", "yy-data"):
        add_contact(party, "sun", [{"channel": "console", "address": "13800138000"}])
    stranger.open("/rulebooks/yunyang")
    capsys.readouterr()
    stranger.press("获取验证码", who="13800138000")
    stranger.press("登录", code=code_in(sent(capsys)))
    stranger.press("县大数据发展局")
    assert stranger.path == "/rulebooks/yunyang" and "县大数据发展局 · 孙某" in stranger.page.words


def test_an_address_that_two_people_share_signs_in_one_of_them_only(stranger, capsys):
    add_contact("yy-edu", "sun", [{"channel": "console", "address": "office line"}])
    more = [{"channel": "console", "address": "office line"}, {"channel": "console", "address": "13800138000"}]
    add_contact("yy-data", "zhou", more)
    code = code_in(asked_code(stranger, capsys, "office line"))
    assert "切换为" not in stranger.press("登录", code=code).words


def add_contact(party, ident, channels):
    contact = {"id": ident, "party": party, "name": "孙某", "channels": channels}
    register_contact(bootstrap.ports(), contact, Once(who="test", key=None, asked=None))


def test_who_is_not_on_file_is_answered_the_same_and_sent_nothing(api, capsys):
    known, unknown = Browser(), Browser()
    assert code_in(asked_code(known, capsys, "yy-health/li"))
    assert asked_code(unknown, capsys, "yy-health/no") == ""
    assert known.page.words.replace("yy-health/li", "…") == unknown.page.words.replace("yy-health/no", "…")
    same = [browser.press("登录", code="000000", status=422).words for browser in (known, unknown)]
    assert same[0].replace("yy-health/li", "…") == same[1].replace("yy-health/no", "…")


def test_a_code_is_good_for_a_few_guesses(stranger, capsys):
    code = code_in(asked_code(stranger, capsys))
    for _ in range(GUESSES):
        stranger.press("登录", code=wrong(code), status=422)
    assert "验证码不对，或已过期" in stranger.press("登录", code=code, status=422).words


def test_a_code_proves_only_the_channels_it_went_to(stranger, capsys):
    """A clerk may give a contact of their own unit any address, an officer's too: a code got before proves nothing of it."""
    officers = [{"channel": "console", "address": "13900001111"}]
    add_contact("yy-data", "zhou", officers)
    add_contact("yy-edu", "eve", [{"channel": "console", "address": "eve@example.org"}])
    code = code_in(asked_code(stranger, capsys, "eve@example.org"))
    change_contact(bootstrap.ports(), "yy-edu", "eve", {"channels": officers}, "test", NOW)
    for who in ("13900001111", "yy-edu/eve", "yy-data/zhou"):
        stranger.open("/signin")
        token = stranger.page.all("input", name="csrf")[0].get("value")
        stranger.post("/signin/code", [("csrf", token), ("who", who), ("code", code)])
        assert stranger.status == 422
    assert not is_signed_in(stranger)


@pytest.mark.parametrize("who", ["yy-health/li", "yy-health/no", "13912345678"])
def test_a_wrong_guess_is_one_write_whoever_is_meant_so_that_its_time_tells_nothing(stranger, capsys, api, who):
    asked_code(stranger, capsys, who)
    before = set(api.dump())
    stranger.press("登录", code="000000", status=422)
    assert len(set(api.dump()) - before) == 1


def test_a_code_is_good_for_one_sign_in_within_ten_minutes_in_the_browser_that_asked(stranger, capsys, monkeypatch):
    code = code_in(asked_code(stranger, capsys))
    thief = Browser()
    thief.open("/signin")
    token = thief.page.all("input", name="csrf")[0].get("value")
    thief.post("/signin/code", [("csrf", token), ("who", "yy-health/li"), ("code", code)])
    assert thief.status == 422
    later(monkeypatch, minutes=10)
    stranger.press("登录", code=code, status=422)


def test_no_more_than_a_few_codes_are_sent_to_a_contact_in_an_hour(api, capsys):
    came = [bool(asked_code(Browser(), capsys)) for _ in range(8)]
    assert came == [True] * 5 + [False] * 3


def test_the_store_holds_no_code_token_or_link(stranger, capsys, api):
    code = code_in(asked_code(stranger, capsys))
    stranger.press("登录", code=code)
    stored = str(
        [row for row in api.dump() if row[0].startswith(("session", "signin"))]
        + [row for row in api.dump() if row[1].startswith("signin#")]
    )
    assert stranger.cookies[TOKEN] not in stored
    assert f'"{code}"' not in stored


# Sessions


def later(monkeypatch, **by):
    now = bootstrap.clock() + timedelta(**by)
    monkeypatch.setattr(bootstrap, "clock", lambda: now)
    bootstrap.ports.cache_clear()


def is_signed_in(browser):
    return bool(browser.open("/").all("form", action="/signout"))


def test_a_session_ends_after_twelve_idle_hours(clerk, monkeypatch):
    for _ in range(3):
        later(monkeypatch, hours=11)
        assert is_signed_in(clerk)
    later(monkeypatch, hours=12)
    assert not is_signed_in(clerk)


def interrupted(browser, monkeypatch, **by):
    """Somebody fills in a form, and presses the button when their session has long ended."""
    browser.open("/fill/project/p1/completion")
    browser.press("继续", classified="false")
    later(monkeypatch, **(by or {"hours": 13}))
    return browser.press("保存草稿", completed_on="2026-08-20", total_investment="680万")


@pytest.mark.parametrize("by", [{"hours": 13}, {"days": 7, "minutes": 1}], ids=["idle", "after a week"])
def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in_again(clerk, capsys, monkeypatch, by):
    page = interrupted(clerk, monkeypatch, **by)
    assert clerk.path.startswith("/signin") and "已保留" in page.words
    capsys.readouterr()
    clerk.press("获取验证码", who="yy-health/li")
    page = clerk.press("登录", code=code_in(sent(capsys)))
    assert "没有丢失" in page.words
    clerk.press("继续提交")
    assert clerk.value("completed_on") == "2026-08-20" and clerk.value("total_investment") == "680万"
    assert not bootstrap.ports().store.query("interrupted")


def test_nobody_else_is_shown_what_was_typed(clerk, capsys, monkeypatch):
    interrupted(clerk, monkeypatch)
    capsys.readouterr()
    clerk.press("获取验证码", who="yy-edu/wang")
    assert "另一个人" in clerk.press("登录", code=code_in(sent(capsys)), status=404).words
    assert "2026-08-20" not in clerk.page.words


def test_what_was_typed_is_given_up_or_goes_by_itself_after_an_hour(clerk, capsys, monkeypatch):
    interrupted(clerk, monkeypatch)
    (kept,) = bootstrap.ports().store.query("interrupted")
    capsys.readouterr()
    clerk.press("获取验证码", who="yy-health/li")
    clerk.press("登录", code=code_in(sent(capsys)))
    later(monkeypatch, minutes=61)
    assert "已过期" in clerk.open(f"/interrupted/{kept.key.sort}", status=404).words
    later(monkeypatch, minutes=-60)
    clerk.open(f"/interrupted/{kept.key.sort}")
    clerk.press("放弃这些内容")
    assert not [key for key in bootstrap.ports().store.scan()[0] if key.key.partition.startswith("interrupted")]


def test_what_was_typed_is_removed_within_two_hours_by_itself(clerk, monkeypatch):
    def stored():
        return [key for key in bootstrap.ports().store.scan()[0] if key.key.partition.startswith("interrupted")]

    interrupted(clerk, monkeypatch)
    tick(bootstrap.ports(), bootstrap.clock())
    for minutes, is_there in ((59, True), (61, False)):
        later(monkeypatch, minutes=minutes)
        tick(bootstrap.ports(), bootstrap.clock())
        assert bool(stored()) == is_there


def test_an_answer_that_says_classified_is_not_kept(clerk, monkeypatch):
    clerk.open("/fill/project/p1/completion")
    later(monkeypatch, hours=13)
    clerk.press("继续", classified="true")
    assert clerk.path == "/signin" and not bootstrap.ports().store.query("interrupted")


def test_a_session_ends_after_seven_days_however_busy(clerk, monkeypatch):
    for _ in range(15):
        later(monkeypatch, hours=11)
        assert is_signed_in(clerk)
    later(monkeypatch, hours=3)
    assert not is_signed_in(clerk)


def test_signing_out_ends_it_on_the_server_too(clerk):
    kept = dict(clerk.cookies)
    clerk.press("退出")
    assert not is_signed_in(clerk)
    assert not is_signed_in(Browser(cookies=kept))


def test_a_session_ends_when_the_contact_is_removed(clerk):
    assert is_signed_in(clerk)
    bootstrap.ports().store.write([Delete(Key("party#yy-health", "contact#li"))])
    assert not is_signed_in(clerk)


def test_signing_in_makes_a_new_token_so_that_a_planted_one_is_worth_nothing(api):
    planted = "0." + "A" * 43
    victim = Browser(cookies={TOKEN: planted})
    victim.open("/signin/link/" + link())
    victim.press("登录")
    assert victim.cookies[TOKEN] != planted
    assert is_signed_in(victim)
    assert not is_signed_in(Browser(cookies={TOKEN: planted}))


@pytest.mark.parametrize("token", ["", "9999999999." + "A" * 43, "1.x", "x" * 99, "²." + "A" * 40, "9" * 60 + ".a"])
def test_a_made_up_token_is_nobody(api, token):
    assert not is_signed_in(Browser(cookies={TOKEN: token}))


def test_what_was_asked_for_is_shown_after_signing_in(stranger, capsys):
    stranger.open("/forms?kind=a%26b")
    assert stranger.path.startswith("/signin?next=")
    capsys.readouterr()
    stranger.press("获取验证码", who="yy-health/li")
    stranger.press("登录", code=code_in(sent(capsys)))
    assert stranger.path == "/forms?kind=a%26b"


def test_a_page_whose_address_is_chinese_is_gone_on_to(clerk):
    assert clerk.located("/signin?next=/forms%3Fabout%3D%E9%A1%B9%E7%9B%AE") == "/forms?about=%E9%A1%B9%E7%9B%AE"
    assert clerk.located("/signin?next=/a%2520b") == "/a%20b"


# Links


def link(role="admin", party=None, contact=None):
    identity = Identity(role=role, jurisdiction="yunyang", party=party, contact=contact)
    return make_link(bootstrap.ports().store, identity, NOW)


def test_a_link_works_once_and_looking_at_it_uses_nothing_up(api):
    path = "/signin/link/" + link()
    for _ in range(2):
        Browser().open(path)
    first, second = Browser(), Browser()
    first.open(path)
    second.open(path)
    assert "管理员" in first.press("登录").words
    assert "已用过或已过期" in second.press("登录", status=422).words
    Browser().open(path, status=422)


def test_a_link_is_good_for_an_hour(api, monkeypatch):
    path = "/signin/link/" + link()
    later(monkeypatch, hours=1)
    Browser().open(path, status=422)


def test_a_role_may_open_its_own_pages_only(api):
    assert "管理员" in signed_in("admin").open("/").words
