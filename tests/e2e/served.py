"""A real `duban serve` that can be killed and started again, and people who post to it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """One data folder and the processes that work on it."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder / "data", free_port()
        self.output = folder / "output.txt"
        settings = {"DUBAN_DATA": str(self.folder), "DUBAN_PORT": str(self.port), "DUBAN_TICK_SECONDS": "1"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
        self.environment = {**clean, **settings, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        self.process: subprocess.Popen | None = None

    def command(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-c",
            "import sys; from chalicelib.cli import main; sys.exit(main())",
            *arguments,
        ]

    def start(self, *arguments: str) -> None:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command("serve", *arguments),
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def is_ready(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process.poll() is None, self.printed()[-2_000:]
            try:
                self.ask("GET", "/health")
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"no answer within {PATIENCE} s")

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait(PATIENCE) == -signal.SIGKILL, self.printed()[-2_000:]

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def ran(self, *arguments: str) -> str:
        """What a command printed that went well."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def printed(self) -> str:
        return self.output.read_text("utf-8")

    def token(self, place: str) -> str:
        """The sample's token of a place, as the server printed it when it loaded the sample."""
        return re.search(rf"^  {place} +(dbn_\S+)$", self.printed(), re.MULTILINE)[1]

    def ask(self, method: str, path: str, body=None, **headers: str) -> tuple[int, dict]:
        """OSError, or an HTTP exception made one, where there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = json.dumps(body) if body is not None else None
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (http.client.HTTPException, ValueError) as cut:
            raise ConnectionError(str(cut)) from cut
        finally:
            connection.close()


class Clerk(threading.Thread):
    """Hands in one form after the other, each with its key, and again until there is an answer."""

    def __init__(self, served: Served, name: str, project: str, token: str, form: str, body: dict):
        super().__init__(name=name, daemon=True)
        self.served, self.token, self.body = served, token, body
        self.path = f"/api/v1/projects/{project}/submissions/{form}"
        self.answers: dict[str, dict] = {}
        self.faults: list[str] = []
        self.asked = Counter()
        self._done = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._done.is_set():
            number += 1
            self.hand_in(f"{self.name}-{number}")
            if number % 5 == 0:
                self.hand_in(f"{self.name}-{number - 3}")  # did it go through? better send it again
            time.sleep(0.03)

    def hand_in(self, key: str) -> None:
        """Until it is answered, though the server be killed meanwhile."""
        while True:
            self.asked[key] += 1
            try:
                status, answer = self.served.ask(
                    "POST",
                    self.path,
                    self.body,
                    Authorization=f"Bearer {self.token}",
                    **{"Idempotency-Key": key},
                )
            except OSError:
                time.sleep(0.05)
                continue
            if status == 409 and "too many" in json.dumps(answer):
                continue  # told to try again
            if status != 201 or self.answers.setdefault(key, answer) != answer:
                self.faults.append(f"{key}: {status} {answer}")
            return

    def finish(self) -> None:
        self._done.set()
        self.join(PATIENCE)
        assert not self.is_alive()
