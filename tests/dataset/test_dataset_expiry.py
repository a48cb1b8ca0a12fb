"""Valid, expiring, in grace, blocked: each day has one state, and the states come in that order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dataset_values import GIVEN, NOW, ON, RULES, often, values
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.expiry import Term, Validity, expiry
from terminal.dataset.reminders import reminders

END = date(2026, 6, 1)
TERM = Term(date(2016, 6, 1), END)
EXPIRY = RULES.expiry
ORDER = [Validity.NOT_YET, Validity.VALID, Validity.EXPIRING, Validity.GRACE, Validity.BLOCKED]
days = st.dates(date(2010, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2016, 5, 31), Validity.NOT_YET),
        (date(2016, 6, 1), Validity.VALID),
        (END - timedelta(days=91), Validity.VALID),
        (END - timedelta(days=90), Validity.EXPIRING),
        (END, Validity.EXPIRING),
        (END + timedelta(days=1), Validity.GRACE),
        (END + timedelta(days=90), Validity.GRACE),
        (END + timedelta(days=91), Validity.BLOCKED),
    ],
)
def test_the_day_on_which_each_state_begins(on, state):
    assert expiry(TERM, on, EXPIRY).state is state


def test_new_business_stops_only_before_validity_and_after_the_grace():
    stopped = [Validity.NOT_YET, Validity.BLOCKED, Validity.UNKNOWN]
    found = {
        Validity.UNKNOWN: expiry(Term(None, None), ON, EXPIRY),
        **{
            each.state: each
            for each in (expiry(TERM, date(2016, 1, 1) + timedelta(days=n), EXPIRY) for n in range(4000))
        },
    }
    assert set(found) == set(Validity)
    assert [state for state in Validity if not found[state].new_business] == sorted(
        stopped, key=list(Validity).index
    )


def test_the_dates_at_which_it_turns_are_told():
    found = expiry(TERM, ON, EXPIRY)
    assert (found.warn_from, found.last_day, found.grace_until) == (
        END - timedelta(days=90),
        END,
        END + timedelta(days=90),
    )


def test_a_good_reason_lengthens_the_grace_and_another_does_not():
    on = END + timedelta(days=120)
    assert expiry(TERM, on, EXPIRY, "illness").state is Validity.GRACE
    assert expiry(TERM, on, EXPIRY, "illness").reason == "illness"
    assert expiry(TERM, on, EXPIRY, "forgot").state is Validity.BLOCKED
    assert expiry(TERM, on, EXPIRY, "forgot").reason == ""
    assert expiry(TERM, END + timedelta(days=151), EXPIRY, "illness").state is Validity.BLOCKED


@often
@given(days)
def test_the_long_term_never_ends(on):
    assert expiry(Term(date(2009, 1, 1), None, long_term=True), on, EXPIRY).state is Validity.VALID


@often
@given(days, days, days, st.sampled_from(["", "illness", "forgot"]))
def test_time_only_goes_forward(end, one, other, reason):
    term = Term(end - timedelta(days=3653), end)
    first, second = (ORDER.index(expiry(term, day, EXPIRY, reason).state) for day in sorted((one, other)))
    assert first <= second


@often
@given(days, days)
def test_without_a_first_day_it_is_judged_by_its_last(end, on):
    assert expiry(Term(None, end), on, EXPIRY).state is not Validity.UNKNOWN


def test_on_each_visit_what_is_due_is_said():
    held = values(GIVEN)
    later = NOW.date() + timedelta(days=400)
    document = expiry(Term(None, later + timedelta(days=30)), later, EXPIRY)
    found = [(each.field, each.code, each.days) for each in reminders(held, document, later, RULES.reminders)]
    assert found == [
        ("document_valid_to", "expiry.expiring", 30),
        ("phone", "reminder.confirm", 400),
    ]


def test_what_is_not_registered_is_asked_for():
    held = {name: each for name, each in values(GIVEN).items() if name != "phone"}
    found = [(each.field, each.code) for each in reminders(held, None, ON, RULES.reminders)]
    assert found == [("phone", "reminder.missing")]


def test_a_valid_document_is_not_mentioned():
    assert (
        reminders(values(GIVEN), expiry(Term(None, date(2038, 6, 1)), ON, EXPIRY), ON, RULES.reminders) == ()
    )


def test_how_long_ago_it_expired_is_told():
    (found,) = reminders(values(GIVEN), expiry(TERM, ON, EXPIRY), ON, RULES.reminders)
    assert (found.code, found.days) == ("expiry.blocked", (END - ON).days)
