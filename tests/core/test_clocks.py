"""What moves a term or ends it: extensions, suspensions, waivers, termination and lapse."""

import pytest

from .small import ask, book, duty, happened, of, states, the

EXTENSION = {"article": "25", "to": "bureau", "cap": None, "quote": "申请延期"}
ACCEPT = duty("at_most", from_="construction_completed", within={"months": 6}, done_by=["acceptance_passed"])
EXTENDABLE = {**ACCEPT, "extension": EXTENSION}
COMPLETED = happened("construction_completed", "2025-01-08", "m1")  # Wed + 6 months: Tue 2025-07-08
STAYS, MOVED = "2025-07-08", "2025-09-30"


def due(answer, rule="duty"):
    return the(answer, rule)["due_on"]


def granted(on="2025-06-03", until=MOVED, **fields):
    return happened("extension_granted", on, until=until, **fields)


# Extensions


@pytest.mark.parametrize(
    ("rule", "extension", "expected"),
    [
        pytest.param(EXTENDABLE, granted(), MOVED, id="names none, and the text lets it be extended"),
        pytest.param(ACCEPT, granted(), STAYS, id="names none, and the text gives no extension"),
        pytest.param(ACCEPT, granted(of="duty"), MOVED, id="names the rule"),
        pytest.param(ACCEPT, granted(of="m1"), MOVED, id="names the milestone"),
        pytest.param(EXTENDABLE, granted(of="another"), STAYS, id="names another"),
        pytest.param(EXTENDABLE, granted(until="2025-07-07"), STAYS, id="gives less than the term itself"),
        pytest.param(EXTENDABLE, granted(result="failed"), STAYS, id="was refused"),
        pytest.param(EXTENDABLE, granted(on="2025-01-07"), STAYS, id="came before the clock began"),
        pytest.param(
            EXTENDABLE,
            happened("extension_granted", "2025-06-03", due_on=MOVED),
            MOVED,
            id="gives its day as due_on",
        ),
    ],
)
def test_an_extension_moves_what_it_names(rule, extension, expected):
    assert due(ask(book(rule), COMPLETED, extension, on="2025-07-01")) == expected


def test_an_extended_day_rolls_too_and_of_two_extensions_the_longer_counts():
    answer = ask(book(EXTENDABLE), COMPLETED, granted(until="2025-08-31"), granted(until="2025-07-31"), on="2025-07-01")
    assert [the(answer)[key] for key in ("literal_due_on", "due_on", "act_by")] == [
        "2025-08-31",
        "2025-09-01",
        "2025-08-29",
    ]  # Sun, Mon, Fri


def test_an_extension_that_names_a_milestone_leaves_a_duty_without_a_term_as_it_is():
    open_task = duty("no_date", "task", from_="construction_completed")
    answer = ask(book(ACCEPT, open_task), COMPLETED, granted(of="m1"), on="2025-07-01")
    assert (due(answer), due(answer, "task")) == (MOVED, None)


def test_an_extension_that_names_the_contract_does_not_move_the_yearly_reports():
    phases = {"building": {"from": "contract_signed", "to": ["acceptance_passed"], "zh": "建设期", "en": "building"}}
    rules = [
        duty("at_most", "build", from_="contract_signed", within={"years": 1}),
        duty("recurring", by={"month": 12, "day": 31}, while_="building"),
    ]
    answer = ask(
        book(*rules, phases=phases),
        happened("contract_signed", "2024-06-03", "c1"),
        granted(until="2025-12-01", of="c1"),
        on="2025-01-06",
        until="2025-12-31",
    )
    assert due(answer, "build") == "2025-12-01"
    assert [obligation["due_on"] for obligation in of(answer)] == ["2024-12-31", "2025-12-31"]


CAPPED = {**ACCEPT, "extension": {**EXTENSION, "cap": {"months": 3}}}  # Tue 2025-07-08 + 3 months: Wed 2025-10-08


def said(answer):
    """What is said about the grants: the article, the milestone judged, and the words."""
    return [
        (finding["article"], finding["judged"]["milestone"], finding["message"]["zh"])
        for finding in answer["findings"]
        if (finding["rule"], finding["kind"], finding["outcome"]) == ("duty", "band", "block")
    ]


@pytest.mark.parametrize(
    ("until", "is_said"),
    [("2025-10-07", False), ("2025-10-08", False), ("2025-10-09", True)],
    ids=["a day less than the cap", "the cap's own day", "a day more"],
)
def test_an_extension_beyond_its_cap_counts_and_is_said(until, is_said):
    answer = ask(book(CAPPED), COMPLETED, granted(until=until, id="g1"), on="2025-07-01")
    assert the(answer)["literal_due_on"] == until
    assert [(article, judged) for article, judged, _ in said(answer)] == [("25", "g1")] * is_said
    assert all("最长延期3个月（至2025-10-08）" in zh for _, _, zh in said(answer))


def test_without_a_cap_no_extension_is_too_long():
    assert said(ask(book(EXTENDABLE), COMPLETED, granted(until="2035-07-08"), on="2025-07-01")) == []


def test_only_the_grants_beyond_the_cap_are_said_and_those_that_move_nothing_are_not():
    grants = [
        granted(until="2025-09-08", id="g1"),
        granted(until="2026-01-08", id="g2"),
        granted(until="2025-07-01", id="g3"),
        granted(until="2027-01-08", id="g4", of="another"),
    ]
    answer = ask(book(CAPPED), COMPLETED, *grants, on="2025-07-01")
    assert (due(answer), [judged for _, judged, _ in said(answer)]) == ("2026-01-08", ["g2"])


def test_the_cap_counts_from_the_term_as_a_suspension_left_it():
    suspended = [happened("suspended", "2025-03-03", "s1"), happened("resumed", "2025-03-13")]  # ten days: Fri 07-18
    inside = ask(book(CAPPED), COMPLETED, *suspended, granted(until="2025-10-18"), on="2025-07-01")
    beyond = ask(book(CAPPED), COMPLETED, *suspended, granted(until="2025-10-19"), on="2025-07-01")
    assert (len(said(inside)), len(said(beyond))) == (0, 1)


# Suspensions

SUSPENDED, RESUMED = happened("suspended", "2025-03-03", "s1"), happened("resumed", "2025-03-13")  # ten days


def test_a_suspension_that_ended_adds_its_days():
    answer = ask(book(ACCEPT), COMPLETED, SUSPENDED, RESUMED, on="2025-04-07")
    assert (the(answer)["literal_due_on"], the(answer)["state"]) == ("2025-07-18", "open")


def test_a_suspension_adds_working_days_to_a_term_in_working_days():
    rule = duty("at_most", from_="construction_completed", within={"working_days": 60})
    plain = due(ask(book(rule), COMPLETED, on="2025-04-07"))
    assert (plain, due(ask(book(rule), COMPLETED, SUSPENDED, RESUMED, on="2025-04-07"))) == (
        "2025-04-09",
        "2025-04-21",
    )  # Wed, and 8 working days more: Mon


def test_an_open_suspension_suspends_and_adds_nothing_yet():
    answer = ask(book(ACCEPT), COMPLETED, SUSPENDED, on="2025-08-01")
    assert (the(answer)["state"], the(answer)["due_on"]) == ("suspended", STAYS)


def test_what_was_due_before_the_suspension_stays_overdue():
    answer = ask(book(ACCEPT), COMPLETED, happened("suspended", "2025-07-09"), on="2025-08-01")
    assert states(answer) == ["overdue"]


def test_a_suspension_until_a_day_ends_after_that_day():
    until = happened("suspended", "2025-03-03", until="2025-03-12")
    assert the(ask(book(ACCEPT), COMPLETED, until, on="2025-04-07"))["literal_due_on"] == "2025-07-18"
    for on, expected in (
        ("2025-03-02", "open"),
        ("2025-03-03", "suspended"),
        ("2025-03-12", "suspended"),
        ("2025-03-13", "open"),
    ):
        assert (on, states(ask(book(ACCEPT), COMPLETED, until, on=on))) == (on, [expected])


def test_days_suspended_twice_over_are_added_once():
    again = happened("suspended", "2025-03-10", "s2")
    assert the(ask(book(ACCEPT), COMPLETED, SUSPENDED, again, RESUMED, on="2025-04-07"))["literal_due_on"] == "2025-07-18"


def test_a_withdrawn_suspension_adds_nothing():
    withdrawn = happened("suspended", "2025-03-03", void="s1")
    assert due(ask(book(ACCEPT), COMPLETED, SUSPENDED, withdrawn, RESUMED, on="2025-04-07")) == STAYS


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({**ACCEPT, "owed_by": ["bureau"]}, id="the authority's own clock"),
        pytest.param(
            duty("by_document", from_={"each_of": "rectification_ordered", "field": "due_on"}),
            id="a day set in a document",
        ),
        pytest.param(duty("recurring", by={"month": 9, "day": "last"}), id="a day of the year"),
        pytest.param(duty("recurring", from_="construction_completed", every={"months": 3}), id="an interval"),
        pytest.param({**ACCEPT, "per": "unit"}, id="the unit's duty"),
    ],
)
def test_other_clocks_run_on_through_a_suspension(rule):
    ordered = happened("rectification_ordered", "2025-02-10", due_on="2025-06-03")
    plain = ask(book(rule), COMPLETED, ordered, RESUMED, on="2025-04-07", until="2025-12-31")
    assert ask(book(rule), COMPLETED, ordered, SUSPENDED, RESUMED, on="2025-04-07", until="2025-12-31") == plain
    assert states(ask(book(rule), COMPLETED, ordered, SUSPENDED, on="2025-03-04", until="2025-12-31")) == ["open"]


# Waivers and termination


def test_a_waiver_closes_what_it_names_and_nothing_without_a_name():
    for name, expected in (("duty", "waived"), ("m1", "waived"), ("another", "overdue"), (None, "overdue")):
        waiver = happened("waived", "2025-06-03", **({"of": name} if name else {}))
        assert states(ask(book(ACCEPT), COMPLETED, waiver, on="2025-08-01")) == [expected]


def test_termination_ends_what_was_still_running_and_nothing_else():
    rules = [
        ACCEPT,
        duty("at_most", "missed", from_="contract_signed", within={"days": 10}),
        duty("no_date", "task", from_="contract_signed"),
        duty("at_most", "after", from_="terminated", within={"days": 30}),
        duty("recurring", "unit", per="unit", by={"month": 9, "day": 30}),
    ]
    answer = ask(
        book(*rules),
        COMPLETED,
        happened("contract_signed", "2025-01-06"),
        happened("terminated", "2025-03-03"),
        on="2025-04-01",
        until="2025-12-31",
    )
    assert {o["rule"]: o["state"] for o in answer["obligations"]} == {
        "duty": "withdrawn",
        "missed": "overdue",
        "task": "withdrawn",
        "after": "open",
        "unit": "open",
    }


def test_what_was_done_stays_done_after_termination():
    answer = ask(
        book(ACCEPT),
        COMPLETED,
        happened("acceptance_passed", "2025-02-10"),
        happened("terminated", "2025-03-03"),
        on="2025-04-01",
    )
    assert states(answer) == ["done"]


# Lapse, rights, principles


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "overdue"),
        ({"modality": "in_principle"}, "overdue"),
        ({"modality": "may"}, "lapsed"),
        ({"if_missed": "lapse"}, "lapsed"),
    ],
)
def test_what_is_missed_is_overdue_unless_it_lapses_or_was_a_right(fields, state):
    for on, expected in ((STAYS, "open"), ("2025-07-09", state)):
        assert states(ask(book({**ACCEPT, **fields}), COMPLETED, on=on)) == [expected]
