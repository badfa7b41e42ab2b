"""Words of docs/glossary.md that pages show for the keys of answers: zh, en."""

from ...core import names

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
LIFE = {  # the stages of a project's, in this order: where a form is used
    "declare": ("申报与立项", "declaring and approval"),
    "plan": ("方案与公示", "plans and publicity"),
    "budget": ("预算、采购与合同", "budget, procurement, contract"),
    "build": ("建设", "building"),
    "trial": ("试运行", "trial run"),
    "acceptance": ("验收与结算", "acceptance and payment"),
    "operation": ("投用、评价、运维与停用", "operation, evaluation, end"),
    "change": ("延期、调整、整改与终止", "extension, adjustment, mending, end"),
    "upkeep": ("更正与其他", "corrections and others"),
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
LEVEL = names.LEVELS
TOLD = names.ENTRIES
FIELD = {  # words in braces of a message's layout
    "marks": ("说明：补发、期限调整、请督促等；平常为空", "why it comes now: late, date moved, see to it; mostly empty"),
    "unit": ("责任单位；只在告知其他人时有", "who has to do it, where others are told"),
    "subject": ("项目或单位的名称", "the project's or unit's name"),
    "title": ("事项名称", "what is to be done"),
    "when": ("何时前办结、还有几个工作日", "by when, and how many working days are left"),
    "due": ("法定期限的日期", "the last lawful day"),
    "article": ("第几条", "the article"),
    "place": ("办法的简称", "the regulation"),
    "to": ("报送给谁", "to whom it is submitted"),
    "reference": ("事项编号（6位）", "the short reference"),
    "number": ("晨报中的序号", "its number in a digest"),
    "count": ("共几件", "how many in all"),
    "refs": ("全部事项编号", "all short references"),
    "part": ("一次发不完时，本条含第几项至第几项", "which of the items this message holds, where it does not hold all"),
    "do": ("办理或查看，随事项而定", "“go to” or “see”, as the duty asks"),
    "url": ("办理链接", "the link"),
}
STAGE = {  # how far a notice got
    "waiting": ("等待发送", "waiting"),
    "accepted": ("已送出", "accepted"),
    "delivered": ("已送达", "delivered"),
    "read": ("已读", "read"),
    "acknowledged": ("已签收", "acknowledged"),
    "not delivered": ("未送达，改走下一渠道", "not delivered, the next channel is tried"),
    "given up": ("未能送达", "given up"),
    "withheld": ("未发", "withheld"),
}
CHANNEL = names.CHANNELS
AUDIENCE = names.AUDIENCES
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
    "said": ("群发通知", "broadcast"),
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
