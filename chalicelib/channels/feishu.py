"""Feishu's group robot 飞书自定义机器人.

The address is the token at the end of the webhook's URL, or that URL, and after a comma the secret where the robot checks
signatures (签名校验): `token` or `token,secret`.
Vendor's document: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import base64
import hmac
import re
from datetime import datetime

from ..ports import Limit, RetryAfter
from . import GroupRobot, Reply, Robot, Vendor, Verdict, json_size

TOO_FAST = 11232
MENTION = re.compile("<(?=/?at[ >])", re.IGNORECASE)


class Feishu(GroupRobot):
    name, title = "feishu", "飞书"
    limits = (Limit(5, 1, "address"), Limit(100, 60, "address"))
    longest = 19_500  # the vendor counts the whole body: 20 KB
    parameter = ""
    example = "https://open.feishu.cn/open-apis/bot/v2/hook/11aa22bb-88fd-436e-9d4c-1f0a2b3c4d5e"
    codes, words = ("code", "StatusCode"), "msg"  # the second is what old answers had alone
    verdicts = {
        TOO_FAST: Verdict("发送过快，或整点拥堵 (too fast, or crowded at the full hour)", seconds=60, holds="address"),
        9499: Verdict("请求不合规 (a bad request)"),
        19001: Verdict("机器人不存在或地址有误，请更新地址 (no such robot: correct the address)"),
        19002: Verdict("消息类型有误 (a kind of message it does not know)"),
        19007: Verdict("机器人已停用 (the robot is disabled)"),
        19021: Verdict("签名不符，或本机时间偏差过大 (the signature does not match, or our clock is wrong)"),
        19022: Verdict("本机 IP 不在白名单 (our IP address is not on its list)"),
        19024: Verdict("未含关键词，请把关键词设为“督办” (it asks for a keyword: make it 督办)"),
    }

    def size(self, text: str) -> int:
        """Bytes in the JSON body."""
        return json_size(plain(text))

    def verdict(self, reply: Reply) -> Verdict:
        """The code 9499 also comes with "too many request"."""
        said = str(reply.data.get(self.words, "")).lower()
        is_pace = "too many" in said or "frequency limit" in said
        return self.verdicts[TOO_FAST] if is_pace else super().verdict(reply)

    def ask(self, vendor: Vendor, base_url: str, robot: Robot, text: str, now: datetime) -> Reply | RetryAfter:
        body = {"msg_type": "text", "content": {"text": plain(text)}}
        url = f"{base_url}/open-apis/bot/v2/hook/{robot.token}"
        return vendor.post(url, {**signed(robot.secret, now), **body} if robot.secret else body)


def plain(text: str) -> str:
    """A text that calls nobody: `<at user_id="all">` in a project's name would call the whole group."""
    return MENTION.sub("＜", text)


def signed(secret: str, now: datetime) -> dict[str, str]:
    """The time in seconds and the signature: the text to sign is the key here, and nothing is what is signed."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", "sha256")
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
