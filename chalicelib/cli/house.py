"""Moving house and keeping copies: `duban dump`, `thaw`, `retire`, `load`, `resume`, `backup`, `restore`."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .. import bootstrap
from ..core.errors import InvalidInput, Refused
from ..ports import Ports, Store
from ..usecases.moving.doubt import RESEND, SKIP, being_sent, in_doubt, resume
from ..usecases.moving.dump import dump
from ..usecases.moving.load import Dump, inspect, load
from ..usecases.reminding.deliver import LEASE
from ..usecases.state import epoch, gate
from .server import existing_ports
from .wording import in_china, writing

GUARD = "（内有个人信息和台账密钥，请妥善保管）"
PAUSED = "发送已暂停：请看 duban resume"


def add(commands: Any, command: Callable, as_json: Callable) -> None:
    """The commands of this file."""
    asked = as_json(command(commands, "dump", run_dump, "导出全部数据到一个文件，用于迁移 (everything into one file, to move)"))
    asked.add_argument("file")
    asked.add_argument(
        "--freeze", action="store_true", help="先冻结：不再写入和发送，直到 thaw 或 retire (shut the store first)"
    )
    command(commands, "thaw", run_thaw, "取消迁移，原系统恢复运行 (cancel a move: the frozen source goes on)")
    command(commands, "retire", run_retire, "完成迁移，停用原系统并给出口令 (end the source for good; tells the word)")
    as_json(command(commands, "load", run_load, "把导出的文件载入空的系统 (load a dump into an empty store)")).add_argument(
        "file"
    )
    asked = as_json(
        command(
            commands,
            "resume",
            run_resume,
            "载入或恢复后重新开始发送 (send again after a load or restore; alone: tell what is in doubt)",
        )
    )
    choice = asked.add_mutually_exclusive_group()
    choice.add_argument(
        "--resend",
        action="store_const",
        const=RESEND,
        dest="choice",
        help="副本之后该发的都发，注明可能重复 (send what is in doubt)",
    )
    choice.add_argument(
        "--skip", action="store_const", const=SKIP, dest="choice", help="副本之后至今该发的都不发，记入台账 (leave it unsaid)"
    )
    asked.add_argument("--word", help="原系统 duban retire 给出的口令 (the word that the source's duban retire told)")
    asked.add_argument("--source-is-gone", action="store_true", help="原系统已不存在 (the frozen source no longer exists)")
    asked = as_json(
        command(commands, "backup", run_backup, "备份运行中的系统到一个文件 (back up the running store into one file)")
    )
    asked.add_argument("file")
    asked = as_json(command(commands, "restore", run_restore, "从备份恢复数据目录 (make the data folder from a backup)"))
    asked.add_argument("file")
    asked.add_argument(
        "--replace", action="store_true", help="替换现有数据，旧的改名保留 (in place of what is there, which is kept aside)"
    )


def run_dump(options: argparse.Namespace) -> None:
    ports = existing_ports()
    if options.freeze:
        end = _written_frozen(Path(options.file), ports)
    elif bootstrap.settings()["DUBAN_DYNAMODB_TABLE"]:
        raise Refused(
            "运行中的 DynamoDB 表导出的不是同一时刻的数据：请加 --freeze，或把表恢复到某一时刻后导出那张表",
            "a running DynamoDB table cannot be copied at one moment: give --freeze, or dump a table that a "
            "point-in-time restore made",
        )
    else:
        end = _written_still(Path(options.file), ports)
    _told(options, end, f"已导出 {_count(end)}到 {options.file}{GUARD}")


def run_backup(options: argparse.Namespace) -> None:
    _embedded()
    end = _written_still(Path(options.file), existing_ports())
    _told(options, end, f"已备份 {_count(end)}到 {options.file}{GUARD}")


def run_thaw(options: argparse.Namespace) -> None:
    if epoch.thaw(_store(existing_ports()), bootstrap.clock()):
        print("已解冻，恢复运行。此前导出的副本不能再启用。")
    else:
        print("本来就没有冻结，无须取消；未作任何改动。")


def run_retire(options: argparse.Namespace) -> None:
    word = epoch.retire(_store(existing_ports()), bootstrap.clock())
    print(f"原系统已停用，不再写入和发送。口令：{word}\n在新系统执行：duban resume --resend --word {word}")


def run_load(options: argparse.Namespace) -> None:
    with _file(options.file) as file:
        found = inspect(file)
        bootstrap.keep_secret(bootstrap.settings(), bytes.fromhex(found.header["secret"]))
        end = _brought_in(bootstrap.ports(), file, found)
    _told(options, end, f"已载入并核对 {_count(end)}。{PAUSED}")


def run_restore(options: argparse.Namespace) -> None:
    values = _embedded()
    folder = Path(values["DUBAN_DATA"])
    target, draft = folder / bootstrap.STORE_FILE, folder / "restoring" / bootstrap.STORE_FILE
    if target.exists() and not options.replace:
        raise Refused(
            f"“{folder}”里已有数据：请恢复到空目录，或加 --replace（旧数据改名保留）",
            f"there is a store in {str(folder)!r}: restore into an empty folder, or give --replace (the old one is kept aside)",
        )
    with _file(options.file) as file:
        found = inspect(file)
        if target.exists():
            _must_be_stopped(values, target)
        aside = f"before-{bootstrap.clock():%Y%m%dT%H%M%SZ}" if options.replace else None
        bootstrap.keep_secret(values, bytes.fromhex(found.header["secret"]), aside)
        with closing(_draft(values, draft.parent, found.header["id"])) as store:
            end = _brought_in(bootstrap.make_ports(values, store), file, found)
    if target.exists():
        os.replace(target, f"{target}.{aside}")
    os.replace(draft, target)
    draft.parent.rmdir()
    _told(options, end, f"已恢复并核对 {_count(end)}。{PAUSED}")


def run_resume(options: argparse.Namespace) -> None:
    ports = existing_ports()
    if options.choice is None:
        told = in_doubt(ports.store, ports.clock())
        return _told(options, told, _standing(told))
    done = resume(ports, options.choice, ports.clock(), word=options.word, source_is_gone=options.source_is_gone)
    how = {RESEND: "将发送", SKIP: "不再发送，已记明"}[options.choice]
    return _told(options, done, f"已恢复发送；副本之后的通知 {done['notices']} 条、到点事项 {done['duties']} 项：{how}")


def _standing(told: dict[str, Any]) -> str:
    sentence = f"第 {told['epoch']} 纪元，{epoch.PLACE_ZH[told['state']]}"
    if told["state"] != "paused":
        return sentence
    word = "，并给出原系统的口令 --word" if told["asks_word"] else ""
    return (
        f"{sentence}。副本时刻 {in_china(told['copied'])}，至今应发：通知 {told['notices']} 条，到点事项 {told['duties']} 项。"
        f"重新开始：duban resume --resend 或 --skip{word}"
    )


def _freeze(store: Store) -> str:
    """Shut the store: first nothing new is sent, then what is with a channel is recorded, then nobody writes."""
    word = epoch.announce_freeze(store, bootstrap.clock())
    for _ in range(int(LEASE.total_seconds())):
        sending = being_sent(store, bootstrap.clock())
        if not sending:
            break
        print(f"等待正在发送的 {sending} 条通知…", file=sys.stderr, flush=True)
        time.sleep(1)
    gate.shut(store)
    return word


def _store(ports: Ports) -> Store:
    """The store behind the gate."""
    return ports.store.behind


def _written_still(path: Path, ports: Ports) -> dict[str, Any]:
    """A dump of one moment, while others go on writing: of a copy that lies beside the file for so long."""
    with _new_file(path) as file, tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=f".{path.name}.") as folder:
        _store(ports).copy_to(Path(folder) / bootstrap.STORE_FILE)
        with closing(bootstrap.open_store({**bootstrap.settings(), "DUBAN_DATA": folder})) as still:
            return _dumped(ports, still, file, None)


def _written_frozen(path: Path, ports: Ports) -> dict[str, Any]:
    """A dump of a store that is shut for it; not before it is known that the file can be written."""
    store = _store(ports)
    try:
        with _new_file(path) as file:
            return _dumped(ports, store, file, _freeze(store))
    except BaseException:
        if epoch.epoch_of(store).value["state"] == "frozen":
            print("已冻结；取消用 duban thaw (the store is frozen; duban thaw cancels that)", file=sys.stderr)
        raise


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """The file appears when it is whole; for the owner alone. Refused where there is one of that name."""
    with writing(path):
        is_there = path.exists()
    if is_there:
        raise Refused(
            f"“{path}”已存在，未作改动；请换一个文件名，或先移走它",
            f"there is a {str(path)!r}, and it was left alone: give another name, or move it away",
        )
    part = path.with_name(f"{path.name}.part")
    with writing(path):
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        os.replace(part, path)


def _dumped(ports: Ports, store: Store, file: BinaryIO, word: str | None) -> dict[str, Any]:
    return dump(store, ports.blob, ports.secret, file, bootstrap.clock(), word=word, say=_say("已写出"))


def _brought_in(ports: Ports, file: BinaryIO, found: Dump) -> dict[str, Any]:
    file.seek(0)
    return load(_store(ports), ports.blob, file, found, bootstrap.clock(), _say("已载入", found.lines))


def _draft(values: dict[str, str], folder: Path, dump_id: str) -> Store:
    """Where a backup is brought in before it takes its place: as far as it came, where the same one was cut off."""
    store = bootstrap.open_store({**values, "DUBAN_DATA": str(folder)})
    if epoch.epoch_of(store).value.get("dump") in (None, dump_id):
        return store
    store.close()
    (folder / bootstrap.STORE_FILE).unlink()
    return _draft(values, folder, dump_id)


def _must_be_stopped(values: dict[str, str], target: Path) -> None:
    """SQLite removes its side file when the last one closes: who still has the store open keeps it there."""
    bootstrap.open_store(values).close()
    if target.with_name(f"{target.name}-wal").exists():
        raise Refused("服务还在运行，请先停止", "the server still runs: stop it first")


def _embedded() -> dict[str, str]:
    values = bootstrap.settings()
    if values["DUBAN_DYNAMODB_TABLE"]:
        raise Refused(
            "这条命令用于数据目录；DynamoDB 表请用它自己的备份（按时间点恢复），迁移请用 duban dump",
            "this is for a data folder; a DynamoDB table has backups of its own (point-in-time recovery), and duban dump to move",
        )
    return values


def _file(name: str) -> BinaryIO:
    try:
        return open(name, "rb")
    except OSError as error:
        raise InvalidInput(f"打不开“{name}”：{error.strerror}", f"cannot open {name!r}: {error.strerror}") from None


def _say(done: str, of: int | None = None) -> Callable[[int], None]:
    """Progress, on standard error."""
    return lambda count: print(f"{done} {count}{f' / {of}' if of else ''} 条", file=sys.stderr, flush=True)


def _count(end: dict[str, Any]) -> str:
    return f"{end['items']} 条数据、{end['blobs']} 个附件"


def _told(options: argparse.Namespace, data: dict[str, Any], sentence: str) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2) if options.json else sentence)
