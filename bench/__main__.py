"""`make bench`: every benchmark in turn, or those named: `python -m bench evaluate`. Some give figures, some a page."""

import importlib
import pkgutil
import sys

import bench

NAMES = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))


def main(asked: list[str]) -> None:
    for name in asked or NAMES:
        told = importlib.import_module(f"bench.{name}").run()
        if isinstance(told, str):
            print(told)
            continue
        for figure, value in told.items():
            print(f"{name:12} {figure:28} {value:>14,.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
