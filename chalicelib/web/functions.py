"""The functions beside the API, in the cloud: the clock's beat, sending, long work. The queues between them may repeat,
reorder and lose; see usecases/clockwork/sweep.py for why that does no harm.

Lambda loads this module without the application, so that none of them starts with what only the API needs.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from chalice import Blueprint
from chalice.app import CloudWatchEvent, SQSEvent

from .. import bootstrap
from ..usecases.clockwork.health import health
from ..usecases.clockwork.receive import receive_job, receive_notice
from ..usecases.clockwork.sweep import sweep
from ..usecases.clockwork.tick import tick as plan
from ..usecases.rulebooks.seed import seed
from ..usecases.state import records
from ..usecases.state.epoch import may_send
from ..usecases.state.job import CHECKPOINT, RECONCILE, RETAIN
from .telemetry import about, figures, told

log = logging.getLogger(__name__)
functions = Blueprint(__name__)


@functions.schedule("rate(1 minute)")
def tick(event: CloudWatchEvent) -> None:
    """Plan what is due and hand over what may leave: before planning, so that nothing waits for a long one, and after it."""
    ports, handled, handed = bootstrap.ports(), 0, 0
    if may_send(ports.store):  # else it is being moved
        _publish_seed()
        handed += sweep(ports, ports.clock())
        handled += plan(ports, ports.clock())
        handed += sweep(ports, ports.clock()) if handled else 0
    now = ports.clock()
    figures(now, unit="Seconds", TickLag=(now - datetime.fromisoformat(event.time)).total_seconds())
    state = health(ports.store, now)
    late, gaps = state["notices_late"], (state["reconciliation"] or {"gaps": 0})["gaps"]
    figures(now, WakesHandled=handled, NoticesHandedOver=handed, NoticesLate=late, ReconciliationGaps=gaps)
    hours = {round_: (now - records.instant_of(at)).total_seconds() / 3600 for round_, at in state["rounds"].items() if at}
    figures(
        now,
        unit="None",  # CloudWatch has none for hours
        CheckpointAge=hours.get(CHECKPOINT, 0),
        ReconciliationAge=hours.get(RECONCILE, 0),
        RetentionAge=hours.get(RETAIN, 0),
    )


@cache
def _publish_seed() -> None:
    """What the embedded server does at its start: the files' rulebooks become the store's, or a proposal beside those there.
    A process does it once, so that it follows a deployment, which begins with new processes."""
    ports = bootstrap.ports()
    for place in seed(ports, ports.clock()):
        log.warning("the files' rulebook of %s is newer than the published one", place, extra={"action": "proposal-waiting"})


@functions.on_sqs_message(queue="notices", batch_size=10)
def deliver(event: SQSEvent) -> dict[str, Any]:
    """Send the notices that ten messages name."""
    ports, url, states = bootstrap.ports(), bootstrap.settings()["DUBAN_PUBLIC_URL"], []
    answer = each_message(event, lambda body: states.append(receive_notice(ports, body["notice"], ports.clock(), url)))
    figures(
        ports.clock(),
        NoticesAccepted=states.count("accepted"),
        NoticesWithheld=states.count("withheld"),
        NoticesGivenUp=states.count("given up"),
        MessagesFailed=len(answer["batchItemFailures"]),
    )
    return answer


@functions.on_sqs_message(queue="jobs", batch_size=1)
def work(event: SQSEvent) -> dict[str, Any]:
    """Go on with long work for one turn."""
    ports = bootstrap.ports()
    return each_message(event, lambda body: receive_job(ports, body["job"], ports.clock()))


def each_message(event: SQSEvent, handle: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Handle every message for itself. SQS gives again those that failed, and in the end puts them among the dead letters:
    docs.aws.amazon.com/lambda → Handling errors for an SQS event source, ReportBatchItemFailures."""
    failed = []
    for record in event:
        raw = record.to_dict()
        with about(message_id=raw["messageId"], trace=raw.get("attributes", {}).get("AWSTraceHeader")):
            try:
                handle(json.loads(record.body))
            except Exception:  # one broken message must not keep the others back
                log.exception("a message could not be handled", extra={"action": "message-failed"})
                failed.append({"itemIdentifier": raw["messageId"]})
    return {"batchItemFailures": failed}


for handler in (tick, deliver, work):  # an application that registers them says the same
    handler.middleware_handlers = [told]
