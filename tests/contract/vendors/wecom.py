"""WeCom: the group robot's webhook, and the app's messages behind an access token.

https://developer.work.weixin.qq.com/document/path/91770 and /90236
"""

import uuid

from chalicelib.channels.wecom import WecomApp, WecomRobot

from . import HTTP_REFUSALS, Answer, Arrived, HttpVendor, Refusal, now

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
HINT = "hint: [1592021214_50_551fc8807c11f27ed0e6714d0c267ba4], from ip: 203.0.113.7"


def error(code, words):
    return Answer(200, {"errcode": code, "errmsg": f"{words}, {HINT}"})


def fault_of(body):
    """What the vendor would say of a message's shape."""
    content = body.get("text", {}).get("content") if body.get("msgtype") == "text" else None
    if not isinstance(content, str):
        return error(40008, "invalid message type")
    if not content:
        return error(44004, "empty content")
    if len(bytes(content, "utf-8")) > 2048:
        return error(45002, "content size out of limit")
    return None


class Robot(HttpVendor):
    name = "wecom"
    address = KEY
    same_addresses = (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", f"  {KEY}\n")
    malformed = ("", "不是机器人", f"{KEY}?x=1", f"{KEY},SECsecret", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send")
    strangers = ("00000000-0000-0000-0000-000000000000",)
    unit = "字"  # three bytes
    refusals = (
        *HTTP_REFUSALS,
        Refusal("45009 too fast", error(45009, "api freq out of limit"), seconds=60, holds="address"),
        Refusal("-1 busy", error(-1, "system busy"), seconds=60),
        Refusal("93000 wrong key", error(93000, f"invalid webhook url {KEY}")),
        Refusal("93004 disabled", error(93004, "robot disabled")),
        Refusal("unknown", error(123456, "what is that"), seconds=300),
    )

    def make(self, at, timeout):
        return WecomRobot(at, now, timeout=timeout)

    def serve(self, request):
        if (request.method, request.path) != ("POST", "/cgi-bin/webhook/send"):
            return Answer(404)
        if request.query != {"key": KEY}:
            return error(93000, "invalid webhook url")
        body = request.json()
        fault = fault_of(body)
        if fault is None:
            self.got.append(Arrived(KEY, body["text"]["content"]))
        return fault or Answer(200, {"errcode": 0, "errmsg": "ok"})


CORP, AGENT, SECRET = "ww1a2b3c4d5e6f", 1000002, "HWqJbl-PS9ZtSecretOfTheApp"


class App(HttpVendor):
    name = "wecom_app"
    address = "zhangsan"
    malformed = ("", "@all", "zhangsan|lisi", "张三")
    strangers = ("nobody-here",)
    secrets = (SECRET, "token-")
    reference = "msg-1"
    unit = "字"
    refusals = (
        *HTTP_REFUSALS,
        Refusal("45009 too many calls", error(45009, "api freq out of limit"), seconds=60, holds="bot"),
        Refusal("60020 untrusted address", error(60020, "not allow to access from your ip")),
        Refusal("60111 no such member", error(60111, "userid not found: zhangsan")),
        Refusal("0 but no such member", Answer(200, {"errcode": 0, "errmsg": "ok", "invaliduser": "zhangsan"})),
        Refusal("0 but no licence", Answer(200, {"errcode": 0, "errmsg": "ok", "unlicenseduser": "zhangsan"})),
        Refusal("unknown", error(123456, "what is that"), seconds=300),
    )

    def __init__(self):
        super().__init__()
        self.token = self.new_token()
        self.taken = {}  # the JSON of each request that was taken, and its id
        self.instant = now()
        self.secret = SECRET
        self.token_answer = None

    def make(self, at, timeout):
        return WecomApp(CORP, AGENT, SECRET, at, lambda: self.instant, timeout=timeout)

    def new_token(self):
        return f"token-{uuid.uuid4()}"

    def is_message(self, request):
        return request.path == "/cgi-bin/message/send"

    def serve(self, request):
        if (request.method, request.path) == ("GET", "/cgi-bin/gettoken"):
            return self.hand_out(request)
        if (request.method, request.path) != ("POST", "/cgi-bin/message/send"):
            return Answer(404)
        if request.query.get("access_token") != self.token:
            return error(40014, f"invalid access_token {request.query.get('access_token')}")
        return self.take(request)

    def hand_out(self, request):
        if self.token_answer:
            return self.token_answer
        if (request.query.get("corpid"), request.query.get("corpsecret")) != (CORP, self.secret):
            return error(40001, f"invalid credential {request.query.get('corpsecret')}")
        return Answer(200, {"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200})

    def take(self, request):
        body = request.json()
        if body.get("agentid") != AGENT:
            return error(40056, "invalid agentid")
        if body.get("touser") != self.address:
            return error(81013, "user & party & tag all invalid")
        fault = fault_of(body)
        if fault:
            return fault
        assert 0 < body["duplicate_check_interval"] <= 4 * 3600
        same = request.body if body.get("enable_duplicate_check") == 1 else object()
        if same not in self.taken:
            self.taken[same] = f"msg-{len(self.taken) + 1}"
            self.got.append(Arrived(body["touser"], body["text"]["content"]))
        return Answer(200, {"errcode": 0, "errmsg": "ok", "msgid": self.taken[same]})


VENDORS = (Robot, App)
