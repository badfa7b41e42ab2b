"""SMS by Aliyun 阿里云短信服务: SendSms with a signature and a template that were approved beforehand.

Requests are signed by ACS3-HMAC-SHA256.
Vendor's documents: https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms and
https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from ..core.errors import Text
from ..core.phone import MAINLAND, mobile
from ..ports import Clock, GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import TIMEOUT, UNKNOWN, Vendor, Verdict, too_long, wrong_number

TITLE = "阿里云短信"
VERSION, ACTION = "2017-05-25", "SendSms"
ALGORITHM = "ACS3-HMAC-SHA256"
OK = "OK"  # the only code of success, whatever the HTTP status
LIMIT_CONTROL = "isv.BUSINESS_LIMIT_CONTROL"
PERIODS = {"分钟级": 60, "小时级": 3600}  # as its words name them; the day's (天级) frees up little by little
MOST_PLACES = 500  # of a text with its signature; 70 make one SMS, each 67 one part of a longer

TOO_FAST = Verdict("请求过快 (too fast)", seconds=5, holds="bot")
ACCOUNT_LIMIT = Verdict("已达账户的日或月发送限额，可在控制台调整 (the account's own limit)", seconds=3600, holds="bot")
BUSY = Verdict("对方繁忙 (busy)", seconds=60)
NUMBER = Verdict("号码不被接受 (the number is not accepted)")
TEMPLATE = Verdict("模板代码有误或未审核通过，请在设置 text_of_channel 中更正 (no such approved template)")
PARAMETERS = Verdict("模板参数缺少、过长，或含链接、禁用词 (template parameters missing, too long or not allowed)")
SIGN = Verdict("短信签名有误或不可用，请检查 DUBAN_ALIYUN_SIGN_NAME (no such approved signature)")
KEY = Verdict("密钥有误，请检查 DUBAN_ALIYUN_KEY_ID 与 DUBAN_ALIYUN_KEY_SECRET (the key is wrong)")
RIGHTS = Verdict("密钥无权发送，请授权 dysms:SendSms (the key may not send)")
BALANCE = Verdict("余额不足或已停机，请充值 (the account has run dry)")
ACCOUNT = Verdict("账户异常或未开通短信服务 (the account is not in order)")

VERDICTS = {
    LIMIT_CONTROL: Verdict("同一号码发送过多 (too many to this number)", seconds=3600, holds="address"),
    "Throttling": TOO_FAST,
    "Throttling.User": TOO_FAST,
    "Throttling.Api": TOO_FAST,
    "isv.DAY_LIMIT_CONTROL": ACCOUNT_LIMIT,
    "isv.MONTH_LIMIT_CONTROL": ACCOUNT_LIMIT,
    "isp.SYSTEM_ERROR": BUSY,
    "isp.GATEWAY_ERROR": BUSY,
    "ServiceUnavailable": BUSY,
    "InternalError": BUSY,
    "InvalidTimeStamp.Expired": Verdict("本机时间偏差过大 (our clock is wrong)", seconds=300, holds="bot"),
    "isv.MOBILE_NUMBER_ILLEGAL": NUMBER,
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": NUMBER,
    "isv.BLACK_KEY_CONTROL_LIMIT": Verdict("号码或内容在管控名单中 (the number or a word is barred)"),
    "isv.SMS_CONTENT_ILLEGAL": Verdict("内容含禁止发送的词 (a word is barred)"),
    "isv.SMS_TEMPLATE_ILLEGAL": TEMPLATE,
    "isv.TEMPLATE_MISSING_PARAMETERS": PARAMETERS,
    "isv.TEMPLATE_PARAMS_ILLEGAL": PARAMETERS,
    "isv.INVALID_JSON_PARAM": PARAMETERS,
    "isv.INVALID_PARAMETERS": PARAMETERS,
    "isv.PARAM_LENGTH_LIMIT": PARAMETERS,
    "isv.PARAM_NOT_SUPPORT_URL": PARAMETERS,
    "isv.SMS_SIGNATURE_ILLEGAL": SIGN,
    "isv.SMS_SIGN_ILLEGAL": SIGN,
    "isv.SIGN_STATE_ILLEGAL": SIGN,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": SIGN,
    "InvalidAccessKeyId.NotFound": KEY,
    "InvalidAccessKeyId.Inactive": KEY,
    "SignatureDoesNotMatch": KEY,
    "isp.RAM_PERMISSION_DENY": RIGHTS,
    "isv.DENY_IP_RANGE": Verdict("只能从中国内地的 IP 发送 (only to be sent from the mainland)"),
    "isv.AMOUNT_NOT_ENOUGH": BALANCE,
    "isv.OUT_OF_SERVICE": BALANCE,
    "isv.ACCOUNT_NOT_EXISTS": ACCOUNT,
    "isv.ACCOUNT_ABNORMAL": ACCOUNT,
    "isv.PRODUCT_UN_SUBSCRIPT": ACCOUNT,
    "isv.PRODUCT_UNSUBSCRIBE": ACCOUNT,
}


class Gateway(Vendor):
    """Aliyun's gateway: its code is a word, and stands in the body whatever the HTTP status."""

    def send(self, base_url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any] | RetryAfter:
        """The answer, which has a `Code`."""
        return self._ask("POST", f"{base_url}/?{canonical(query)}", headers=headers)

    def _understood(self, status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any] | RetryAfter:
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and isinstance(data.get("Code"), str) and (data["Code"] != OK or status < 300):
            return data
        return super()._understood(status, headers, b"")  # not its word: what HTTP says is all there is


class Aliyun:
    """`sign_name` is the approved signature, without its brackets. The text of a message is what its template makes of the
    parameters; only the template's code and the parameters are sent."""

    name = "aliyun"
    # Of the same signature and template to one number; we count all templates together.
    limits = (Limit(50, 24 * 3600, "address"),)
    has_buttons = is_idempotent = False
    asks_template = gives_receipts = True
    longest_word = 35  # characters of a variable of the general sort

    def __init__(self, key_id: str, key_secret: str, sign_name: str, base_url: str, clock: Clock, *, timeout: float = TIMEOUT):
        self.bot = sign_name
        self.longest = MOST_PLACES - len(f"【{sign_name}】")
        self._key_id, self._key_secret, self._sign_name = key_id, key_secret, sign_name
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self._gateway = Gateway(TITLE, codes=("Code",), words="Message", timeout=timeout)

    def size(self, text: str) -> int:
        """Places of UCS-2: an emoji takes two."""
        return len(text.encode("utf-16-le")) // 2

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        return wrong_number(address)

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        number = mobile(message.address)
        if number is None:
            return GiveUp(f"{TITLE} 地址不是手机号码，应如 13800138000 (not a mobile number)")
        if message.template is None:
            return GiveUp(
                f"{TITLE} 只能按审核通过的模板发送：请在设置 text_of_channel 中填写模板代码与参数 (asks for an approved template)"
            )
        if self.size(message.text) > self.longest:
            return too_long(TITLE, self.size(message.text), self.longest)
        query = {
            "PhoneNumbers": number.removeprefix(MAINLAND).removeprefix("+"),
            "SignName": self._sign_name,
            "TemplateCode": message.template.code,
            "TemplateParam": json.dumps(message.template.parameters, ensure_ascii=False),
        }
        host, now, nonce = urlsplit(self._base_url).netloc, self._clock(), secrets.token_hex(16)
        headers = signed(self._key_id, self._key_secret, host, ACTION, VERSION, query, now, nonce)
        answer = self._gateway.send(self._base_url, query, headers)
        if isinstance(answer, RetryAfter):
            return answer
        return Sent(answer.get("BizId")) if answer["Code"] == OK else judged(answer)

    def close(self) -> None:
        self._gateway.close()


def judged(answer: Mapping[str, Any]) -> RetryAfter | GiveUp:
    """What to do about a code. The vendor's words may quote the number or the string to sign: they are not told."""
    verdict = VERDICTS.get(answer["Code"], UNKNOWN)
    reason = f"{TITLE} {answer['Code'][:60]} {verdict.meaning}"
    if verdict.seconds is None:
        return GiveUp(reason)
    said = str(answer.get("Message", "")) if answer["Code"] == LIMIT_CONTROL else ""
    seconds = next((length for period, length in PERIODS.items() if period in said), verdict.seconds)
    return RetryAfter(seconds, reason, holds=verdict.holds)


def signed(
    key_id: str, key_secret: str, host: str, action: str, version: str, query: Mapping[str, str], now: datetime, nonce: str
) -> dict[str, str]:
    """The headers of a POST to / with nothing in its body, with the signature among them."""
    nothing = sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": nothing,
        "x-acs-date": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)  # in order of the alphabet, as they have to be
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join(["POST", "/", canonical(query), lines, names, nothing])
    to_sign = f"{ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key_secret.encode(), to_sign.encode(), "sha256").hex()
    return {**headers, "Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}


def canonical(query: Mapping[str, str]) -> str:
    """The query as it is signed and sent: by name, all but RFC 3986's unreserved characters encoded."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))
