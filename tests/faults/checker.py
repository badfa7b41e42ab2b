"""The checker: what should have gone against the ledger, the ledger against what the receivers got, both against the clock."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from chalicelib.core.ladder import SHANGHAI
from chalicelib.core.ledger import keyed
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import verify
from tests.faults.place import OUTAGES
from tests.faults.reading import Owed, owed
from tests.faults.run import Run
from tests.usecases.world import SECRET

ON_TIME = timedelta(seconds=60)
SETTLED = ("accepted", "withheld", "given up", "nobody to tell")
QUIET = {"quiet_from": "20:00", "quiet_to": "08:30"}  # schedules/defaults.yaml


class Checker:
    """Every method named like a promise gives what breaks it, in words; nothing where it was kept."""

    def __init__(self, run: Run):
        self.run, self.place, self.journal = run, run.place, run.place.journal
        self.entries = list(self._entries())
        self.heads, self.carried = {}, defaultdict(list)
        for item in self._items():
            kind, _, notice = item.key.partition.partition("#")
            if kind == "notice" and item.key.sort == "head":
                self.heads[notice] = item.value
            elif kind == "notice":
                self.carried[notice].append(item.value)
        self.received = sorted(
            (receipt for vendor in self.place.vendors.values() for receipt in vendor.received), key=lambda each: each.true
        )
        self.by_notice = defaultdict(list)
        for receipt in self.received:
            self.by_notice[receipt.key.rsplit("/", 1)[0]].append(receipt)

    def _items(self) -> Iterator[Any]:
        cursor = None
        while True:
            page, cursor = self.place.store.scan(cursor)
            yield from page
            if cursor is None:
                return

    def _entries(self) -> Iterator[dict[str, Any]]:
        for ledger in self.place.store.query("ledgers"):
            for item in self.place.store.query(f"ledger#{ledger.key.sort}"):
                yield {"party": ledger.key.sort, **item.value}

    @cached_property
    def told(self) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
        """By (obligation, rung, contact's id): what the ledger says became of it, alone or in the words of a later one."""
        found = defaultdict(list)
        for entry in self.entries:
            if entry["what"] in SETTLED:
                for rung in (entry["rung"], *entry.get("instead_of", ())):
                    found[entry["obligation"], rung, entry.get("person", "")].append(entry)
        return found

    @cached_property
    def steps(self) -> list[Any]:
        return [item.key for item in self._items() if item.key.partition.startswith("step#")]

    @cached_property
    def owed(self) -> list[Owed]:
        found = []
        for obligation in self.journal.obligations:
            holder = obligation.split("/")[0]
            unit = self.place.projects[holder]["unit"] if holder in self.place.projects else holder
            found += owed(self.journal, obligation, unit, self.run.last_tick)
        return found

    def faults(self) -> dict[str, list[str]]:
        """Every promise, and how it was broken."""
        promises = (
            self.nothing_owed_is_missed, self.no_step_is_without_an_end, self.reasons_are_true, self.what_is_accepted_was_received,
            self.what_was_received_is_accounted_for, self.duplicates_are_explained_and_marked, self.nobody_is_disturbed,
            self.no_limit_is_exceeded, self.notices_leave_in_time, self.who_gave_up_was_stood_in_for, self.only_poison_fails,
            self.nothing_is_left_over,
        )  # fmt: skip
        return {promise.__name__: found for promise in promises if (found := list(promise()))}

    def faults_injected(self) -> Counter:
        place = self.place
        return sum((each.faults for each in (place.store, place.weather, place.machine, *place.vendors.values())), Counter())

    def figures(self) -> dict[str, float]:
        """How much was tried, and what came of it."""
        found, delays = Counter(entry["what"] for entry in self.entries), self.delays or [0.0]
        return {
            "steps": len(self.steps),
            "rungs owed, by person": sum(len(each.people) for each in self.owed),
            "requests": sum(len(vendor.asked) for vendor in self.place.vendors.values()),
            "messages received": len(self.received),
            "duplicates received": sum(self.doubles.values()),
            "repeats dropped by the vendor": sum(vendor.repeats_dropped for vendor in self.place.vendors.values()),
            **{f"ledger: {what}": count for what, count in sorted(found.items())},
            **{f"fault: {what}": count for what, count in sorted(self.faults_injected().items())},
            **{f"run: {what}": count for what, count in sorted((self.run.done + self.run.people.done).items())},
            "notices timed": len(self.delays),
            **{f"delay p{share}, seconds": delays[(len(delays) - 1) * share // 100] for share in (50, 95, 99, 100)},
        }

    # The ledger against what was owed

    def nothing_owed_is_missed(self) -> Iterator[str]:
        for each in self.owed:
            for person in each.people or {"/"}:
                if not self.told[each.obligation, each.reason.rung, person.split("/")[1]]:
                    yield f"{each.obligation} {each.reason.rung} for {person} of {each.since}"

    def no_step_is_without_an_end(self) -> Iterator[str]:
        for key in self.steps:
            about, (rung, _, person) = key.partition.removeprefix("step#"), key.sort.partition("#")
            ends = [entry for entry in self.told[about, rung, person.split("/")[1]] if entry["rung"] == rung]
            if Counter(entry["what"] for entry in ends)["accepted"] > 1 or not ends:
                yield f"{about} {key.sort}: {[entry['what'] for entry in ends]}"

    def reasons_are_true(self) -> Iterator[str]:
        for entry in self.entries:
            known = self.journal.obligations.get(entry.get("obligation", ""))
            if entry["what"] != "withheld" or not known:
                continue
            at, why = records.instant_of(entry["at"]), entry["why"]
            says = [each.is_ for each in known if each.at <= at + timedelta(minutes=3)] or [known[0].is_]
            match why:
                case "done":
                    is_true = any(is_["done_on"] for is_ in says)
                case "withdrawn":
                    is_true = any(is_["closed"] for is_ in says)
                case "date moved":
                    is_true = len({str(is_["dates"]) for is_ in says}) > 1
                case "acknowledged":
                    is_true = entry["obligation"] in self.journal.signed
                case "superseded":
                    is_true = self._has_a_successor(entry)
                case _:
                    is_true = why.startswith("snoozed until") and "snoozed" in {each["what"] for each in self.entries}
            if not is_true:
                yield f"{entry['obligation']} {entry['rung']} for {entry.get('person')}: withheld, {why}"

    def _has_a_successor(self, entry: dict[str, Any]) -> bool:
        """Somebody was told a later rung of the duty: that one speaks for it."""
        mine = [each for each in self.entries if each.get("obligation") == entry["obligation"] and each["what"] in SETTLED]
        return any(each["rung"] != entry["rung"] and each["at"] >= entry["at"][:10] for each in mine)

    # The ledger against what was received

    def what_is_accepted_was_received(self) -> Iterator[str]:
        for (notice, text), group in groupby(self._accepted(), key=lambda entry: (entry["notice"], entry["text"])):
            entry = next(iter(group))
            vendor = self.place.vendors[entry["channel"]]
            got = [each for each in self.by_notice[notice] if keyed(SECRET, each.text) == text]
            if not any(keyed(SECRET, each.address) == entry["to"] for each in got) and not vendor.is_idempotent:
                yield f"{notice}: in the ledger as accepted by {entry['channel']}, received by nobody"

    def _accepted(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["what"] == "accepted"]

    def what_was_received_is_accounted_for(self) -> Iterator[str]:
        """Each notice that somebody got is in the ledger as accepted; or, where nobody knew, as perhaps sent."""
        known = defaultdict(list)
        for entry in self.entries:
            if "notice" in entry:
                known[entry["notice"]].append(entry)
        for notice in self.by_notice:
            if not any(entry["what"] == "accepted" or entry.get("perhaps_sent") for entry in known[notice]):
                yield f"{notice} was received, the ledger says {sorted({entry['what'] for entry in known[notice]})}"

    @cached_property
    def doubles(self) -> Counter:
        return Counter({key: count - 1 for key, count in Counter(each.key for each in self.received).items() if count > 1})

    def duplicates_are_explained_and_marked(self) -> Iterator[str]:
        lost = sum((vendor.lost_answers for vendor in self.place.vendors.values()), self.place.store.died_in_flight.copy())
        marked = {entry["notice"] for entry in self.entries if entry.get("possible_duplicate") or entry.get("perhaps_sent")}
        for key, count in self.doubles.items():
            if count > lost[key]:
                yield f"{key} came {count + 1} times, with {lost[key]} deaths in flight and lost answers"
            if key.rsplit("/", 1)[0] not in marked:
                yield f"{key} came {count + 1} times and is not marked as a possible duplicate"
        for vendor in self.place.vendors.values():
            same = Counter((each.address, each.text, each.key) for each in vendor.received)
            if vendor.is_idempotent and (worst := [key for (_, _, key), count in same.items() if count > 1]):
                yield f"{vendor.name} is idempotent, and gave these twice: {worst}"

    # Both against the clock

    def nobody_is_disturbed(self) -> Iterator[str]:
        calendar = self.place.ports.rules.calendar()
        for receipt in self.received:
            notice = receipt.key.rsplit("/", 1)[0]
            ident = f"{self.heads[notice]['party']}/{self.heads[notice]['person']}"
            contact = next((contacts[ident] for _, contacts in reversed(self.journal.contacts) if ident in contacts), None)
            if contact is None or contact["at_once"] or {step["kind"] for step in self.carried[notice]} == {"answer"}:
                continue
            hours, local = {**QUIET, **contact["prefers"]}, receipt.at.astimezone(SHANGHAI)
            opens, closes = time.fromisoformat(hours["quiet_to"]), time.fromisoformat(hours["quiet_from"])
            if calendar.is_rest(local.date()) or not opens <= local.time() < closes:
                yield f"{receipt.key} came to {ident} at {local}"

    def no_limit_is_exceeded(self) -> Iterator[str]:
        """By the vendor's clock, except over a moment at which ours was set forward, and by ours; where the clocks of two workers
        are apart by more than what `pace` leaves room for, the vendor says so with a 429."""
        true, ours = [[each[which] for each in self.journal.skews] for which in (0, 1)]
        for vendor in self.place.vendors.values():
            for limit in vendor.limits:
                for asked, jumps in ((vendor.asked, [*self.journal.jumps, *true]), (vendor.asked_ours, ours)):
                    groups = defaultdict(list)
                    for at, address in asked:
                        groups[address if limit.per == "address" else ""].append(at)
                    for instants in groups.values():
                        yield from (f"{vendor.name}: more than {limit} from {at}" for at in _exceeded(instants, limit, jumps))

    @cached_property
    def delays(self) -> list[float]:
        """Of notices sent while all was well: seconds from the paced, jittered time to the receiver."""
        found = []
        for (notice, text), group in groupby(self._accepted(), key=lambda entry: (entry["notice"], entry["text"])):
            entry = next(iter(group))
            planned = records.instant_of(entry["planned_for"])
            got = [each for each in self.by_notice[notice] if keyed(SECRET, each.text) == text]
            if got and self._is_well(entry["channel"], planned, got[-1].at):
                found.append((got[-1].at - planned).total_seconds())
        return sorted(found)

    def _is_well(self, channel: str, since: datetime, upto: datetime) -> bool:
        troubles = [(each.begins, each.ends) for each in self.place.vendors[channel].troubles_had]
        spells = [*troubles, *OUTAGES, *self.journal.disturbed]
        return not any(
            begins - timedelta(minutes=10) <= upto and since <= ends + timedelta(minutes=10) for begins, ends in spells
        )

    def notices_leave_in_time(self) -> Iterator[str]:
        late = [delay for delay in self.delays if delay > ON_TIME.total_seconds()]
        if len(late) > len(self.delays) / 100 or not self.delays:
            yield f"{len(late)} of {len(self.delays)} left more than a minute late: {late[-5:]}"

    # What is left

    def who_gave_up_was_stood_in_for(self) -> Iterator[str]:
        handed = {(each["obligation"], each["rung"], each["person"]) for each in self.entries if each["what"] == "handed on"}
        owed_to = defaultdict(set)
        for key in self.steps:
            rung, _, person = key.sort.partition("#")
            owed_to[key.partition.removeprefix("step#"), rung].add(person.split("/")[1])
        for entry in self.entries:
            about = entry.get("obligation", ""), entry.get("rung", "")
            if entry["what"] != "given up" or about[0].startswith("@news"):
                continue
            if (
                (*about, entry["person"]) not in handed
                and not owed_to[about] - {entry["person"]}
                and entry["party"] != "office"
            ):
                yield f"{about} was given up for {entry['person']}, and nobody else was told"

    def only_poison_fails(self) -> Iterator[str]:
        """Of the messages of a queue: or it was the store that could not be reached."""
        yield from (f"a sound message failed: {message.body}" for message in self.place.machine.failed_otherwise)

    def nothing_is_left_over(self) -> Iterator[str]:
        yield from (f"{party}'s ledger: {fault}" for party, fault in verify(self.place.store).items() if fault)
        yield from (f"left in the outbox: {key.sort}" for key in self.place.outbox())
        past = records.stamp(self.run.last_tick)
        yield from (f"left in the due index: {key.sort}" for key in self.place.due() if key.sort < past)


def _exceeded(instants: list[datetime], limit: Any, jumps: Any) -> Iterator[datetime]:
    """Where a window of the limit's length, its end left out, holds more than it may."""
    instants = sorted(instants)
    length = timedelta(seconds=limit.seconds)
    for first, last in zip(instants, instants[limit.count :], strict=False):
        if last - first < length and not any(first <= jump <= last for jump in jumps):
            yield first
