"""What the commands have in common when they speak: wrong usage in Chinese first, instants as clocks in China show them,
files that cannot be written."""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from ..core.errors import InvalidInput
from ..core.ladder import SHANGHAI
from ..usecases.state.records import instant_of

SAID = (  # argparse's sentences, and ours
    (r"the following arguments are required: (.*)", r"缺少参数：\1"),
    (r"one of the arguments (.*) is required", r"以下参数须写明一个：\1"),
    (r"unrecognized arguments: (.*)", r"没有这些参数：\1"),
    (r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", r"\1 不能是 \2，可用：\3"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 不能与 \2 同用"),
    (r"argument (.*?): expected .*? arguments?", r"\1 后面缺少内容"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1 后面不带内容，却写了 \2"),
    (r"argument (.*?): invalid int value: (.*)", r"\1 应为整数，不能是 \2"),
    (r"ambiguous option: (.*?) could match (.*)", r"\1 不明确，可能是 \2"),
    (r"argument (.*?): (.*[一-鿿].*)", r"\1：\2"),
)


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, "用法 (usage): " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in Chinese first. Wrong usage ends with status 2."""

    def __init__(self, *given, **more):
        super().__init__(*given, **{"formatter_class": _Help, **more, "add_help": False})
        self._positionals.title, self._optionals.title = "参数 (arguments)", "选项 (options)"
        self.add_argument("-h", "--help", action="help", help="显示说明 (show this help)")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        said = in_chinese(message)
        english = f"({message})\n" if message.isascii() else ""
        self.exit(2, f"{self.prog}：{said}\n{english}说明：{self.prog} --help\n")


def in_chinese(message: str) -> str:
    """An error of argparse in Chinese."""
    for pattern, said in SAID:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(said)
    return "参数不对"


def an_instant(text: str) -> datetime:
    try:
        return instant_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是时刻，应如 2026-11-20T01:00:00Z (not an instant)") from None


def in_china(stamp: str) -> str:
    """A stored instant as clocks in China show it: 2026-11-20 09:00."""
    return f"{instant_of(stamp).astimezone(SHANGHAI):%Y-%m-%d %H:%M}（北京时间）"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """InvalidInput in words where the file cannot be written."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(
            f"无法写入“{path}”：{error.strerror}；请核对文件夹是否存在、可写，空间是否足够",
            f"cannot write {str(path)!r}: {error.strerror}; see that the folder is there, and that it may be written and has room",
        ) from None
