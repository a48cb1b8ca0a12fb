"""Whatever people do, in whatever order: nobody approves their own, nobody counts twice, it always ends."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from staffed_branch import CENTRE, HERE, MONDAY_TEN, person, proof_of

from terminal.people.approvals import Approver, Standing, Word, answer, ask, last_end, standing
from terminal.people.errors import PeopleError
from terminal.people.operator import Allowed, Entitlement, Hours, WorkChannel, Workplace, may
from terminal.people.roles import Role
from terminal.rules.people import ApprovalRules

NUMBERS = ("S-1", "S-2", "S-3", "S-4", "S-5")
ELSEWHERE = Workplace("B-2", "T-9", WorkChannel.COUNTER)
ROLES = [Role.TELLER, Role.SUPERVISOR, Role.BRANCH_HEAD, Role.OPERATIONS, Role.INSPECTOR]

steps = st.builds(
    dict,
    roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True),
    scope=st.sampled_from(["branch", "other_branch", "remote"]),
    seconds=st.integers(1, 300),
)
levels = st.lists(st.lists(steps, min_size=1, max_size=3), min_size=1, max_size=3)
hours = st.sampled_from([None, (Hours((1,), time(10), time(10, 5)),), (Hours((2,), time(10), time(11)),)])
entitlements = st.builds(
    lambda role, within, branches, until: Entitlement(
        role, (WorkChannel.COUNTER, WorkChannel.REMOTE), branches, None, within, until
    ),
    st.sampled_from(ROLES),
    hours,
    st.sampled_from([None, ("B-1",), ("B-2",)]),
    st.sampled_from([None, date(2026, 3, 1), date(2026, 3, 2)]),
)
people = st.fixed_dictionaries({each: st.lists(entitlements, min_size=1, max_size=3) for each in NUMBERS})
acts = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS),
        st.sampled_from([HERE, ELSEWHERE, CENTRE]),
        st.sampled_from([Word.GRANT, Word.GRANT, Word.GRANT, Word.REFUSE]),
        st.integers(0, 200),
        st.booleans(),
    ),
    max_size=12,
)


def enumerate_names(drawn: list[dict[str, object]]) -> list[tuple[str, dict[str, object]]]:
    return [(str(at), each) for at, each in enumerate(drawn)]


def rules_of(drawn: list[list[dict[str, object]]], high_value: bool) -> ApprovalRules:
    named = {str(at): {"steps": dict(enumerate_names(each))} for at, each in enumerate(drawn)}
    ladder = {"clause": "B03", "high_value": high_value, "levels": named}
    return ApprovalRules.model_validate(
        {
            "clause": "B03",
            "proof_seconds": 60,
            "grant_grounds": ["rule_met"],
            "refuse_grounds": ["doubt_remains"],
            "ladders": {"it": ladder},
        }
    )


@given(levels, people, acts, st.sets(st.sampled_from(NUMBERS), min_size=1, max_size=2), st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_order_of_events_breaks_dual_control(drawn, held, played, makers, high_value):
    rules = rules_of(drawn, high_value)
    approval = ask("A-1", "it", "x", tuple(sorted(makers)), HERE, rules, MONDAY_TEN)
    roll = {number: person(number, entitlements=tuple(each)) for number, each in held.items()}
    now = MONDAY_TEN
    for number, place, word, later, duress in played:
        now += timedelta(seconds=later)
        by = Approver(roll[number], place, proof_of(number, now, duress=duress))
        before = standing(approval, now)
        ground = "rule_met" if word is Word.GRANT else "doubt_remains"
        try:
            approval = answer(approval, by, word, ground, rules, now)
        except PeopleError:
            assert standing(approval, now) is before
            continue
        assert before is Standing.PENDING
        role = approval.answers[-1].role
        assert isinstance(may(roll[number], role, now, place), Allowed), "never outside an entitlement"

    answered = [each.person for each in approval.answers]
    assert not makers & set(answered), "never the maker"
    assert len(answered) == len(set(answered)), "never one person twice"
    if standing(approval, now) is Standing.GRANTED:
        assert len({each.person for each in approval.grants}) == len(drawn), "one person a level"
        for given_, level in zip(approval.grants, drawn, strict=True):
            assert given_.role in {role for step in level for role in step["roles"]}
    assert standing(approval, last_end(approval)) is not Standing.PENDING, "it always ends"
    ended = standing(approval, last_end(approval))
    assert standing(approval, last_end(approval) + timedelta(days=400)) is ended, "and stays so"
    if high_value:
        forced = {each.person for each in approval.answers if not each.counts}
        assert not forced & {each.person for each in approval.grants}
