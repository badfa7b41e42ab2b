"""Nothing is kept longer than it is of use; what is open, and the ledger, stay."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from chalicelib.core.ladder import local_day
from chalicelib.ports import Limit, Put
from chalicelib.usecases.proof import old_documents, retention
from chalicelib.usecases.proof.reconcile import reconcile
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.signing_in import signin
from chalicelib.usecases.signing_in.binding import make_code
from chalicelib.usecases.signing_in.session import Identity
from chalicelib.usecases.signing_in.session import begin as begin_session
from chalicelib.usecases.state import once
from tests.usecases.doubles import PowerCut, Recorder

DECOMMISSIONED = {"done_on": "2040-01-01"}


def retain(world):
    """The daily job, to its end."""
    job = {"jurisdictions": ["yunyang"], "after": None, "done": 0}
    for went_on, _ in retention.steps(world.ports, job, world.now):
        job = went_on
    assert job["state"] == "done"
    return job["done"]


def on(world, day, clock="10:07"):
    world.at(day.isoformat() if isinstance(day, date) else day, clock)


def next_sunday(day):
    return day + timedelta(days=(6 - day.weekday()) % 7)


def parts(world, prefix):
    return [key for key in world.store.everything() if key.partition.startswith(prefix)]


def close(world):
    """Every duty of the project is waived."""
    for row in world.store.query("project#p1", prefix="obligation#"):
        world.store.inner.write([Put(row.key, {**row.value, "is": {**row.value["is"], "closed": "waived"}})])


class TestNotices:
    def test_of_a_duty_that_is_done_they_go_after_their_time_with_their_steps(self, due):
        close(due)
        assert due.notices() and due.steps()
        ledger = due.ledger("unit")
        on(due, "2027-02-20")  # 395 days on
        retain(due)
        assert due.notices() and due.steps()
        on(due, "2027-03-05")
        assert retain(due) >= 1
        assert not due.notices() and not due.steps() and not parts(due, "delivered#") and not parts(due, "answer#")
        assert due.ledger("unit") == ledger
        due.assert_ledgers_whole()
        found = {gap["what"] for gap in reconcile(due.ports, due.now, everything=True)["found"]}
        assert not [what for what in found if "step" in what or "notice" in what]  # what was removed is not missed

    def test_of_one_that_is_open_they_stay_and_are_looked_at_again(self, due):
        on(due, "2027-03-05")
        retain(due)
        assert due.notices() and due.steps()
        close(due)
        on(due, "2027-07-01")
        retain(due)
        assert not due.notices() and not due.steps()

    def test_the_place_says_how_long(self, due):
        publish(due.ports, "yunyang", {"settings": {"keep_notices_days": 60}}, by="x", why="try", expects=None, now=due.now)
        close(due)
        on(due, "2026-03-22")  # 60 days after they were settled
        retain(due)
        assert due.notices()
        on(due, "2026-03-23")
        retain(due)
        assert not due.notices()


class TestAnswers:
    def test_an_answer_is_given_again_for_thirty_days(self, world):
        asked = once.Once(who="somebody", key="k1", asked="x", at=world.now)
        world.store.write(asked.remember({"answer": 42}))
        on(world, local_day(world.now) + timedelta(days=30))
        retain(world)
        assert asked.earlier(world.store) == {"answer": 42}
        on(world, local_day(world.now) + timedelta(days=2))
        assert retain(world) == 1
        assert asked.earlier(world.store) is None
        assert not parts(world, "answered#") and not parts(world, "idempotency#somebody")

    def test_after_a_long_pause_none_is_forgotten(self, world):
        retain(world)
        for day in range(60):
            on(world, date(2026, 1, 21) + timedelta(days=day))
            world.store.write(once.Once(who="s", key=f"k{day}", asked="x", at=world.now).remember({}))
        on(world, "2026-12-01")
        assert retain(world) == 60


class TestPersonalFields:
    FAR = date(2028, 3, 5)

    def filler(self, world):
        bodies = [item.value["body"] for item in world.store.query("project#p1", prefix="submission#")]
        return next(body["filler"] for body in bodies if "filler" in body)

    def test_names_and_numbers_in_forms_are_blanked_once_no_term_runs(self, world):
        world.submit("project-declaration", declared_on="2026-01-10")
        world.completed()
        kept = self.filler(world)
        on(world, next_sunday(self.FAR))
        retain(world)
        assert self.filler(world) == kept  # a term still runs
        close(world)
        on(world, next_sunday(self.FAR) + timedelta(days=1))
        retain(world)
        assert self.filler(world) == kept  # forms are looked through on Sundays
        on(world, next_sunday(self.FAR) + timedelta(days=7))
        assert retain(world) >= 1
        assert set(self.filler(world).values()) == {retention.ERASED}

    def test_uploaded_documents_go_five_years_after_the_project_ended_and_their_digests_stay_in_the_ledger(self, world):
        content = b"%PDF-1.7 accepted"
        file = "attachments/s1/0123456789abcdef.pdf"
        world.ports.blob.put(file, content, "application/pdf")
        body = {"classified": False, "completed_on": "2026-01-15", "attachments": [{"name": "总结", "file": file}]}
        assert world.submit("completion", body=body)["submission"] == "s1"
        on(world, date(2040, 1, 1))
        retain(world)
        assert world.ports.blob.head(file), "while the project runs"
        world.submit("decommission", **DECOMMISSIONED)
        on(world, date(2044, 12, 25))  # a Sunday, five years less some days on
        retain(world)
        assert world.ports.blob.head(file)
        on(world, date(2045, 1, 8))
        assert retain(world) >= 1
        assert world.ports.blob.head(file) is None
        (told,) = [entry for entry in world.ledger("unit") if entry["what"] == "documents removed"]
        assert told["sha256"] == {"0123456789abcdef.pdf": sha256(content).hexdigest()}
        retain(world)
        assert len([entry for entry in world.ledger("unit") if entry["what"] == "documents removed"]) == 1
        world.assert_ledgers_whole()

    def test_a_death_between_the_ledger_and_the_file_leaves_the_file_to_the_next_look(self, world):
        file = "attachments/s1/0123456789abcdef.pdf"
        world.ports.blob.put(file, b"%PDF-1.7", "application/pdf")
        body = {"classified": False, "completed_on": "2026-01-15", "attachments": [{"name": "总结", "file": file}]}
        world.submit("completion", body=body)
        world.submit("decommission", **{**DECOMMISSIONED, "done_on": "2026-01-19"})
        on(world, date(2031, 2, 2))
        world.store.dies_after(1)
        with pytest.raises(PowerCut):
            old_documents.remove(world.ports, "yunyang", "project#p1", world.now)
        world.store.revives()
        assert old_documents.remove(world.ports, "yunyang", "project#p1", world.now) == 1
        assert world.ports.blob.head(file) is None
        assert len([entry for entry in world.ledger("unit") if entry["what"] == "documents removed"]) == 1

    def test_a_file_of_another_form_is_not_removed_though_a_body_names_it(self, world):
        file = "attachments/other/0123456789abcdef.pdf"
        world.ports.blob.put(file, b"%PDF-1.7", "application/pdf")
        body = {"classified": False, "completed_on": "2026-01-15", "attachments": [{"name": "总结", "file": file}]}
        world.submit("completion", body=body)
        world.submit("decommission", **{**DECOMMISSIONED, "done_on": "2026-01-19"})
        on(world, date(2031, 2, 2))
        assert old_documents.remove(world.ports, "yunyang", "project#p1", world.now) == 0
        assert world.ports.blob.head(file)

    def test_what_is_not_personal_stays(self, world):
        schema, body = world.ports.forms.get("project-declaration"), world.example("project-declaration")
        blank = retention.without_personal(schema, body)
        assert {name for name in body if blank[name] != body[name]} == {"leader", "contact", "filler"}


class TestWhatHasEnded:
    def test_codes_sessions_links_and_pace_go_when_they_have_ended(self, world):
        make_code(world.ports, "unit", "clerk", "x", world.now)
        signin.ask_code(world.ports, "unit/clerk", "browser", world.now)
        signin.make_link(world.store, Identity(role="admin", jurisdiction="yunyang"), world.now)
        begin_session(world.store, [Identity(role="admin", jurisdiction="yunyang")], world.now)
        slow = Recorder("console", Limit(20, 60, "bot"))
        world.ports.channels["console"] = slow
        world.slot(slow, "somebody")
        kinds = ("session#", "signin-links", "pace#console", "code#")
        retain(world)
        assert all(parts(world, kind) for kind in kinds)
        on(world, next_sunday(local_day(world.now) + timedelta(days=9)))
        retain(world)
        assert not any(parts(world, kind) for kind in kinds)
        assert not world.store.query("party#unit", prefix="code")

    def test_it_goes_on_where_a_death_left_it(self, world):
        for day in range(20):
            on(world, date(2026, 1, 20) + timedelta(days=day))
            world.store.write(once.Once(who="s", key=f"k{day}", asked="x", at=world.now).remember({}))
        retain(world)
        on(world, "2026-04-01")
        world.store.dies_after(7)
        with pytest.raises(PowerCut):
            retain(world)
        world.store.revives()
        retain(world)
        assert not parts(world, "answered#") and not parts(world, "idempotency#")
