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
MODALITY = {"must": ("应当", "must"), "in_principle": ("原则上", "in principle"), "may": ("可以", "may")}
ROLE = {
    "unit": ("项目建设单位", "project unit"),
    "authority": ("主管部门", "authority"),
    "admin": ("管理员", "admin"),
}
SUBJECT = {"project": ("项目", "project"), "unit": ("单位", "unit"), "jurisdiction": ("辖区", "jurisdiction")}
FEED = {
    "contact": ("本人的事项", "own duties"),
    "unit": ("单位的事项", "a unit"),
    "jurisdiction": ("全辖区", "the jurisdiction"),
}
STATUS = {"in_force": ("施行中", "in force"), "draft": ("征求意见稿", "draft"), "repealed": ("已废止", "repealed")}
EPOCH = {  # how a store stands
    "open": ("正常", "open"),
    "frozen": ("已冻结", "frozen"),
    "retired": ("已停用", "retired"),
    "loading": ("正在载入", "loading"),
    "paused": ("暂停发送", "paused"),
}
LEVEL = {  # what a message may say
    "reference": ("只写编号", "references only"),
    "title": ("标题与日期", "title and date"),
    "full": ("全部", "in full"),
}
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
    "dingtalk": ("钉钉", "DingTalk"),
    "feishu": ("飞书", "Feishu"),
    "aliyun": ("短信（阿里云）", "SMS (Aliyun)"),
    "sns": ("短信（SNS）", "SMS (SNS)"),
    "email": ("电子邮件", "e-mail"),
    "ses": ("电子邮件（SES）", "e-mail (SES)"),
}
AUDIENCE = {
    "responsible": ("责任联系人", "the contacts"),
    "leader": ("单位负责人", "the leader"),
    "department": ("主管部门", "the department"),
    "authority": ("业务主管机关", "the authority"),
}
RUNG = {  # why somebody was spoken to: the first word of a rung's name; {} is its number of days, {to} who was told
    "new": ("新事项", "new"),
    "moved": ("日期变动", "date moved"),
    "opens": ("可以开始", "opens"),
    "before": ("提前{}天", "{} days before"),
    "due": ("当天", "on the day"),
    "overdue": ("逾期{}天", "{} days overdue"),
    "nudge": ("定期提示", "nudge"),
    "lawful": ("最短期限已满", "minimum has run"),
    "unheard": ("无人签收，告知{to}", "not acknowledged, {to} told"),
    "escalated": ("逾期{}天，告知{to}", "{} days overdue, {to} told"),
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
    """before-7@2026-08-31 -> 提前7天; escalated-leader-1@… -> 逾期1天，上报单位负责人"""
    kind, *more = name.partition("@")[0].split("-")
    zh, en = RUNG.get("due" if name.startswith("before-0@") else kind, (name, name))
    days = next((part for part in reversed(more) if part.isdecimal()), "")
    to_zh, to_en = next((AUDIENCE[part] for part in more if part in AUDIENCE), ("", ""))
    return zh.format(days, to=to_zh), en.format(days, to=to_en)


def reason(why: str) -> tuple[str, str]:
    """Why a reminder was not sent, in words; a vendor's reason as it is."""
    if why.startswith("snoozed until "):
        day = why.removeprefix("snoozed until ")
        return f"约定{day}再提醒", why
    return REASON.get(why, (why, why))
