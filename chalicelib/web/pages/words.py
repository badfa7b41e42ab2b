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
