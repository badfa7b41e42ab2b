"""What a submission says is checked against what is known of its holder: days that can be, milestones that are there."""

from datetime import datetime
from typing import Any

from ...core.errors import Forbidden, InvalidInput
from ...core.facts import standing
from ...core.ladder import local_day
from ...ports import Ports
from ..signing_in.access import Bearer
from ..state.holder import Holder


def check_days(ports: Ports, holder: Holder, milestones: list[dict], now: datetime) -> None:
    """What happened cannot lie ahead, and cannot precede what it follows by nature (an end before its beginning)."""
    today, faults = local_day(now).isoformat(), []
    after = standing(holder.with_facts(milestones, {}, {}).as_facts().milestones)
    days: dict[str, list[str]] = {}
    for stands in after:
        if not stands.planned:
            days.setdefault(stands.event, []).append(stands.on.isoformat())
    vocabulary = ports.rules.editions(holder.jurisdiction)[-1].vocabulary
    for milestone in milestones:
        name = vocabulary.events.get(milestone["event"])
        if not name:
            faults.append(
                _fault(
                    milestone["event"], f"本辖区规则册没有“{milestone['event']}”这种节点", "this place knows no such milestone"
                )
            )
            continue
        if milestone.get("planned") or milestone.get("void"):
            continue
        if milestone["on"] > today:
            faults.append(
                _fault(
                    milestone["on"],
                    f"“{name.zh}”的日期在今天（{today}）之后；尚未发生的请等发生后再报",
                    f"{name.en} lies after today ({today})",
                )
            )
        for earlier, later in ports.rules.orders():
            if milestone["event"] == later:
                firsts = days.get(earlier)
                if firsts and milestone["on"] < min(firsts):
                    faults.append(
                        _fault(
                            milestone["on"],
                            f"“{name.zh}”早于“{vocabulary.events[earlier].zh}”（{min(firsts)}），请核对日期",
                            f"{name.en} is earlier than {vocabulary.events[earlier].en} ({min(firsts)}); check the days",
                        )
                    )
    if faults:
        raise InvalidInput("日期有误，未保存任何内容", "the days are wrong; nothing was stored", errors=tuple(faults))


def _fault(value: str, zh: str, en: str) -> dict[str, Any]:
    return {"field": "/", "value": value, "message": {"zh": zh, "en": en}}


def check_targets(holder: Holder, milestones: list[dict], bearer: Bearer) -> None:
    """A correction or withdrawal names a milestone of this holder, of the same event, that the bearer may change."""
    by_id = {milestone["id"]: milestone for milestone in holder.milestones}
    for milestone in milestones:
        for word in ("replaces", "void"):
            target = milestone.get(word)
            if target is None:
                continue
            if target not in by_id:
                raise InvalidInput(
                    f"没有编号为“{target}”的节点，请从项目的节点列表中选取", f"there is no milestone {target!r} here"
                )
            if by_id[target]["event"] != milestone["event"]:
                raise InvalidInput(
                    f"节点“{target}”是 {by_id[target]['event']}，更正时种类不能改",
                    f"milestone {target!r} is a {by_id[target]['event']}; a correction keeps its kind",
                )
            if bearer.role == "unit" and by_id[target]["by"]["role"] != "unit":
                raise Forbidden(
                    "主管部门记录的节点由主管部门更正", "a milestone recorded by the authority is corrected by the authority"
                )
