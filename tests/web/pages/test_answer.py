"""The page behind a message's link: who opens it signs nothing, who presses the button does."""

from chalicelib import bootstrap
from chalicelib.ports import Key, Put
from chalicelib.usecases.reminding.answer_link import answer_token, open_link
from chalicelib.usecases.state.references import reference

from ..installation import NOW

NOTICE = "yy-health/li/2026-08-31"


def planned(level):
    """A notice about the first duty of p1 that was sent with a link."""
    ports = bootstrap.ports()
    row = ports.store.query("party#yy-health", prefix="obligation#")[0].value["is"]
    step = {"kind": "before", "holder": "party#yy-health", "obligation": row["id"], "rung": "r", "to": "responsible"}
    head = {"party": "yy-health", "person": "li"}
    ports.store.write(
        [
            Put(Key(f"notice#{NOTICE}", "head"), head),
            Put(Key(f"notice#{NOTICE}", f"step#{row['id']}#r"), step),
            open_link(ports, NOTICE, level, NOW),
        ]
    )
    return row, f"/a/{answer_token(ports, NOTICE)}"


def test_a_stranger_with_the_link_signs_by_the_button_only(stranger):
    row, address = planned("title")
    page = stranger.open(address)
    assert row["title"]["zh"] in page.words and "县人民医院" in page.words
    assert f"第{row['article']}条" in page.words and row["dates"][3] in page.words and "个工作日" in page.words
    (way,) = [link.get("href") for link in page.all("a") if link.text == "登录办理"]
    assert way.endswith(f"/o/{reference(row['id'])}")
    key = Key("party#yy-health", f"obligation#{row['id']}")
    assert bootstrap.ports().store.get(key).value["acknowledged"] is None
    page = stranger.press("签收")
    assert "已签收" in page.words
    assert bootstrap.ports().store.get(key).value["acknowledged"]["by"] == "yy-health/li"


def test_a_page_says_no_more_than_the_message_did(stranger):
    row, address = planned("reference")
    assert row["title"]["zh"] not in stranger.open(address).words


def test_a_link_that_is_none_is_said_to_be_none(stranger):
    assert "无效或已过期" in stranger.open("/a/AAAAAAAAAAAAAAAAAAAAAA", status=404).words
