"""The embedded runtime: the app behind a WSGI server, APScheduler as its clock, one worker that ticks and sends.

APScheduler is only the clock (memory store, no lost beats): what is due lives in the store, so a beat that comes late
or twice does no harm.
"""

import logging
import signal
import socket
import threading

from . import bootstrap
from .core.errors import InvalidInput
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


def listen(values: dict[str, str]):
    """A server that holds its port and answers nobody yet. InvalidInput where the port cannot be had."""
    from waitress import create_server

    from .web.app_factory import make_app
    from .web.gateway import MAX_BODY, wsgi

    host, port = values["DUBAN_HOST"], values["DUBAN_PORT"]
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise InvalidInput(
            f"端口应为 1 至 65535 的整数，如 8080；现在是“{port}”", f"{port!r} is not a port; give one such as 8080"
        )
    try:
        held = socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024)
    except OSError as error:
        raise InvalidInput(
            f"不能在 {host}:{port} 监听（{error.strerror}），服务未启动。换一个端口：DUBAN_PORT=8123 make run",
            f"cannot listen on {host}:{port} ({error.strerror}); nothing was started",
        ) from None
    threads, most = int(values["DUBAN_THREADS"]), MAX_BODY + 64 * 1024
    return create_server(wsgi(make_app()), sockets=[held], ident="duban", threads=threads, max_request_body_size=most)


def serve(server, values: dict[str, str]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT): then finish what is under way."""
    scheduler = start_clock(int(values["DUBAN_TICK_SECONDS"]))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.run, name="http", daemon=True).start()
    stopping.wait()
    scheduler.shutdown(wait=True)
    server.close()
