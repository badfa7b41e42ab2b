"""The composition root: the one place that knows which adapters there are, reads the environment and the clock."""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from . import config, loaders
from .core.calendar import Calendar
from .core.errors import InvalidInput, NotFound, Refused
from .core.rulebook import Rulebook
from .core.table import Table
from .forms import Forms
from .ports import Blob, Channel, Ports, Queue, Seeds, Store
from .usecases.state.gate import Gated
from .usecases.state.published import PublishedRules

if TYPE_CHECKING:
    from .channels.telegram_updates import TelegramUpdates
    from .lint import Fault

STORE_FILE = "duban.sqlite"  # in the data folder
FILES = "files"  # a folder in it
PROOF = "proof"  # another
BUCKET = "s3://"  # what a bucket's name follows, where a folder may be named too


def clock() -> datetime:
    """The current instant, UTC. Nothing else reads the wall clock."""
    return datetime.now(UTC).replace(microsecond=0)


@cache
def settings() -> dict[str, str]:
    """What the environment says, and beneath it what the secret it names holds. Read once: a new secret needs a new process."""
    return config.read({**kept_secrets(os.environ.get("DUBAN_SECRETS", "")), **os.environ})


def kept_secrets(arn: str) -> dict[str, str]:
    """The settings kept in a secret of AWS, none where none is named."""
    if not arn:
        return {}
    from .aws.secret import read_secret

    return read_secret(arn)


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


def rulebook_faults(data: dict[str, Any]) -> "list[Fault]":
    """What is to be mended in a rulebook that did not come as a file; empty when it may be published."""
    from .lint import Fault, lint

    try:
        found = lint(json.dumps(data, ensure_ascii=False, indent=1))  # JSON is YAML too
    except RecursionError:
        return [
            Fault(line=1, where="", zh="层次过深，无法读取", en="nested too deeply to be read", remedy="照 docs/rules.md 改写")
        ]
    return [fault for fault in found if not fault.is_note]


def rulebook_file(data: dict[str, Any]) -> str:
    """A rulebook as a file to be edited: with the comments of the installed one where it says the same."""
    place = data["id"]
    if place in loaders.jurisdictions() and loaders.seed_rulebook(place) == data:
        return loaders.seed_file(place)
    return loaders.as_yaml(data)


def read_rulebook(text: str) -> "tuple[dict[str, Any], list[Fault]]":
    """What a rulebook's file says, and what is to be mended in it; the data are empty where there is anything."""
    from .lint import lint

    faults = [fault for fault in lint(text) if not fault.is_note]
    return ({} if faults else loaders.plain(loaders.parse_yaml(text))), faults


def read_yaml(text: str) -> Any:
    """YAML as people write it, days as text. InvalidInput says at which line it cannot be read."""
    return loaders.plain(loaders.readable_yaml(text))


def yaml_line(text: str, path: str) -> int:
    """The line at which a JSON pointer's value is written, as near as there is something."""
    return loaders.line_of(text, path)


def notice_faults(notice: dict[str, Any]) -> list[tuple[str, str]]:
    """What is malformed in a year's holiday notice: (where, what)."""
    from .lint import calendar_faults

    return calendar_faults(notice)


def open_store(values: dict[str, str]) -> Store:
    """DynamoDB where a table is named, else SQLite in the data folder."""
    if values["DUBAN_DYNAMODB_TABLE"]:
        from .store.dynamodb import DynamoStore

        return DynamoStore(values["DUBAN_DYNAMODB_TABLE"], endpoint_url=values["DUBAN_DYNAMODB_URL"] or None)
    from .store.sqlite import SqliteStore

    return SqliteStore(Path(values["DUBAN_DATA"]) / STORE_FILE)


def open_queue(values: dict[str, str]) -> Queue:
    """SQS where its queues are named; else the worker, which goes on with jobs once the server has started it."""
    if not values["DUBAN_NOTICES_URL"]:
        from .worker import Worker

        return Worker()
    from .aws.sqs import SqsQueue

    return SqsQueue({"notice": values["DUBAN_NOTICES_URL"], "job": values["DUBAN_JOBS_URL"]})


def ledger_key(values: dict[str, str]) -> bytes:
    """The key of the ledger's hashes: as set, else from the data folder."""
    if values["DUBAN_LEDGER_KEY"]:
        return bytes.fromhex(values["DUBAN_LEDGER_KEY"])
    return secret(Path(values["DUBAN_DATA"]))


def secret(folder: Path) -> bytes:
    """The key of the ledger's hashes: made once, in a file only its owner can read."""
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.stat().st_size:
        path.unlink()  # made by a death before a word was written: no hash was made with it
    if not path.exists():
        write_secret(path, secrets.token_bytes(32))
    return bytes.fromhex(path.read_text())


def write_secret(path: Path, key: bytes) -> None:
    """Keep the key in a file that appears whole, unless there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process made it first: its key is the one
        os.link(draft, path)
    draft.unlink()


def keep_secret(values: dict[str, str], key: bytes, aside: str | None = None) -> None:
    """Make `key` the key of the ledger's hashes, in the data folder. Refused where there is another one; with `aside` that is
    kept under its name with this ending."""
    path = Path(values["DUBAN_DATA"]) / "secret"
    if values["DUBAN_LEDGER_KEY"] or path.exists():
        if ledger_key(values) == key:
            return
        if values["DUBAN_LEDGER_KEY"] or not aside:
            raise Refused(
                "此处已有另一把台账密钥，载入后旧记录将无法核对：请换一个空的 DUBAN_DATA，且不设 DUBAN_LEDGER_KEY",
                "there is another key of the ledger's hashes here: use an empty DUBAN_DATA, and no DUBAN_LEDGER_KEY",
            )
        path.replace(f"{path}.{aside}")
    write_secret(path, key)


def channels(values: dict[str, str]) -> dict[str, Channel]:
    """The channels that are switched on, by name. A group's robot needs no setting: its address is its key."""
    from .channels.aliyun import Aliyun
    from .channels.console import Console
    from .channels.dingtalk import DingTalk
    from .channels.feishu import Feishu
    from .channels.mail import Smtp
    from .channels.ses import Ses
    from .channels.sns import Sns
    from .channels.telegram import Telegram
    from .channels.wecom import WecomApp, WecomRobot

    def its(*names: str) -> list[str]:
        return [values[f"DUBAN_{name}"] for name in names]

    table: tuple[tuple[bool, Callable[[], Channel]], ...] = (  # whether it is on, and how it is made
        (True, Console),
        (bool(values["DUBAN_TELEGRAM_TOKEN"]), lambda: Telegram(*its("TELEGRAM_TOKEN", "TELEGRAM_URL"))),
        (True, lambda: WecomRobot(*its("WECOM_URL"), clock)),
        (
            _is_given(values, "DUBAN_WECOM_CORP", "DUBAN_WECOM_AGENT", "DUBAN_WECOM_SECRET"),
            lambda: WecomApp(
                values["DUBAN_WECOM_CORP"],
                _count(values, "DUBAN_WECOM_AGENT"),
                *its("WECOM_SECRET", "WECOM_URL"),
                clock,
            ),
        ),
        (True, lambda: DingTalk(*its("DINGTALK_URL"), clock)),
        (True, lambda: Feishu(*its("FEISHU_URL"), clock)),
        (
            _is_given(values, "DUBAN_ALIYUN_KEY_ID", "DUBAN_ALIYUN_KEY_SECRET", "DUBAN_ALIYUN_SIGN_NAME"),
            lambda: Aliyun(*its("ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET", "ALIYUN_SIGN_NAME", "ALIYUN_SMS_URL"), clock),
        ),
        (_is_on(values, "DUBAN_SNS"), lambda: Sns(*its("SNS_SENDER"))),
        (
            _is_given(values, "DUBAN_SMTP_HOST", "DUBAN_SMTP_FROM"),
            lambda: Smtp(
                values["DUBAN_SMTP_HOST"],
                _count(values, "DUBAN_SMTP_PORT"),
                values["DUBAN_SMTP_FROM"],
                clock,
                user=values["DUBAN_SMTP_USER"],
                password=values["DUBAN_SMTP_PASSWORD"],
                tls=values["DUBAN_SMTP_TLS"],
                authority=values["DUBAN_SMTP_CA"],
                per_minute=_count(values, "DUBAN_SMTP_PER_MINUTE"),
            ),
        ),
        (bool(values["DUBAN_SES_FROM"]), lambda: Ses(*its("SES_FROM"), clock)),
    )
    made = [make() for is_on, make in table if is_on]
    return {channel.name: channel for channel in made}


def _is_on(values: dict[str, str], name: str) -> bool:
    if values[name] not in ("", "on"):
        raise InvalidInput(f"{name} 应为 on 或不设置，现为“{values[name]}”", f"{name} must be on, or not set")
    return values[name] == "on"


def _count(values: dict[str, str], name: str) -> int:
    if not values[name].isdecimal() or int(values[name]) == 0:
        raise InvalidInput(f"{name} 应为正整数，现为“{values[name]}”", f"{name} must be a whole number above 0")
    return int(values[name])


def _is_given(values: dict[str, str], *names: str) -> bool:
    """Whether these settings, of use only together, are there. InvalidInput where only some of them are."""
    missing = [name for name in names if not values[name]]
    if missing and len(missing) < len(names):
        given = "、".join(name for name in names if values[name])
        raise InvalidInput(
            f"已设置 {given}，还缺 {'、'.join(missing)}：请补上，或都不设置",
            f"{given} without {', '.join(missing)}: set all of them, or none",
        )
    return not missing


def make_ports(values: dict[str, str], store: Store) -> Ports:
    """The ports over a store, whose writes pass its gate from here on."""
    store = Gated(store)
    return Ports(
        store=store,
        rules=PublishedRules(store, FileRules()),
        forms=forms(),
        channels=channels(values),
        clock=clock,
        secret=ledger_key(values),
        queue=open_queue(values),
        blob=open_blob(values),
        write_table=write_table,
        checkpoints=open_checkpoints(values),
    )


def write_table(table: Table, form: str, file: BinaryIO) -> str:
    """A table into a file (ports.Writer)."""
    from .sheets import write_into

    return write_into(table, form, file)


def open_blob(values: dict[str, str]) -> Blob:
    """S3 where a bucket is named, else a folder beside the data."""
    if values["DUBAN_BLOB_BUCKET"]:
        from .blobs.s3 import S3Blob

        return S3Blob(values["DUBAN_BLOB_BUCKET"])
    from .blobs.folder import FolderBlob

    return FolderBlob(Path(values["DUBAN_DATA"]) / FILES, ledger_key(values), values["DUBAN_PUBLIC_URL"])


def open_checkpoints(values: dict[str, str]) -> Blob:
    """Where checkpoints are kept outside the store: the folder or bucket that is named, else with the files, in their bucket or
    beside the data."""
    if values["DUBAN_CHECKPOINTS"].startswith(BUCKET):
        return open_blob({**values, "DUBAN_BLOB_BUCKET": values["DUBAN_CHECKPOINTS"].removeprefix(BUCKET)})
    if values["DUBAN_BLOB_BUCKET"] and not values["DUBAN_CHECKPOINTS"]:
        return open_blob(values)
    from .blobs.folder import FolderBlob

    folder = Path(values["DUBAN_CHECKPOINTS"] or Path(values["DUBAN_DATA"]) / PROOF)
    return FolderBlob(folder, ledger_key(values), values["DUBAN_PUBLIC_URL"])


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


@cache
def telegram() -> "TelegramUpdates | None":
    """Who hears what is said to the Telegram bot; None where that channel is off."""
    from .channels.telegram_updates import TelegramUpdates

    channel = ports().channels.get("telegram")
    return channel and TelegramUpdates(channel)
