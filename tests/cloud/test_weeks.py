"""A duty from the form that makes it until it is done: told, signed for, escalated where nobody signed, tuned; weeks of it,
through the packed functions and the events AWS sends them."""

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from chalicelib.core.ladder import instant
from chalicelib.usecases.signing_in.access import issue_token
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.state.references import SHORT, reference
from tests.contract.vendors import dingtalk, feishu

UNIT, PLACE = "yy-health", "yunyang"
BY_BUTTON, BY_LINK, UNHEARD = PROJECTS = ("archive", "clinic", "platform")
COMPLETED = {"classified": False, "completed_on": "2026-03-25"}  # acceptance is to be applied for by Fri 2026-09-25
APPLY = "提交竣工验收申请"


class Weeks:
    """The account with its clock set by hand, and what people of one unit do."""

    def __init__(self, account, telegram, group, leaders):
        self.account, self.telegram, self.group, self.leaders = account, telegram, group, leaders
        self.at("2026-09-07", "10:00")  # a Monday
        self.admin = issue_token(account.store, role="admin", jurisdiction=PLACE, party=None, now=account.now)
        account.make("parties", {"id": UNIT, "name": "县卫生健康委", "kind": "department"}, self.admin)
        self._contact("li")
        self._contact("zhao", channels=[{"channel": "dingtalk", "address": dingtalk.UNSIGNED}])
        self._contact("chief", channels=[{"channel": "feishu", "address": feishu.UNSIGNED}], roles=["leader"])
        code = account.make(f"parties/{UNIT}/contacts/li/codes", None, self.admin)["code"]
        assert account.posted(telegram.says(f"/start {code}")).status == 200
        assert "已绑定" in telegram.got[-1].text
        self.clerk = account.make("tokens", {"role": "unit", "party": UNIT}, self.admin)["token"]

    def _contact(self, ident, **more):
        person = {"id": ident, "name": ident, "at_once": True, **more}
        self.account.make(f"parties/{UNIT}/contacts", person, self.admin)

    def at(self, day, clock):
        self.account.now = instant(date.fromisoformat(day), clock)

    def minute(self):
        """One beat of the clock, and what follows from it."""
        self.account.tick()
        assert self.account.serve("Jobs", "Work") == []
        assert self.account.serve("Notices", "Deliver") == []
        self.account.now += timedelta(minutes=1)

    def goes_by(self):
        """One minute after the other until nothing more is to be said. What each was told: telegram, group, leaders."""
        vendors = {"li": self.telegram, "zhao": self.group, "chief": self.leaders}
        before = {name: len(vendor.got) for name, vendor in vendors.items()}
        for _ in range(20):
            self.minute()
            if not any(self.account.store.query(f"outbox#{shard}") for shard in range(records.SHARDS)):
                return SimpleNamespace(**{name: vendor.got[before[name] :] for name, vendor in vendors.items()})
        raise AssertionError("after twenty minutes something is still unsaid")

    def duty(self, project):
        """The stored duty of a project to apply for its acceptance."""
        rows = [item.value for item in self.account.store.query(f"project#{project}", prefix="obligation#")]
        (found,) = [row for row in rows if row["is"]["title"]["zh"] == APPLY]
        return found

    def ledger(self, what, owner=UNIT):
        return [item.value for item in self.account.store.query(f"ledger#{owner}") if item.value["what"] == what]

    def about(self, messages):
        """The messages that name each of the projects, or the code of its duty."""
        return {
            project: [text for _, text, *_ in messages if f"项目{project}：{APPLY}" in text or self.code(project) in text]
            for project in PROJECTS
        }

    def counted(self, messages):
        """How many of them name each of the projects."""
        return [len(found) for found in self.about(messages).values()]

    def code(self, project):
        return reference(self.duty(project)["is"]["id"])[:SHORT]

    def signed_by(self, project):
        signed = self.duty(project)["acknowledged"]
        return signed and signed["by"]

    def example(self):
        """An application for acceptance, of today."""
        schema = json.loads((self.account.package.folder / "schemas" / "forms" / "acceptance-application.json").read_text())
        return {**schema["examples"][0], "applied_on": self.account.now.date().isoformat()}

    def touches(self, message, label):
        """The reader presses a button under a message; the status Telegram is answered with."""
        (action,) = [button.action for button in message.buttons if button.label == label]
        return self.account.posted(self.telegram.touches(action)).status

    def morning_of(self, day):
        """What each was told when the rungs of that day had been planned: all three want it at once."""
        self.at(day, "06:01")
        return self.goes_by()


@pytest.fixture(scope="module")
def weeks(account, telegram, group, leaders):
    weeks = Weeks(account, telegram, group, leaders)
    for project in PROJECTS:
        facts = {"kind": "new", "total_investment": 6_000_000}
        account.make("projects", {"id": project, "name": f"项目{project}", "facts": facts}, weeks.clerk)
        account.make(f"projects/{project}/submissions/completion", COMPLETED, weeks.clerk)
    weeks.told = weeks.goes_by()
    return weeks


# In this order: each test goes on where the one before has ended.


def test_everybody_responsible_is_told_of_each_duty_once(weeks):
    assert weeks.counted(weeks.told.li) == weeks.counted(weeks.told.zhao) == [1, 1, 1]
    assert weeks.told.chief == []


def test_a_touch_of_the_button_signs_and_a_repeat_of_it_changes_nothing(weeks):
    (message,) = [message for message in weeks.told.li if f"项目{BY_BUTTON}：{APPLY}" in message.text]
    assert weeks.touches(message, "签收") == 200
    assert weeks.signed_by(BY_BUTTON) == f"{UNIT}/li"
    assert weeks.account.posted(weeks.telegram.updates[-1]).status == 200  # Telegram hands the same update over again
    assert len([entry for entry in weeks.ledger("acknowledged") if entry["person"] == "li"]) == 1


def test_opening_the_link_signs_nothing_and_the_button_on_its_page_does(weeks):
    (text,) = weeks.about(weeks.told.zhao)[BY_LINK]
    (path,) = re.findall(r"https://duban\.example(/a/[\w-]+)", text)
    shown = weeks.account.visit("GET", path)
    assert shown.status == 200 and weeks.code(BY_LINK) in shown.text and weeks.signed_by(BY_LINK) is None
    assert shown.headers["strict-transport-security"] == ["max-age=31536000"]
    cookie = shown.headers["set-cookie"][0].partition(";")[0]
    (csrf,) = re.findall(r'name="csrf" value="(\w+)"', shown.text)
    assert weeks.account.visit("POST", path, csrf=csrf).status == 403, "another browser's form"
    assert "已签收" in weeks.account.visit("POST", path, cookie, csrf=csrf).text
    assert weeks.signed_by(BY_LINK) == f"{UNIT}/zhao"


def test_what_is_signed_for_is_reminded_of_but_not_escalated(weeks):
    for day in ("2026-09-10", "2026-09-17"):
        told = weeks.morning_of(day)
        assert (weeks.counted(told.li), told.chief) == ([1, 1, 1], []), day
    told = weeks.morning_of("2026-09-21")  # three days before act_by, Thu 2026-09-24
    assert weeks.counted(told.li) == [1, 1, 1]
    assert weeks.counted(told.chief) == [0, 0, 1]
    assert {entry["obligation"] for entry in weeks.ledger("withheld", PLACE) if entry["why"] == "acknowledged"} == {
        weeks.duty(project)["is"]["id"] for project in (BY_BUTTON, BY_LINK)
    }


def test_a_tuning_is_published_by_its_job_and_reminders_move(weeks):
    assert weeks.duty(UNHEARD)["wake"] == "2026-09-22T22:00:00Z"  # one day before
    change = {"settings": {"ladder": [60, 30, 14, 7, 3, 2, 0]}}
    version = {"change": change, "why": "提前两天提醒", "expects": 1}
    status, answer = weeks.account.ask("POST", f"/api/v1/rulebooks/{PLACE}/versions", version, weeks.admin)
    assert status == 202, answer
    weeks.goes_by()
    _, progress = weeks.account.ask("GET", f"/api/v1/jobs/{answer['job']}", None, weeks.admin)
    assert progress["state"] == "done" and progress["done"] >= len(PROJECTS)
    assert weeks.duty(UNHEARD)["wake"] == "2026-09-21T22:00:00Z"  # two
    assert weeks.counted(weeks.morning_of("2026-09-22").li) == [1, 1, 1]
    assert weeks.counted(weeks.morning_of("2026-09-23").li) == [0, 0, 0]


def test_what_is_done_is_not_spoken_of_again(weeks):
    weeks.account.make(f"projects/{UNHEARD}/submissions/acceptance-application", weeks.example(), weeks.clerk)
    told = weeks.morning_of("2026-09-24")
    assert (weeks.counted(told.li), weeks.counted(told.chief)) == ([1, 1, 0], [0, 0, 0])


def test_nothing_is_left_over_and_the_ledgers_are_whole(weeks):
    store = weeks.account.store
    assert not any(store.query(f"outbox#{shard}") for shard in range(records.SHARDS))
    now = records.stamp(weeks.account.now)
    assert not any(store.query(f"due#{shard}", upto=now) for shard in range(records.SHARDS))
    assert not any(verify(store).values())
    accepted = [(entry["obligation"], entry["rung"], entry["person"]) for entry in weeks.ledger("accepted")]
    assert len(accepted) == len(set(accepted))
    texts = [text for vendor in (weeks.telegram, weeks.group, weeks.leaders) for _, text, *_ in vendor.got]
    of_notices = [text for text in texts if text.startswith("【督办】")]  # of the bot's answers there is no ledger
    assert len({(entry["notice"], entry["text"]) for entry in weeks.ledger("accepted")}) == len(of_notices)
