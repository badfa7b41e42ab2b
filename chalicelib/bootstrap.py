"""The composition root: the one place that knows which adapters there are, reads the environment and the clock."""

import json
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from . import config, loaders
from .core.calendar import Calendar
from .core.errors import NotFound
from .core.rulebook import Rulebook
from .forms import Forms
from .lint import Fault, calendar_faults, lint
from .ports import Ports, Seeds, Store
from .usecases.published import PublishedRules

STORE_FILE = "duban.sqlite"  # in the data folder


def clock() -> datetime:
    """The current instant, UTC. Nothing else reads the wall clock."""
    return datetime.now(UTC).replace(microsecond=0)


@cache
def settings() -> dict[str, str]:
    return config.read(os.environ)


def configure(**given: str | None) -> dict[str, str]:
    """The settings, with those a command line gives in place of the environment's. Before anything else asks for them."""
    os.environ.update({name: value for name, value in given.items() if value is not None})
    settings.cache_clear()
    return settings()


class FileRules:
    """The rulebooks and calendars of schedules/ (ports.Seeds)."""

    def jurisdictions(self) -> tuple[str, ...]:
        return loaders.jurisdictions()

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]:
        if jurisdiction not in loaders.jurisdictions():
            known = "、".join(loaders.jurisdictions())
            raise NotFound(
                f"没有辖区“{jurisdiction}”的规则册，现有：{known}", f"no rulebook for {jurisdiction!r}; there are: {known}"
            )
        return loaders.editions(jurisdiction)

    def calendar(self, published: dict[str, Any] | None = None) -> Calendar:
        return loaders.calendar_with(published) if published else loaders.calendar()

    def vocabulary(self) -> dict[str, Any]:
        return loaders.vocabulary()

    def defaults(self) -> dict[str, Any]:
        return loaders.default_settings()

    def orders(self) -> tuple[tuple[str, str], ...]:
        return loaders.orders()


@cache
def forms() -> Forms:
    return Forms.load(loaders.folder("schemas") / "forms")


def answer_schema() -> dict[str, Any]:
    """The shape of what `evaluate` gives, which outside programs rely on."""
    return _schema("answer")


def facts_schema() -> dict[str, Any]:
    """The shape of what `evaluate` takes."""
    return _schema("facts")


def _schema(name: str) -> dict[str, Any]:
    return json.loads((loaders.folder("schemas") / f"{name}.schema.json").read_text("utf-8"))


def rulebook_faults(data: dict[str, Any]) -> list[Fault]:
    """What is to be mended in a rulebook that did not come as a file; empty when it may be published."""
    try:
        found = lint(json.dumps(data, ensure_ascii=False, indent=1))  # JSON is YAML too
    except RecursionError:
        return [
            Fault(line=1, where="", zh="层次过深，无法读取", en="nested too deeply to be read", remedy="照 docs/rules.md 改写")
        ]
    return [fault for fault in found if not fault.is_note]


def notice_faults(notice: dict[str, Any]) -> list[tuple[str, str]]:
    """What is malformed in a year's holiday notice: (where, what)."""
    return calendar_faults(notice)


def open_store(values: dict[str, str]) -> Store:
    """DynamoDB where a table is named, else SQLite in the data folder."""
    if values["DUBAN_DYNAMODB_TABLE"]:
        from .store.dynamodb import DynamoStore

        return DynamoStore(values["DUBAN_DYNAMODB_TABLE"], endpoint_url=values["DUBAN_DYNAMODB_URL"] or None)
    from .store.sqlite import SqliteStore

    return SqliteStore(Path(values["DUBAN_DATA"]) / STORE_FILE)


def secret(folder: Path) -> bytes:
    """The key of the ledger's hashes: made once, in a file only its owner can read."""
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.stat().st_size:
        path.unlink()  # made by a death before a word was written: no hash was made with it
    if not path.exists():
        draft = folder / f"secret.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process made it first: its key is the one
            os.link(draft, path)
        draft.unlink()
    return bytes.fromhex(path.read_text())


def make_ports(values: dict[str, str], store: Store) -> Ports:
    from .channels.console import Console

    channels = {"console": Console()}
    if values["DUBAN_TELEGRAM_TOKEN"]:
        from .channels.telegram import Telegram

        channels["telegram"] = Telegram(values["DUBAN_TELEGRAM_TOKEN"], values["DUBAN_TELEGRAM_URL"])
    return Ports(
        store=store,
        rules=PublishedRules(store, FileRules()),
        forms=forms(),
        channels=channels,
        clock=clock,
        secret=secret(Path(values["DUBAN_DATA"])),
    )


def rules() -> Seeds | PublishedRules:
    """The rulebooks and calendars that govern: what was published where there is a store, else the files. Makes no store."""
    return PublishedRules(open_store(settings()), FileRules()) if has_store() else FileRules()


def has_store() -> bool:
    """Whether there is a store to read; asking makes none."""
    values = settings()
    return bool(values["DUBAN_DYNAMODB_TABLE"]) or (Path(values["DUBAN_DATA"]) / STORE_FILE).exists()


@cache
def ports() -> Ports:
    """The ports of this process, made when first asked for."""
    values = settings()
    return make_ports(values, open_store(values))
