"""Aliyun's SMS. It keeps to the vendor's documents of SendSms, of its templates and of ACS3-HMAC-SHA256:
https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature"""

import hmac
import json
import re
from hashlib import sha256
from urllib.parse import quote_plus
from zlib import crc32

from chalicelib.channels.aliyun import Aliyun
from chalicelib.ports import Template

from . import HTTP_REFUSALS, Answer, Arrived, HttpVendor, Refusal, now

KEY, SECRET, SIGN = "LTAI5tExampleKeyId", "exampleKeySecretOf30Characters", "云阳县大数据局"
BARRED = "13900139000"


def error(code, words, status=200):
    return Answer(status, {"Code": code, "Message": words, "RequestId": "A90E4451-FED7-49D2-87C8-00700A8C4D0D"})


class AliyunSms(HttpVendor):
    name = "aliyun"
    address, knows_as = "+86 139-0000-1234", "13900001234"
    same_addresses = ("13900001234", "139 0000 1234", "（86）13900001234", "008613900001234")
    malformed = ("", "010-66551234", "1390000123", "张三", "duban@example.gov.cn")
    strangers = (BARRED,)
    secrets = (SECRET,)
    reference = "900619746936498440^0"
    refusals = (
        Refusal("minute", error("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"), seconds=60, holds="address"),
        Refusal("hour", error("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"), seconds=3600, holds="address"),
        Refusal("day", error("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:50"), seconds=3600, holds="address"),
        Refusal("account's day", error("isv.DAY_LIMIT_CONTROL", "触发日发送限额"), seconds=3600, holds="bot"),
        Refusal(
            "throttling", error("Throttling.User", "Request was denied due to user flow control.", 400), seconds=5, holds="bot"
        ),
        Refusal("balance", error("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")),
        Refusal("number", error("isv.MOBILE_NUMBER_ILLEGAL", "13900001234invalid mobile number")),
        Refusal("template", error("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")),
        Refusal("url", error("isv.PARAM_NOT_SUPPORT_URL", "变量不支持透传URL")),
        Refusal("sign", error("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")),
        Refusal("right", error("isp.RAM_PERMISSION_DENY", "RAM权限DENY")),
        Refusal("clock", error("InvalidTimeStamp.Expired", "Specified time stamp is expired", 400), seconds=300, holds="bot"),
        Refusal("system", error("isp.SYSTEM_ERROR", "系统错误"), seconds=60),
        Refusal("busy", error("ServiceUnavailable", "try again later", 503), seconds=60),
        Refusal("unknown", error("isv.WHAT_IS_THAT", "what is that"), seconds=300),
        Refusal("OK in a 400", error("OK", "OK", 400), seconds=300),
        *HTTP_REFUSALS,
    )

    def __init__(self):
        super().__init__()
        self.approved: dict[str, str] = {}  # the templates, by code
        self.nonces: set[str] = set()

    def make(self, at, timeout):
        return Aliyun(KEY, SECRET, SIGN, at, now, timeout=timeout)

    def template(self, text):
        """Has a template approved that says this text, all but its first character fixed."""
        code = f"SMS_{crc32(text.encode())}"
        self.approved[code] = "${head}" + text[1:]
        return Template(code, {"head": text[:1]})

    def serve(self, request):
        if why_not := self.unsigned(request):
            return why_not
        asked = request.query
        assert (request.method, request.path, request.body) == ("POST", "/", b"")
        assert (request.headers["x-acs-action"], request.headers["x-acs-version"]) == ("SendSms", "2017-05-25")
        if not re.fullmatch(r"1[3-9]\d{9}", asked["PhoneNumbers"]):
            return error("isv.MOBILE_NUMBER_ILLEGAL", f"{asked['PhoneNumbers']}invalid mobile number")
        if asked["PhoneNumbers"] == BARRED:
            return error("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控")
        if asked["SignName"] != SIGN:
            return error("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
        if asked["TemplateCode"] not in self.approved:
            return error("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        content, words = self.approved[asked["TemplateCode"]], json.loads(asked["TemplateParam"])
        if set(re.findall(r"\$\{(\w+)\}", content)) != set(words):
            return error("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量")
        if not all(isinstance(word, str) and len(word) <= 35 for word in words.values()):
            return error("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制")
        text = re.sub(r"\$\{(\w+)\}", lambda found: words[found[1]], content)
        if len(f"【{SIGN}】{text}") > 500:
            return error("isv.PARAM_LENGTH_LIMIT", "内容超出长度限制")
        self.got.append(Arrived(asked["PhoneNumbers"], text))
        return Answer(200, {"Code": "OK", "Message": "OK", "BizId": self.reference, "RequestId": "r-1"})

    def unsigned(self, request):
        """The answer to a request that is signed wrongly, or again."""
        headers = {name.lower(): value.strip() for name, value in request.headers.items()}
        given = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=(\S+?),SignedHeaders=([\w;-]+),Signature=([0-9a-f]{64})", headers["authorization"]
        )
        if not given or given[1] != KEY:
            return error("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        needed = sorted(name for name in headers if name.startswith("x-acs-") or name in ("host", "content-type"))
        query = "&".join(
            sorted(f"{quote_plus(name)}={quote_plus(value)}" for name, value in request.query.items())
        )  # as the vendor's document has it: + is a space, ~ stays, * does not
        query = query.replace("+", "%20").replace("*", "%2A").replace("%7E", "~")
        body = sha256(request.body).hexdigest()
        lines = [
            request.method,
            request.path,
            query,
            *(f"{name}:{headers[name]}" for name in needed),
            "",
            ";".join(needed),
            body,
        ]
        to_sign = "ACS3-HMAC-SHA256\n" + sha256("\n".join(lines).encode()).hexdigest()
        signature = hmac.new(SECRET.encode(), to_sign.encode(), sha256).hexdigest()
        if given[2] != ";".join(needed) or headers["x-acs-content-sha256"] != body or signature != given[3]:
            return error("SignatureDoesNotMatch", f"Specified signature is not matched. server string to sign is:{lines}", 400)
        if abs((now() - now().strptime(headers["x-acs-date"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")).total_seconds()) > 900:
            return error("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
        if headers["x-acs-signature-nonce"] in self.nonces:
            return error("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self.nonces.add(headers["x-acs-signature-nonce"])
        return None


VENDORS = (AliyunSms,)
