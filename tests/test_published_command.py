"""The commands that read and change what is published: they go by the store where there is one, and make none to read."""

import json
import os
import socket

import pytest
import yaml

from chalicelib import bootstrap, loaders
from chalicelib.cli import main
from chalicelib.usecases.clockwork.health import health

READING = [["rules", "list"], ["rules", "show", "yunyang"], ["calendar", "show", "2026"]]


@pytest.fixture
def duban(tmp_path, monkeypatch, capsys):
    """Runs a command of an installation whose data folder is `tmp_path / "data"`; gives its status and what it printed."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DUBAN_DATA", str(tmp_path / "data"))
    bootstrap.settings.cache_clear()
    bootstrap.ports.cache_clear()

    def run(*words):
        bootstrap.settings.cache_clear()
        status = main(words)
        return status, capsys.readouterr()

    yield run
    if (tmp_path / "data").exists():
        bootstrap.ports().store.close()
    bootstrap.ports.cache_clear()
    bootstrap.settings.cache_clear()


@pytest.fixture
def revised(tmp_path):
    """A file with the rulebook of Yunyang, revised: another name and term."""
    book = {**loaders.seed_rulebook("yunyang"), "revision": 2, "name": {"zh": "云阳", "en": "Yunyang"}}
    file = tmp_path / "revised.yaml"
    file.write_text(yaml.safe_dump(book, allow_unicode=True), "utf-8")
    return str(file)


def revision(duban, *more):
    status, printed = duban("rules", "list", "--json", *more)
    assert status == 0
    return {book["id"]: book["revision"] for book in json.loads(printed.out)}["yunyang"]


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.parametrize("more", [[], ["--files"]], ids=["", "files"])
def test_reading_makes_no_data_folder(duban, tmp_path, words, more):
    status, printed = duban(*words, *more)
    assert (status, printed.err) == (0, "") and printed.out
    assert not (tmp_path / "data").exists()


def test_what_is_listed_is_what_was_published(duban, revised):
    assert revision(duban) == 1
    status, printed = duban("rules", "publish", revised, "--why", "试")
    assert (status, "已发布第1版" in printed.out) == (0, True)
    assert (revision(duban), revision(duban, "--files")) == (2, 1)
    assert duban("rules", "rollback", "yunyang", "0", "--why", "恢复")[0] == 0
    assert revision(duban) == 1


def test_a_published_calendar_is_the_one_that_is_shown(duban, tmp_path):
    notice = {
        "year": 2027,
        "revision": 1,
        "notice": {"title": "2027年的通知", "number": None, "issued_on": "2026-11-04"},
        "rest": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],
        "work": [],
    }
    file = tmp_path / "cn-2027.yaml"
    file.write_text(yaml.safe_dump(notice, allow_unicode=True), "utf-8")
    assert duban("calendar", "publish", str(file), "--why", "试")[0] == 0
    assert duban("calendar", "show", "2027")[1].out.startswith("2027年的通知\n  休 2027-01-01 元旦\n  休 2027-01-02 元旦\n")
    assert "暂定" in duban("calendar", "show", "2027", "--files")[1].out


@pytest.mark.parametrize("words", [["rules", "list"], ["tick"]], ids=" ".join)
def test_a_setting_that_does_not_exist_is_told_in_words_and_passed_over(duban, monkeypatch, caplog, words):
    monkeypatch.setenv("DUBAN_PROT", "8081")
    status, printed = duban(*words)
    assert (status, printed.err) == (0, "")
    (said,) = {record.getMessage() for record in caplog.records}
    assert said.startswith("没有 DUBAN_PROT 这个环境变量设置") and "DUBAN_PORT" in said


@pytest.mark.parametrize("instant", ["2040-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
def test_a_tick_of_another_day_does_not_say_that_the_clock_lived_until_then(duban, instant):
    assert duban("tick", "--now", instant)[0] == 0
    ports = bootstrap.ports()
    assert health(ports.store, ports.clock())["last_tick"] <= min(instant, ports.clock().strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.parametrize(
    "instant", ["tomorrow", "2026-11-20", "2026-11-20T01:00:00", "2026-11-20T01:00:00+08:00", "2026-13-20T01:00:00Z"]
)
def test_an_instant_is_written_in_one_way(duban, capsys, instant):
    with pytest.raises(SystemExit) as ended:
        duban("tick", "--now", instant)
    assert (ended.value.code, "不是时刻" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize("words", [["verify"], ["sample", "unload"]], ids=" ".join)
def test_a_mistyped_folder_does_not_pass_for_an_empty_store(duban, monkeypatch, tmp_path, words):
    monkeypatch.setenv("DUBAN_DATA", str(tmp_path / "mistyped"))
    status, printed = duban(*words)
    assert (status, (tmp_path / "mistyped").exists()) == (1, False)
    assert "请核对 DUBAN_DATA" in printed.err


def test_a_port_that_is_taken_is_said_before_anything_is_promised(duban, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, printed = duban("serve", "--data", str(tmp_path / "new"), "--port", str(taken.getsockname()[1]))
    assert (status, printed.out) == (1, "")
    assert "服务未启动" in printed.err and not (tmp_path / "new").exists()


def test_a_port_that_is_no_number_is_said(duban, tmp_path):
    status, printed = duban("serve", "--data", str(tmp_path / "new"), "--port", "abc")
    assert (status, "8080" in printed.err) == (1, True)
