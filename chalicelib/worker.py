"""A thread that goes on with long work in the embedded server, as the queue and its function do in the cloud."""

import logging
import queue
import threading
from collections.abc import Iterable
from typing import Any

from .ports import Ports

log = logging.getLogger(__name__)

STOP_SECONDS = 5  # a longer turn is cut short; its last step is done again after the next start


class Worker:
    """A Queue (see ports) of jobs alone: notices are sent by threads of their own. Until it is started it counts for none, and
    whoever ticks goes on with the jobs, as on the command line."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._waiting: set[str] = set()
        self._thread: threading.Thread | None = None

    def __bool__(self) -> bool:
        return self._thread is not None

    def start(self, ports: Ports) -> None:
        self._thread = threading.Thread(target=self._run, args=[ports], name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn under way, and take no more."""
        thread, self._thread = self._thread, None
        self._jobs.put(None)
        thread.join(STOP_SECONDS)

    def put(self, messages: Iterable[dict[str, Any]], delay: int = 0) -> None:
        for message in messages:
            if message["job"] not in self._waiting:
                self._waiting.add(message["job"])
                self._jobs.put(message["job"])

    def _run(self, ports: Ports) -> None:
        from .usecases.clockwork.receive import receive_job  # all that jobs do, which only a server that does them loads
        from .usecases.state.epoch import may_send

        while (job := self._jobs.get()) is not None:
            self._waiting.discard(job)
            try:
                if self and may_send(ports.store):  # else it is being moved; a later tick hands it over again
                    receive_job(ports, job, ports.clock())
            except Exception:
                log.exception("could not go on with %s; a later tick hands it over again", job, extra={"action": "job-failed"})
