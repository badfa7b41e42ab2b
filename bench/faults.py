"""The fault run at length, on disk: more than 10,000 steps for each of SEEDS while everything that can fail does (tests/faults).
With `--store dynamodb` it goes by functions with a queue between them, on the DynamoDB at DUBAN_DYNAMODB_URL or on a DynamoDB
Local, which needs java and npm. Ends with what is broken where a promise is; the figures say how much was tried."""

import argparse
import logging
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract import dynamodb_local
from tests.faults import engines
from tests.faults.checker import Checker
from tests.faults.place import Place
from tests.faults.run import Run

PROJECTS = {"sqlite": 340, "dynamodb": 120}
SEEDS = (11, 12, 13)
HASTE = 3  # a minute of refusals by DynamoDB takes twenty seconds


def on_disk(folder: Path) -> AbstractContextManager[engines.Engine]:
    return engines.sqlite(folder / "duban.sqlite")


@contextmanager
def on_dynamodb(_: Path) -> Iterator[engines.Engine]:
    if given := os.environ.get("DUBAN_DYNAMODB_URL"):
        with engines.dynamodb(given) as engine:
            yield engine
    else:
        with dynamodb_local.running() as url, engines.dynamodb(url) as engine:
            yield engine


STORES = {"sqlite": on_disk, "dynamodb": on_dynamodb}


def checked(seed: int, store: str, projects: int) -> dict[str, float]:
    """One run: its figures. SystemExit with every broken promise."""
    started = time.perf_counter()
    logging.getLogger("chalicelib.web.functions").setLevel(logging.CRITICAL)  # poisoned messages fail, which the checker counts
    with TemporaryDirectory() as folder, STORES[store](Path(folder)) as engine:
        run = Run(Place(Path(folder), seed, projects, engine, HASTE))
        run.run()
        checker = Checker(run)
        broken, figures = checker.faults(), checker.figures()
    if broken:
        raise SystemExit("\n".join(f"seed {seed}: {name}: {fault}" for name, found in broken.items() for fault in found[:20]))
    return {**figures, "seconds": time.perf_counter() - started}


def run(seeds: tuple[int, ...] = SEEDS, store: str = "sqlite", projects: int = 0) -> dict[str, float]:
    return {
        f"{seed} {figure}": value
        for seed in seeds
        for figure, value in checked(seed, store, projects or PROJECTS[store]).items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, help="11 12 13 where none is given")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--projects", type=int, default=0, help=f"how large the place is: {PROJECTS}")
    asked = parser.parse_args()
    for figure, value in run(tuple(asked.seeds) or SEEDS, asked.store, asked.projects).items():
        print(f"{figure:60} {value:>12,.1f}")
