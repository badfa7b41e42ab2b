"""Feishu's group robot, with 签名校验. https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot"""

import hmac
from base64 import b64decode
from hashlib import sha256

from chalicelib.channels.feishu import Feishu

from . import HTTP_REFUSALS, Answer, Arrived, HttpVendor, Refusal, now

TOKEN, SECRET = "b43e7bea-88fd-436e-9d4c-1f0a2b3c4d5e", "demoSecretOfTheRobot"
UNSIGNED = "00000000-88fd-436e-9d4c-1f0a2b3c4d5e"
HOOK = "/open-apis/bot/v2/hook/"


def error(code, words, status=200):
    return Answer(status, {"code": code, "msg": words, "data": {}})


class Robot(HttpVendor):
    name = "feishu"
    address = f"{TOKEN},{SECRET}"
    knows_as = TOKEN
    same_addresses = (f"{TOKEN}， {SECRET}", f"https://open.feishu.cn{HOOK}{TOKEN},{SECRET}")
    malformed = ("", "不是机器人", f"{TOKEN}/x", "https://open.feishu.cn/")
    strangers = (f"{TOKEN},wrong", TOKEN, f"unknown,{SECRET}")
    secrets = (TOKEN, SECRET)
    unit = '"'  # two bytes in JSON
    refusals = (
        *HTTP_REFUSALS,
        Refusal("11232 too fast", error(11232, "frequency limited psm[lark.oapi]appID[1500]"), seconds=60, holds="address"),
        Refusal("9499 too fast", error(9499, "too many request", 400), seconds=60, holds="address"),
        Refusal("9499 bad request", error(9499, "Bad Request", 400)),
        Refusal("19007 disabled", error(19007, "Bot Not Enabled")),
        Refusal("19021 beside StatusCode 0", Answer(200, {"StatusCode": 0, "code": 19021, "msg": f"sign match fail {SECRET}"})),
        Refusal("19024 keyword", error(19024, "Key Words Not Found")),
        Refusal("unknown", error(999999, "what is that"), seconds=300),
    )

    def make(self, at, timeout):
        return Feishu(at, now, timeout=timeout)

    def serve(self, request):
        token = request.path.removeprefix(HOOK)
        if request.method != "POST" or token not in (TOKEN, UNSIGNED):
            return error(19001, f"param invalid: incoming webhook access token invalid {token}", 400)
        if len(request.body) > 20_000:
            return error(9499, "Bad Request", 400)
        body = request.json()
        if token == TOKEN and not self.is_signed(body):
            return error(19021, "sign match fail or timestamp is not within one hour from current time")
        if body.get("msg_type") != "text" or not body["content"]["text"]:
            return error(9499, "Bad Request", 400)
        self.got.append(Arrived(token, body["content"]["text"]))
        return Answer(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})

    def is_signed(self, body):
        stamp = body.get("timestamp", "")
        if len(str(stamp)) != 10 or abs(int(stamp) - now().timestamp()) > 3600:
            return False
        expected = hmac.new(f"{stamp}\n{SECRET}".encode(), digestmod=sha256).digest()
        return b64decode(body.get("sign", "")) == expected


VENDORS = (Robot,)
