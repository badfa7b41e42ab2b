"""Who may do what. A bearer is a party's clerk (unit), an authority's officer, or the admin of a jurisdiction."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from ...core.errors import DubanError, Forbidden, InvalidInput, NotFound
from ...ports import ABSENT, Item, Key, Ports, Put, Store
from ..state import records

ROLES = ("unit", "authority", "admin")


class Unauthenticated(DubanError):
    """No token, or one that is not known or was revoked."""

    code, status = "unauthorized", 401

    def __init__(self, given: bool = False):
        if given:
            super().__init__(
                "令牌（Bearer）无效或已被收回，请向本辖区管理员另领一个",
                "the token is not known or was revoked; ask your admin for another",
            )
        else:
            super().__init__(
                "请在 Authorization 请求头中附上有效令牌，例如：Bearer dbn_…", "send a valid token: Authorization: Bearer dbn_…"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """`party` is None for an admin of the jurisdiction."""

    id: str
    role: str
    jurisdiction: str
    party: str | None

    def must_be(self, *roles: str) -> None:
        if self.role not in roles:
            raise Forbidden(
                f"此操作需要{'或'.join(ZH_ROLES[role] for role in roles)}身份", f"this needs the role {' or '.join(roles)}"
            )

    def must_see(self, jurisdiction: str, party: str | None) -> None:
        """A unit sees its own; an authority and an admin see their jurisdiction."""
        if jurisdiction != self.jurisdiction or (self.role == "unit" and party != self.party):
            raise Forbidden("这不是您单位（辖区）的内容，令牌无权查看或填报", "this belongs to another unit or jurisdiction")


ZH_ROLES = {"unit": "项目建设单位", "authority": "主管部门", "admin": "管理员"}


def issue_token(
    store: Store, *, role: str, jurisdiction: str, party: str | None, now: datetime, token: str | None = None
) -> str:
    """Make a token and return it; only its hash is stored, so it cannot be shown again."""
    if role not in ROLES:
        raise InvalidInput(
            f"没有“{role}”这个身份，可用 {'、'.join(ROLES)}", f"unknown role {role!r}; use one of {', '.join(ROLES)}"
        )
    if (party is None) != (role == "admin"):
        raise InvalidInput(
            "unit、authority 令牌须写明 party（主体编号），admin 不写",
            "unit and authority tokens name a party, admin tokens do not",
        )
    if party:
        profile = store.get(records.party_key(party))
        if not profile or profile.value["jurisdiction"] != jurisdiction:
            raise InvalidInput(
                f"辖区 {jurisdiction} 没有主体“{party}”，请先登记", f"{jurisdiction} has no party {party!r}; register it first"
            )
    token = token or f"dbn_{secrets.token_urlsafe(24)}"
    ident = _hash(token)
    key = Key(f"token#{ident}", "token")
    bearer = {
        "id": ident[:12],
        "role": role,
        "jurisdiction": jurisdiction,
        "party": party,
        "issued": records.stamp(now),
        "revoked": False,
    }
    listed = [Put(Key(_owner(jurisdiction, party), key.partition), {})]
    store.write([Put(key, bearer, ABSENT), *listed])
    return token


def tokens(store: Store, bearer: Bearer, party: str | None) -> list[dict[str, Any]]:
    """The tokens of a party of the admin's jurisdiction, or (None) of its admins, newest first: {id, role, party, issued,
    revoked}. None of them can be shown again."""
    found = _tokens(store, bearer, party)
    return sorted((item.value for item in found), key=lambda token: token["issued"], reverse=True)


def revoke(store: Store, bearer: Bearer, party: str | None, ident: str) -> None:
    """Take back one of these tokens; NotFound where there is none. Again it changes nothing."""
    for item in _tokens(store, bearer, party):
        if item.value["id"] == ident:
            store.write([Put(item.key, {**item.value, "revoked": True}, item.version)])
            return
    raise NotFound(f"没有令牌“{ident}”，请核对编号", f"there is no token {ident!r}; check the id")


def _tokens(store: Store, bearer: Bearer, party: str | None) -> list[Item]:
    bearer.must_be("admin")
    keys = [Key(item.key.sort, "token") for item in store.query(_owner(bearer.jurisdiction, party), prefix="token#")]
    return [item for item in store.get_many(keys).values() if item.value["jurisdiction"] == bearer.jurisdiction]


def _owner(jurisdiction: str, party: str | None) -> str:
    """Where a token is listed."""
    return f"party#{party}" if party else f"jurisdiction#{jurisdiction}"


def bearer_of(store: Store, authorization: str | None) -> Bearer:
    """The bearer of an Authorization header. Raises Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    item = store.get(Key(f"token#{_hash(token.strip())}", "token")) if scheme.lower() == "bearer" and token.strip() else None
    if item is None or item.value["revoked"]:
        raise Unauthenticated(given=scheme.lower() == "bearer" and bool(token))
    return Bearer(
        id=item.value["id"], role=item.value["role"], jurisdiction=item.value["jurisdiction"], party=item.value["party"]
    )


def revoke_token(store: Store, token: str) -> None:
    key = Key(f"token#{_hash(token)}", "token")
    item = store.get(key)
    if item is None:
        raise InvalidInput("没有这个令牌", "there is no such token")
    store.write([Put(key, {**item.value, "revoked": True}, item.version)])


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def may_see(ports: Ports, bearer: Bearer, partition: str) -> dict[str, Any]:
    """The holder's profile, if the bearer may see it: a unit is told that something is another's, an officer that it is
    not of the jurisdiction."""
    kind, _, ident = partition.partition("#")
    if kind == "jurisdiction":
        bearer.must_see(ident, None if bearer.role != "unit" else bearer.party)
        return {}
    item = ports.store.get(Key(partition, "profile"))
    try:
        if item:
            bearer.must_see(item.value["jurisdiction"], item.value["unit"] if kind == "project" else ident)
            return item.value
    except Forbidden:
        if bearer.role == "unit":
            raise
    raise NotFound(f"没有找到“{ident}”，或不属于您的辖区", f"there is no {kind} {ident!r} that you may see")
