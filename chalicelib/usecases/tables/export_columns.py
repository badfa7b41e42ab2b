"""The columns of exported tables."""

from typing import Any

from ...core.table import Column
from ...ports import Ports
from ..reporting.form_columns import column_of
from .import_contacts import LANGUAGES


def _column(key: str, title: str, kind: str = "text", **more: Any) -> Column:
    return Column(key=key, title=title, kind=kind, **more)


UNIT, ID, SINCE = _column("unit", "单位"), _column("id", "编号", "id"), _column("tracked_since", "纳入督办之日", "day")
DAYS = (
    _column("opens_on", "起始日", "day"),
    _column("act_by", "建议办结日", "day"),
    _column("due_on", "法定期限", "day"),
    _column("earliest_next_on", "最早可进行日", "day"),
    _column("provisional", "暂定", "flag"),
    _column("done_on", "办结日期", "day"),
)


def duties(ports: Ports) -> tuple[Column, ...]:
    return (
        UNIT,
        _column("project", "项目"),
        _column("title", "事项"),
        _column("for", "年度（期间）"),
        _column("state", "状态"),
        *DAYS,
        _column("article", "依据"),
        _column("submit_to", "报送"),
        _column("form", "表单"),
        _column("id", "事项编号"),
    )


def projects(ports: Ports) -> tuple[Column, ...]:
    fields = ports.forms.get("project-change")["properties"]
    return (
        ID,
        _column("code", "项目代码", "code"),
        _column("name", "项目名称"),
        UNIT,
        column_of("kind", fields["kind"]),
        column_of("total_investment", fields["total_investment"]),
        SINCE,
    )


def units(ports: Ports) -> tuple[Column, ...]:
    fields = ports.forms.get("unit-details")["properties"]
    return (
        ID,
        _column("uscc", "统一社会信用代码", "uscc"),
        _column("name", "单位名称"),
        column_of("kind", fields["kind"]),
        _column("parent", "行政主管部门"),
        _column("authority", "主管部门职责"),
        _column("is_unit", "是否建设单位", "flag"),
        SINCE,
    )


def contacts(ports: Ports) -> tuple[Column, ...]:
    return (
        UNIT,
        ID,
        _column("name", "姓名"),
        _column("leader", "单位负责人", "flag"),
        _column("channels", "接收渠道（部分遮盖）"),
        _column("language", "语言", "choice", choices=LANGUAGES),
        _column("at_once", "逐条提醒", "flag"),
    )


def ledger(ports: Ports) -> tuple[Column, ...]:
    return (
        _column("number", "序号", "whole"),
        _column("at", "时间"),
        _column("what", "事由"),
        _column("about", "关于"),
        _column("more", "内容"),
        _column("hash", "校验值"),
    )
