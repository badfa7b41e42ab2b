"""The package as it would be deployed, and its functions as Lambda would run them."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infrastructure.package import ROOT, package

from .lambda_host import ANSWER

HOST = Path(__file__).with_name("lambda_host.py")
PACKED = ("app.py", "requirements.txt", ".chalice", "chalicelib", "infrastructure", "schedules", "schemas", "vendor")
BROUGHT = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")  # by Lambda's runtime


@dataclass(frozen=True, kw_only=True)
class Package:
    """What `make package` leaves behind for one stage."""

    project: Path  # the copy it was made of
    template: dict[str, Any]
    template_file: Path
    zip_file: Path
    folder: Path  # the zip, unpacked
    libraries: Path  # what Lambda's runtime brings
    clock: Path  # what sets the clock of a function

    @property
    def resources(self) -> dict[str, Any]:
        return self.template["Resources"]

    def function(self, name: str, environment: dict[str, str], clock: Callable[[], datetime | None]) -> "Function":
        return Function(self, name, environment, clock)


def make_package(stage: str, into: Path) -> Package:
    """Pack a clean copy of the project: nothing of a developer's folder gets in, and no two tests write to one place."""
    project, built = into / "project", into / "built"
    for name in PACKED:
        source = ROOT / name
        if source.is_dir():
            leave = shutil.ignore_patterns("__pycache__", "deployments")
            shutil.copytree(source, project / name, symlinks=True, ignore=leave)
        else:
            project.mkdir(exist_ok=True)
            shutil.copy(source, project / name)
    package(stage, built, project)
    with zipfile.ZipFile(built / "deployment.zip") as packed:
        packed.extractall(into / "unpacked")
    return Package(
        project=project,
        template=json.loads((built / "sam.json").read_text()),
        template_file=built / "sam.json",
        zip_file=built / "deployment.zip",
        folder=into / "unpacked",
        libraries=_linked(into / "runtime", *(Path(find_spec("boto3").origin).parents[1] / name for name in BROUGHT)),
        clock=_linked(into / "clock", *Path(find_spec("time_machine").origin).parents[1].glob("*time_machine*")),
    )


def _linked(folder: Path, *libraries: Path) -> Path:
    folder.mkdir()
    for library in libraries:
        (folder / library.name).symlink_to(library)
    return folder


class Function:
    """A packed function in a process of its own. `clock`: what time it is where it runs; None: as here."""

    def __init__(self, package: Package, name: str, environment: dict[str, str], clock: Callable[[], datetime | None]):
        handler = package.resources[name]["Properties"]["Handler"]
        self.clock, self.log = clock, list[str]()
        self.modules: set[str] = set()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", HOST, package.folder, package.libraries, handler, package.clock],
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "AWS_LAMBDA_FUNCTION_NAME": f"duban-{name.lower()}", **environment},
            cwd=package.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.heard()

    def send(self, event: dict[str, Any]) -> None:
        at = self.clock()
        self.process.stdin.write(json.dumps({"event": event, "at": at and at.isoformat()}) + "\n")
        self.process.stdin.flush()

    def heard(self) -> dict[str, Any]:
        """The next answer; what is printed before it is the log."""
        for line in self.process.stdout:
            if line.startswith(ANSWER):
                told = json.loads(line.removeprefix(ANSWER))
                self.modules = set(told["modules"])
                return told
            self.log.append(line.rstrip("\n"))
        raise AssertionError("it died:\n" + "\n".join(self.log))

    def __call__(self, event: dict[str, Any]) -> Any:
        self.send(event)
        told = self.heard()
        assert "error" not in told, told["error"]
        return told["answer"]

    def told(self) -> list[dict[str, Any]]:
        """The log's lines, each of them JSON."""
        return [json.loads(line) for line in self.log]

    def dies(self) -> None:
        """As Lambda ends a function whose time is up: at once, wherever it is."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)
