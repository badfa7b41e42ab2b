"""DingTalk's group robot, with 加签. https://open.dingtalk.com/document/robots/custom-robot-access"""

import hmac
from base64 import b64decode
from hashlib import sha256

from chalicelib.channels.dingtalk import DingTalk

from . import HTTP_REFUSALS, Answer, Arrived, HttpVendor, Refusal, now

TOKEN, SECRET = "566cc69da782ec3f2b", "SECf1f2e3d4+/c5b6=a7"
UNSIGNED = "566cc69da782ec0000"  # a robot that relies on its keyword


def error(code, words):
    return Answer(200, {"errcode": code, "errmsg": words})


class Robot(HttpVendor):
    name = "dingtalk"
    address = f"{TOKEN},{SECRET}"
    knows_as = TOKEN
    same_addresses = (
        f"{TOKEN}，{SECRET}",
        f"{TOKEN} {SECRET}\n",
        f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN},{SECRET}",
    )
    malformed = ("", "不是机器人", f"{TOKEN},密钥", "https://oapi.dingtalk.com/robot/send", f"{TOKEN}&sign=1")
    strangers = (f"{TOKEN},SECwrong", TOKEN, f"unknown,{SECRET}")
    secrets = (TOKEN, SECRET)
    unit = "\n"  # two bytes in JSON
    refusals = (
        *HTTP_REFUSALS,
        Refusal("130101 too fast", error(130101, "send too fast, exceed 20 times per minute"), seconds=600, holds="address"),
        Refusal("410100 too fast", error(410100, "send too fast"), seconds=600, holds="address"),
        Refusal("-1 busy", error(-1, "system busy"), seconds=60),
        Refusal("310000 keyword", error(310000, f"keywords not in content {TOKEN}")),
        Refusal("310000 clock", error(310000, "invalid timestamp")),
        Refusal("400102 disabled", error(400102, "robot stopped")),
        Refusal("unknown", error(999999, "what is that"), seconds=300),
    )

    def make(self, at, timeout):
        return DingTalk(at, now, timeout=timeout)

    def serve(self, request):
        if (request.method, request.path) != ("POST", "/robot/send"):
            return Answer(404)
        token = request.query.get("access_token")
        if token not in (TOKEN, UNSIGNED):
            return error(300001, f"token is not exist {token}")
        if token == TOKEN and not self.is_signed(request.query):
            return error(310000, "sign not match")
        if len(request.body) > 20_000:
            return error(460101, "message too long, exceed 20000 bytes")
        body = request.json()
        if body.get("msgtype") != "text" or not body["text"]["content"]:
            return error(40035, "missing parameter")
        self.got.append(Arrived(token, body["text"]["content"]))
        return error(0, "ok")

    def is_signed(self, query):
        stamp = query.get("timestamp", "")
        if not stamp.isdecimal() or len(stamp) != 13 or abs(int(stamp) / 1000 - now().timestamp()) > 3600:
            return False
        mac = hmac.new(SECRET.encode("utf-8"), digestmod=sha256)
        mac.update(b"%s\n%s" % (stamp.encode(), SECRET.encode()))
        try:
            return b64decode(query.get("sign", ""), validate=True) == mac.digest()
        except ValueError:
            return False


VENDORS = (Robot,)
