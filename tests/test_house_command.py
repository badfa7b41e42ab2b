"""What the commands say where they are used wrongly, and where a file cannot be written: in Chinese, and before harm is done."""

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.registry.contact import register_contact
from chalicelib.usecases.registry.register import register_party
from chalicelib.usecases.signing_in.session import roles_of
from chalicelib.usecases.state import epoch
from tests.test_published_command import duban  # noqa: F401 - a fixture
from tests.usecases.world import NOBODY

HERE = ("--jurisdiction", "yunyang")
UNIT = {"id": "yz", "name": "一中", "jurisdiction": "yunyang", "kind": "school"}


@pytest.fixture
def house(duban):  # noqa: F811
    """`duban`, with a store that is there."""
    ports = bootstrap.ports()
    register_party(ports, UNIT, ports.clock(), NOBODY)
    return duban


def state():
    return epoch.epoch_of(bootstrap.ports().store).value["state"]


@pytest.mark.parametrize("words", [("dump", "--freeze"), ("dump",), ("backup",)], ids=" ".join)
def test_a_file_that_cannot_be_written_is_told_in_words_and_nothing_is_frozen(house, tmp_path, words):
    status, printed = house(*words, str(tmp_path / "nowhere" / "x.duban"))
    assert status == 1 and "无法写入" in printed.err and "已冻结" not in printed.err
    assert state() == "open"


@pytest.mark.parametrize("words", [("dump", "--freeze"), ("dump",), ("backup",)], ids=" ".join)
def test_no_file_is_overwritten(house, tmp_path, words):
    file = tmp_path / "x.duban"
    file.write_text("precious")
    status, printed = house(*words, str(file))
    assert status == 1 and "已存在" in printed.err
    assert (file.read_text(), state()) == ("precious", "open")


def test_what_fails_after_a_freeze_says_how_to_go_on(house, tmp_path):
    assert house("dump", "--freeze", str(tmp_path / "a.duban"))[0] == 0
    status, printed = house("dump", "--freeze", str(tmp_path / "nowhere" / "b.duban"))
    assert status == 1 and "已冻结；取消用 duban thaw" in printed.err
    assert [path.name for path in tmp_path.glob("*duban*")] == ["a.duban"]


def test_a_frozen_store_says_so_when_it_is_to_tick_and_is_thawed_once(house, tmp_path):
    assert "本来就没有冻结" in house("thaw")[1].out
    house("dump", "--freeze", str(tmp_path / "a.duban"))
    status, printed = house("tick")
    assert status == 1 and "已冻结" in printed.err and "到点" not in printed.out
    assert "已解冻" in house("thaw")[1].out
    assert "本来就没有冻结" in house("thaw")[1].out
    assert house("tick")[0] == 0


@pytest.mark.parametrize("name", ["units.xlsx", "units.csv"])
def test_an_export_to_a_folder_that_is_not_there_is_told_in_words(house, tmp_path, name):
    status, printed = house("export", "units", *HERE, "--out", str(tmp_path / "nowhere" / name))
    assert status == 1 and "无法写入" in printed.err


def test_a_file_that_is_no_table_has_no_row_0(house, tmp_path):
    file = tmp_path / "letter.csv"
    file.write_text("关于报送项目的函\n请各单位抓紧办理\n", "utf-8")
    status, printed = house("import", str(file), "--kind", "units", *HERE)
    assert status == 1 and "整份文件" in printed.out and "第0行" not in printed.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dump",), "duban dump：缺少参数：file"),
        (("dumb",), "不能是 'dumb'，可用"),
        (("verify", "--al"), "没有这些参数：--al"),
        (("rules",), "缺少参数：ACTION"),
        (("contact", "admin"), "缺少参数：PARTY/ID"),
        (("calendar", "show", "next"), "year 应为整数，不能是 'next'"),
        (("evaluate", "f", "--on", "soon"), "“soon”不是日期"),
        (("evaluate", "f", "--on"), "--on 后面缺少内容"),
        (("import", "f", *HERE), "以下参数须写明一个：--kind --form"),
        (("resume", "--skip", "--resend"), "不能与 --skip 同用"),
        (("tick", "--now", "noon"), "“noon”不是时刻"),
    ],
)
def test_wrong_usage_is_told_in_chinese_first_with_status_2(duban, capsys, words, said):  # noqa: F811
    with pytest.raises(SystemExit) as ended:
        duban(*words)
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.err.startswith("用法") and said in printed.err and printed.out == ""


def test_duban_alone_shows_its_commands_with_status_2(duban):  # noqa: F811
    status, printed = duban()
    assert status == 2 and "用法" in printed.err and "evaluate" in printed.err


def test_what_is_told_of_an_instant_is_what_clocks_in_china_show(house):
    contact = {"id": "li", "party": "yz", "name": "李某"}
    register_contact(bootstrap.ports(), contact, NOBODY)
    assert "（北京时间）前有效" in house("contact", "code", "yz", "li")[1].out
    house("feed", "issue", *HERE)
    assert "（北京时间）" in house("feed", "list", *HERE)[1].out
    house("tick")
    printed = house("rules", "versions", "yunyang")[1].out
    assert "seed" not in printed


def test_a_contact_is_made_an_admin_from_the_command_line(house):
    channels = [{"channel": "console", "address": "li@example.org"}]
    register_contact(bootstrap.ports(), {"id": "li", "party": "yz", "name": "李某", "channels": channels}, NOBODY)
    status, printed = house("contact", "admin", "yz/li")
    assert status == 0 and "是管理员了" in printed.out and "li@example.org" not in printed.out
    assert "admin" in {each.role for each in roles_of(bootstrap.ports().store, "yz", "li")}
    assert house("contact", "code", "yz", "li")[0] == 0
    assert house("contact", "admin", "yz/li", "--revoke")[0] == 0
    assert {each.role for each in roles_of(bootstrap.ports().store, "yz", "li")} == {"unit"}
    for wrong in ("li", "yz/nobody"):
        status, printed = house("contact", "admin", wrong)
        assert status == 1 and "联系人" in printed.err


def test_a_draft_is_no_edition_called_draft(duban):  # noqa: F811
    printed = duban("rules", "list")[1].out
    assert "draft" not in printed and "征求意见稿" in printed
