"""Imports point inward: the folders name the layers, and this keeps them true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "chalicelib"

# layer -> layers it may import from, and libraries beyond the standard one
ALLOWED = {
    "core": ({"core"}, set()),
    "ports": ({"core"}, set()),
    "loaders": ({"core"}, {"yaml"}),
    "forms": ({"core"}, {"jsonschema"}),
    "lint": ({"core", "loaders"}, {"jsonschema", "yaml"}),
    "config": ({"core"}, set()),
    "parts": ({"core"}, {"openpyxl"}),
    "excel": ({"core"}, {"openpyxl"}),
    "sheets": ({"core", "excel", "parts"}, {"openpyxl"}),
    "usecases": ({"core", "ports", "usecases"}, set()),
    "store": ({"core", "ports"}, {"boto3", "botocore"}),
    "channels": ({"core", "ports"}, {"boto3", "botocore", "httpx", "telegram"}),
    "blobs": ({"core", "ports"}, {"botocore", "boto3"}),
    "aws": ({"core", "ports"}, {"boto3", "botocore"}),
    "bootstrap": (
        {"core", "ports", "loaders", "forms", "lint", "config", "sheets", "usecases"}
        | {"store", "channels", "aws", "blobs", "worker"},
        set(),
    ),
    "web": ({"core", "sheets", "usecases", "bootstrap", "web"}, {"chalice", "jinja2", "markupsafe", "multipart"}),
    "worker": ({"ports", "usecases"}, set()),
    "serve": ({"core", "ports", "bootstrap", "config", "usecases", "web", "worker"}, {"waitress", "apscheduler"}),
    "cli": ({"core", "ports", "bootstrap", "lint", "loaders", "sheets", "usecases", "serve"}, {"jsonschema", "yaml"}),
}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def layer(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """(level, dotted name) of every import in the file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, f"{node.module or ''}.{alias.name}".lstrip(".")) for alias in node.names)


def target_layer(path, level, name):
    """The layer an import reaches, or None for a library."""
    if level == 0:
        return name.split(".")[1] if name.startswith("chalicelib.") else None
    base = path.parent
    for _ in range(level - 1):
        base = base.parent
    inside = base.relative_to(PACKAGE).parts
    return inside[0] if inside else name.split(".")[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_inward(path):
    assert layer(path) in ALLOWED, f"{path.name}: a new layer; say in ALLOWED what it may import"
    layers, libraries = ALLOWED[layer(path)]
    for level, name in imports(path):
        target = target_layer(path, level, name)
        if target is None:
            library = name.split(".")[0]
            assert library in sys.stdlib_module_names | libraries, f"{path}: {library} does not belong in this layer"
        else:
            assert target in layers or target == layer(path), f"{path}: {layer(path)} must not import {target}"


USECASES = re.findall(
    r"^(\w+) +\S", (PACKAGE / "usecases/__init__.py").read_text("utf-8"), re.MULTILINE
)  # as its docstring lists them


def test_the_packages_of_use_cases_are_listed():
    assert sorted(USECASES) == sorted(folder.name for folder in (PACKAGE / "usecases").glob("[!_]*"))


@pytest.mark.parametrize("package", USECASES)
def test_a_package_of_use_cases_imports_those_above_it(package):
    above = USECASES[: USECASES.index(package)]
    for path in (PACKAGE / "usecases" / package).glob("*.py"):
        for level, name in imports(path):
            assert level != 2 or name.split(".")[0] in above, f"{package}/{path.name} imports {name}, which is not above it"
            assert level != 0 or not name.startswith("chalicelib"), f"{package}/{path.name}: imports within are relative"


@pytest.mark.parametrize("folder", ["store", "channels"])
def test_adapters_do_not_know_each_other(folder):
    """What several of them share stands in __init__, or in a file whose name begins with _."""
    for path in (PACKAGE / folder).glob("*.py"):
        siblings = {other.stem for other in (PACKAGE / folder).glob("[!_]*.py")} - {path.stem}
        for level, name in imports(path):
            assert level != 1 or name.split(".")[0] not in siblings, f"{path.name} imports its sibling {name}"


def test_the_core_reads_no_clock_environment_or_file():
    for path in (PACKAGE / "core").glob("*.py"):
        source = path.read_text("utf-8")
        for forbidden in (
            r"\.now\(",
            r"\.today\(",
            r"\.utcnow\(",
            r"\btime\.time\(",
            r"\bos\.environ",
            r"(?<!\w)open\(",
            r"\.read_text\(",
            r"^import (os|time)\b",
            r"^from (os|time|pathlib) import",
        ):
            assert not re.search(forbidden, source, re.M), f"core/{path.name} uses {forbidden}"


def test_the_wall_clock_is_read_in_one_place():
    readers = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(word in path.read_text("utf-8") for word in (".now(", ".today(", ".utcnow("))
    }
    assert readers == {"bootstrap.py"}


def test_importing_the_app_loads_neither_boto3_nor_telegram():
    code = "import sys, app; print(sorted({'boto3', 'botocore.session', 'telegram'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
