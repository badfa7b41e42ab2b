"""What it costs in the cloud: docs/cost.md, made from counted requests, the rulebooks' year and AWS's price list.

`python -m bench cost` prints it; `python -m bench.cost --write` keeps it. A test holds the page to what this gives.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from bench._counted import A_DIGEST, Counts, counted
from bench._meter import Bill
from bench._prices import MILLION, PRICES, PRICES_OF, price
from bench._year import PROJECTS_A_UNIT, UNITS, YEAR, Year, average, year_of
from chalicelib import loaders

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cost.md"
MONTHS, DAYS, HOURS, MINUTES = 12, 365, 8_760, 525_600
WORKDAYS = 250


# What was not counted and is assumed. Milliseconds are what a function waits, its own work included.
READ_MS, WRITE_MS, QUEUE_MS, VENDOR_MS = 6, 15, 12, 300
TICK_GB, DELIVER_GB, WORK_GB, API_GB = 1.0, 0.5, 1.0, 1.0  # infrastructure/template.yaml
LOG_BYTES = 700  # a run
A_BATCH = 10  # messages of one run of deliver
VISITS = 6  # calls of the API for one submission: the form, its check, the receipt, what is owed
VISIT_READS = 12  # units of one, as of a page of duties
LOOKS = 20  # at the board, by all officers, on a working day
METRICS, ALARMS = 9, 19  # of the template
POLLS = 2 * 5 * 3 * MINUTES  # Lambda's five pollers of two queues, twenty seconds each


def seconds(bill: Bill, sends: int = 0) -> float:
    waits = bill.reads * READ_MS + bill.writes * WRITE_MS + bill.queue * QUEUE_MS + sends * VENDOR_MS
    return waits / 1000


def dollars(bill: Bill, memory: float, runs: float = 0, sends: int = 0) -> float:
    """Of what a function asked for, and of the function. `runs`: its own share of a run, where that is not another's."""
    asked = price("read", bill.read_units) + price("write", bill.write_units) + price("queue", bill.queue)
    ran = price("second", seconds(bill, sends) * memory) + price("run", runs) + price("log", runs * LOG_BYTES / 1e9)
    return asked + price("file", bill.files) + ran


class Costs:
    """Dollars, from counts."""

    def __init__(self, counts: Counts):
        self.bills, self.counts = counts.bills, counts

    def planned(self, further: bool = False) -> float:
        return dollars(self.bills["tick: each further rung" if further else "tick: the first rung of a digest"], TICK_GB)

    def sent(self, name: str) -> float:
        """A notice on its way: handed over, received, deleted, sent."""
        handed = dollars(Bill(queue=self.bills[f"hand over {A_DIGEST} notices"].queue / A_DIGEST), TICK_GB)
        taken = price("queue", 2 / A_BATCH)
        return handed + taken + dollars(self.bills[name], DELIVER_GB, runs=1 / A_BATCH, sends=1)

    def single(self) -> float:
        """One reminder in a message of its own."""
        return self.planned() + self.sent("deliver one duty")

    def in_a_digest(self) -> float:
        """One of A_DIGEST reminders in one message."""
        planned = self.planned() + (A_DIGEST - 1) * self.planned(further=True)
        return (planned + self.sent(f"deliver a digest of {A_DIGEST}")) / A_DIGEST

    def submission(self) -> float:
        """A form, its receipt, the board, and the calls around it."""
        bills = self.bills
        form = dollars(bills["submit a form"], API_GB, runs=1) + price("call", VISITS)
        visits = (VISITS - 1) * dollars(Bill(reads=6, read_units=VISIT_READS), API_GB, runs=1)
        told = dollars(bills["tick: a receipt"], TICK_GB) + self.sent("deliver a receipt")
        return form + visits + told + dollars(bills["tick: count for the board"], TICK_GB)

    def installation(self) -> dict[str, float]:
        """A year in which nothing happens: what every stack pays, be it of one place or of all."""
        minute = dollars(self.bills["a minute with nothing due"], TICK_GB, runs=1) * MINUTES
        hour = dollars(self.bills["an hour's checkpoint of one ledger"], WORK_GB, runs=1) * HOURS
        watched = MONTHS * (price("metric", METRICS) + price("alarm", ALARMS) + price("secret", 1))
        return {
            "the clock": minute,
            "checkpoints": hour,
            "queues, polled": price("queue", POLLS),
            "metrics, alarms, a secret": watched,
        }

    def place(self, year: Year) -> dict[str, float]:
        """A year of one jurisdiction."""
        bills, holders = self.bills, 1 + UNITS * (1 + PROJECTS_A_UNIT)
        a_message = (year.reminders - year.singles) / year.digests  # duties in a digest
        planned = year.messages * self.planned() + (year.reminders - year.messages) * self.planned(further=True)
        further = (self.sent(f"deliver a digest of {A_DIGEST}") - self.sent("deliver one duty")) / (A_DIGEST - 1)
        sent = year.messages * self.sent("deliver one duty") + (a_message - 1) * year.digests * further
        stored = self.counts.bytes_a_project * UNITS * PROJECTS_A_UNIT / 1e9
        return {
            "reminders planned": planned,
            "messages sent": sent,
            "acknowledgements": year.acknowledgements * (dollars(bills["acknowledge"], API_GB, runs=1) + price("call", 1)),
            "submissions": year.submissions * self.submission(),
            "the board": LOOKS * WORKDAYS * (dollars(bills["a page of the board"], API_GB, runs=1) + price("call", 1)),
            "compared once a day": DAYS * holders * dollars(bills["compare once a day, each project"], WORK_GB),
            "the new year": holders * dollars(bills["look at a project in the new year"], TICK_GB),
            "ten changes of rules": 10
            * holders
            * dollars(bills["publish, each project"] + bills["preview, each project"], WORK_GB),
            "storage and recovery": MONTHS * stored * (PRICES["stored"].dollars + PRICES["recovery"].dollars),
        }


def instead(year: Year) -> dict[str, tuple[float, str]]:
    """Dollars per million reminders of doing it otherwise, beside what the table and the sending cost all the same."""
    send = price("run", MILLION) + price("second", MILLION * VENDOR_MS / 1000 * DELIVER_GB)
    moved = 1 + year.duties / year.reminders  # a schedule is made, and made anew when its date moves
    return {
        "EventBridge Scheduler, a schedule a reminder": (
            price("schedule", MILLION) + price("write", 2 * 2 * MILLION * moved) + send,
            "one invocation, a row that finds the schedule again (written, deleted), a function that sends. No digest, ledger, "
            "pace or second look at the facts: those are most of what Duban asks for. A million schedules at a time by default",
        ),
        "Step Functions, a wait state a reminder": (
            price("transition", 4 * MILLION) + send,
            "four transitions: start, wait, look, send, and the function. An execution lives a year at most; a million are open",
        ),
    }


def servers() -> dict[str, float]:
    """Dollars a year of a machine that is always on."""
    hours = {"t4g.small with the embedded server": ("server",), "t4g.small with RDS (db.t4g.small)": ("server", "database")}
    disks = {1: 20 * PRICES["disk"].dollars, 2: 20 * PRICES["disk"].dollars + 20 * PRICES["rds-disk"].dollars}
    return {name: HOURS * sum(price(one, 1) for one in parts) + MONTHS * disks[len(parts)] for name, parts in hours.items()}


# The page


def run() -> str:
    """The page."""
    counts = counted()
    return "\n".join(
        (HEAD, *_counted(counts), *_prices(), *_a_million(Costs(counts)), *_a_place(Costs(counts)), *_assumed(), "")
    )


HEAD = """# What it costs in the cloud

Made by `python -m bench cost` from counted requests, the rulebooks and AWS's price list; a test holds it to them."""


def _counted(counts: Counts) -> Iterable[str]:
    yield """
## Counted

What each operation asks of DynamoDB, counted by a botocore hook (`bench/_meter.py`), in units by AWS's rules: reads are strongly
consistent, every write is a transaction with a check of the gate and costs double. `tests/cloud/test_cost.py` fails when one
becomes dearer. Messages go by Telegram, which asks for a slot of the bot and one of the chat.
"""
    yield from table(
        ("operation", "requests", "read units", "write units", "items read", "changes", "bytes"),
        (
            (name, *(f"{each:,.1f}" for each in (bill.requests, bill.read_units, bill.write_units, bill.items, bill.changes)),
             f"{bill.sent + bill.received:,.0f}")
            for name, bill in counts.bills.items()
        ),
    )  # fmt: skip
    read = ", ".join(
        f"{name} {units:g}" for name, units in sorted(counts.reads["deliver one duty"].items(), key=lambda pair: -pair[1])
    )
    written = ", ".join(
        f"{name} {units:g}" for name, units in sorted(counts.writes["deliver one duty"].items(), key=lambda pair: -pair[1])
    )
    yield f"""
Delivering one duty, by the first word of the key: read units {read}; write units {written}.

A project with its duties, its share of notices and of the unit's ledger takes {counts.bytes_a_project:,.0f} bytes."""


def _prices() -> Iterable[str]:
    yield f"""
## Prices

{PRICES_OF}. AWS's China regions have a list of
their own, in yuan (amazonaws.cn/en/pricing); the sums differ, also in proportion: put it into `bench/cost.py` for an offer.
"""
    rows = ((f"{each.what}", f"${each.dollars:g}", each.per, each.source) for each in PRICES.values())
    yield from table(("what", "price", "per", "from"), rows)


def _a_million(costs: Costs) -> Iterable[str]:
    yield """
## A million reminders

A reminder is one step: one duty told to one person. Planned, handed over, re-read, claimed, sent, told in the ledger; what the
channel's vendor asks for a message is not in it.
"""
    rows = [
        ("Duban, each in a message of its own", costs.single() * MILLION, "all of it: planning, re-reading, ledger, retries"),
        (f"Duban, {A_DIGEST} in a digest", costs.in_a_digest() * MILLION, "the same; what most of them are"),
        *((name, *told) for name, told in instead(average()).items()),
    ]
    yield from table(("", "dollars", "for"), ((name, f"{sum_:,.2f}", told) for name, sum_, told in rows))


def _a_place(costs: Costs) -> Iterable[str]:
    year = average()
    yield f"""
## A jurisdiction-year

{UNITS} units of {PROJECTS_A_UNIT} projects of some ten duties each, {YEAR} by each of the
{len(loaders.jurisdictions())} rulebooks with the ladder that every place starts with (`bench/_year.py`):
"""
    years = {**{place: year_of(place) for place in loaders.jurisdictions()}, "average": year}
    columns = ("submissions", "duties", "reminders", "digests", "singles")
    rows = ((place, *(f"{getattr(each, name):,.0f}" for name in columns)) for place, each in years.items())
    yield from table(("", *columns), rows)
    sums, fixed = costs.place(year), costs.installation()
    yield "\nDollars a year:\n"
    yield from table(("a place", "dollars"), [*((name, f"{sum_:,.2f}") for name, sum_ in sums.items()), _total(sums)])
    yield "\nWhat an installation pays besides, whether it holds one place or all of them:\n"
    yield from table(("an installation", "dollars"), [*((name, f"{sum_:,.2f}") for name, sum_ in fixed.items()), _total(fixed)])
    alone, own = sum(fixed.values()) + sum(sums.values()), sum(sums.values())
    yield f"\nSide by side, a place in an installation of its own and 300 and {CHINA:,} in one:\n"
    rows = [
        ("Duban in the cloud", alone, own + sum(fixed.values()) / 300, own + sum(fixed.values()) / CHINA),
        *((name, sum_, None, None) for name, sum_ in servers().items()),
    ]
    yield from table(
        ("dollars a year and place", "one", "300", f"{CHINA:,}"), ((name, *map(_money, each)) for name, *each in rows)
    )
    yield f"""
An always-on server costs the same whatever it does, and has to be looked after; what the cloud adds is that it is never too
small. All of China: ${own * CHINA + sum(fixed.values()):,.0f} a year, {year.reminders * CHINA / MILLION:,.1f} million reminders.

What it is spent on: of a place {100 * sums["compared once a day"] / own:.0f} % goes into the daily comparison of what should have been sent
with what was, which reads everything; of an installation alone most goes into being watched, and
{100 * fixed["the clock"] / sum(fixed.values()):.0f} % into a clock that looks at 64 shards thrice a minute."""


CHINA = 3_200  # jurisdictions


def _total(sums: dict[str, float]) -> tuple[str, str]:
    return "**together**", f"**{sum(sums.values()):,.2f}**"


def _money(sum_: float | None) -> str:
    return "" if sum_ is None else f"{sum_:,.2f}"


def _assumed() -> Iterable[str]:
    yield f"""
## Assumed, not counted

- A read keeps a function waiting {READ_MS} ms, a transaction {WRITE_MS}, a request to SQS {QUEUE_MS}, a vendor {VENDOR_MS}; its own
  work is in these. Functions have the memory that the template gives them.
- {LOG_BYTES} bytes of log a run; {A_BATCH} messages a run of deliver; SQS is polled by five pollers a queue, every twenty seconds.
- {VISITS} calls of the API for a submission, {LOOKS} looks at the board on each of {WORKDAYS} working days. One in two messages is
  acknowledged. Units and offices have one contact each who is told.
- One duty in ten is done eight days late, the others three days before the advised day, or as the project's story says.
- No data transfer, no free tiers, no discounts. A write that meets another and is repeated is not in it."""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterable[str]:
    """Markdown; all columns but the first and those of words to the right."""
    heads, rows = list(heads), [list(row) for row in rows]
    figures = [all(set(row[at]) <= set("0123456789.,$-* ") for row in rows) for at in range(len(heads))]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if is_figure else '---' for is_figure in figures)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(run(), "utf-8")
    else:
        print(run())
