"""Working days against an independent source, and laws that hold whatever the holidays are."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.calendar import MOST_DAYS, Calendar, CalendarError

CALENDAR = Calendar.load()
DAY = timedelta(days=1)
ANNOUNCED = st.dates(date(2025, 1, 1), date(2026, 11, 30))
ANY_DAY = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_of_an_announced_year_is_as_another_source_has_it(year):
    day, working = date(year, 1, 1), 0
    while day.year == year:
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        working += CALENDAR.is_working(day)
        day += DAY
    assert working == {2025: 248, 2026: 248}[year]


@pytest.mark.parametrize(
    ("day", "number", "reached"),
    [
        ("2026-09-30", 3, "2026-10-10"),  # a week of holidays, then a Saturday worked in exchange
        ("2026-02-12", 3, "2026-02-24"),  # Friday, Saturday worked, nine days off
        ("2026-01-01", 1, "2026-01-04"),  # a Sunday
        ("2025-12-31", 10, "2026-01-15"),
        ("2026-05-01", 0, "2026-05-06"),
        ("2026-05-09", 0, "2026-05-09"),
    ],
)
def test_terms_over_holidays(day, number, reached):
    found = CALENDAR.add_working_days(date.fromisoformat(day), number)
    assert (found.day.isoformat(), found.assumed) == (reached, False)


def test_a_year_that_was_not_announced_is_never_passed_over_in_silence():
    with pytest.raises(CalendarError) as caught:
        CALENDAR.is_working(date(2027, 1, 4))
    assert (caught.value.code, caught.value.facts) == ("calendar.unknown_year", {"year": 2027})
    into = CALENDAR.add_working_days(date(2026, 12, 31), 1)
    assert (into.day, into.assumed) == (date(2027, 1, 1), True), "a Friday, holiday or not: assumed"
    assert CALENDAR.working_days_between(date(2026, 12, 30), date(2026, 12, 31)).assumed is False
    assert CALENDAR.working_days_between(date(2026, 12, 31), date(2027, 1, 1)).assumed is True
    assert CALENDAR.add_working_days(date(2026, 12, 31), 0).assumed is False


@given(ANNOUNCED, st.integers(1, 20))
def test_a_term_ends_on_a_working_day_and_has_as_many_as_were_asked_for(day, number):
    reached = CALENDAR.add_working_days(day, number)
    assert reached.day > day
    assert reached.assumed == (reached.day.year > 2026)
    assert reached.assumed or CALENDAR.is_working(reached.day)
    assert CALENDAR.working_days_between(day, reached.day).days == number
    assert CALENDAR.working_days_between(day, reached.day - DAY).days == number - 1


@given(ANY_DAY, st.integers(0, 30), st.integers(1, 30))
def test_terms_add_up(day, first, second):
    middle = CALENDAR.add_working_days(day, first).day
    whole = CALENDAR.add_working_days(day, first + second).day if first else None
    after = CALENDAR.add_working_days(middle, second).day
    assert after == whole or first == 0
    assert CALENDAR.add_working_days(after, 0).day == after


@given(ANY_DAY, st.integers(0, 20))
def test_a_day_before_is_as_many_working_days_away(day, number):
    before = CALENDAR.working_days_before(day, number)
    assert CALENDAR.working_days_between(before.day, day).days == number
    later = CALENDAR.working_days_between(before.day + DAY, day).days if number else -1
    assert later == number - 1, "the latest such day"


@given(ANY_DAY, st.integers(0, 900), st.integers(0, 900))
def test_counts_add_up(first, one, two):
    middle, last = first + DAY * one, first + DAY * (one + two)
    whole = CALENDAR.working_days_between(first, last)
    parts = CALENDAR.working_days_between(first, middle), CALENDAR.working_days_between(middle, last)
    assert whole.days == sum(each.days for each in parts)
    assert whole.assumed == any(each.assumed for each in parts)


@pytest.mark.parametrize("number", [-1, MOST_DAYS + 1])
def test_no_term_runs_backwards_or_for_ever(number):
    with pytest.raises(ValueError, match="working days"):
        CALENDAR.add_working_days(date(2026, 1, 1), number)
    with pytest.raises(ValueError, match="working days"):
        CALENDAR.working_days_before(date(2026, 1, 1), number)
    with pytest.raises(ValueError, match="before"):
        CALENDAR.working_days_between(date(2026, 1, 2), date(2026, 1, 1))


GOOD = """calendar: xx
year: 2030
source: invented
holidays: [{zh: 节, en: Feast, first: 2030-03-04, last: 2030-03-05}]
worked: [2030-03-09]
"""


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("2030-03-09", "2030-03-08", "no Saturday"),
        ("2030-03-09", "2031-03-09", "not in 2030"),
        ("last: 2030-03-05", "last: 2030-03-01", "ends before"),
        ("last: 2030-03-05", "last: 2030-03-09", "named twice"),
        ("year: 2030", "year: 2031", "not in 2031"),
        ("source: invented", "source: ''", "source"),
        ("worked:", "workd:", "worked"),
        ("calendar: xx", "calendar: yy", "the name is not"),
        ("calendar: xx", "calendar: [", "not YAML"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_by_name(tmp_path, old, new, cause):
    (tmp_path / "xx-2030.yaml").write_text(GOOD, encoding="utf-8")
    assert Calendar.load("xx", tmp_path).is_working(date(2030, 3, 9))
    assert not Calendar.load("xx", tmp_path).is_working(date(2030, 3, 4))
    (tmp_path / "xx-2030.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(CalendarError, match=cause) as caught:
        Calendar.load("xx", tmp_path)
    assert caught.value.facts["file"] == "xx-2030.yaml"


def test_a_calendar_without_files_is_refused(tmp_path):
    with pytest.raises(CalendarError, match="no such file"):
        Calendar.load("xx", tmp_path)
