"""The hour at which a message may leave: put off while people rest, never dropped."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import loaders
from chalicelib.core.ladder import SHANGHAI, instant, local_day, next_digest, polite_time

from .small import CALENDAR

SETTINGS = {key: entry["value"] for key, entry in loaders.default_settings().items()}


def at(text):
    """An instant by Shanghai's clock: "2025-06-03 08:40"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC))
CLOCKS = st.fixed_dictionaries(
    {
        "quiet_from": st.times(time(17), time(23, 59)).map(lambda clock: f"{clock:%H:%M}"),
        "quiet_to": st.times(time(6), time(10)).map(lambda clock: f"{clock:%H:%M}"),
        "jitter_minutes": st.integers(0, 45),
    }
)


def is_polite(instant, settings):
    local = instant.astimezone(SHANGHAI)
    awake = time.fromisoformat(settings["quiet_to"]) <= local.time() < time.fromisoformat(settings["quiet_from"])
    return awake and not CALENDAR.is_rest(local.date())


def first_polite(wanted, settings):
    """The first whole minute from `wanted` on that is polite, by trying (or `wanted` itself)."""
    while not is_polite(wanted, settings):
        local = wanted.astimezone(SHANGHAI)
        opens = instant(local.date(), settings["quiet_to"])
        wanted = opens if opens > wanted else instant(local.date() + timedelta(days=1), "00:00")
    return wanted


@given(INSTANTS, st.text(max_size=5))
def test_a_message_never_leaves_in_quiet_hours_on_a_rest_day_on_the_hour_or_before_it_was_wanted(wanted, key):
    leaves = polite_time(wanted, SETTINGS, CALENDAR, key)
    assert leaves >= wanted and is_polite(leaves, SETTINGS) and leaves.minute != 0
    assert leaves == polite_time(wanted, SETTINGS, CALENDAR, key)


@given(INSTANTS, st.text(max_size=5))
def test_a_message_is_put_off_no_longer_than_it_must_be(wanted, key):
    late = polite_time(wanted, SETTINGS, CALENDAR, key) - first_polite(wanted, SETTINGS)
    assert timedelta() <= late <= timedelta(minutes=SETTINGS["jitter_minutes"])


@given(INSTANTS, CLOCKS, st.text(max_size=5))
def test_the_same_holds_whatever_quiet_hours_an_office_sets(wanted, clocks, key):
    leaves = polite_time(wanted, clocks, CALENDAR, key)
    assert leaves >= wanted and is_polite(leaves, clocks)


@pytest.mark.parametrize("wanted", ["2025-06-03 03:00", "2025-06-03 20:00"], ids=["onto the hour", "into quiet hours"])
def test_jitter_does_not_push_a_message(wanted):
    late = {"quiet_from": "20:05", "quiet_to": "08:30", "jitter_minutes": 45}
    leaving = {polite_time(at(wanted), late, CALENDAR, str(key)).astimezone(SHANGHAI) for key in range(300)}
    assert not [f"{leaves:%H:%M}" for leaves in leaving if leaves.minute == 0 or not is_polite(leaves, late)]


@pytest.mark.parametrize(
    ("wanted", "leaves"),
    [
        ("2025-06-03 10:17", "2025-06-03 10:17"),  # Tue, at once
        ("2025-06-03 03:00", "2025-06-03 08:3"),  # the same morning
        ("2025-06-03 20:00", "2025-06-04 08:3"),  # the next morning
        ("2025-05-30 20:30", "2025-06-03 08:3"),  # Fri evening before the holiday of 31 May - 2 June: Tue
        ("2025-09-28 10:17", "2025-09-28 10:17"),  # Sun, a make-up working day
        ("2025-09-27 10:17", "2025-09-28 08:3"),  # Sat
    ],
)
def test_named_hours(wanted, leaves):
    found = polite_time(at(wanted), {**SETTINGS, "jitter_minutes": 9}, CALENDAR, "k").astimezone(SHANGHAI)
    assert f"{found:%Y-%m-%d %H:%M}".startswith(leaves)


@given(INSTANTS)
def test_the_next_digest_is_the_first_working_morning_not_yet_past(now):
    found = next_digest(now, SETTINGS, CALENDAR)
    assert instant(found, SETTINGS["digest_at"]) >= now and not CALENDAR.is_rest(found)
    between_days = (local_day(now) + timedelta(days=n) for n in range((found - local_day(now)).days))
    assert all(CALENDAR.is_rest(day) or instant(day, SETTINGS["digest_at"]) < now for day in between_days)


def test_a_day_in_shanghai_is_not_a_day_in_utc():
    assert local_day(datetime(2025, 6, 3, 16, 0, tzinfo=UTC)) == date(2025, 6, 4)
    assert instant(date(2025, 6, 4), "00:00") == datetime(2025, 6, 3, 16, 0, tzinfo=UTC)
