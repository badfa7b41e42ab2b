"""How long a function starts cold, and how big the zip is, beside a bare Chalice function that uses boto3.

Each figure is the median of fresh interpreters that can import the zip and what Lambda's runtime brings, nothing else: the
milliseconds until the handler is there (`import`) and until it could begin to work, with its store, rules and channels
(`ready`). On Lambda they are longer in proportion to the memory, which is also processor: compare with `bare`.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cloud.packed import Package, make_package

TIMES = 9
CLIENT = "import boto3; boto3.client('dynamodb')"
BARE = f"import chalice; chalice.Chalice('bare'); {CLIENT}"
HANDLERS = {"api": "app", "tick/deliver/work": "chalicelib.web.functions"}
PORTS = "from chalicelib import bootstrap; bootstrap.ports()"
SETTINGS = {
    "AWS_DEFAULT_REGION": "cn-north-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "DUBAN_DYNAMODB_TABLE": "bench",
    "DUBAN_BLOB_BUCKET": "bench",
    "DUBAN_NOTICES_URL": "https://queue.invalid/notices",
    "DUBAN_JOBS_URL": "https://queue.invalid/jobs",
    "DUBAN_LEDGER_KEY": "00" * 32,
    "DUBAN_TELEGRAM_TOKEN": "1:bench",
}
LIMITS = {  # figure -> the most it may be, and why no more
    "times_bare": (2.0, "a cold start may be felt twice, not more: what a function does not need is imported where it is used"),
    "zip_megabytes": (12.0, "a zip is fetched at a cold start; python-telegram-bot and compiled code are most of it"),
}


def run() -> dict[str, float]:
    codes = {"bare_ready_ms": BARE}
    for name, module in HANDLERS.items():
        codes |= {f"{name}_import_ms": f"import {module}", f"{name}_ready_ms": f"import {module}; {PORTS}"}
    with TemporaryDirectory() as folder:
        package = make_package("dev", Path(folder))
        rounds = [{name: started(package, code) for name, code in codes.items()} for _ in range(TIMES)]
        figures = {name: statistics.median(one[name] for one in rounds) for name in codes}
        figures["times_bare"] = max(figures[f"{name}_ready_ms"] for name in HANDLERS) / figures["bare_ready_ms"]
        figures["zip_megabytes"] = package.zip_file.stat().st_size / 1e6
    guard(figures)
    return figures


def started(package: Package, code: str) -> float:
    """Milliseconds that a fresh interpreter takes for it."""
    whole = f"import sys, time; sys.path[:0] = {[str(package.folder), str(package.libraries)]}; began = time.perf_counter(); "
    command = [sys.executable, "-I", "-S", "-B", "-c", f"{whole}{code}; print(time.perf_counter() - began)"]
    done = subprocess.run(command, env={"PATH": os.defpath, **SETTINGS}, capture_output=True, check=True)
    return float(done.stdout) * 1000


def guard(figures: dict[str, float]) -> None:
    for name, (most, why) in LIMITS.items():
        if figures[name] > most:
            raise SystemExit(f"{name} is {figures[name]:.1f}, more than {most}: {why}. All figures: {figures}")
