"""Uploaded documents of sent forms that have been kept long enough: the files go, their digests stay in the ledger.

Of a project they are kept for `keep_documents_days` of the place after it was terminated or its system decommissioned, and as
long as it runs; of a unit or a place, for so long after they were handed in. The ledger is written before a file goes, so
that a death in between leaves only files that the next look removes.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.facts import standing
from ...core.ladder import local_day
from ...ports import Item, Ports, Put
from ..reporting.documents import files_of
from ..reporting.unsent import files_folder
from ..state import records
from ..state.account import entries
from ..state.holder import Holder, load, settings_of

ENDS = ("terminated", "decommissioned")  # events after which a project is over
TOLD, GONE = "removing", "removed"  # of a submission's documents: the ledger tells, the files are gone


def remove(ports: Ports, place: str, partition: str, now: datetime) -> int:
    """Of one holder: how many files went."""
    sent = [item for item in ports.store.query(partition, prefix="submission#") if item.value.get("documents") != GONE]
    with_files = [(item, files) for item in sent if (files := _own_files(ports, item))]
    if ports.blob is None or not with_files:
        return 0
    holder, days = load(ports.store, partition), timedelta(days=settings_of(ports, place)["keep_documents_days"])
    ended = _ended(holder)
    removed = 0
    for item, files in with_files:
        since = ended if holder.kind == "project" else local_day(records.instant_of(item.value["at"]))
        if since and since + days < local_day(now):
            removed += _removed(ports, holder, item, files, now)
    return removed


def _own_files(ports: Ports, item: Item) -> list[str]:
    """Those that were uploaded with this very form: through the API a body can name any."""
    schema, folder = ports.forms.get(item.value["form"]), files_folder(item.value["id"])
    return sorted(file for file in files_of(schema, item.value["body"]) if file.startswith(folder))


def _ended(holder: Holder) -> date | None:
    """The last day on which something ended the project; None while it runs."""
    days = [each.on for each in standing(holder.as_facts().milestones) if each.event in ENDS and each.on and not each.planned]
    return max(days, default=None)


def _removed(ports: Ports, holder: Holder, item: Item, files: list[str], now: datetime) -> int:
    if item.value.get("documents") != TOLD:
        there = [file for file in files if ports.blob.head(file)]
        digests = {file.rpartition("/")[2]: sha256(ports.blob.read(file)).hexdigest() for file in there}
        told: dict[str, Any] = {"what": "documents removed", "submission": item.value["id"], "sha256": digests}
        entry = entries(ports.store, holder.owner(), [{**told, "at": records.stamp(now)}])
        ports.store.write([Put(item.key, {**item.value, "documents": TOLD}, item.version), *entry])
        item = item._replace(value={**item.value, "documents": TOLD}, version=item.version + 1)
    for file in files:
        ports.blob.delete(file)
    ports.store.write([Put(item.key, {**item.value, "documents": GONE}, item.version)])
    return len(files)
