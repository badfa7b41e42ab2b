"""What stands between the packed functions and moto, so that AWS is as a function finds it there: it refuses what the function's
role in the template does not allow, and for a while has every transaction meet another one.

A function is known by its access key, which is its name in the template."""

import http.client
import json
import re
import threading
from contextlib import nullcontext
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SIGNED_BY = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/")
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}
STEPS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
OF_S3 = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
IN_BATCHES = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}


class Between(ThreadingHTTPServer):
    """`made`: the names of the template -> what they are called in the account."""

    daemon_threads = True

    def __init__(self, behind: str, resources: dict[str, Any], made: dict[str, str]):
        super().__init__(("127.0.0.1", 0), Passing)
        self.behind, self.resources, self.names = urlsplit(behind), resources, {name: key for key, name in made.items()}
        self.turns = threading.Lock()  # moto would show others the half of a transaction
        self.has_rivals = threading.Event()
        self.rivals_come_with: bytes | None = None  # the first transaction that says this
        self.conflicts = 0
        self.asked: dict[str, set[tuple[str, str]]] = {}  # function -> (action, resource)
        self.refused: list[tuple[str, str, str]] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def meets_another(self, transaction: bytes) -> bool:
        if self.rivals_come_with and self.rivals_come_with in transaction:
            self.rivals_come_with = None
            self.has_rivals.set()
        self.conflicts += self.has_rivals.is_set()
        return self.has_rivals.is_set()

    # Rights

    def lets(self, function: str, wanted: list[tuple[str, str]]) -> bool:
        """Whether a function's role allows all that a request asks for; whoever is no function may do everything."""
        if function not in self.resources:
            return True
        self.asked.setdefault(function, set()).update(wanted)
        allowed = list(self._allowed(function))
        refused = [(function, *each) for each in wanted if not any(_covers(may, each) for may in allowed)]
        self.refused += refused
        return not refused

    def _allowed(self, function: str) -> Any:
        role = self.resources[self.resources[function]["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement:  # what a parameter switches on
                continue
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield action, _plain(resource)

    def called(self, name: str) -> str:
        """What the template calls it."""
        return self.names.get(name, name)


def _covers(may: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return may[0] == wanted[0] and fnmatchcase(wanted[1], may[1])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(resource: Any) -> str:
    """A resource of a statement by the template's name: Table, Files/attachments/*."""
    match resource:
        case {"Fn::If": ["UsesAnotherTable", _, otherwise]}:
            return _plain(otherwise)
        case {"Fn::GetAtt": [name, "Arn"]} | {"Ref": name}:
            return name
        case {"Fn::Sub": text}:
            return re.sub(r"\${(\w+)\.Arn}", r"\1", text)
    raise AssertionError(resource)


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer leaves at once
    server: Between

    def _pass(self) -> None:
        self._send(*self._answered(self.rfile.read(int(self.headers.get("Content-Length") or 0))))

    def _answered(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        who, service = SIGNED_BY.search(self.headers["Authorization"]).groups()
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if not self.server.lets(who, self._wanted(service, operation, body)):
            return _problem({"__type": "AccessDeniedException", "message": "not authorized"})
        if operation == "TransactWriteItems" and self.server.meets_another(body):
            return _problem(_conflict(json.loads(body)))
        with self.server.turns if service == "dynamodb" else nullcontext():
            return self._from_moto(body)

    def _from_moto(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.behind.hostname, self.server.behind.port)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}, content

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass

    def _wanted(self, service: str, operation: str, body: bytes) -> list[tuple[str, str]]:
        """The actions that IAM asks for, each with its resource."""
        if service == "s3":
            bucket, _, key = urlsplit(self.path).path.removeprefix("/").partition("/")
            is_list = "list-type" in parse_qs(urlsplit(self.path).query)
            where = self.server.called(bucket) + (f"/{key}" if key else "")
            return [("s3:ListBucket" if is_list else f"s3:{OF_S3[self.command]}", where)]
        asked = json.loads(body)
        if operation == "TransactWriteItems":
            steps = [step for each in asked["TransactItems"] for step in each.items()]
            return [(f"dynamodb:{STEPS[kind]}", self.server.called(step["TableName"])) for kind, step in steps]
        if operation == "BatchGetItem":
            return [("dynamodb:BatchGetItem", self.server.called(name)) for name in asked["RequestItems"]]
        where = asked.get("TableName") or asked.get("QueueUrl") or asked.get("SecretId")
        return [(f"{service}:{IN_BATCHES.get(operation, operation)}", self.server.called(where))]

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def log_message(self, *_: Any) -> None:
        pass


def _problem(told: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return 400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(told).encode()


def _conflict(asked: dict[str, Any]) -> dict[str, Any]:
    """docs.aws.amazon.com/amazondynamodb → TransactWriteItems, TransactionCanceledException: one reason for each step."""
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    reasons += [{"Code": "None"}] * (len(asked["TransactItems"]) - 1)
    told = ", ".join(reason["Code"] for reason in reasons)
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons [{told}]",
        "CancellationReasons": reasons,
    }
