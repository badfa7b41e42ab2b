"""A minute in which every transaction meets another one, while people report and sign, the clock beats and notices leave:
people are told to try again, and afterwards everything has gone through once."""

import re
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from chalicelib.usecases.signing_in.access import issue_token
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.state.references import SHORT, reference
from tests.contract.vendors import dingtalk

from .account import recorded

MINUTE, BEAT, PATIENCE = 60.0, 6.0, 2.0  # seconds: of trouble, between two ticks, between two tries of the same person
UNIT, FACTS = "yy-health", {"kind": "new", "total_investment": 6_000_000}
BY_BUTTON, BY_LINK, IN_FLIGHT, DURING = PROJECTS = ("archive", "clinic", "station", "platform")
LATER = {409, 503}  # statuses that say: send it again
ACCEPTED = b"accepted"  # what the ledger says of a notice that a vendor took


class Place:
    """A unit, and everything that happens to it at once."""

    def __init__(self, account, telegram, group):
        self.account, self.telegram, self.group = account, telegram, group
        self.answers = defaultdict(list)  # what somebody wants -> (status, seconds, words) of each try
        self.took = defaultdict(list)  # function -> seconds of each run
        self.ends = threading.Event()
        admin = issue_token(account.store, role="admin", jurisdiction="yunyang", party=None, now=datetime.now(UTC))
        account.make("parties", {"id": UNIT, "name": "县卫生健康委", "kind": "department"}, admin)
        self.contact(admin, "li")
        self.contact(admin, "zhao", channels=[{"channel": "dingtalk", "address": dingtalk.UNSIGNED}])
        code = account.make(f"parties/{UNIT}/contacts/li/codes", None, admin)["code"]
        assert account.posted(telegram.says(f"/start {code}")).status == 200
        self.clerk = account.make("tokens", {"role": "unit", "party": UNIT}, admin)["token"]
        for project in PROJECTS:
            account.make("projects", {"id": project, "name": f"项目{project}", "facts": FACTS}, self.clerk)

    def contact(self, admin, ident, **more):
        self.account.make(f"parties/{UNIT}/contacts", {"id": ident, "name": ident, "at_once": True, **more}, admin)

    # What people want: each gives the asking

    def completes(self, project):
        body = {"classified": False, "completed_on": datetime.now(UTC).date().isoformat()}
        path = f"/api/v1/projects/{project}/submissions/completion"
        return lambda: self.account.asked("POST", path, body, self.clerk, Idempotency_Key=project)

    def signs_by_button(self, project):
        (message,) = [message for message in self.telegram.got if f"项目{project}：提交竣工验收申请" in message.text]
        update = self.telegram.touches(message.buttons[0].action)
        return lambda: self.account.posted(update)

    def signs_by_link(self, project):
        (text,) = [text for _, text, *_ in self.group.got if self.code(project) in text]
        path = re.search(r"https://duban\.example(/a/[\w-]+)", text)[1]
        shown = self.account.visit("GET", path)
        cookie, csrf = shown.headers["set-cookie"][0].partition(";")[0], re.search(r'name="csrf" value="(\w+)"', shown.text)[1]
        return lambda: self.account.visit("POST", path, cookie, csrf=csrf)

    def insist(self, wishes):
        """Each is asked for once more that is not done yet; whether all are."""
        for what, ask in wishes.items():
            if not self.is_done(what):
                began = time.monotonic()
                answer = ask()
                self.answers[what].append((answer.status, time.monotonic() - began, answer.text))
        return all(map(self.is_done, wishes))

    def is_done(self, what):
        return any(status < 300 for status, _, _ in self.answers[what])

    # What the machine does meanwhile

    @contextmanager
    def machine(self):
        """The clock beats and notices leave."""
        with ThreadPoolExecutor(2) as pool:
            work = [pool.submit(self._beats), pool.submit(self._delivers)]
            try:
                yield
            finally:
                self.ends.set()
        for each in work:
            each.result()

    def _beats(self):
        while not self.ends.is_set():
            self._run("Tick", recorded("tick"))
            self.ends.wait(BEAT)

    def _delivers(self):
        while not self.ends.is_set():
            if messages := self.account.received("Notices"):
                assert self._run("Deliver", {"Records": messages}) == {"batchItemFailures": []}
            self.ends.wait(0.5)

    def _run(self, function, event):
        began = time.monotonic()
        answer = self.account.function(function)(event)
        self.took[function].append(time.monotonic() - began)
        return answer

    # What is stored, and what was heard

    def is_all_said(self):
        return not any(self.account.store.query(f"outbox#{shard}") for shard in range(records.SHARDS))

    def duty(self, project):
        rows = [item.value for item in self.account.store.query(f"project#{project}", prefix="obligation#")]
        (found,) = [row for row in rows if row["is"]["rule"] == "apply-for-acceptance"]
        return found

    def code(self, project):
        return reference(self.duty(project)["is"]["id"])[:SHORT]

    def ledger(self, what):
        return [item.value for item in self.account.store.query(f"ledger#{UNIT}") if item.value["what"] == what]

    def received(self):
        """How often each message arrived, by what it says."""
        texts = ((vendor.name, text) for vendor in (self.telegram, self.group) for _, text, *_ in vendor.got)
        return Counter(each for each in texts if each[1].startswith("【督办】"))  # of the bot's answers there is no ledger


def until(is_so, seconds):
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it takes too long"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def place(account, telegram, group):
    """Where that minute is over. It began when a vendor had taken a message, before that was recorded."""
    place, between = Place(account, telegram, group), account.between
    with place.machine():
        for project in (BY_BUTTON, BY_LINK):
            assert place.completes(project)().status == 201
        until(lambda: place.telegram.got and len(place.ledger("submitted")) == 2 and place.is_all_said(), 90)
        until(lambda: len(place.ledger("accepted")) >= 8 and place.is_all_said(), 90)
        assert place.completes(IN_FLIGHT)().status == 201
        between.rivals_come_with = ACCEPTED
        until(between.has_rivals.is_set, 60)
        wishes = {
            "report": place.completes(DURING),
            "sign by button": place.signs_by_button(BY_BUTTON),
            "sign by link": place.signs_by_link(BY_LINK),
        }
        ends = time.monotonic() + MINUTE
        while time.monotonic() < ends:
            place.insist(wishes)
            time.sleep(PATIENCE)
        between.has_rivals.clear()
        place.done_meanwhile = [what for what in wishes if place.is_done(what)]
        until(lambda: place.insist(wishes), 30)
        until(lambda: len(place.ledger("accepted")) >= 16 and place.is_all_said(), 240)
    return place


def test_people_are_told_in_time_to_try_again(place):
    """A program is told by the status, Telegram too; a person also in words."""
    assert place.done_meanwhile == []
    api_gateway_waits = place.account.package.resources["APIHandler"]["Properties"]["Timeout"]
    for what, tries in place.answers.items():
        *refused, (last, _, _) = tries
        assert last < 300 and {status for status, _, _ in refused} <= LATER, what
        assert max(seconds for _, seconds, _ in tries) < api_gateway_waits / 2, what
        assert what == "sign by button" or all("请稍后再试" in words for _, _, words in refused), what


def test_a_function_ends_by_itself_before_its_time_is_up(place):
    for function, took in place.took.items():
        assert max(took) < place.account.package.resources[function]["Properties"]["Timeout"], function


def test_everything_has_gone_through_once(place):
    assert len(place.ledger("submitted")) == len(PROJECTS)
    signed = Counter((entry["obligation"], entry["person"]) for entry in place.ledger("acknowledged"))
    wanted = {(place.duty(BY_BUTTON)["is"]["id"], "li"): 1, (place.duty(BY_LINK)["is"]["id"], "zhao"): 1}
    assert signed == wanted
    assert set(place.received().values()) == {1}


def test_what_a_vendor_had_taken_when_it_began_is_not_told_as_a_possible_duplicate(place):
    accepted = place.ledger("accepted")
    assert len(accepted) == sum(place.received().values())
    assert not any(entry["possible_duplicate"] for entry in accepted)


def test_nothing_is_lost(place):
    now, store = records.stamp(datetime.now(UTC)), place.account.store
    assert not any(store.query(f"due#{shard}", upto=now) for shard in range(records.SHARDS))
    assert not any(verify(store).values())
    assert place.account.between.conflicts > 50
