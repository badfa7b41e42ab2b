"""Yunyang, asked through the gateway; see installation.py."""

import shutil

import pytest

from .installation import Api, running, token


@pytest.fixture(scope="module")
def yunyang(tmp_path_factory):
    """Yunyang with two units, a project each, and its data bureau; and an admin of Dazhou who has no business there."""
    api = Api(folder=tmp_path_factory.mktemp("yunyang"), tokens={})
    with running(api.folder):
        api.tokens.update({"admin": token("admin"), "far admin": token("admin", jurisdiction="dazhou")})
        for ident, more in {
            "yy-health": {"kind": "hospital"},
            "yy-edu": {"kind": "school"},
            "yy-data": {"authority": "data_bureau"},
        }.items():
            api.post("admin", "/api/v1/parties", {"id": ident, "name": f"示例·{ident}", **more})
        api.tokens.update(
            clerk=token("unit", "yy-health"), other=token("unit", "yy-edu"), officer=token("authority", "yy-data")
        )
        api.post(
            "clerk",
            "/api/v1/projects",
            {"id": "p1", "name": "县域医共体平台", "facts": {"total_investment": 6_800_000, "kind": "new"}},
        )
        api.post("other", "/api/v1/projects", {"id": "p2", "name": "智慧校园"})
    return api


@pytest.fixture
def api(yunyang, tmp_path):
    """A copy of it for each test."""
    shutil.copytree(yunyang.folder, tmp_path, dirs_exist_ok=True)
    with running(tmp_path):
        yield Api(folder=tmp_path, tokens=yunyang.tokens)
