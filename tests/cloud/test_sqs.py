"""The queue on SQS: tens, what SQS does not take, the trace."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from chalicelib.aws.secret import read_secret
from chalicelib.aws.sqs import ATTEMPTS, SqsQueue


@pytest.fixture
def urls(aws, request):
    """Two queues of this test."""
    sqs = boto3.client("sqs")
    name = f"q{abs(hash(request.node.nodeid))}"
    return {kind: sqs.create_queue(QueueName=f"{name}-{kind}")["QueueUrl"] for kind in ("notice", "job")}


def held(url):
    """The messages in a queue."""
    sqs, found = boto3.client("sqs"), []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        found += [json.loads(message["Body"]) for message in got]
    return found


class Reluctant(ThreadingHTTPServer):
    """An SQS that takes only the first entry of each batch."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Batches)
        self.taken = []
        self.url = f"http://127.0.0.1:{self.server_port}/000000000000/jobs"


class Batches(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        entries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Entries"]
        self.server.taken.append(entries[0])
        taken = {"Id": entries[0]["Id"], "MessageId": "m", "MD5OfMessageBody": "0" * 32}
        failed = [{"Id": one["Id"], "Code": "InternalError", "SenderFault": False} for one in entries[1:]]
        body = json.dumps({"Successful": [taken], "Failed": failed}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def reluctant(aws, monkeypatch):
    server = Reluctant()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_kind_of_message_goes_to_its_queue_however_many_there_are(urls):
    notices = [{"notice": ["outbox#1", f"2026-11-21T08:00:00Z#{number}"]} for number in range(23)]
    SqsQueue(urls).put([*notices, {"job": "publish-1"}])
    assert sorted(held(urls["notice"]), key=str) == sorted(notices, key=str)
    assert held(urls["job"]) == [{"job": "publish-1"}]


def test_what_sqs_does_not_take_is_sent_again_and_then_left_to_the_sweep(reluctant, caplog):
    messages = [{"job": str(number)} for number in range(ATTEMPTS + 2)]
    with caplog.at_level(logging.ERROR):
        SqsQueue({"job": reluctant.url}).put(messages)
    assert [json.loads(entry["MessageBody"]) for entry in reluctant.taken] == messages[:ATTEMPTS]
    assert "did not take 2 messages" in caplog.text


def test_a_message_carries_the_trace_of_the_request_that_sent_it(reluctant, monkeypatch):
    trace = "Root=1-65f0c1d2-0123456789abcdef01234567;Sampled=0"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    SqsQueue({"job": reluctant.url}).put([{"job": "publish-1"}])
    (entry,) = reluctant.taken
    assert entry["MessageSystemAttributes"] == {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}


def test_a_secret_that_is_no_object_of_texts_is_refused_without_being_told(aws):
    secrets = boto3.client("secretsmanager")
    for number, said in enumerate(("s3cr3t", '["s3cr3t"]', '{"DUBAN_PORT": 8080, "x": "s3cr3t"}')):
        arn = secrets.create_secret(Name=f"odd-{number}", SecretString=said)["ARN"]
        with pytest.raises(ValueError, match="JSON") as refused:
            read_secret(arn)
        assert "s3cr3t" not in str(refused.value)
