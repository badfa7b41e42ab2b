"""WeCom 企业微信: the group robot (`wecom`) and the messages of an app to a member (`wecom_app`).

The robot's address is the key in its webhook's URL, or that URL. The app's address is a member's userid.
Vendor's documents: https://developer.work.weixin.qq.com/document/path/91770 (robot), /90236 (app), /90313 (codes)
"""

import re
import threading
from datetime import datetime, timedelta

from ..core.errors import Text
from ..ports import Clock, GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import TIMEOUT, UNKNOWN, GroupRobot, Reply, Robot, Vendor, Verdict, too_long, utf8_size

TITLE = "企业微信"
LONGEST = 2048  # bytes of a text
SAME_FOR = 4 * 3600  # seconds in which the vendor drops a repeated message, the most it allows
EARLIER = timedelta(minutes=5)  # a token is renewed so long before it ends
STALE = (40014, 42001)  # the token ended, or the vendor withdrew it
USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")  # not "@all", and not two of them joined by "|"

SHARED = {
    -1: Verdict("系统繁忙 (busy)", seconds=60),
    45033: Verdict("并发过多 (too many at once)", seconds=10, holds="bot"),
    40008: Verdict("消息类型有误 (a kind of message it does not know)"),
    44004: Verdict("内容为空 (an empty text)"),
    45002: Verdict("消息过长 (too long)"),
}


class WecomRobot(GroupRobot):
    name, title = "wecom", TITLE
    limits = (Limit(20, 60, "address"),)
    longest = LONGEST
    signs = False
    parameter = "key"
    example = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
    verdicts = {
        **SHARED,
        45009: Verdict("发送过快 (too fast)", seconds=60, holds="address"),
        93000: Verdict("key 有误、机器人已移出群，或请求不合规 (a wrong key, a removed robot or a bad request)"),
        93004: Verdict("机器人已停用 (the robot is disabled)"),
        93008: Verdict("机器人不在群里 (the robot is not in the group)"),
    }

    def size(self, text: str) -> int:
        """Bytes of UTF-8."""
        return utf8_size(text)

    def ask(self, vendor: Vendor, base_url: str, robot: Robot, text: str, now: datetime) -> Reply | RetryAfter:
        return vendor.post(f"{base_url}/cgi-bin/webhook/send", {"msgtype": "text", "text": {"content": text}}, key=robot.token)


class WecomApp:
    """Messages of an app to a member.

    Idempotence: with enable_duplicate_check the vendor drops a message whose request has the same JSON as one within
    duplicate_check_interval (at most four hours). The key is no part of that JSON, so a second attempt is dropped as long as
    it has the same words and comes within SAME_FOR; and whoever sends a member the same words twice within that time, under
    whatever key, reaches them once.
    """

    name = "wecom_app"
    limits = (Limit(30, 60, "address"), Limit(1000, 3600, "address"))  # the vendor drops what is over them without a word
    longest = LONGEST
    is_idempotent = True
    has_buttons = asks_template = gives_receipts = False
    verdicts = {
        **SHARED,
        45009: Verdict("接口调用超限 (too many calls)", seconds=60, holds="bot"),
        40001: Verdict("应用的 Secret 有误，请核对 DUBAN_WECOM_SECRET (a wrong secret)"),
        40013: Verdict("企业 ID 有误，请核对 DUBAN_WECOM_CORP (a wrong corp id)"),
        40056: Verdict("应用 ID 有误，请核对 DUBAN_WECOM_AGENT (a wrong agent id)"),
        301002: Verdict("Secret 与应用 ID 不属于同一应用 (the secret is of another app)"),
        40014: Verdict("access_token 失效，稍后重取 (the token was withdrawn)", seconds=60, holds="bot"),
        42001: Verdict("access_token 过期，稍后重取 (the token ended)", seconds=60, holds="bot"),
        48002: Verdict("应用没有发消息的权限 (the app may not send messages)"),
        50003: Verdict("应用已停用 (the app is disabled)"),
        60020: Verdict("本机 IP 不在应用的可信 IP 中 (our IP address is not one that the app trusts)"),
        40003: Verdict("没有这个成员 (no such member)"),
        60111: Verdict("没有这个成员 (no such member)"),
        60011: Verdict("成员不在应用可见范围 (the app may not see the member)"),
        81013: Verdict("成员不存在或不在应用可见范围 (no such member, or one the app may not see)"),
    }

    def __init__(self, corp: str, agent: int, secret: str, base_url: str, clock: Clock, *, timeout: float = TIMEOUT):
        self.bot = f"{corp}/{agent}"
        self._corp, self._agent, self._secret = corp, agent, secret
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self._vendor = Vendor(TITLE, codes=("errcode",), words="errmsg", timeout=timeout)
        self._turn = threading.Lock()
        self._held: tuple[str, datetime] | None = None  # the access token and until when it is used

    def size(self, text: str) -> int:
        """Bytes of UTF-8."""
        return utf8_size(text)

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        is_right = USERID.fullmatch(address)
        return None if is_right else Text("企业微信应用的地址是成员账号，如 zhangsan", "a member's userid, like zhangsan")

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        if not USERID.fullmatch(message.address):
            return GiveUp(f"{TITLE} 地址有误，应为一个成员的 userid (not a userid)")
        if self.size(message.text) > self.longest:
            return too_long(TITLE, self.size(message.text), self.longest)
        token = self._fresh_token()
        reply = self._hand_over(token, message) if isinstance(token, str) else token
        if isinstance(reply, Reply) and reply.code in STALE:
            token = self._fresh_token(stale=token)
            reply = self._hand_over(token, message) if isinstance(token, str) else token
        if not isinstance(reply, Reply):
            return reply
        if reply.code:
            return self._judged(reply, token, message.address)
        if reply.data.get("invaliduser") or reply.data.get("unlicenseduser"):
            return GiveUp(f"{TITLE} 成员不存在、不可见或没有接口许可 (no such member, not visible, or without a licence)")
        return Sent(str(reply.data["msgid"]) if reply.data.get("msgid") else None)

    def _hand_over(self, token: str, message: Outgoing) -> Reply | RetryAfter:
        body = {
            "touser": message.address,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": message.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_FOR,
        }
        return self._vendor.post(f"{self._base_url}/cgi-bin/message/send", body, access_token=token)

    def _fresh_token(self, stale: str = "") -> str | RetryAfter | GiveUp:
        """The access token, kept for its two hours; `stale` is one that was just refused. Without one nothing was sent."""
        with self._turn:
            if self._held and self._held[0] != stale and self._clock() < self._held[1]:
                return self._held[0]
            reply = self._vendor.get(f"{self._base_url}/cgi-bin/gettoken", corpid=self._corp, corpsecret=self._secret)
            if isinstance(reply, RetryAfter):
                return reply._replace(uncertain=False)
            if reply.code:
                return self._judged(reply)
            token, lasts = reply.data.get("access_token"), reply.data.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(lasts, int):
                return RetryAfter(60, f"{TITLE} 未取得 access_token (no access token in the answer)")
            self._held = token, self._clock() + timedelta(seconds=lasts) - EARLIER
            return token

    def _judged(self, reply: Reply, *hidden: str) -> RetryAfter | GiveUp:
        return self._vendor.judged(reply, self.verdicts.get(reply.code, UNKNOWN), (self._secret, *hidden))

    def close(self) -> None:
        self._vendor.close()
