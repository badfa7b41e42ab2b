"""`make package`: the template and the zip of each stage, in build/<stage>/, from Chalice's own packaging.

Chalice makes the functions, the API and the zip; template.yaml is merged into it by `chalice package --merge-template`. What
is done here is what neither can do: the differences between stages, API Gateway's own refusals in our words, and compiling.
Lambda cannot write beside the code, so that every cold start would compile all of it again: three quarters of its time.
"""

import compileall
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from chalice import Response

from chalicelib.web.gateway import MAX_BODY
from chalicelib.web.problems import BY_TLS, CONTENT_TYPE, stock

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("dev", "prod")
IN_LAMBDA = "/var/task"  # where the zip is unpacked, and what a traceback shows
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of every file: the same content makes the same zip
REGION = "cn-north-1"  # Chalice asks for one; the template names none
HEADERS = {"Content-Type": CONTENT_TYPE, **BY_TLS}
REFUSALS = {  # what API Gateway answers without asking us, and the problem that tells it
    "MISSING_AUTHENTICATION_TOKEN": stock(404),  # its words for a path or method that is not there
    "REQUEST_TOO_LARGE": stock(413, limit_bytes=MAX_BODY),
    "THROTTLED": stock(429),
    "INTEGRATION_TIMEOUT": stock(503),  # the function did not answer in time, or could not be run
    "INTEGRATION_FAILURE": stock(503),
    "DEFAULT_4XX": stock(400),
    "DEFAULT_5XX": stock(500, request_id="$context.requestId"),  # filled in by API Gateway
}


def package(stage: str, into: Path, project: Path = ROOT) -> None:
    """Put the stage's sam.json and deployment.zip into a folder."""
    with TemporaryDirectory() as folder:
        around = Path(folder) / "around.json"
        around.write_text(json.dumps(surroundings(stage, project)))
        subprocess.run(
            [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, "--merge-template", around, into],
            cwd=project,
            env={**os.environ, "AWS_DEFAULT_REGION": REGION},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    compile_zip(into / "deployment.zip")


def compile_zip(path: Path) -> None:
    """Put beside every module of a zip what Python makes of it, for the Python that runs here, as Chalice's template says."""
    with TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as plain:
            plain.extractall(folder)
        compileall.compile_dir(folder, ddir=IN_LAMBDA, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(Path(folder).rglob("*.pyc")):
                entry = zipfile.ZipInfo(str(file.relative_to(folder)), LONG_AGO)
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def surroundings(stage: str, project: Path = ROOT) -> dict[str, Any]:
    """What template.yaml says of a stage."""
    held = yaml.safe_load((project / "infrastructure" / "template.yaml").read_text("utf-8"))
    shared = {name: value for name, value in held.items() if name != "Stages" and not name.startswith("x-")}
    slow_down = {"ContentType": "APPLICATION_JSON", "Content": said(REFUSALS["THROTTLED"])}
    refusals = {
        "RestAPI": {"Properties": {"GatewayResponses": refusals_in_our_words()}},
        "WebACL": {"Properties": {"CustomResponseBodies": {"slow-down": slow_down}}},
    }
    return merged(merged(shared, held["Stages"][stage]), {"Resources": refusals})


def refusals_in_our_words() -> dict[str, Any]:
    """API Gateway's GatewayResponses. The types that stand for many keep the status of each."""
    return {
        kind: {
            **({} if kind.startswith("DEFAULT") else {"StatusCode": problem.status_code}),
            "ResponseParameters": {"Headers": {name: f"'{value}'" for name, value in HEADERS.items()}},
            "ResponseTemplates": {"application/json": said(problem)},
        }
        for kind, problem in REFUSALS.items()
    }


def said(problem: Response) -> str:
    return json.dumps(problem.body, ensure_ascii=False)


def merged(below: Any, above: Any) -> Any:
    """Two objects as one, member by member; of anything else the one above."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{name: merged(below.get(name), value) for name, value in above.items()}}


def main() -> None:
    for stage in STAGES:
        into = ROOT / "build" / stage
        package(stage, into)
        size = (into / "deployment.zip").stat().st_size
        print(f"{into.relative_to(ROOT)}: sam.json, deployment.zip ({size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
