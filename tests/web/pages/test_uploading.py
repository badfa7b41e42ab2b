"""Documents: a slot for each, a clear word when one is missing, and no file left behind that nobody sent."""

import json
import re
import struct
from io import BytesIO
from urllib.parse import urlencode, urlsplit
from zipfile import ZipFile

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.usecases.reporting.carried import MOST_BYTES, as_sent, copied
from chalicelib.usecases.reporting.formats import format_of
from chalicelib.web.files import with_files
from chalicelib.web.gateway import wsgi

from ..small_app import by_wsgi
from .test_deciding import sent_back
from .test_filling import COMPLETION, begun

PDF = b"%PDF-1.7\nhello"


def uploaded(browser, content=PDF):
    """What a browser does with the slot on its page: one form to one address, and back."""
    (form,) = browser.page.all("form", enctype="multipart/form-data")
    fields = {field.get("name"): field.get("value") for field in form.holds if field.get("type") == "hidden"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    body = ("".join(parts) + head).encode() + content + b"\r\n--b--\r\n"
    browser.send(with_files(wsgi(app), bootstrap.ports().blob), form.get("action"), body, "multipart/form-data; boundary=b")
    return browser.page


@pytest.fixture
def filing(clerk):
    """An application for acceptance with the documents that Yunyang's article 25 wants."""
    begun(clerk, COMPLETION)
    clerk.press("下一步：核对", completed_on="2026-08-20")
    clerk.press("确认提交")
    clerk.follow("提交竣工验收申请")
    clerk.follow("填写表单")
    clerk.press("继续", classified="false")
    return clerk


def test_each_required_document_has_a_slot_of_its_own(filing):
    names = [
        field.get("value")
        for field in filing.page.all("input")
        if re.fullmatch(r"attachments\.\d+\.name", field.get("name", ""))
    ]
    assert names[:3] == ["项目建设总结", "财务报告", "审计报告"]


def test_a_file_is_uploaded_in_two_steps_and_fetched_again_from_the_receipt(filing):
    page = filing.press("上传文件")
    assert page.title.startswith("上传：项目建设总结")
    page = uploaded(filing)
    assert "已上传" in page.words
    page = filing.press("下一步：核对")
    assert "还缺5项材料" in page.words and "审计报告" in page.words
    page = filing.press("确认提交")
    assert "还缺材料 财务报告、审计报告" in page.words and "填“更正”表" in page.words
    (link,) = [link.get("href") for link in filing.page.all("a") if "下载" in link.text]
    located = filing.located(link)
    assert located.startswith("https://") and "/files/attachments/" in located


def test_what_was_typed_is_kept_while_a_file_is_uploaded(filing):
    filing.press("上传文件", remarks="请尽快安排")
    uploaded(filing)
    assert filing.value("remarks") == "请尽快安排"


def test_a_document_may_follow_on_paper(filing):
    filing.press("下一步：核对", **{f"attachments.{at}.paper": "true" for at in range(6)})
    assert "还缺" not in filing.page.words
    filing.press("确认提交")
    assert filing.page.words.count("（纸质）") == 6


def test_a_file_that_is_not_what_it_says_is_not_kept(filing):
    filing.press("上传文件")
    uploaded(filing, b"MZ this is a program")
    assert filing.status == 400
    assert "不是可以上传的格式" in filing.page.words
    assert bootstrap.ports().blob.keys() == []
    uploaded(filing)  # the page has a slot for another try
    assert "已上传" in filing.page.words


def a_zip(name=b"a.txt", flags=0, version=20):
    """An archive of one empty file, as other programs may write it (APPNOTE 4.3)."""
    entry = struct.pack("<HHHHIIIHH", version, flags, 0, 0, 0, 0, 0, len(name), 0)
    local = b"PK\x03\x04" + entry + name
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + entry + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + listed + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(local), 0)


@pytest.mark.parametrize(
    ("begins", "inside", "found"),
    [
        (b"%PDF-1.7", None, "pdf"),
        (b"\xff\xd8\xff\xe0", None, "jpg"),
        (b"\x89PNG\r\n", None, "png"),
        (b"", "word/document.xml", "docx"),
        (b"", "xl/workbook.xml", "xlsx"),
        (b"", "OFD.xml", "ofd"),
        (b"", "a.txt", "zip"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), None, "doc"),
        (b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"), None, "xls"),
        (b"\xd0\xcf\x11\xe0", None, "wps"),
        (b"PK\x03\x04 and no archive", None, None),
        (a_zip(version=99), None, None),
        (a_zip(name="说明.txt".encode("gbk"), flags=0x800), None, None),
        (b"", None, None),
    ],
)
def test_what_a_file_is_is_seen_by_what_stands_in_it(begins, inside, found):
    content = BytesIO(begins)
    if inside:
        with ZipFile(content, "w") as archive:
            archive.writestr(inside, "x")
    assert format_of(content.getvalue()) == found


def test_a_document_without_a_name_is_not_lost(filing):
    filing.press("上传文件", attachments__0__name="")
    uploaded(filing)
    filing.press("下一步：核对")
    filing.press("确认提交")
    assert "材料1" in filing.page.words and any("下载" in link.text for link in filing.page.all("a"))


def test_coming_back_twice_changes_nothing(filing):
    filing.press("上传文件")
    slot = filing.path
    uploaded(filing)
    (key,) = bootstrap.ports().blob.keys()
    filing.open(f"{slot}/done?{urlencode({'file': key.rpartition('/')[2].partition('.')[0]})}")
    assert "已上传" in filing.page.words and bootstrap.ports().blob.keys() == [key]


def test_what_a_slot_leaves_to_write_is_not_what_is_kept(filing):
    """Whoever kept the slot could send another file to it within its hour."""
    filing.press("上传文件")
    page = filing.page
    uploaded(filing)
    (key,) = bootstrap.ports().blob.keys()
    filing.page = page
    uploaded(filing, b"%PDF-1.7 another")
    assert bootstrap.ports().blob.read(key) == PDF


def test_an_empty_slot_is_told_as_a_page(filing):
    filing.press("上传文件")
    uploaded(filing, b"")
    assert filing.status == 400 and "没有选文件" in filing.page.words


def test_a_file_of_another_form_cannot_be_attached(filing, other):
    filing.press("上传文件")
    slot = filing.path
    bootstrap.ports().blob.put("attachments/20260101-AAAAAAAA/secret.pdf", PDF, "application/pdf")
    for file in ("../20260101-AAAAAAAA/secret.pdf", "secret.pdf", "x", ""):
        filing.open(f"{slot}/done?{urlencode({'file': file})}", status=400)
        assert "没有传到" in filing.page.words
    other.open(slot, status=404)


def test_files_that_nobody_sent_are_removed_with_the_draft(filing):
    draft = filing.path
    filing.press("上传文件")
    uploaded(filing)
    assert len(bootstrap.ports().blob.keys()) == 1
    filing.open(draft)
    filing.follow("删除这份草稿")
    filing.press("确认删除")
    assert bootstrap.ports().blob.keys() == []


def test_a_file_that_is_taken_back_is_not_sent(filing):
    filing.press("上传文件")
    uploaded(filing)
    filing.press("撤下")
    assert "已上传" not in filing.page.words
    filing.press("下一步：核对", attachments__1__paper="true")
    filing.press("确认提交")
    assert bootstrap.ports().blob.keys() == []


def test_a_document_that_is_left_out_is_warned_about_like_one_that_is_forgotten(filing):
    page = filing.press("不附此项")
    assert "项目建设总结" not in [field.get("value") for field in page.all("input")]
    page = filing.press("下一步：核对", **{f"attachments.{at}.paper": "true" for at in range(4)})
    assert "还缺2项材料" in page.words and "其中项目建设总结在表单里没有列出或已撤下" in page.words


@pytest.fixture
def returned(filing, officer):
    """An application with one file and one document on paper, which was sent back."""
    filing.press("上传文件")
    uploaded(filing)
    filing.press("下一步：核对", attachments__1__paper="true")
    filing.press("确认提交")
    sent_back(officer)
    return filing


def mended(browser):
    browser.open("/")
    browser.follow("补正后重新报送")
    return browser.press("继续", classified="false")


def downloaded(browser):
    """The keys of the files of the receipt that is open."""
    links = [link.get("href") for link in browser.page.all("a") if "下载" in link.text]
    return [urlsplit(browser.located(link)).path.removeprefix("/files/") for link in links]


def test_what_is_mended_has_its_documents_still_and_the_reasons_in_sight(returned):
    page = mended(returned)
    assert "财务报告未盖章" in page.words and "补正期限 2026-09-18" in page.words
    assert "补正后重新报送" not in page.words  # that is what this form is
    assert page.words.count("已上传") == 1 and returned.value("attachments.1.paper") == "true"
    page = returned.press("下一步：核对")
    assert "还缺4项材料" in page.words


def test_a_file_is_copied_so_that_each_submission_has_its_own(returned):
    (first,) = bootstrap.ports().blob.keys()
    mended(returned)
    returned.press("下一步：核对")
    returned.press("确认提交")
    (second,) = downloaded(returned)
    assert first != second and sorted(bootstrap.ports().blob.keys()) == sorted([first, second])
    assert bootstrap.ports().blob.read(second) == PDF


def test_who_gives_up_mending_loses_nothing_that_was_sent(returned):
    before = bootstrap.ports().blob.keys()
    mended(returned)
    assert len(bootstrap.ports().blob.keys()) == 2
    returned.follow("删除这份草稿")
    returned.press("确认删除")
    assert bootstrap.ports().blob.keys() == before


def test_a_file_that_is_gone_leaves_its_slot_empty(returned):
    (key,) = bootstrap.ports().blob.keys()
    bootstrap.ports().blob.delete(key)
    page = mended(returned)
    assert "已上传" not in page.words and returned.value("attachments.1.paper") == "true"


def test_files_beyond_what_is_copied_at_once_and_files_of_others_leave_their_slots_empty(api):
    blob = bootstrap.ports().blob
    own, large, others = (f"attachments/{key}.pdf" for key in ("20260101-A/1", "20260101-A/2", "20260101-B/1"))
    blob.put(large, bytes(MOST_BYTES), "application/pdf")
    for key in (own, others):
        blob.put(key, PDF, "application/pdf")
    named = [{"name": key, "file": key} for key in (own, large, others)]
    rows = copied(blob, as_sent(named, "attachments/20260101-A/"), "attachments/20260831-C/")
    assert rows == [{"name": own, "file": "attachments/20260831-C/1.pdf", "size": len(PDF)}, {"name": large}, {"name": others}]
    assert len(blob.keys("attachments/20260831-C/")) == 1


def test_a_file_that_a_body_only_names_is_not_given_out(api, clerk):
    bootstrap.ports().blob.put("attachments/20260101-AAAAAAAA/1.pdf", PDF, "application/pdf")
    file = {"name": "别人的", "file": "attachments/20260101-AAAAAAAA/1.pdf"}
    body = {"classified": False, "completed_on": "2026-08-20", "attachments": [file]}
    answer = by_wsgi(
        app,
        "POST",
        "/api/v1/projects/p1/submissions/completion",
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {api.tokens['clerk']}"},
    )
    assert answer.status == 201
    clerk.open(f"/sent/project/p1/{answer.json['submission']}/files/0", status=404)


def test_a_slots_own_fields_are_short_before_anybody_has_shown_who_they_are(stranger):
    body = b'--b\r\nContent-Disposition: form-data; name="policy"\r\n\r\n' + b"A" * 10_000_000 + b"\r\n--b--\r\n"
    application = with_files(wsgi(app), bootstrap.ports().blob)
    stranger.send(application, "/uploads", body, "multipart/form-data; boundary=b")
    assert stranger.status == 400
