"""What a preview and a publication cost in a large place, on disk: a change of a term for PROJECTS projects of 50 a unit."""

import copy
import time
from collections.abc import Callable
from datetime import date, timedelta
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib import bootstrap, config
from chalicelib.core.ladder import instant
from chalicelib.ports import Ports
from chalicelib.usecases.clockwork.jobs import progress
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.register import register_party, register_project
from chalicelib.usecases.rulebooks.preview import preview
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.state.once import Once

PROJECTS = 100_000
A_UNIT = 50
PLACE = "yunyang"
TODAY = date(2026, 1, 20)
NOW = instant(TODAY, "10:07")
EVENTS = ("contract_signed", "construction_completed", "trial_run_started", "acceptance_passed", "put_into_operation")
NOBODY = Once(who="bench", key=None, asked=None)


def populate(ports: Ports, projects: int) -> None:
    """Projects from just begun to long in operation."""
    for number in range(projects):
        unit = f"u{number // A_UNIT}"
        if number % A_UNIT == 0:
            register_party(
                ports,
                {"id": unit, "name": unit, "jurisdiction": PLACE, "kind": "department", "tracked_since": "2025-01-01"},
                NOW,
                NOBODY,
            )
        began, apart = TODAY - timedelta(days=20 + number * 37 % 500), timedelta(days=40 + number % 61)
        happened = [(event, began + place * apart) for place, event in enumerate(EVENTS)]
        project = {
            "id": f"p{number}",
            "name": f"项目{number}",
            "unit": unit,
            "tracked_since": "2025-01-01",
            "facts": {"total_investment": 6_000_000, "kind": "new"},
        }
        register_project(
            ports,
            project,
            NOW,
            NOBODY,
            [
                {"id": f"m{place}", "event": event, "on": day.isoformat()}
                for place, (event, day) in enumerate(happened)
                if day <= TODAY
            ],
        )


def shorter_term(ports: Ports) -> dict[str, Any]:
    """Acceptance is to be applied for within three months of completion instead of six."""
    book = copy.deepcopy(dict(ports.rules.editions(PLACE)[-1].raw))
    next(rule for rule in book["rules"] if rule["id"] == "apply-for-acceptance").update(within={"months": 3})
    return {"rulebook": {**book, "revision": book["revision"] + 1}}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = work()
    return time.perf_counter() - started, answer


def run(projects: int = PROJECTS) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        values = config.read({"DUBAN_DATA": folder})
        store = bootstrap.open_store(values)
        ports = bootstrap.make_ports(values, store)
        loading, _ = timed(lambda: populate(ports, projects))
        tick(ports, NOW)
        change = shorter_term(ports)
        previewing, given = timed(lambda: preview(ports, PLACE, change, NOW))
        publishing, done = timed(lambda: publish(ports, PLACE, change, by="bench", why="bench", expects=None, now=NOW))

        def work() -> None:
            while progress(ports.store, done["job"])["state"] == "running":
                tick(ports, NOW)

        planning, _ = timed(work)
        store.close()
    return {
        "projects": projects,
        "obligations": given["counts"]["looked_at"],
        "rows_that_move": given["counts"]["moves"],
        "load_seconds": loading,
        "preview_seconds": previewing,
        "publish_milliseconds": publishing * 1000,
        "replan_seconds": planning,
        "previewed_projects_a_second": projects / previewing,
        "replanned_projects_a_second": projects / planning,
    }


if __name__ == "__main__":
    for figure, value in run().items():
        print(f"{figure:28} {value:>14,.1f}")
