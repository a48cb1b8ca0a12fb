"""Follow-ups: due days by the calendar, reminders, escalation, and no end without an outcome."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from terminal import tasks
from terminal.calendar import Calendar
from terminal.rules.precedence import lay_over
from terminal.rules.tasks import TaskRules
from terminal.tasks import Doer, TaskError, TaskState

SECTION = yaml.safe_load((Path(__file__).parent / "section.yaml").read_text("utf-8"))
RULES = TaskRules.model_validate(SECTION)
CALENDAR = Calendar.load()
CHINA = timezone(timedelta(hours=8))
TELLER = Doer("S-1001", frozenset({"teller"}))
OTHER = Doer("S-1002", frozenset({"teller"}))
HEAD = Doer("S-2001", frozenset({"supervisor"}))
OFFICER = Doer("S-3001", frozenset({"aml_officer"}))
DAY = timedelta(days=1)


def opened(kind="doubtful_online_check", day="2026-09-29", owner="S-1001", given=None):
    now = datetime.fromisoformat(f"{day}T16:30:00").replace(tzinfo=CHINA)
    rule = RULES.kinds[kind]
    return tasks.open_task(kind, rule, CALENDAR, id_="t-1", case_id="c-1", now=now, owner=owner, given=given)


def closing(task, outcome="still_doubtful", by=TELLER, evidence=(), note=""):
    return tasks.close(task, outcome, by, evidence, datetime(2026, 10, 8, 9, 0, tzinfo=CHINA), note)


def code_of(call, *args, **more):
    with pytest.raises(TaskError) as caught:
        call(*args, **more)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "day", "given", "due", "assumed"),
    [
        ("doubtful_online_check", "2026-09-29", None, "2026-10-09", False),
        ("image_owed", "2026-02-13", None, "2026-02-24", False),
        ("risk_class", "2026-03-02", None, "2026-03-16", False),
        ("class_review", "2026-03-02", "2026-04-03", "2026-10-08", False),  # 3 October is a holiday
        ("class_review", "2025-09-01", "2025-08-31", "2026-02-28", False),  # a Saturday that is worked
        ("guardian_handover", "2026-03-02", "2026-05-02", "2026-05-06", False),
        ("guardian_handover", "2026-03-02", "2031-05-01", "2031-05-01", True),
        ("visit", "2026-12-28", None, "2027-01-04", True),
    ],
)
def test_a_task_is_due_on_a_working_day(kind, day, given, due, assumed):
    task = opened(kind, day, given=date.fromisoformat(given) if given else None)
    assert (task.due.isoformat(), task.assumed) == (due, assumed)
    assert task.terms.clause == RULES.kinds[kind].clause


def test_a_kind_that_counts_from_a_given_day_needs_one():
    assert code_of(opened, "guardian_handover") == "task.no_day"


def test_reminders_are_given_once_and_late_ones_too():
    task = opened()
    assert task.reminders == (date(2026, 10, 8), date(2026, 10, 9))
    assert tasks.remind(task, date(2026, 10, 7)) is task
    once = tasks.remind(task, date(2026, 10, 8))
    assert once.reminded == (date(2026, 10, 8),)
    assert tasks.remind(once, date(2026, 10, 8)) is once
    assert tasks.remind(once, date(2026, 11, 1)).reminded == task.reminders
    assert tasks.reminders_due(closing(once), date(2026, 11, 1)) == ()


def test_an_overdue_task_goes_to_the_higher_role_once():
    task = opened()
    assert tasks.escalate(task, task.due) is task
    late = tasks.escalate(task, task.due + DAY)
    assert (late.state, late.role, late.owner) == (TaskState.ESCALATED, "supervisor", "")
    assert tasks.overdue(late, task.due + DAY)
    assert tasks.escalate(late, task.due + 9 * DAY) is late
    assert code_of(closing, late, by=TELLER) == "task.not_yours"
    back = tasks.assign(late, "S-1002", HEAD, "holiday cover")
    assert (back.owner, back.notes) == ("S-1002", ("holiday cover",))
    assert closing(back, by=OTHER).state is TaskState.CLOSED
    assert not tasks.overdue(closing(back, by=OTHER), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("outcome", "by", "evidence", "code"),
    [
        ("", TELLER, (), "task.no_outcome"),
        ("  ", TELLER, (), "task.no_outcome"),
        ("fine", TELLER, (), "task.other_outcome"),
        ("captured", TELLER, ("r-1",), "task.other_outcome"),  # of another kind
        ("proven_genuine", TELLER, (), "task.no_evidence"),
        ("proven_genuine", TELLER, (" ",), "task.no_evidence"),
        ("still_doubtful", OTHER, (), "task.not_yours"),
        ("still_doubtful", OFFICER, (), "task.not_yours"),
        ("still_doubtful", Doer("", frozenset({"supervisor"})), (), "task.not_yours"),
    ],
)
def test_what_does_not_close_a_task(outcome, by, evidence, code):
    assert code_of(closing, opened(), outcome, by, evidence) == code


def test_a_task_is_closed_by_its_owner_its_role_or_who_it_escalates_to():
    ended = closing(opened(), "proven_genuine", TELLER, ("record 7", ""), "police answered")
    assert ended.outcome == "proven_genuine"
    assert (ended.ending.by, ended.ending.evidence) == ("S-1001", ("record 7",))
    assert ended.ending.at == "2026-10-08T09:00:00+08:00"
    assert closing(opened(owner=""), by=OTHER).ending.by == "S-1002"
    assert closing(opened(), by=HEAD).ending.by == "S-2001"
    assert code_of(closing, ended) == "task.closed"
    assert code_of(tasks.assign, ended, "S-1002", HEAD) == "task.closed"
    assert code_of(tasks.assign, opened(), " ", TELLER) == "task.no_owner"
    assert code_of(tasks.assign, opened(), "S-1002", OTHER) == "task.not_yours"


def test_a_confidential_task_is_known_to_its_role_alone():
    hit = opened("list_hit", owner="")
    assert tasks.may_see(hit, OFFICER)
    assert not any(tasks.may_see(hit, each) for each in (TELLER, HEAD, Doer("", frozenset())))
    assert tasks.may_see(tasks.assign(hit, "S-9", OFFICER), Doer("S-9", frozenset()))
    assert tasks.may_see(opened(), OTHER)


def test_overdue_ones_come_first_and_closed_ones_last():
    late, soon, far = opened(day="2026-03-02"), opened(day="2026-09-29"), opened("risk_class", "2026-09-29")
    ended = closing(late)
    found = tasks.in_order([ended, far, soon, late], date(2026, 9, 30))
    assert found == (late, soon, far, ended)


@given(
    st.sampled_from(sorted(RULES.kinds)),
    st.dates(date(2025, 1, 2), date(2026, 11, 30)),
    st.integers(0, 60),
    st.text(max_size=20),
)
def test_any_task_survives_being_kept_as_json_and_is_reminded_in_time(kind, day, later, note):
    task = opened(kind, day.isoformat(), given=day)
    assert task.due >= day
    assert all(day <= each <= task.due for each in task.reminders)
    lived = tasks.escalate(tasks.remind(task, day + later * DAY), day + later * DAY)
    assert lived.state is (TaskState.ESCALATED if day + later * DAY > task.due else TaskState.OPEN)
    by = Doer("S-1", frozenset({lived.terms.escalates_to}))
    ended = closing(lived, lived.terms.outcomes[0], by, ("r",), note)
    for each in (task, lived, ended):
        assert tasks.from_json(json.loads(json.dumps(tasks.as_json(each)))) == each


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"needs_evidence": ["never"]}, "names no outcome"),
        ({"outcomes": ["same", "same"], "needs_evidence": []}, "twice"),
        ({"outcomes": []}, "outcomes"),
        ({"unit": "weeks"}, "unit"),
        ({"term": -1}, "term"),
        ({"clause": ""}, "clause"),
        ({"shrug": 1}, "shrug"),
    ],
)
def test_a_section_that_is_not_in_order_is_refused(change, said):
    kind = {**SECTION["kinds"]["image_owed"], **change}
    with pytest.raises(ValidationError, match=said):
        TaskRules.model_validate({**SECTION, "kinds": {"image_owed": kind}})


def test_a_branch_may_ask_for_more_and_never_for_less():
    lower = {"kinds": {"image_owed": {"term": 1, "remind_before": [2, 1, 0], "outcomes": ["captured"]}}}
    layered = lay_over(SECTION, lower, TaskRules, "branch 1")
    assert layered.loosenings == []
    assert TaskRules.model_validate(layered.data).kinds["image_owed"].term == 1
    for change in ({"term": 3}, {"outcomes": ["captured", "not_come", "lost"]}, {"unit": "months"}):
        found = lay_over(SECTION, {"kinds": {"image_owed": change}}, TaskRules, "branch 1").loosenings
        assert [each.clause for each in found] == ["Q02"], change
    open_hits = {"kinds": {"list_hit": {"confidential": False}}}
    assert lay_over(SECTION, open_hits, TaskRules, "branch 1").loosenings
