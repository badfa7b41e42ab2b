"""The embedded runtime: the app behind a WSGI server, APScheduler as its clock, a thread that plans, one that goes on with long
work and some that send.

APScheduler is only the clock (memory store, no lost beats): what is due lives in the store, so a beat that comes late
or twice does no harm.
"""

import logging
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import bootstrap
from .core.errors import InvalidInput
from .ports import Ports
from .usecases.bot.updates import handle
from .usecases.clockwork.tick import tick
from .usecases.reminding.deliver import deliver
from .usecases.reporting.documents import MOST_BYTES
from .usecases.state.records import SHARDS
from .worker import Worker

log = logging.getLogger(__name__)

POLL_SECONDS = 25  # one question to Telegram stays open for so long
SHORTEST_WAIT, LONGEST_WAIT = 1, 60  # seconds before asking again after a failure
STOP_SECONDS = 15
SENDERS = 8  # threads that send
STOPS = {signal.SIGTERM, signal.SIGINT}


def plan() -> None:
    """One look at what is due. A failure is logged and does not stop the clock."""
    ports = bootstrap.ports()
    try:
        tick(ports, ports.clock())
    except Exception:
        log.exception("a beat of the clock failed; the next one takes over what it left", extra={"action": "beat-failed"})


def send(workers: ThreadPoolExecutor) -> None:
    """One look at what may be sent, a worker for each part of the outbox: a slow vendor keeps nobody else waiting."""
    ports, url = bootstrap.ports(), bootstrap.settings()["DUBAN_PUBLIC_URL"]
    looks = [workers.submit(deliver, ports, ports.clock(), url, [shard]) for shard in range(SHARDS)]
    for look in looks:
        try:
            look.result()
        except Exception:
            log.exception("a look at the outbox failed; the next one takes over", extra={"action": "beat-failed"})


def start_clock(seconds: int):
    """A running scheduler that plans and sends; one look of each at a time, missed ones made up by the next."""
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that outlasts a beat is nothing to worry about
    workers = ThreadPoolExecutor(max_workers=SENDERS, thread_name_prefix="deliver")
    scheduler.add_job(plan, "interval", seconds=seconds, next_run_time=bootstrap.clock())
    scheduler.add_job(send, "interval", args=[workers], seconds=seconds, next_run_time=bootstrap.clock())
    scheduler.start()
    return scheduler


class Listener(threading.Thread):
    """Asks Telegram what people said to the bot, on a thread of its own, until told to stop. Failures of the network are
    waited out. What is under way when it stops, or dies, is handed over again: Telegram keeps updates until it is asked for
    later ones, and which were answered stands in the store. The offset is remembered no longer than the process lives,
    because after a quiet week Telegram may count on from anywhere."""

    def __init__(self, ports: Ports, bot: Any, url: str):
        super().__init__(name="telegram-updates", daemon=True)
        self._ports, self._bot, self._url = ports, bot, url
        self._offset: int | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        wait, is_ours = SHORTEST_WAIT, False
        while not self._stopping.is_set():
            try:
                if not is_ours:
                    self._bot.delete_webhook()  # Telegram posts or is asked, not both
                    is_ours = True
                left_over = self._answer(self._bot.fetch(self._offset, POLL_SECONDS))
            except Exception as error:
                if self._stopping.is_set():
                    return
                said = "Telegram cannot be asked now (%s); again in %d s"
                log.warning(said, type(error).__name__, wait, extra={"action": "poll-failed"})
                self._stopping.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                wait = SHORTEST_WAIT
                if left_over:
                    self._stopping.wait(wait)

    def stop(self) -> None:
        """Finish the update under way, and take no more."""
        self._stopping.set()
        self._bot.hang_up()
        self.join(STOP_SECONDS)

    def _answer(self, updates: list[Any]) -> bool:
        """Answer each; one that is to come again keeps none of the others waiting. Whether there is such a one."""
        again = []
        for update in updates:
            if self._stopping.is_set():
                return True
            if not handle(self._ports, self._bot, update, self._ports.clock(), self._url):
                again.append(self._bot.heard(update)[0])
        if updates:
            self._offset = min(again) if again else self._bot.heard(updates[-1])[0] + 1
        return bool(again)


def listener(values: dict[str, str]) -> Listener | None:
    """Who asks Telegram, where the bot is set up and no webhook is."""
    bot = None if values["DUBAN_TELEGRAM_WEBHOOK_SECRET"] else bootstrap.telegram()
    return bot and Listener(bootstrap.ports(), bot, values["DUBAN_PUBLIC_URL"])


def listen(values: dict[str, str]):
    """A server that holds its port and answers nobody yet. InvalidInput where the port cannot be had. Who stops us from here on
    waits until `serve` looks: no thread of the server is handed the signal."""
    from waitress import create_server

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
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # before the first thread begins: each inherits it
    threads, most = int(values["DUBAN_THREADS"]), MOST_BYTES + 64 * 1024
    return create_server(_application(), sockets=[held], ident="duban", threads=threads, max_request_body_size=most)


def _application():
    """What answers requests: the gateway, and before it the folder of files, where there is one."""
    from .web.app_factory import make_app
    from .web.files import with_files
    from .web.gateway import wsgi

    gateway = wsgi(make_app())
    return gateway if bootstrap.settings()["DUBAN_BLOB_BUCKET"] else with_files(gateway, bootstrap.ports().blob)


def serve(server, values: dict[str, str]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT): then finish what is under way."""
    ports = bootstrap.ports()
    worker = ports.queue if isinstance(ports.queue, Worker) else None  # else SQS has the jobs
    if worker is not None:
        worker.start(ports)
    scheduler = start_clock(int(values["DUBAN_TICK_SECONDS"]))
    threading.Thread(target=server.run, name="http", daemon=True).start()
    hearing = listener(values)
    if hearing:
        hearing.start()
    signal.sigwait(STOPS)
    if hearing:
        hearing.stop()
    scheduler.shutdown(wait=True)
    if worker is not None:
        worker.stop()
    server.close()
