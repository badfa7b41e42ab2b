"""One contract, two places for files: a folder on a server of our own, and a bucket of S3 (moto), both over HTTP."""

import base64
import json
import threading
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer
from waitress import create_server, wasyncore

from chalicelib import bootstrap
from chalicelib.blobs.folder import FolderBlob
from chalicelib.blobs.s3 import S3Blob
from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.web.files import with_files

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
KEY = "attachments/20260831-7K3M9QZ2/0a1b.pdf"
MOST = 64 * 1024


def nothing_else(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


@pytest.fixture
def folder(tmp_path):
    """A folder, served by waitress on loopback."""
    blob, sockets = FolderBlob(tmp_path / "files", b"secret", ""), {}
    server = create_server(with_files(nothing_else, blob), map=sockets, listen="127.0.0.1:0")
    blob._url = f"http://127.0.0.1:{server.effective_port}"  # known only now
    loop = threading.Thread(target=server.run)
    loop.start()
    yield blob
    server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
    loop.join()
    server.task_dispatcher.shutdown()


@pytest.fixture
def bucket(aws):
    """A bucket of an S3 that listens on loopback."""
    import boto3
    from botocore.config import Config

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    name = f"duban-{uuid4()}"  # moto keeps the buckets of earlier tests
    asked = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    client = boto3.client("s3", region_name="cn-north-1", endpoint_url=f"http://{host}:{port}", config=asked)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
    yield S3Blob(name, client)
    client.close()
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def blob(request):
    return request.getfixturevalue(request.param)


def now():
    return bootstrap.clock()


def slot(blob, *, key=KEY, most=MOST, at=None):
    back = f"{urlsplit(blob.slot(KEY, 'application/pdf', 1, '/', now()).url)._replace(path='').geturl()}/done?file=a"
    return blob.slot(key, "application/pdf", most, back, at or now())


def sent(slot, content, **fields):
    files = {"file": ("扫描件.pdf", content, "application/pdf")}
    return httpx.post(slot.url, data={**slot.fields, **fields}, files=files, trust_env=False)


def test_a_browser_uploads_to_a_slot_and_is_sent_back(blob):
    answer = sent(slot(blob), PDF)
    assert answer.status_code == 303
    assert "/done" in answer.headers["location"] and "file=a" in answer.headers["location"]
    assert blob.read(KEY) == PDF
    assert blob.head(KEY) == (len(PDF), "application/pdf")


def test_whoever_has_the_link_fetches_the_file_under_its_name(blob):
    blob.put(KEY, PDF, "application/pdf")
    answer = httpx.get(blob.link(KEY, "验收 报告.pdf", now()), trust_env=False)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    named = "attachment; filename*=UTF-8''%E9%AA%8C%E6%94%B6%20%E6%8A%A5%E5%91%8A.pdf"
    assert answer.headers["content-disposition"] == named


def test_what_is_there_never_changes(blob):
    blob.put(KEY, PDF, "application/pdf")
    blob.put(KEY, b"other", "text/plain")
    assert blob.read(KEY) == PDF
    assert blob.head(KEY).content_type == "application/pdf"


def test_a_file_of_any_size_is_put_from_the_disk(blob, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(PDF * 200)
    with large.open("rb") as file:
        blob.put(KEY, file, "application/pdf")
        file.seek(0)
        blob.put(KEY, file, "text/plain")
    assert blob.read(KEY) == PDF * 200
    assert blob.head(KEY) == (len(PDF) * 200, "application/pdf")


def test_what_is_not_there_is_said(blob):
    assert blob.head(KEY) is None
    with pytest.raises(NotFound):
        blob.read(KEY)
    blob.delete(KEY)


def test_keys_come_in_order_after_a_cursor(blob):
    wanted = [f"a/{number:02d}.pdf" for number in range(7)] + ["b/x.pdf"]
    for key in reversed(wanted):
        blob.put(key, b"x", "application/pdf")
    assert blob.keys() == wanted
    assert blob.keys(limit=3) == wanted[:3]
    assert blob.keys(after=wanted[2], limit=3) == wanted[3:6]
    assert blob.keys(after="a/") == wanted
    blob.delete(wanted[0])
    assert blob.keys() == wanted[1:]


# What a slot does not allow: the folder refuses it; S3 does by the policy it is handed


def refused(answer, status, words):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


def test_the_folder_refuses_what_is_too_large_empty_or_cut_short_and_keeps_none_of_it(folder, tmp_path):
    for answer in (sent(slot(folder, most=100), PDF), sent(slot(folder), b"")):
        assert answer.status_code == 303  # back to the page, which finds no file and says why that may be
    cut = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(httpx.post(slot(folder).url, content=cut, headers=headers, trust_env=False), 400, "没有完整传到")
    assert folder.keys() == []
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_the_folder_refuses_a_slot_that_is_old_or_was_altered(folder):
    old = slot(folder, at=now() - timedelta(hours=1))
    refused(sent(old, PDF), 403, "已过期")
    made = slot(folder)
    policy = json.loads(base64.urlsafe_b64decode(made.fields["policy"]))
    altered = base64.urlsafe_b64encode(json.dumps({**policy, "most": 10**9}).encode()).decode()
    refused(sent(made, PDF, policy=altered), 403, "凭据不对")
    refused(httpx.post(made.url, files={"file": ("a.pdf", PDF)}, trust_env=False), 403, "凭据不对")
    assert folder.keys() == []


@pytest.mark.parametrize("change", [{"until": "99999999999"}, {"name": "x.exe"}, {"signature": "0" * 64}])
def test_the_folder_refuses_a_link_that_was_altered(folder, change):
    folder.put(KEY, PDF, "application/pdf")
    url = httpx.URL(folder.link(KEY, "a.pdf", now())).copy_merge_params(change)
    assert httpx.get(url, trust_env=False).status_code == 404


def test_the_folder_refuses_an_old_link_and_one_to_another_file(folder):
    folder.put(KEY, PDF, "application/pdf")
    folder.put("b.pdf", PDF, "application/pdf")
    assert httpx.get(folder.link(KEY, "a.pdf", now() - timedelta(hours=1)), trust_env=False).status_code == 404
    assert httpx.get(folder.link(KEY, "a.pdf", now()).replace(KEY, "b.pdf"), trust_env=False).status_code == 404


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/passwd", "a/../../b", "a//b", ".drafts/x", "a~b", "a\\b", "", "a\nb", "附件"]
)
def test_the_folder_takes_no_key_that_leads_out_of_it(folder, key):
    for act in (folder.head, folder.read, lambda key: folder.put(key, b"x", "text/plain")):
        with pytest.raises(NotFound):
            act(key)


def test_the_bucket_holds_a_slot_to_its_key_type_and_size(bucket):
    fields = slot(bucket, most=1000).fields
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert {"Content-Type": "application/pdf"} in policy["conditions"]
    assert {"key": KEY} in policy["conditions"]
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_a_file_that_is_being_received_is_found_whole_or_not_at_all(folder):
    allowed = folder.allowed(slot(folder).fields, now())

    def chunks():
        yield PDF[:100]
        assert folder.head(KEY) is None
        raise InvalidInput("断了", "cut off")

    with pytest.raises(InvalidInput):
        folder.receive(allowed, chunks())
    assert folder.keys() == []
