"""Vendors: real servers on loopback that do what each channel's vendor does, for the suite in ../test_channels.py.

To join the suite, put a file here, vendors/<name>.py, with a class for each channel and `VENDORS = (ThatClass, …)` at its
end; the suite finds it. A vendor that speaks HTTP derives from HttpVendor and says

    class Pigeon(HttpVendor):
        name = "pigeon"                                  # of the channel; it is the id of the tests
        address = "loft-1"                               # an address that the vendor knows, as a contact would have it
        strangers = ("loft-2",)                          # addresses or keys that it refuses for good
        malformed = ("no loft",)                         # addresses that the channel gives up without asking it
        same_addresses = ("LOFT-1",)                     # other ways to write `address`
        secrets = ("feed-key",)                          # what no reason and no log line may hold; the address is added
        reference = "77"                                 # the id it gives to a message; None where it gives none
        unit = "字"                                      # of which the longest text is made: what it counts oddly
        refusals = (                                     # its own errors, and what the channel must make of them
            Refusal("7 tired", Answer(200, {"code": 7}), seconds=60, holds="bot"),
            Refusal("8 lost", Answer(200, {"code": 8})),             # no seconds: given up
        )

        def make(self, at, timeout):                     # the channel, pointed at a server (a base address)
            return PigeonChannel("feed-key", at, timeout=timeout)

        def serve(self, request):                        # a healthy vendor: check the signature by code of your own, parse
            ...                                          # as strictly as the vendor, count the size as the vendor does
            self.got.append(Arrived("loft-1", text))     # and record what reaches the person
            return Answer(200, {"code": 0, "id": "77"})

It overrides `is_message` where some requests are not messages (a call for a token): troubles meet messages only. One that
does not speak HTTP (SMTP) derives from Vendor and brings start, stop, meet and, where it has refusals, answers. Whatever a
trouble's name is, an adapter must not take it for success: see TROUBLES. `got` is what people received, also where the
answer to it was lost on the way.
"""

import importlib
import json
import pkgutil
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from chalicelib.ports import Button, Channel, Template

NOBODY = "http://127.0.0.1:9"  # the port of "discard": nobody listens
PATIENCE = 10.0  # seconds a channel of the suite waits for an answer, except where it is meant not to come

# What may go wrong after a message was taken. In each case the channel cannot know, so that all are `uncertain`.
TROUBLES = (
    "hangs",  # takes the message and never answers
    "drops",  # takes the message and closes the connection
    "breaks off",  # closes the connection in the middle of its answer
    "500",  # says that it is in trouble itself
    "502",  # a relay before it is, and says so in HTML
    "garbage",  # answers 200 with bytes that are no text
    "html",  # answers 200 with a page, e.g. of a portal that wants a login
    "empty",  # answers 200 with nothing
    "a list",  # answers 200 with JSON that is no object
    "no code",  # answers 200 with an object that says neither yes nor no
)


class Arrived(NamedTuple):
    """A message as it reached the person."""

    address: str  # as the vendor knows it
    text: str
    buttons: tuple[Button, ...] = ()
    follows: str | None = None


class Request(NamedTuple):
    """What came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    """What goes out: an object is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never written to


class Refusal(NamedTuple):
    """An error of the vendor's and what the channel must answer: RetryAfter these seconds, or else GiveUp."""

    id: str
    answer: Any
    seconds: float | None = None
    holds: str = ""


def now() -> datetime:
    return datetime.now(UTC)


# What any vendor with an HTTP API may answer besides its own codes.
HTTP_REFUSALS = (
    Refusal("HTTP 429", Answer(429, {}, {"Retry-After": "17"}), seconds=17, holds="bot"),
    Refusal(
        "HTTP 429 until a time",
        Answer(429, b"", {"Date": "Sat, 21 Nov 2026 08:00:00 GMT", "Retry-After": "Sat, 21 Nov 2026 08:02:00 GMT"}),
        seconds=120,
        holds="bot",
    ),
    Refusal("HTTP 429 without a delay", Answer(429, "<html>slow down</html>"), seconds=60, holds="bot"),
    Refusal("HTTP 404", Answer(404, "<html>404</html>"), seconds=300),
    Refusal("HTTP 302", Answer(302, b"", {"Location": "https://login.example.com/"}), seconds=300),
)


class Vendor:
    """What the suite asks of every vendor. The docstring of this package says how to make one."""

    name: str
    address: str
    strangers: tuple[str, ...] = ()
    malformed: tuple[str, ...] = ()
    same_addresses: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    reference: str | None = None
    unit = "字"
    refusals: tuple[Refusal, ...] = ()
    troubles: tuple[str, ...] = TROUBLES  # those it can get into
    nobody = NOBODY  # an address where nobody listens
    at: str  # where it listens, set by start

    def __init__(self):
        self.got: list[Arrived] = []
        self.made: list[Channel] = []

    @property
    def knows_as(self) -> str:
        """The address as it stands in `got`."""
        return self.address

    def make(self, at: str, timeout: float) -> Channel:
        raise NotImplementedError

    def template(self, text: str) -> Template | None:
        """What a channel that asks_template is to be handed to say this text."""
        return None

    def channel(self, at: str | None = None, timeout: float = PATIENCE) -> Channel:
        """A channel that sends to this vendor (or elsewhere). `stop` closes it."""
        self.made.append(self.make(at or self.at, timeout))
        return self.made[-1]

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        """Close the channels; an heir also ends its server."""
        for channel in self.made:
            if hasattr(channel, "close"):
                channel.close()

    def meet(self, trouble: str) -> None:
        """The next message meets this trouble."""
        raise NotImplementedError

    def answers(self, answer: Any) -> None:
        """The next message is not taken but answered so."""
        raise NotImplementedError


class HttpVendor(Vendor):
    """A vendor that speaks HTTP."""

    def __init__(self):
        super().__init__()
        self.next: list[Answer | str] = []  # what awaits the next messages: an answer or a trouble
        self.requests: list[Request] = []  # all that came in
        self.turn = threading.Lock()
        self.released = threading.Event()  # lets those go who hang

    def serve(self, request: Request) -> Answer:
        raise NotImplementedError

    def is_message(self, request: Request) -> bool:
        return True

    def start(self) -> None:
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.vendor = self
        self.at = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        super().stop()
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def meet(self, trouble: str) -> None:
        self.next.append(trouble)

    def answers(self, answer: Answer) -> None:
        self.next.append(answer)

    def handle(self, request: Request) -> Answer | str:
        """The answer, or the name of a trouble that leaves none."""
        with self.turn:
            self.requests.append(request)
            awaits = self.next.pop(0) if self.next and self.is_message(request) else None
            if isinstance(awaits, Answer):
                return awaits
            answer = self.serve(request)
        if awaits == "502":  # relays like to quote what they were asked
            return Answer(502, f"<h1>502 Bad Gateway</h1>{request}", {"Content-Type": "text/html"})
        return ANSWERS.get(awaits, awaits) if awaits else answer


ANSWERS = {
    "500": Answer(500, {}),
    "garbage": Answer(200, b"\x89\xff\x00\xfe{"),
    "html": Answer(200, "<!doctype html><title>登录</title>", {"Content-Type": "text/html; charset=utf-8"}),
    "empty": Answer(200, b""),
    "a list": Answer(200, b"[]"),
    "no code": Answer(200, b"{}"),
}


class Server(ThreadingHTTPServer):
    daemon_threads, block_on_close, request_queue_size = True, False, 64
    vendor: HttpVendor


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        answer = self.server.vendor.handle(Request(self.command, address.path, query, self.headers, body))
        if isinstance(answer, Answer):
            return self.reply(answer)
        self.close_connection = True
        if answer == "hangs":
            return self.server.vendor.released.wait(30)
        if answer == "breaks off":
            return self.reply(Answer(200, b'{"errcode":0,"code":', {"Content-Length": "400"}))
        return None

    do_GET = do_POST

    def reply(self, answer: Answer):
        body = answer.body
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
        body = body.encode() if isinstance(body, str) else body
        self.send_response_only(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Date": self.date_time_string()}
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def vendors() -> list[type[Vendor]]:
    """Every vendor there is: `VENDORS` of each file here."""
    files = sorted(file.name for file in pkgutil.iter_modules(__path__))
    return [vendor for file in files for vendor in importlib.import_module(f"{__name__}.{file}").VENDORS]
