"""What channels, audiences and levels of content are called, wherever a person reads of them: the one table."""

from .errors import Text

CHANNELS = {
    "console": Text("控制台", "console"),
    "telegram": Text("Telegram", "Telegram"),
    "wecom": Text("企业微信机器人", "WeCom robot"),
    "wecom_app": Text("企业微信应用", "WeCom app"),
    "dingtalk": Text("钉钉机器人", "DingTalk robot"),
    "feishu": Text("飞书机器人", "Feishu robot"),
    "aliyun": Text("短信（阿里云）", "SMS (Aliyun)"),
    "sns": Text("短信（亚马逊 SNS）", "SMS (Amazon SNS)"),
    "email": Text("电子邮件", "e-mail"),
    "ses": Text("电子邮件（亚马逊 SES）", "e-mail (Amazon SES)"),
}
AUDIENCES = {  # who is told of a duty
    "responsible": Text("经办人", "the contacts in charge"),
    "leader": Text("单位负责人", "the leader"),
    "department": Text("主管部门", "the department"),
    "authority": Text("业务主管机关", "the authority"),
}
LEVELS = {  # what a message may say
    "reference": Text("只写编号", "references only"),
    "title": Text("标题与日期", "title and date"),
    "full": Text("全部", "in full"),
}

ENTRIES = {  # what an entry of a ledger says
    "registered": Text("登记", "registered"),
    "registration taken back": Text("撤销登记", "registration taken back"),
    "submitted": Text("报送", "submitted"),
    "laid aside": Text("移出待办", "laid aside"),
    "accepted": Text("已送出", "accepted"),
    "delivered": Text("已送达", "delivered"),
    "not delivered": Text("未送达", "not delivered"),
    "read": Text("已读", "read"),
    "withheld": Text("未发", "withheld"),
    "given up": Text("未能送达", "given up"),
    "handed on": Text("转下一人", "handed on"),
    "nobody to tell": Text("无人可通知", "nobody to tell"),
    "acknowledged": Text("签收", "acknowledged"),
    "snoozed": Text("约定再提醒", "snoozed"),
    "resent": Text("重新发送", "resent"),
    "dismissed": Text("不再发送", "dismissed"),
    "broadcast": Text("群发通知", "broadcast"),
    "published": Text("发布规则", "published"),
    "imported": Text("导入", "imported"),
    "contact changed": Text("联系人变更", "contact changed"),
    "contact removed": Text("移除联系人", "contact removed"),
    "admin made": Text("设为管理员", "made an admin"),
    "code made": Text("取绑定码", "code made"),
    "bound": Text("绑定", "bound"),
    "unbound": Text("解除绑定", "unbound"),
    "documents removed": Text("清理材料", "documents removed"),
    "gap found": Text("对账发现缺漏", "gap found"),
}
ENTRY_FIELDS = {  # and what about it
    "by": Text("操作者", "by"),
    "person": Text("人员", "person"),
    "channel": Text("渠道", "channel"),
    "to": Text("地址指纹", "address hash"),
    "text": Text("内容指纹", "text hash"),
    "rung": Text("提醒节点", "rung"),
    "notice": Text("通知编号", "notice"),
    "reference": Text("对方回执号", "vendor's reference"),
    "why": Text("原因", "why"),
    "form": Text("表单", "form"),
    "planned_for": Text("排定时间", "planned for"),
    "possible_duplicate": Text("可能重复", "possible duplicate"),
    "perhaps_sent": Text("可能已送达", "perhaps sent"),
    "instead_of": Text("代替", "instead of"),
    "until": Text("至", "until"),
    "how": Text("方式", "how"),
    "rulebooks": Text("规则册", "rulebooks"),
    "year": Text("年度", "year"),
    "role": Text("身份", "role"),
}


def channel(name: str) -> Text:
    """A channel's name; one that is not in the table by its id."""
    return CHANNELS.get(name, Text(name, name))
