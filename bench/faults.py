"""The fault run at length, on disk: more than 10,000 steps for each of SEEDS while everything that can fail does (tests/faults).
Ends with what is broken where a promise is; the figures say how much was tried."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.store.sqlite import SqliteStore
from tests.faults.checker import Checker
from tests.faults.place import Place
from tests.faults.run import Run

PROJECTS = 340
SEEDS = (11, 12, 13)


def checked(seed: int, projects: int) -> dict[str, float]:
    """One run: its figures. SystemExit with every broken promise."""
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "duban.sqlite")
        run = Run(Place(Path(folder), seed, projects, lambda: store))
        run.run()
        checker = Checker(run)
        broken, figures = checker.faults(), checker.figures()
        store.close()
    if broken:
        raise SystemExit("\n".join(f"seed {seed}: {name}: {fault}" for name, found in broken.items() for fault in found[:20]))
    return {**figures, "seconds": time.perf_counter() - started}


def run(projects: int = PROJECTS, seeds: tuple[int, ...] = SEEDS) -> dict[str, float]:
    return {f"{seed} {figure}": value for seed in seeds for figure, value in checked(seed, projects).items()}


if __name__ == "__main__":
    for figure, value in run(seeds=tuple(map(int, sys.argv[1:])) or SEEDS).items():
        print(f"{figure:60} {value:>12,.1f}")
