"""A rulebook's draft as YAML for people: in the order of docs/rules.md, each rule under the words it was made from."""

from collections.abc import Mapping
from typing import Any

import yaml

from ..core.sense import open_marks as marks

WIDTH = 140
LISTS = ("rules", "untranslatable")
HEADING = """# 《{title}》— 规则册草稿
# 写法见 docs/rules.md。凡是 {{decide: …}} 处都要由人对照原文定下来；没有定完的不能发布（duban rules lint 逐处列出）。
# How to read it: docs/rules.md. Every {{decide: …}} is for a person to settle; lint lists them all.
"""


class _Dumper(yaml.SafeDumper):
    """Says everything where it stands, without anchors, and indents lists as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def as_yaml(drafted: Mapping[str, Any]) -> str:
    title = drafted["document"]["title"]
    text = HEADING.format(title=title if isinstance(title, str) else "办法")
    text += _dumped({key: value for key, value in drafted.items() if key not in LISTS})
    for key, listed in ((key, drafted[key]) for key in LISTS):
        text += f"\n{key}:\n" + "".join(_commented(item) for item in listed) if listed else f"\n{key}: []\n"
    return text


def open_marks(drafted: Mapping[str, Any]) -> int:
    return sum(1 for _ in marks(drafted))


def _commented(entry: Mapping[str, Any]) -> str:
    """An entry under its article's first words, where it does not begin with them itself."""
    comment = f"  # 第{entry['article']}条 {entry['quote'][:24]}\n" if "quote" in entry else ""
    return comment + _dumped([entry], "  ")


def _dumped(value: Any, indent: str = "") -> str:
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH)
    return "".join(f"{indent}{line}\n" for line in text.splitlines())
