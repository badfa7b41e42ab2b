"""Periods and how they are counted: Civil Code articles 200-204, by analogy.

The trigger day does not count (201); a period in months or years ends on the corresponding day, else on the month's
last day (202), computed once from the anchor; a last day that is a rest day moves to the next working day (203).
日 (days) and 工作日 (working days) are different units and never stand in for each other.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import Calendar

UNITS = {
    "days": ("日", "days"),
    "working_days": ("个工作日", "working days"),
    "months": ("个月", "months"),
    "years": ("年", "years"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in one unit: days, working_days, months or years."""

    count: int
    unit: str

    def after(self, day: date, calendar: Calendar) -> date:
        """The last day of this period when it starts on `day` (which does not count)."""
        match self.unit:
            case "days":
                return day + timedelta(days=self.count)
            case "working_days":
                return calendar.add_working(day, self.count) if self.count else day
            case "months":
                return corresponding_day(day, self.count)
            case _:
                return corresponding_day(day, 12 * self.count)

    def before(self, day: date, calendar: Calendar) -> date:
        """The last day on which something due this long before `day` is still in time."""
        return Period(-self.count, self.unit).after(day, calendar)

    def zh(self) -> str:
        return f"{self.count}{UNITS[self.unit][0]}"

    def en(self) -> str:
        return f"{self.count} {UNITS[self.unit][1]}"


def corresponding_day(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative), else that month's last day.

    >>> corresponding_day(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day named within the year: 9月底 (day 31 means the month's last), 12月上旬 (its last day, the 10th)."""

    month: int
    day: int

    def of(self, year: int) -> date:
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


THIRDS = {"first": 10, "second": 20, "third": 31}
