"""Yunyang with a hospital and the data bureau, and browsers of their people."""

import json
import shutil

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.usecases.registry.contact import register_contact
from chalicelib.usecases.signing_in.session import Identity
from chalicelib.usecases.signing_in.signin import make_link
from chalicelib.usecases.state.once import Once

from ..installation import NOW, Api, running, token
from ..small_app import by_wsgi
from .browsing import Browser


@pytest.fixture(scope="module")
def _made(tmp_path_factory):
    api = Api(folder=tmp_path_factory.mktemp("pages"), tokens={})
    with running(api.folder):
        api.tokens["admin"] = token("admin")
        for ident, name, more in (
            ("yy-bureau", "县卫生健康主管部门", {"kind": "department"}),
            ("yy-health", "县人民医院", {"kind": "hospital", "parent": "yy-bureau"}),
            ("yy-edu", "县第一中学", {"kind": "school"}),
            ("yy-data", "县大数据发展局", {"authority": "data_bureau"}),
        ):
            made(api, "admin", "parties", {"id": ident, "name": name, **more})
        for party, ident, name in (("yy-health", "li", "李某"), ("yy-edu", "wang", "王某"), ("yy-data", "zhao", "赵某")):
            channels = [{"channel": "console", "address": f"{ident}@example.org"}]
            contact = {"id": ident, "party": party, "name": name, "channels": channels}
            register_contact(bootstrap.ports(), contact, Once(who="test", key=None, asked=None))
        api.tokens["clerk"] = token("unit", "yy-health")
        facts = {"total_investment": 6_800_000, "kind": "new"}
        made(api, "clerk", "projects", {"id": "p1", "name": "县域医共体平台", "facts": facts})
    return api


def made(api, who, path, body):
    """Register something by the API, which has tests of its own."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {api.tokens[who]}"}
    answer = by_wsgi(app, "POST", f"/api/v1/{path}", body=json.dumps(body).encode(), headers=headers)
    assert answer.status == 201, answer.json


@pytest.fixture
def api(_made, tmp_path):
    """A copy of it for each test."""
    shutil.copytree(_made.folder, tmp_path, dirs_exist_ok=True)
    with running(tmp_path):
        yield Api(folder=tmp_path, tokens=_made.tokens)


@pytest.fixture
def stranger(api):
    """A browser that nobody has signed in at."""
    return Browser()


def signed_in(role, party=None, contact=None, *, at=NOW):
    """A browser of somebody, by the link that the console prints."""
    identity = Identity(role=role, jurisdiction="yunyang", party=party, contact=contact)
    link = make_link(bootstrap.ports().store, identity, at)
    browser = Browser()
    browser.open(f"/signin/link/{link}")
    browser.press("登录")
    return browser


@pytest.fixture
def clerk(api):
    return signed_in("unit", "yy-health", "li")


@pytest.fixture
def other(api):
    return signed_in("unit", "yy-edu", "wang")


@pytest.fixture
def officer(api):
    return signed_in("authority", "yy-data", "zhao")


@pytest.fixture
def admin(api):
    return signed_in("admin")
