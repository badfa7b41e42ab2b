"""`make test-dynamodb`: the store's contract and the fault run on DynamoDB Local, AWS's own stand-in, which AWS's npm package
for Amplify carries.

Needs java and npm. What is downloaded (56 MB) stays in build/; arguments are handed to pytest.
"""

import os
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "amplify-dynamodb-simulator@2.9.30"  # DynamoDB Local 1.25.1: a hundred actions in a transaction, as AWS's own takes
FOLDER = Path(__file__).resolve().parents[2] / "build" / PACKAGE
JAR = FOLDER / "package" / "emulator"
OPTIONS = ("-inMemory", "-disableTelemetry")
STARTING = 60  # seconds
TESTS = ("tests/contract/test_store.py", "tests/faults/test_faults_on_dynamodb.py")
OF_THOSE = "dynamodb-url or TheEndpoint or on_dynamodb"


def download() -> None:
    if (JAR / "DynamoDBLocal.jar").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=FOLDER, check=True)
    (archive,) = FOLDER.glob("*.tgz")
    with tarfile.open(archive) as package:
        package.extractall(FOLDER, filter="data")
    archive.unlink()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


def start(port: int) -> subprocess.Popen:
    """DynamoDB Local in memory, when it answers."""
    command = ["java", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", *OPTIONS, "-port", str(port)]
    server = subprocess.Popen(command, cwd=JAR, stdout=subprocess.DEVNULL)
    until = time.monotonic() + STARTING
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            time.sleep(0.2)
    server.kill()
    sys.exit("DynamoDB Local did not start")


@contextmanager
def running() -> Iterator[str]:
    """Its address, while it runs."""
    download()
    port = free_port()
    server = start(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def main() -> int:
    with running() as url:
        command = [sys.executable, "-m", "pytest", "-rs", *TESTS, "-k", OF_THOSE, *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, "DUBAN_DYNAMODB_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
