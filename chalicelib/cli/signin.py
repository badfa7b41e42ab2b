"""`duban signin`: one-time sign-in links, for whoever has the console."""

import argparse
from collections.abc import Iterator

from .. import bootstrap
from ..core.errors import InvalidInput
from ..ports import Ports
from ..usecases.signing_in.access import ZH_ROLES
from ..usecases.signing_in.session import Identity
from ..usecases.signing_in.signin import make_link

TRIED = "yunyang"  # the place in which the sample is tried


def run_signin(options: argparse.Namespace) -> None:
    ports = bootstrap.ports()
    ports.rules.editions(options.jurisdiction)
    party, _, contact = (options.contact or "").partition("/")
    if bool(options.contact) != bool(party and contact):
        raise InvalidInput(
            "--contact 应写作 主体编号/联系人编号，如 yy-health/li", "--contact is party/contact, such as yy-health/li"
        )
    if options.role == "unit" and not contact:
        raise InvalidInput("项目建设单位须写明 --contact 主体编号/联系人编号", "the role unit needs --contact party/contact")
    identity = Identity(role=options.role, jurisdiction=options.jurisdiction, party=party or None, contact=contact or None)
    print(link(ports, identity))


def links_at_start(ports: Ports, *, is_sample: bool) -> Iterator[str]:
    """What a server says when it starts: how to sign in for the first time, and how to try the sample."""
    if is_sample:
        yield f"在浏览器中试用（{TRIED}；链接各可用一次，1小时内有效；再取：duban signin）："
        for identity in (
            Identity(role="unit", jurisdiction=TRIED, party=f"sample-{TRIED}", contact="clerk"),
            Identity(role="authority", jurisdiction=TRIED),
            Identity(role="admin", jurisdiction=TRIED),
        ):
            yield f"  {ZH_ROLES[identity.role]}  {link(ports, identity)}"
    elif not any(ports.store.query(f"jurisdiction#{place}", prefix="party#", limit=1) for place in ports.rules.jurisdictions()):
        yield "还没有登记任何单位。首位管理员请用本辖区的链接登录（各可用一次，1小时内有效；再取：duban signin）："
        for place in ports.rules.jurisdictions():
            yield f"  {place:14} {link(ports, Identity(role='admin', jurisdiction=place))}"
    else:
        yield "管理员登录链接：duban signin --role admin --jurisdiction 辖区"


def link(ports: Ports, identity: Identity) -> str:
    return f"{bootstrap.settings()['DUBAN_PUBLIC_URL']}/signin/link/{make_link(ports.store, identity, ports.clock())}"
