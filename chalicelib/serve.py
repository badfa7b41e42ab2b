"""The embedded runtime: the app behind a WSGI server, APScheduler as its clock, one worker that ticks and sends.

APScheduler is only the clock (memory store, no lost beats): what is due lives in the store, so a beat that comes late
or twice does no harm.
"""

import logging
import signal
import threading

from . import bootstrap
from .usecases.deliver import deliver
from .usecases.tick import tick

log = logging.getLogger(__name__)


def beat() -> None:
    """One look at what is due and what may be sent. A failure is logged and does not stop the clock."""
    ports = bootstrap.ports()
    try:
        tick(ports, ports.clock())
        deliver(ports, ports.clock(), bootstrap.settings()["DUBAN_PUBLIC_URL"])
    except Exception:
        log.exception("a beat of the clock failed; the next one takes over what it left", extra={"action": "beat-failed"})


def start_clock(seconds: int):
    """A running scheduler; one beat at a time, missed beats made up by the next."""
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(beat, "interval", seconds=seconds, next_run_time=bootstrap.clock())
    scheduler.start()
    return scheduler


def serve(values: dict[str, str]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT): then finish what is under way."""
    from waitress import create_server

    from .web.app_factory import make_app
    from .web.gateway import MAX_BODY, wsgi

    server = create_server(
        wsgi(make_app()),
        host=values["DUBAN_HOST"],
        port=int(values["DUBAN_PORT"]),
        ident="duban",
        threads=int(values["DUBAN_THREADS"]),
        max_request_body_size=MAX_BODY + 64 * 1024,
    )
    scheduler = start_clock(int(values["DUBAN_TICK_SECONDS"]))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.run, name="http", daemon=True).start()
    stopping.wait()
    scheduler.shutdown(wait=True)
    server.close()
