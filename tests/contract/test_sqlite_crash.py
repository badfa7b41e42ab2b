"""A process killed at any moment leaves whole transactions behind, and every one that it had acknowledged."""

import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from chalicelib.ports import Key, Put
from chalicelib.store.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
ITEMS = 20  # of one transaction, in as many partitions

WRITER = textwrap.dedent(f"""
    import sys
    from itertools import count
    from chalicelib.ports import ABSENT, Key, Put
    from chalicelib.store.sqlite import SqliteStore

    store, first = SqliteStore(sys.argv[1]), int(sys.argv[2])
    print("open", flush=True)
    for n in count(first):
        value = {{"n": n, "text": "督办" * 200}}
        store.write(Put(Key(f"p{{i}}", f"{{n:08}}"), value, ABSENT) for i in range({ITEMS}))
        print(n, flush=True)
""")


def killed_after(seconds, path, first):
    """The numbers that a writer had acknowledged when it was killed, `seconds` after it began."""
    command = [sys.executable, "-c", WRITER, path, str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "open\n"
        time.sleep(seconds)
        writer.kill()
        told = writer.stdout.read()
    assert writer.returncode == -signal.SIGKILL
    return [int(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]


def test_a_killed_writer_leaves_whole_transactions_and_all_it_acknowledged(tmp_path):
    path, chosen = tmp_path / "duban.db", random.Random()
    acknowledged, first = [], 0
    for kill in range(1, 7):
        acknowledged += killed_after(chosen.uniform(0.02, 0.4), path, first)
        store = SqliteStore(path)
        partitions = [{item.value["n"] for item in store.query(f"p{i}")} for i in range(ITEMS)]
        assert all(partition == partitions[0] for partition in partitions)
        assert partitions[0] >= set(acknowledged)
        assert len(partitions[0] - set(acknowledged)) <= kill  # what was done but not yet said
        first = max(partitions[0], default=-1) + 1
        store.write([Put(Key("after", str(first)), {})])
        store.close()
    assert len(acknowledged) > 20
