"""An installation to be asked: on a store of its own, on Monday 2026-08-31 at 10:00 in Shanghai.

Every answer is held against the description of its operation, and every refusal is seen to have changed nothing.
"""

import json
import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.usecases.signing_in.access import issue_token
from chalicelib.web.pages.signin import settle

from . import described
from .small_app import by_wsgi

NOW = datetime(2026, 8, 31, 2, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Api:
    """The installation and the tokens of those who use it: a unit's clerk, one of another unit, and so on."""

    folder: Path
    tokens: dict[str, str]

    def ask(self, who, method, path, body=None, *, raw=None, key=None, **headers):
        """What `who` is answered; the answer is one that the description tells of."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            headers["Authorization"] = f"Bearer {self.tokens.get(who, who)}"
        if key is not None:
            headers["Idempotency-Key"] = key
        if raw is None:
            raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        answer = by_wsgi(app, method, path, body=raw, headers={"Content-Type": "application/json", **headers})
        described.check(method, path, answer)
        return answer

    def get(self, who, path):
        answer = self.ask(who, "GET", path)
        assert answer.status == 200
        return answer.json

    def post(self, who, path, body, **more):
        answer = self.ask(who, "POST", path, body, **more)
        assert answer.status == 201, answer.json
        return answer.json

    def refused(self, status, slug, who, method, path, body=None, **more):
        """The problem, once it is seen that the store is as it was."""
        before = self.dump()
        answer = self.ask(who, method, path, body, **more)
        assert (answer.status, answer.json["type"]) == (status, f"urn:duban:problem:{slug}"), answer.json
        assert self.dump() == before
        assert not answer.json["detail"].isascii()
        return answer.json

    def dump(self):
        with closing(sqlite3.connect(self.folder / "duban.sqlite")) as db:
            return db.execute("SELECT pk, sk, version, body FROM items ORDER BY pk, sk").fetchall()


@contextmanager
def running(folder):
    """The installation whose data are in the folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DUBAN_")]:
            patch.delenv(name)
        patch.setenv("DUBAN_DATA", str(folder))
        patch.setenv("DUBAN_PUBLIC_URL", described.URL)
        patch.setattr(bootstrap, "clock", lambda: NOW)
        bootstrap.settings.cache_clear()
        bootstrap.ports.cache_clear()
        try:
            yield
        finally:
            settle()
            bootstrap.ports().store.close()
            bootstrap.ports.cache_clear()
            bootstrap.settings.cache_clear()


def token(role, party=None, *, jurisdiction="yunyang"):
    return issue_token(bootstrap.ports().store, role=role, jurisdiction=jurisdiction, party=party, now=NOW)
