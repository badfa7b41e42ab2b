"""Which duty a thing done closes: the one it names, the one it is for, else the oldest open one."""

import pytest

from .small import ask, book, duty, findings, happened, of, states

RECTIFY = book(duty("by_document", from_={"each_of": "rectification_ordered", "field": "due_on"}, done_by=["rectified"]))
ACCEPT = book(duty("at_most", from_="construction_completed", within={"months": 6}, done_by=["acceptance_passed"]))
REVIEW = book(
    duty(
        "at_most",
        from_={"each_of": "technical_plan_submitted"},
        within={"days": 10},
        done_by=[{"event": "technical_review_passed", "result": "any"}],
    )
)
YEARLY = book(
    duty(
        "recurring",
        per="unit",
        by={"month": 9, "day": "last"},
        for_="next",
        done_by=["annual_list_submitted"],
    )
)
ON = "2025-07-01"


def ordered(id, on="2025-03-03", due_on="2025-04-03", **fields):
    return happened("rectification_ordered", on, id, due_on=due_on, **fields)


def completed(id, on, **fields):
    return happened("construction_completed", on, id, **fields)


def test_done_by_closes_the_oldest_open_one():
    answer = ask(RECTIFY, ordered("a"), ordered("b", "2025-03-10"), happened("rectified", "2025-03-17"), on=ON)
    assert states(answer) == ["done", "overdue"]
    answer = ask(
        RECTIFY,
        ordered("a"),
        ordered("b", "2025-03-10"),
        happened("rectified", "2025-03-17"),
        happened("rectified", "2025-04-04"),
        on=ON,
    )  # Fri, a day after both were due
    assert states(answer) == ["done", "done_late"]


def test_done_by_closes_the_one_it_names():
    answer = ask(RECTIFY, ordered("a"), ordered("b", "2025-03-10"), happened("rectified", "2025-03-17", of="b"), on=ON)
    assert states(answer) == ["overdue", "done"]


@pytest.mark.parametrize("named", ["a", "a2", "a3"])
def test_a_duty_is_named_by_its_anchor_however_often_that_was_corrected(named):
    corrected = [
        ordered("a"),
        ordered("a2", "2025-03-04", replaces="a"),
        ordered("a3", "2025-03-05", replaces="a2"),
    ]
    answer = ask(RECTIFY, *corrected, happened("rectified", "2025-03-17", of=named), on=ON)
    assert states(answer) == ["done"]


def test_a_duty_is_named_by_its_own_id_or_its_rules():
    second = of(ask(RECTIFY, ordered("a"), ordered("b", "2025-03-10"), on=ON))[1]["id"]
    for name, expected in ((second, ["overdue", "done"]), ("duty", ["done", "overdue"])):
        answer = ask(
            RECTIFY,
            ordered("a"),
            ordered("b", "2025-03-10"),
            happened("fulfilled", "2025-03-17", of=name),
            on=ON,
        )
        assert states(answer) == expected


def test_what_names_another_duty_closes_none_of_these():
    answer = ask(RECTIFY, ordered("a"), happened("rectified", "2025-03-17", of="something-else"), on=ON)
    assert states(answer) == ["overdue"]


def test_done_before_the_anchor_does_not_count_and_on_its_day_does():
    for on, expected in (("2025-01-05", "open"), ("2025-01-06", "done")):
        answer = ask(ACCEPT, completed("m1", "2025-01-06"), happened("acceptance_passed", on), on=ON)
        assert states(answer) == [expected]


def test_a_duty_is_late_only_after_its_rolled_last_day():
    # Mon 2025-01-06 + 6 months: Sun 2025-07-06, which rolls to Mon the 7th
    for on, expected in (("2025-07-07", "done"), ("2025-07-08", "done_late")):
        assert states(ask(ACCEPT, completed("m1", "2025-01-06"), happened("acceptance_passed", on), on="2025-08-01")) == [
            expected
        ]


def test_a_waived_one_is_not_open_so_that_what_is_done_closes_the_next():
    answer = ask(
        RECTIFY,
        ordered("a"),
        ordered("b", "2025-03-10"),
        happened("waived", "2025-03-12", of="a"),
        happened("rectified", "2025-03-17"),
        on=ON,
    )
    assert states(answer) == ["waived", "done"]


def test_a_lapsed_one_is_not_open_so_that_what_is_done_closes_the_next():
    lapsing = book(
        duty(
            "at_most",
            from_={"each_of": "listed"},
            within={"years": 1},
            done_by=["construction_started"],
            if_missed="lapse",
        )
    )
    answer = ask(
        lapsing,
        happened("listed", "2023-03-01"),
        happened("listed", "2025-03-03"),
        happened("construction_started", "2025-05-06"),
        on=ON,
    )
    assert states(answer) == ["lapsed", "done"]


def test_a_recurring_duty_is_closed_by_what_is_for_its_year():
    for for_, expected in (
        ("2026", ["done", "waiting"]),
        ("2027", ["open", "done"]),
        (None, ["done", "waiting"]),
        ("2031", ["open", "waiting"]),
    ):
        listed = happened("annual_list_submitted", "2025-06-06", **({"for_": for_} if for_ else {}))
        assert states(ask(YEARLY, listed, on=ON, unit={"id": "u1"})) == expected


def test_an_anchor_never_fulfils_its_own_duty():
    every = book(duty("recurring", from_={"last_done": "self_evaluated"}, every={"years": 1}, done_by=["self_evaluated"]))
    assert states(ask(every, happened("self_evaluated", "2025-03-03"), on=ON)) == ["open"]
    answer = ask(every, happened("self_evaluated", "2025-03-03"), happened("self_evaluated", "2025-06-03"), on=ON)
    assert [(o["literal_due_on"], o["state"]) for o in of(answer)] == [
        ("2026-03-03", "done"),
        ("2026-06-03", "open"),
    ]


def test_done_before_it_opens_is_warned_of_and_not_counted_and_done_again_counts():
    window = book(
        duty(
            "window",
            from_="put_into_operation",
            opens={"months": 12},
            closes={"months": 24},
            done_by=["self_evaluated"],
        )
    )
    running, early = (
        happened("put_into_operation", "2024-01-08"),
        happened("self_evaluated", "2025-01-07", "early"),
    )
    answer = ask(window, running, early, on=ON)
    assert (states(answer), findings(answer)) == (["open"], [("early_step", "warn")])
    answer = ask(window, running, early, happened("self_evaluated", "2025-01-08"), on=ON)
    assert (states(answer), findings(answer)) == (["done"], [("early_step", "warn")])


@pytest.mark.parametrize(
    ("result", "strict", "any_result"),
    [
        (None, "done", "done"),
        ("passed", "done", "done"),
        ("failed", "open", "done"),
        ("returned", "open", "done"),
    ],
)
def test_only_the_right_result_fulfils(result, strict, any_result):
    fields = {"result": result} if result else {}
    passed = happened("acceptance_passed", "2025-06-03", **fields)
    assert states(ask(ACCEPT, completed("m1", "2025-01-06"), passed, on=ON)) == [strict]
    reviewed = happened("technical_review_passed", "2025-06-25", **fields)
    assert states(ask(REVIEW, happened("technical_plan_submitted", "2025-06-24"), reviewed, on=ON)) == [any_result]


def test_a_planned_step_fulfils_and_starts_nothing():
    plan = happened("acceptance_passed", "2025-06-03", planned=True)
    assert states(ask(ACCEPT, completed("m1", "2025-01-06"), plan, on=ON)) == ["open"]
    assert of(ask(ACCEPT, completed("m1", "2025-01-06", planned=True), on=ON)) == []


# What was returned (退回) is owed again

APPLY = book(duty("at_most", from_="construction_completed", within={"months": 6}, done_by=["acceptance_applied"]))
BUILT = completed("c", "2025-01-06")  # to be applied for by Sun 2025-07-06, and so by Mon 07-07
APPLIED = happened("acceptance_applied", "2025-03-03", "a")


def returned(on="2025-03-10", of="a", **fields):
    return happened("returned", on, "r", of=of, **fields)


def days(answer):
    (only,) = of(answer)
    return only["due_on"], only["act_by"]


def test_what_was_returned_is_owed_again_and_the_text_s_last_day_stands():
    answer = ask(APPLY, BUILT, APPLIED, returned(), on=ON)
    assert (states(answer), days(answer)) == (["open"], ("2025-07-07", "2025-07-04"))


def test_reminders_count_back_from_the_day_by_which_it_is_to_be_mended():
    answer = ask(APPLY, BUILT, APPLIED, returned(due_on="2025-04-06"), on=ON)  # a Sunday after Qingming: Thu 04-03 is worked
    assert (states(answer), days(answer)) == (["open"], ("2025-07-07", "2025-04-03"))


def test_a_day_to_mend_it_that_lies_beyond_the_last_lawful_day_is_the_last_lawful_day():
    late = happened("acceptance_applied", "2025-07-04", "a")
    back = returned("2025-07-09", due_on="2025-07-25")
    answer = ask(APPLY, BUILT, late, back, on="2025-07-10")
    assert (states(answer), days(answer)) == (["open"], ("2025-07-25", "2025-07-25"))
    again = happened("acceptance_applied", "2025-07-25", "b")
    assert states(ask(APPLY, BUILT, late, back, again, on="2025-07-28")) == ["done"]


def test_what_has_no_number_of_days_is_to_be_mended_by_the_day_of_its_return():
    file = book(duty("no_date", from_="construction_completed", done_by=["acceptance_applied"]))
    answer = ask(file, BUILT, APPLIED, returned(due_on="2025-03-28"), on="2025-03-31")
    assert (states(answer), days(answer)) == (["overdue"], ("2025-03-28", "2025-03-28"))


def test_what_was_handed_in_again_is_done_and_its_return_withdrawn_is_as_if_it_had_not_been():
    again = happened("acceptance_applied", "2025-03-20", "b")
    assert states(ask(APPLY, BUILT, APPLIED, returned(due_on="2025-03-28"), again, on=ON)) == ["done"]
    taken_back = happened("returned", "2025-03-11", "w", void="r")
    assert states(ask(APPLY, BUILT, APPLIED, returned(), taken_back, on=ON)) == ["done"]


def test_more_time_that_is_granted_after_a_return_is_what_counts():
    more = happened("extension_granted", "2025-03-12", of="c", until="2025-08-29")
    answer = ask(APPLY, BUILT, APPLIED, returned(due_on="2025-03-28"), more, on=ON)
    assert days(answer) == ("2025-08-29", "2025-08-29")
