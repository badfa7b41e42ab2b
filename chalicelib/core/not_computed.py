"""The page that says what Duban leaves to people, place by place, and why."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .sense import place_name

_HEAD = """# What is not computed 不作推算的条文

Some clauses need a judgement, name no day and nothing that could set a clock going, or are the authorities' inner work.
They are in no rule; they are listed here, word for word, and shown to users beside what is computed. `duban rules coverage`
proves that nothing else was left out ([how](rules.md#coverage)). This page is made from the rulebooks:

```sh
duban rules not-computed > docs/not-computed.md
```
"""


def page(books: Iterable[Mapping[str, Any]]) -> str:
    """Markdown: a section for each rulebook, in the order given."""
    return "\n".join([_HEAD, *(line for data in books for line in _section(data))])


def _section(data: Mapping[str, Any]) -> Iterator[str]:
    name, listed = data["name"], data.get("untranslatable", ())
    yield f"## {name['zh']} {name['en']}\n"
    yield f"{data['document']['title']}：{len(listed)} 处\n"
    yield "| 条 | 原文 | 原因 | why |\n|---|---|---|---|"
    for entry in listed:
        place = place_name((entry["article"], entry.get("occurrence", 1)))
        yield _row(place, entry["excerpt"], entry["reason"]["zh"], entry["reason"]["en"])
    yield ""
    if waiting := {key: setting for key, setting in data.get("settings", {}).items() if setting["value"] is None}:
        yield "Computed once the office has set it (主管部门设定后推算):\n"
        yield "| 设置 | 内容 | 原因 | why |\n|---|---|---|---|"
        for key, setting in waiting.items():
            yield _row(f"`{key}`", setting["name"]["zh"], setting["note"]["zh"], setting["note"]["en"])
        yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"
