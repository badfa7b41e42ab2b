"""Import of contacts: a row a person, known by the unit and an id or, where there is none, the name."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from ...core.filled import Entry, Filled
from ...core.names import channel
from ...core.table import Column
from ...ports import Ports
from ..registry.contact import change_contact, contacts_of, register_contact, wrong_address
from ..signing_in.access import Bearer
from ..state import natural
from ..state.once import Once
from .rows import CHANGED, NEW, UNCHANGED, Difference, Kind, Seen, Wrong, must_be_right, twice

CHANNEL = "channels/"  # before a channel's name: the address there
LANGUAGES = {"zh": "中文", "en": "英文"}
LEADER = "leader"
PLAIN = ("name", "language", "at_once")
CALLED = {
    "console": "控制台", "telegram": "Telegram", "wecom": "企业微信", "dingtalk": "钉钉", "feishu": "飞书", "sms": "短信",
    "email": "电子邮件",
}  # fmt: skip


def columns(ports: Ports, bearer: Bearer) -> tuple[Column, ...]:
    return (
        Column(
            key="unit", title="单位", kind="code", needed=True, help="单位编号或统一社会信用代码", example="11500235008666010A"
        ),
        Column(key="name", title="姓名", needed=True, help="本人姓名", example="张三", personal=True),
        Column(
            key="id", title="联系人编号", kind="id", help="不填就按单位和姓名认；同一单位有同名的人时必填", example="zhangsan"
        ),
        *(
            Column(
                key=f"{CHANNEL}{name}",
                title=f"{CALLED.get(name, channel(name).zh)}地址",
                help="接收提醒的账号、号码或地址；有几个渠道的，靠左的优先",
                personal=True,
            )
            for name in ports.channels
        ),
        Column(key="language", title="语言", kind="choice", choices=LANGUAGES, help="提醒用的语言，不填为中文", example="zh"),
        Column(key="leader", title="单位负责人", kind="flag", help="“是”：逾期逐级上报时的对象", example=False),
        Column(key="at_once", title="逐条提醒", kind="flag", help="“是”：不并入每天的晨报，随时逐条提醒", example=False),
    )


def look(ports: Ports, bearer: Bearer, filled: Filled, given: dict[str, Any], now: datetime) -> list[Seen]:
    bearer.must_be("admin", "unit")
    order = sorted(filled.places, key=filled.places.get)
    entries = [
        Entry(entry.row, {**given, **{key: entry.values[key] for key in order if key in entry.values}})
        for entry in filled.entries
    ]
    return twice(_look(ports, bearer, entries))


def _look(ports: Ports, bearer: Bearer, entries: Iterable[Entry]) -> list[Seen]:
    entries = list(entries)
    known = natural.parties(
        ports.store, bearer.jurisdiction, (entry.values["unit"] for entry in entries if "unit" in entry.values)
    )
    people = {party: contacts_of(ports.store, party) for party in set(known.values())}
    return [_seen(ports, bearer, entry, known.get(entry.values.get("unit", "")), people) for entry in entries]


def _seen(ports: Ports, bearer: Bearer, entry: Entry, party: str | None, people: dict[str, dict[str, dict[str, Any]]]) -> Seen:
    values, wrong = entry.values, []
    if party is None and "unit" in values:
        wrong.append(Wrong("unit", f"没有单位“{values['unit']}”，请先登记", "there is no such party; register it first"))
    elif party and bearer.role == "unit" and party != bearer.party:
        wrong.append(Wrong("unit", "这不是您的单位，只能导入本单位的联系人", "not your unit"))
    theirs = people.get(party or "", {}) if not wrong else {}
    same = [ident for ident, contact in theirs.items() if contact["name"] == values.get("name")]
    ident = values.get("id") or (same[0] if len(same) == 1 else _named(values.get("name", "")))
    if len(same) > 1 and "id" not in values:
        wrong.append(Wrong("id", "本单位有同名的联系人，请填联系人编号", "two contacts have this name; give the id"))
    value = {**values, "unit": party, "id": ident}
    stored = theirs.get(ident)
    wrong += _wrong_addresses(ports, values, stored["channels"] if stored else [])
    found = _differences(stored, _change(stored, value)) if stored else ()
    return Seen(
        row=entry.row,
        change=NEW if stored is None else CHANGED if found else UNCHANGED,
        ident=f"{party}/{ident}" if party and "name" in values else "",
        name=ident,
        value=value,
        differences=found,
        wrong=tuple(wrong),
    )


def _wrong_addresses(ports: Ports, values: dict[str, Any], stored: list[dict[str, str]]) -> Iterator[Wrong]:
    for key in (key for key in values if key.startswith(CHANNEL)):
        channel, address = key.removeprefix(CHANNEL), values[key]
        is_new = {"channel": channel, "address": address} not in stored
        if is_new and (wrong := wrong_address(ports, channel, address)):
            yield Wrong(key, *wrong)


def _named(name: str) -> str:
    """An id for a person who was given none: the same for the same name."""
    return f"c-{sha256(name.encode()).hexdigest()[:10]}"


def _change(stored: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What the row sets of a stored contact. Addresses on channels that it leaves open stay."""
    change = {key: value[key] for key in PLAIN if key in value}
    given = {key.removeprefix(CHANNEL): address for key, address in value.items() if key.startswith(CHANNEL)}
    if given:
        kept = [{**each, "address": given.pop(each["channel"], each["address"])} for each in stored["channels"]]
        change["channels"] = kept + _channels(given)
    return {**{key: said for key, said in change.items() if said != stored[key]}, **_roles(stored, value)}


def _roles(stored: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Being the leader is one role among others that a contact may have."""
    if "leader" not in value or value["leader"] == (LEADER in stored["roles"]):
        return {}
    others = [role for role in stored["roles"] if role != LEADER]
    return {"roles": [*others, LEADER] if value["leader"] else others}


def _channels(given: dict[str, str]) -> list[dict[str, str]]:
    return [{"channel": channel, "address": address} for channel, address in given.items()]


def _differences(stored: dict[str, Any], change: dict[str, Any]) -> tuple[Difference, ...]:
    """Which parts change; of a person neither the old value is told nor the new one."""
    titles = {"roles": "单位负责人", "name": "姓名", "channels": "接收渠道", "language": "语言", "at_once": "逐条提醒"}
    told = ("language", "at_once", "roles")
    return tuple(
        Difference(titles[key], stored[key] if key in told else "***", said if key in told else "***")
        for key, said in change.items()
    )


def apply(ports: Ports, bearer: Bearer, value: dict[str, Any], act: str, now: datetime) -> None:
    (seen,) = _look(ports, bearer, [Entry(0, value)])
    must_be_right(seen)
    value = seen.value
    if seen.change == NEW:
        given = {key.removeprefix(CHANNEL): address for key, address in value.items() if key.startswith(CHANNEL)}
        contact = {**{key: value[key] for key in ("id", *PLAIN) if key in value}, **_roles({"roles": []}, value)}
        register_contact(
            ports, {**contact, "party": value["unit"], "channels": _channels(given)}, Once(who=act, key=None, asked=None)
        )
    elif seen.change == CHANGED:
        stored = contacts_of(ports.store, value["unit"])[value["id"]]
        change_contact(
            ports, value["unit"], value["id"], _change(stored, value), bearer.id, now, by_admin=bearer.role == "admin"
        )


CONTACTS = Kind(
    name="contacts",
    title="联系人",
    notes=(
        "每行一个联系人。",
        "已登记的联系人：填了的项与现有的不同，即更新；留空的项不改。",
        "地址只用于发提醒，导出时部分遮盖。",
    ),
    columns=columns,
    look=look,
    apply=apply,
)
