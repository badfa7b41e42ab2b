"""A Duban of one test: the use cases over a store in memory, channels that record, a clock set by hand.

The place is Yunyang unless a test says otherwise, the day Tuesday 2026-01-20, a little after ten.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

from chalicelib import bootstrap, config
from chalicelib.core.ladder import instant
from chalicelib.ports import Delete, Key
from chalicelib.store.sqlite import SqliteStore
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.contact import register_contact
from chalicelib.usecases.registry.register import register_party, register_project
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.usecases.reporting.submit import submit
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.state.holder import assess, load, projections
from chalicelib.usecases.state.once import Once
from chalicelib.usecases.telling.news import NEWS
from chalicelib.usecases.telling.pace import admit
from tests.usecases.doubles import Recorder, Watched

PLACES = ("chongqing", "yunyang", "fangchenggang", "bazhong", "dazhou")
SUBJECT_PARTITIONS = {"project": "project", "unit": "party", "jurisdiction": "jurisdiction"}
SECRET = b"the key of this test's ledger hashes"


class World:
    """What a test says happens, and what it asks about it afterwards."""

    url = "https://duban.example"

    def __init__(self, folder, place="yunyang", store=None):
        self.place, self.numbers = place, count(1)
        self.now = instant(date(2026, 1, 20), "10:07")
        self.store = Watched(store or SqliteStore(":memory:"))
        self.chat, self.sms = Recorder("console"), Recorder("telegram")
        made = bootstrap.make_ports(config.read({"DUBAN_DATA": str(folder)}), self.store)
        self.ports = replace(made, channels={"console": self.chat, "telegram": self.sms}, clock=lambda: self.now, secret=SECRET)

    # Time

    def at(self, day: str, clock: str = "10:07") -> datetime:
        """Set the clock to what it shows in Shanghai."""
        self.now = instant(date.fromisoformat(day), clock)
        return self.now

    def later(self, **by) -> datetime:
        self.now += timedelta(**by)
        return self.now

    # What people do

    def unit(self, ident="unit", **more):
        party = {
            "id": ident,
            "name": f"单位{ident}",
            "jurisdiction": self.place,
            "kind": "department",
            **more,
        }
        return register_party(self.ports, party, self.now, NOBODY)

    def office(self, ident="office", authority="data_bureau", **more):
        return self.unit(ident, authority=authority, **more)

    def contact(self, party="unit", ident="clerk", channels=("console",), at_once=False, **more):
        reads = [{"channel": channel, "address": f"{channel}:{party}/{ident}"} for channel in channels]
        person = {"id": ident, "party": party, "name": "张三", "channels": reads, "at_once": at_once, **more}
        return register_contact(self.ports, person, NOBODY)

    def project(self, ident="p1", unit="unit", milestones=(), **more):
        project = {"id": ident, "name": f"项目{ident}", "unit": unit, **more}
        given = [{"by": {"role": "unit", "token": "t"}, "submission": "s", **milestone} for milestone in milestones]
        return register_project(self.ports, project, self.now, NOBODY, given)

    def example(self, form, example=0, **changes):
        """The form's own example, with some members changed; None takes one out."""
        body = {**self.ports.forms.get(form)["examples"][example], **changes}
        return {name: value for name, value in body.items() if value is not None}

    def bearer(self, form, role=None, party="unit"):
        role = role or self.ports.forms.get(form)["x-duban"]["filled_by"][0]
        return Bearer(id=f"bearer-{role}", role=role, jurisdiction=self.place, party=None if role == "admin" else party)

    def submit(self, form, subject="p1", *, key=None, role=None, party="unit", record=True, body=None, news=False, **changes):
        """Fill in the form from its example and hand it in. Unless a test is about news, nobody is told that it came in."""
        bearer = self.bearer(form, role, party)
        body = self.example(form, **changes) if body is None else body
        kind = self.ports.forms.get(form)["x-duban"]["subject"]
        once = Once(who=bearer.id, key=key, asked=[form, subject, body])
        ident = f"by-{key}" if key else f"s{next(self.numbers)}"
        receipt = submit(
            self.ports,
            bearer,
            form=form,
            kind=kind,
            subject=subject,
            body=body,
            once=once,
            ident=ident,
            now=self.now,
            record=record,
        )
        if record and not news:
            holder = f"{SUBJECT_PARTITIONS[kind]}#{subject}"
            self.store.inner.write([Delete(records.due_key(records.stamp(self.now), holder, f"{NEWS}{ident}"))])
        return receipt

    def completed(self, subject="p1", on="2026-01-15", **more):
        """Completion of a project of 6,000,000: acceptance is to be applied for within half a year."""
        return self.submit("completion", subject, completed_on=on, **more)

    # What the machine does

    def tick(self):
        return tick(self.ports, self.now)

    def deliver(self):
        return deliver(self.ports, self.now, self.url)

    def slot(self, channel, address, now=None):
        """Take a slot of the channel's pace as a sender does; when it is."""
        pace = admit(self.ports, channel, address, now or self.now)
        self.store.write(pace.changes)
        return pace.at

    def tick_until_quiet(self):
        for _ in range(20):
            if not self.tick():
                return
        raise AssertionError("after 20 ticks something is still due")

    # What is stored

    def rows(self, partition="project#p1") -> dict[str, dict]:
        return {item.value["is"]["id"]: item.value for item in self.store.query(partition, prefix="obligation#")}

    def milestones(self, partition="project#p1") -> list[dict]:
        return [item.value for item in self.store.query(partition, prefix="milestone#")]

    def row(self, rule, partition="project#p1") -> dict:
        (found,) = [row for row in self.rows(partition).values() if row["is"]["rule"] == rule]
        return found

    def rebuilt(self, partition) -> dict[str, dict]:
        """The obligations as the facts alone give them, at this moment."""
        holder = load(self.store, partition)
        return projections(holder, assess(holder, self.ports, self.now))

    def assert_as_rebuilt(self, partition):
        """What is stored is what the facts give; what they no longer give is kept as withdrawn."""
        stored = {ident: row["is"] for ident, row in self.rows(partition).items()}
        wanted = self.rebuilt(partition)
        assert {ident: is_ for ident, is_ in stored.items() if ident in wanted} == wanted
        assert all(is_["closed"] == "withdrawn" for ident, is_ in stored.items() if ident not in wanted)

    def assert_wakes_match(self, *partitions):
        """What has something to say has one entry in the due index; no entry is of another time."""
        due = sorted(key.sort for key in self.due() if "@" not in key.sort)
        rows = [(partition, ident, row["wake"]) for partition in partitions for ident, row in self.rows(partition).items()]
        assert due == sorted(f"{wake}#{partition}#{ident}" for partition, ident, wake in rows if wake)

    def due(self) -> list[Key]:
        return [item.key for shard in range(records.SHARDS) for item in self.store.query(f"due#{shard}")]

    def outbox(self) -> list[Key]:
        return [item.key for shard in range(records.SHARDS) for item in self.store.query(f"outbox#{shard}")]

    def steps(self, about="p1/") -> list[Key]:
        """The steps planned for obligations whose id starts so."""
        return sorted(key for key in self.store.everything() if key.partition.startswith(f"step#{about}"))

    def rungs(self, about="p1/") -> list[str]:
        return [key.sort.split("#")[0] for key in self.steps(about)]

    def notices(self) -> dict[str, dict]:
        return {
            key.partition.removeprefix("notice#"): item.value
            for key, item in self.store.everything().items()
            if key.partition.startswith("notice#") and key.sort == "head"
        }

    def ledger(self, owner="unit", what=None) -> list[dict]:
        rows = [item.value for item in self.store.query(f"ledger#{owner}")]
        return [row for row in rows if what in (None, row["what"])]

    def assert_ledgers_whole(self):
        chains = verify(self.store)
        assert chains and not any(chains.values()), chains


NOBODY = Once(who="test", key=None, asked=None)
