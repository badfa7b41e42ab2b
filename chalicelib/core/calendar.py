"""Working days. A calendar is a value: the days off and the make-up working days (调休) of the years it knows.

Source of the days: the State Council's yearly notices (schedules/calendars/). A year without a notice is projected
from weekends and the days the law itself fixes; whatever leans on such a year is `provisional`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Calendar:
    """Days are Asia/Shanghai dates."""

    revision: str  # names the set of notices this was made from
    known: frozenset[int]  # years whose notice is out
    rest: dict[date, str]  # day off -> name of the holiday
    work: frozenset[date]  # make-up working days
    notices: dict[int, str]  # year -> title of its notice

    @property
    def known_until(self) -> date:
        """Last day of the unbroken run of known years."""
        year = min(self.known)
        while year + 1 in self.known:
            year += 1
        return date(year, 12, 31)

    def is_rest(self, day: date) -> bool:
        if day in self.work:
            return False
        return day in self.rest or day.weekday() >= 5

    def next_working(self, day: date) -> date:
        """The first working day on or after `day`."""
        while self.is_rest(day):
            day += ONE_DAY
        return day

    def last_working(self, day: date) -> date:
        """The last working day on or before `day`."""
        while self.is_rest(day):
            day -= ONE_DAY
        return day

    def add_working(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (before it, where count is negative); `day` itself does not count."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            if not self.is_rest(day):
                left -= 1
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start`, up to and with `end`; negative when `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(not self.is_rest(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def is_provisional(self, *days: date | None) -> bool:
        """True when the span of `days` touches a year whose notice is not out."""
        years = [day.year for day in days if day]
        return any(year not in self.known for year in range(min(years), max(years) + 1)) if years else False

    def why_rest(self, day: date) -> str:
        """The holiday's name and its notice, for explanations; "" for a plain weekend."""
        name = self.rest.get(day)
        if not name:
            return ""
        return (
            f"{name}，{self.notices[day.year]}"
            if day.year in self.notices
            else f"{name}（该年放假通知未发布，按法定节假日推算）"
        )
