"""A served installation is backed up, restored and moved by the commands an operator types."""

import json
import re
import stat

import pytest

from tests.e2e.served import Served

UNIT = {"id": "yy-new", "name": "云阳县新局", "jurisdiction": "yunyang", "kind": "department"}


@pytest.fixture
def house(tmp_path):
    """A server with the sample, running."""
    made = Served(tmp_path / "old")
    made.output.parent.mkdir()
    made.start("--sample")
    made.is_ready()
    yield made
    made.kill()


@pytest.fixture
def new_house(tmp_path):
    made = Served(tmp_path / "new")
    made.output.parent.mkdir()
    yield made
    if made.process:
        made.kill()


def admin(house):
    return house.ran("token", "issue", "--role", "admin", "--jurisdiction", "yunyang").strip()


def register(house, token, ident):
    return house.ask("POST", "/api/v1/parties", {**UNIT, "id": ident}, Authorization=f"Bearer {token}")


def told(house, *words):
    return json.loads(house.ran(*words, "--json"))


def test_a_backup_of_a_running_server_is_restored_paused(house, new_house, tmp_path):
    token, file = admin(house), tmp_path / "backup.duban"
    end = told(house, "backup", str(file))
    assert end["items"] > 100
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.duban", "new", "old"]  # nothing is left beside it
    assert register(house, token, "after-the-copy")[0] == 201

    assert told(new_house, "restore", str(file))["items"] == end["items"]
    assert told(new_house, "verify")["faults"] == {}
    assert (house.folder / "secret").read_text() == (new_house.folder / "secret").read_text()
    assert told(new_house, "resume")["state"] == "paused"
    new_house.start()
    new_house.is_ready()
    assert new_house.ask("GET", "/health")[1]["state"] == "paused"
    assert register(new_house, token, "yy-new")[0] == 201  # people go on
    assert "duban resume" in new_house.ran("resume")
    new_house.ran("resume", "--skip")
    assert new_house.ask("GET", "/health")[1]["state"] == "open"
    assert not (new_house.folder / "restoring").exists()


def test_a_restore_takes_the_place_of_what_is_there_and_keeps_it(house, tmp_path):
    file = str(tmp_path / "backup.duban")
    token = admin(house)
    house.ran("backup", file)
    assert register(house, token, "too-late")[0] == 201
    for words, why in ((("restore", file), "--replace"), (("restore", file, "--replace"), "先停止")):
        refused = house.run(*words)
        assert refused.returncode == 1 and why in refused.stderr
    house.stop()
    house.ran("restore", file, "--replace")
    names = sorted(path.name for path in house.folder.iterdir())
    assert any(re.fullmatch(r"duban\.sqlite\.before-\d{8}T\d{6}Z", name) for name in names)
    house.ran("resume", "--resend")
    house.start()
    house.is_ready()
    assert register(house, token, "too-late")[0] == 201  # nobody knows of it any more


def test_a_frozen_source_refuses_until_it_is_thawed(house, tmp_path):
    token, file = admin(house), str(tmp_path / "moving.duban")
    assert told(house, "dump", file, "--freeze")["items"] > 100
    status, problem = register(house, token, "yy-new")
    assert status == 503
    assert problem["type"].endswith(":unavailable") and "迁移" in problem["detail"]
    assert house.ask("GET", "/api/v1/parties", Authorization=f"Bearer {token}")[0] == 200
    assert house.ask("GET", "/health")[1]["state"] == "frozen"
    house.ran("thaw")
    assert register(house, token, "yy-new")[0] == 201
    assert house.ask("GET", "/health")[1]["state"] == "open"


def test_a_move_ends_the_source_and_the_copy_goes_on_with_its_word(house, new_house, tmp_path):
    token, file = admin(house), str(tmp_path / "moving.duban")
    house.ran("dump", file, "--freeze")
    new_house.ran("load", file)
    new_house.ran("load", file)  # once more changes nothing
    refused = new_house.run("resume", "--resend")
    assert refused.returncode == 1 and "duban retire" in refused.stderr
    word = re.search(r"口令：(\w+)", house.ran("retire"))[1]
    assert house.run("thaw").returncode == 1
    new_house.ran("resume", "--resend", "--word", word)
    new_house.start()
    new_house.is_ready()
    assert register(new_house, token, "yy-new")[0] == 201
    assert register(house, token, "yy-new")[0] == 503
    assert told(new_house, "verify")["faults"] == {}


def test_a_torn_file_and_a_full_house_are_refused_in_words(house, new_house, tmp_path):
    file = tmp_path / "moving.duban"
    house.ran("dump", str(file))
    file.write_bytes(file.read_bytes()[:-100])
    for words, why in (
        (("load", str(file)), "不完整"),
        (("restore", str(file)), "不完整"),
        (("load", str(tmp_path / "no such file")), "打不开"),
        (("backup", str(file)), "没有数据"),
    ):
        refused = new_house.run(*words)
        assert refused.returncode == 1 and why in refused.stderr, refused
    assert not new_house.folder.exists()
    file.unlink()
    house.ran("dump", str(file))
    other = house.run("load", str(file))
    assert other.returncode == 1 and "已有数据" in other.stderr
    assert house.ask("GET", "/health")[1]["state"] == "open"
