"""DingTalk's group robot 钉钉自定义机器人.

The address is `access_token` or `access_token,SEC…` (加签), or the robot's webhook URL in place of the token. A robot that
asks for a keyword takes ours where that is 督办 (Duban for those who read English).
Vendor's document: https://open.dingtalk.com/document/robots/custom-robot-access
"""

import base64
import hmac
from datetime import datetime

from ..ports import Limit, RetryAfter
from . import GroupRobot, Reply, Robot, Vendor, Verdict, json_size

TOO_FAST = Verdict("发送过快，限流约 10 分钟 (too fast; refused for about ten minutes)", seconds=600, holds="address")
NO_ROBOT = Verdict("机器人不存在或 access_token 有误，请更新地址 (no such robot: correct the address)")
BANNED = Verdict("内容不被允许 (the vendor does not allow this content)")


class DingTalk(GroupRobot):
    name, title = "dingtalk", "钉钉"
    limits = (Limit(20, 60, "address"),)
    longest = 19_500  # the vendor counts the whole body: 20,000 bytes
    parameter = "access_token"
    example = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec"
    verdicts = {
        -1: Verdict("系统繁忙 (busy)", seconds=60),
        130101: TOO_FAST,
        410100: TOO_FAST,
        90030: Verdict("本期调用次数已用完 (the quota is used up)", seconds=3600, holds="address"),
        310000: Verdict("未通过安全设置：加签、关键词或 IP (refused by its security settings: signature, keyword or IP)"),
        300001: NO_ROBOT,
        400101: NO_ROBOT,
        400106: NO_ROBOT,
        400102: Verdict("机器人已停用 (the robot is disabled)"),
        400013: Verdict("群已解散 (the group was dissolved)"),
        40035: Verdict("参数有误 (a parameter is missing or wrong)"),
        400105: Verdict("不支持的消息类型 (a kind of message it does not know)"),
        430101: BANNED,
        430102: BANNED,
        430103: BANNED,
        430104: BANNED,
        460101: Verdict("消息过长 (too long)"),
    }

    def size(self, text: str) -> int:
        """Bytes in the JSON body."""
        return json_size(text)

    def ask(self, vendor: Vendor, base_url: str, robot: Robot, text: str, now: datetime) -> Reply | RetryAfter:
        body = {"msgtype": "text", "text": {"content": text}}
        query = {"access_token": robot.token, **(signed(robot.secret, now) if robot.secret else {})}
        return vendor.post(f"{base_url}/robot/send", body, **query)


def signed(secret: str, now: datetime) -> dict[str, str]:
    """The time in milliseconds and the signature, which is encoded for the URL once, by the client."""
    timestamp = str(round(now.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
