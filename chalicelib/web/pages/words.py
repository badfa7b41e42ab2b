"""Words of docs/glossary.md that pages show for the keys of answers: zh, en."""

STATE = {
    "undetermined": ("待定", "undetermined"),
    "waiting": ("未开始", "not begun"),
    "upcoming": ("未到起始日", "not yet open"),
    "open": ("办理中", "to be done"),
    "overdue": ("已逾期", "overdue"),
    "done": ("已办结", "done"),
    "done_late": ("逾期办结", "done late"),
    "suspended": ("中止", "suspended"),
    "waived": ("豁免", "waived"),
    "lapsed": ("失效", "lapsed"),
    "withdrawn": ("撤回", "withdrawn"),
}
OUTCOME = {
    "pass": ("符合", "fits"),
    "route": ("路径", "route"),
    "warn": ("提醒", "note"),
    "block": ("阻断", "in the way"),
    "undetermined": ("待定", "undetermined"),
}
ROLE = {
    "unit": ("项目建设单位", "project unit"),
    "authority": ("主管部门", "authority"),
    "admin": ("管理员", "admin"),
}
SUBJECT = {"project": ("项目", "project"), "unit": ("单位", "unit"), "jurisdiction": ("辖区", "jurisdiction")}
TOLD = {  # what the ledger says became of a reminder
    "accepted": ("已送出", "accepted"),
    "withheld": ("未发", "withheld"),
    "given up": ("未能送达", "given up"),
    "acknowledged": ("签收", "acknowledged"),
    "snoozed": ("约定再提醒", "snoozed"),
    "nobody to tell": ("无人可通知", "nobody to tell"),
    "handed on": ("转下一人", "handed on"),
}
CHANNEL = {
    "console": ("控制台", "console"),
    "telegram": ("Telegram", "Telegram"),
    "wecom": ("企业微信群", "WeCom group"),
    "wecom_app": ("企业微信", "WeCom"),
    "dingtalk": ("钉钉群", "DingTalk group"),
    "dingtalk_app": ("钉钉", "DingTalk"),
    "feishu": ("飞书群", "Feishu group"),
    "feishu_app": ("飞书", "Feishu"),
    "aliyun": ("短信", "SMS"),
    "sns": ("短信", "SMS"),
    "email": ("电子邮件", "e-mail"),
    "ses": ("电子邮件", "e-mail"),
}
RUNG = {  # why somebody was spoken to: the first word of a rung's name; {} is its number of days
    "new": ("新事项", "new"),
    "moved": ("日期变动", "date moved"),
    "opens": ("可以开始", "opens"),
    "before": ("提前{}天", "{} days before"),
    "overdue": ("逾期{}天", "{} days overdue"),
    "nudge": ("定期提示", "nudge"),
    "lawful": ("最短期限已满", "minimum has run"),
    "unheard": ("无人签收", "not acknowledged"),
    "escalated": ("逐级上报", "escalated"),
    "snoozed": ("再次提醒", "asked to be reminded"),
    "answer": ("回执", "receipt"),
    "decision": ("决定", "decision"),
    "filed": ("待办申请", "request filed"),
}
REASON = {  # why a reminder was withheld
    "done": ("已办结", "done"),
    "acknowledged": ("已签收", "acknowledged"),
    "superseded": ("由后一次提醒代替", "a later one says it"),
    "date moved": ("日期已变动", "its date has moved"),
    "gone": ("事项已撤销", "gone"),
    "suspended": ("项目中止", "suspended"),
    "waived": ("已豁免", "waived"),
    "withdrawn": ("已撤回", "withdrawn"),
    "no channel left": ("没有可用渠道", "no channel left"),
}


def rung(name: str) -> tuple[str, str]:
    """before-7@2026-08-31 -> 提前7天"""
    kind, *more = name.partition("@")[0].split("-")
    zh, en = RUNG.get(kind, (name, name))
    days = next((part for part in reversed(more) if part.isdecimal()), "")
    return zh.format(days), en.format(days)


def reason(why: str) -> tuple[str, str]:
    """Why a reminder was not sent, in words; a vendor's reason as it is."""
    if why.startswith("snoozed until "):
        day = why.removeprefix("snoozed until ")
        return f"约定{day}再提醒", why
    return REASON.get(why, (why, why))
