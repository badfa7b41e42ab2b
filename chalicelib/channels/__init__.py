"""What the channels of vendors with an HTTP API share: asking them, judging what they answer, group robots.

A request that never left is certain; one that left and was not answered in a way we understand is `uncertain`. Secrets and
addresses (they stand in the vendors' URLs) are kept out of reasons and of logs. httpx is imported when the first message is
sent, not when this module is.
"""

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from ..core.errors import Text
from ..core.phone import mobile
from ..ports import Clock, GiveUp, Limit, Outgoing, RetryAfter, Sent

TIMEOUT = 10.0  # seconds for an answer; a claim of a notice lasts far longer
CONNECT_TIMEOUT = 5.0
MOST_BYTES = 256 * 1024  # of an answer; a vendor's has a few hundred
NETWORK_RETRY_SECONDS = 30
TROUBLE_RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 24 * 3600
SHORTEST_TOKEN = 16  # characters; those of the vendors have 36 and more, what people type by mistake has fewer
QUOTED = 200  # characters of a vendor's own words in a reason


class Verdict(NamedTuple):
    """What a vendor's code means, for an admin to read, and what to do about it."""

    meaning: str
    seconds: float | None = None  # until another try is worth it; None: give up
    holds: str = ""  # as in ports.RetryAfter


# A code in no table: a message that is given up wrongly never arrives, one that is tried in vain costs a request. The tries
# end with the notice's useful life; then its next channel has its turn.
UNKNOWN = Verdict("此代码不在已知之列，稍后再试 (a code we do not know; tried again later)", seconds=300)


class Reply(NamedTuple):
    """An answer that could be understood: the vendor's code (0: accepted) and all it said."""

    code: int
    data: dict[str, Any]


class Vendor:
    """Asks one vendor. One client for all threads, made at the first question."""

    def __init__(self, title: str, *, codes: tuple[str, ...], words: str, timeout: float = TIMEOUT):
        """`codes`: the fields of an answer that may hold the code, best first; `words`: the one that explains it."""
        self.title, self._codes, self._words, self._timeout = title, codes, words, timeout
        self._client: Any = None
        self._lock = threading.Lock()

    def post(self, url: str, body: dict[str, Any], **query: str) -> Reply | RetryAfter:
        return self._ask("POST", url, params=query, json=body)

    def get(self, url: str, **query: str) -> Reply | RetryAfter:
        return self._ask("GET", url, params=query)

    def judged(self, reply: Reply, verdict: Verdict, hidden: Iterable[str]) -> RetryAfter | GiveUp:
        """What to do about a code that is not 0, with the vendor's words less what is `hidden`."""
        said = unsaid(str(reply.data.get(self._words, "")), hidden)
        reason = f"{self.title} {reply.code} {verdict.meaning}" + (f": {said}" if said else "")
        return GiveUp(reason) if verdict.seconds is None else RetryAfter(verdict.seconds, reason, holds=verdict.holds)

    def close(self) -> None:
        """End the connections; the next question would open others."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, method: str, url: str, **what: Any) -> Reply | RetryAfter:
        import httpx

        try:
            with self._open().stream(method, url, **what) as response:
                content = self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return network_trouble(self.title, error)
        return self._understood(response.status_code, response.headers, content)

    def _open(self) -> Any:
        import httpx

        with self._lock:
            if self._client is None:
                keep_quiet("httpx")
                self._client = httpx.Client(timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, CONNECT_TIMEOUT)))
            return self._client

    def _read(self, response: Any) -> bytes:
        """The body, if it ends: httpx's timeout is for each of its pieces."""
        import httpx

        content, deadline = b"", monotonic() + self._timeout
        for piece in response.iter_bytes():
            content += piece
            if len(content) > MOST_BYTES or monotonic() > deadline:
                raise httpx.ReadTimeout("the answer does not end")
        return content

    def _understood(self, status: int, headers: Mapping[str, str], content: bytes) -> Reply | RetryAfter:
        if status == 429:
            wait = retry_after(headers, TROUBLE_RETRY_SECONDS)
            return RetryAfter(wait, f"{self.title} HTTP 429 发送过快 (too fast)", holds="bot")
        if status >= 500:
            wait = retry_after(headers, TROUBLE_RETRY_SECONDS)
            return RetryAfter(wait, f"{self.title} HTTP {status} 对方故障 (trouble at the vendor)", uncertain=True)
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            data = None
        code = next((data[field] for field in self._codes if field in data), None) if isinstance(data, dict) else None
        if type(code) is int and (code or status < 300):
            return Reply(code, data)
        # Not the vendor's word: e.g. the page of a proxy. With a status of 300 or more nobody took the message.
        reason = f"{self.title} HTTP {status} 答复无法识别 (an answer not understood)"
        return RetryAfter(UNKNOWN.seconds if status >= 300 else NETWORK_RETRY_SECONDS, reason, uncertain=status < 300)


class Robot(NamedTuple):
    """Where a group robot is reached, and what signs for us; "" where it asks for no signature."""

    token: str
    secret: str


class GroupRobot:
    """A robot of a group chat: push-only, one address a robot. An heir says what its vendor is like.

    The address is the robot's token, and its secret after a comma where it signs: `token` or `token,secret`. In place of the
    token the webhook's URL may stand as the vendor shows it; only the token is taken from it, the host is the configured one.
    """

    name: str
    title: str  # in Chinese
    limits: tuple[Limit, ...]
    longest: int
    has_buttons = is_idempotent = asks_template = gives_receipts = False
    signs = True  # whether the vendor knows signatures
    example: str  # of a webhook's URL
    parameter: str  # of the webhook's URL that holds the token; "": its path ends with it
    codes: tuple[str, ...] = ("errcode",)
    words = "errmsg"
    verdicts: dict[int, Verdict]

    def __init__(self, base_url: str, clock: Clock, *, timeout: float = TIMEOUT):
        """`base_url`: the vendor's address up to the path; `clock` dates the signatures."""
        self.bot = self.name  # each robot is paced by its address
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self._vendor = Vendor(self.title, codes=self.codes, words=self.words, timeout=timeout)

    def size(self, text: str) -> int:
        raise NotImplementedError

    def is_private(self, address: str) -> bool:
        return False

    def wrong_address(self, address: str) -> Text | None:
        robot = robot_of(address, self.parameter)
        if robot and len(robot.token) >= SHORTEST_TOKEN and (self.signs or not robot.secret):
            return None
        return Text(
            f"{self.title}群机器人的地址应为群里给出的 Webhook 地址，如 {self.example}"
            + ("；有签名校验的，后加逗号和密钥" if self.signs else ""),
            f"the address of a group's robot is its webhook URL, like {self.example}",
        )

    def ask(self, vendor: Vendor, base_url: str, robot: Robot, text: str, now: datetime) -> Reply | RetryAfter:
        """Hand over a text."""
        raise NotImplementedError

    def verdict(self, reply: Reply) -> Verdict:
        return self.verdicts.get(reply.code, UNKNOWN)

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        robot = robot_of(message.address, self.parameter)
        if robot is None or (robot.secret and not self.signs):
            form = "token,secret" if self.signs else "key"
            return GiveUp(
                f"{self.title} 地址有误，应为 {form} 或机器人的 Webhook 地址 (not a robot's address; expected {form} or its URL)"
            )
        if self.size(message.text) > self.longest:
            return too_long(self.title, self.size(message.text), self.longest)
        reply = self.ask(self._vendor, self._base_url, robot, message.text, self._clock())
        if isinstance(reply, RetryAfter):
            return reply
        return Sent() if reply.code == 0 else self._vendor.judged(reply, self.verdict(reply), robot)

    def close(self) -> None:
        self._vendor.close()


def robot_of(address: str, parameter: str) -> Robot | None:
    """The robot that an address names, or None where it names none."""
    where, _, secret = re.sub(r"\s*[,，\s]\s*", ",", address.strip()).partition(",")
    if "://" in where:
        url = urlsplit(where)
        where = parse_qs(url.query).get(parameter, [""])[0] if parameter else url.path.rstrip("/").rpartition("/")[2]
    is_sound = re.fullmatch(r"[A-Za-z0-9_-]{1,200}", where) and re.fullmatch(r"[!-+\--~]{0,200}", secret)
    return Robot(where, secret) if is_sound else None


def wrong_number(address: str) -> Text | None:
    """Of a channel that sends SMS."""
    return None if mobile(address) else Text("应为手机号码，如 13800138000", "a mobile number like 13800138000")


def utf8_size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode())


def json_size(text: str) -> int:
    """Bytes of a text inside a JSON body: a line break or a quotation mark counts twice."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def too_long(title: str, size: int, longest: int) -> GiveUp:
    return GiveUp(f"{title} 消息过长：{size}，上限 {longest} (too long)")


def unsaid(words: str, hidden: Iterable[str]) -> str:
    """A vendor's words on one line, short, without what nobody may read."""
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        words = words.replace(secret, "***")
    return " ".join(words.split())[:QUOTED]


def network_trouble(title: str, error: Exception) -> RetryAfter:
    """An error of httpx's: had the request left when it came?"""
    import httpx

    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    is_unsent = isinstance(error, (*unsent, httpx.UnsupportedProtocol, httpx.InvalidURL))
    what = "未能连接 (not connected" if is_unsent else "没有收到答复 (no answer"
    return RetryAfter(NETWORK_RETRY_SECONDS, f"{title} {what}, {type(error).__name__})", uncertain=not is_unsent)


def retry_after(headers: Mapping[str, str], default: float) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3): a number, or a date, which is held against the answer's
    own Date so that our clock does not matter."""
    given = headers.get("Retry-After", "").strip()
    try:
        if given.isdecimal():
            wait = float(given)
        else:
            wait = (parsedate_to_datetime(given) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):  # no such header, or no date
        return default
    return min(max(wait, 1.0), LONGEST_RETRY_SECONDS)


def keep_quiet(*loggers: str) -> None:
    """Libraries log the URLs they ask, with the keys in them: let them speak of warnings only."""
    for name in loggers:
        logging.getLogger(name).addFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
