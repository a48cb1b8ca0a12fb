"""Golden plans hold; and apart from them, one by one, what must never change unnoticed.

Renew the golden files with ``python -m tests.rules.renew`` and read the difference before it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from golden_plans import FOLDER, golden, lines
from golden_situations import DAYS, RATES, plain, rules, situations

from terminal.rules.business import StepName
from terminal.rules.plan import Plan, only_a_holder_check, plan
from terminal.rules.situation import Channel, PartyFacts, Phone, Role, Situation

OLD, NEW = DAYS
RULES = rules()
BUSINESSES = list(RULES[NEW].businesses)
IDENTITY = (StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK)


@pytest.mark.parametrize("name", BUSINESSES)
def test_each_plan_is_as_it_was_read(name: str) -> None:
    kept = (FOLDER / f"{name}.json").read_text("utf-8")
    assert golden(name) == kept, f"{name}: python -m tests.rules.renew, and read the difference"


def test_there_is_a_golden_file_for_each_business_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(BUSINESSES)
    assert json.loads((FOLDER / "cash_out.json").read_text("utf-8"))["plainest"]["plan"]


def asked(name: str, day: date = NEW, **changes: object) -> Situation:
    """The plainest situation, changed."""
    base = plain(name, RULES[day].businesses[name], day)
    return replace(base, **changes)  # type: ignore[arg-type]


def planned(situation: Situation) -> Plan:
    return plan(RULES[situation.on], situation)


def steps(planned_: Plan, step: StepName) -> set[str]:
    """Of whom `step` is demanded."""
    return {each.party for each in planned_.required if each.step is step}


def who(role: Role, **facts: object) -> PartyFacts:
    known = {"age": 40, "document": "resident", "phone": Phone.PROVEN, **facts}
    return PartyFacts(id=role.value, role=role, **known)  # type: ignore[arg-type]


LINES = [
    # day, business, who comes, currency, last amount without, first amount with
    (OLD, "cash_in", Role.CUSTOMER, "CNY", "49999.99", "50000"),
    (OLD, "cash_out", Role.CUSTOMER, "CNY", "49999.99", "50000"),
    (OLD, "cash_in", Role.CUSTOMER, "USD", "9999.99", "10000"),
    (OLD, "cash_out", Role.CUSTOMER, "USD", "9999.99", "10000"),
    (OLD, "cash_out", Role.CUSTOMER, "EUR", "7999.99", "8000"),
    (OLD, "cash_in", Role.DEPOSITOR, "CNY", "9999.99", "10000"),
    (OLD, "cash_in", Role.DEPOSITOR, "USD", "999.99", "1000"),
    (OLD, "one_off", Role.CUSTOMER, "CNY", "9999.99", "10000"),
    (OLD, "one_off", Role.CUSTOMER, "USD", "999.99", "1000"),
    (OLD, "one_off", Role.CUSTOMER, "EUR", "799.99", "800"),
    (NEW, "cash_in", Role.CUSTOMER, "CNY", "49999.99", "50000"),
    (NEW, "cash_out", Role.CUSTOMER, "CNY", "49999.99", "50000"),
    (NEW, "cash_out", Role.CUSTOMER, "USD", "9999.99", "10000"),
    (NEW, "cash_in", Role.DEPOSITOR, "CNY", "49999.99", "50000"),
    (NEW, "cash_in", Role.DEPOSITOR, "USD", "9999.99", "10000"),
    (NEW, "one_off", Role.CUSTOMER, "CNY", "49999.99", "50000"),
    (NEW, "one_off", Role.CUSTOMER, "USD", "9999.99", "10000"),
    (NEW, "one_off", Role.CUSTOMER, "EUR", "7999.99", "8000"),
]


@pytest.mark.parametrize(("day", "name", "role", "currency", "below", "reaches"), LINES)
def test_both_sides_of_every_line(
    day: date, name: str, role: Role, currency: str, below: str, reaches: str
) -> None:
    paid = asked(name, day, currency=currency, parties=(who(role),))
    under = planned(replace(paid, amount=Decimal(below)))
    over = planned(replace(paid, amount=Decimal(reaches)))
    for step in (*IDENTITY, StepName.DATA, StepName.WATCH_LIST):
        assert steps(under, step) == set(), step
        assert steps(over, step) == {role.value}, step


def test_one_off_service_of_ten_thousand_is_checked_until_2025_and_no_longer_from_2026() -> None:
    """The seeds' numbers and those in force (H04, H05)."""
    for amount, currency in (("10000", "CNY"), ("1000", "USD")):
        one = {"amount": Decimal(amount), "currency": currency}
        assert StepName.DOCUMENT_IMAGES in {
            each.step for each in planned(asked("one_off", OLD, **one)).required
        }
        assert planned(asked("one_off", NEW, **one)).required == ()


@pytest.mark.parametrize(("day", "below", "reaches"), [(OLD, "9999.99", "10000"), (NEW, "4999.99", "5000")])
def test_who_sends_money_abroad_is_registered_always_and_identified_from_its_line_on(
    day: date, below: str, reaches: str
) -> None:
    abroad = asked("one_off", day, flags=frozenset({"remittance", "cross_border"}))
    under = planned(replace(abroad, amount=Decimal(below)))
    assert [each.id for each in under.required] == ["remittance"]
    over = planned(replace(abroad, amount=Decimal(reaches)))
    assert steps(over, StepName.HOLDER_CHECK) == {"customer"}


def test_a_rate_that_is_not_known_counts_as_reached_and_is_said() -> None:
    paid = asked("cash_out", currency="JPY", amount=Decimal(1), rates=RATES)
    assert planned(paid).unknown == ("rate.JPY",)
    assert steps(planned(paid), StepName.HOLDER_CHECK) == {"customer"}


@pytest.mark.parametrize("day", DAYS)
def test_the_direction_of_cash_decides_who_is_checked_online(day: date) -> None:
    """H01, H02, H11, G12."""
    owner, agent = who(Role.CUSTOMER), who(Role.AGENT)
    amount = Decimal(50_000)
    alone_in = planned(asked("cash_in", day, amount=amount))
    alone_out = planned(asked("cash_out", day, amount=amount))
    assert steps(alone_in, StepName.ONLINE_CHECK) == set()
    assert steps(alone_out, StepName.ONLINE_CHECK) == {"customer"}
    pair_in = planned(asked("cash_in", day, amount=amount, parties=(owner, agent)))
    pair_out = planned(asked("cash_out", day, amount=amount, parties=(owner, agent)))
    assert steps(pair_in, StepName.ONLINE_CHECK) == set()
    assert steps(pair_out, StepName.ONLINE_CHECK) == {"customer", "agent"}
    for both in (pair_in, pair_out):
        assert steps(both, StepName.IDENTITY_DOCUMENT) == {"customer", "agent"}
        assert steps(both, StepName.DATA) == {"customer", "agent"}
        assert steps(both, StepName.AUTHORITY) == {"agent"}
        assert steps(both, StepName.HOLDER_CHECK) == {"agent"}, "the principal need not be there"
    odd = planned(asked("cash_in", day, amount=amount, parties=(owner, agent), flags=frozenset({"abnormal"})))
    assert steps(odd, StepName.ONLINE_CHECK) == {"customer", "agent"}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("name", "count"), [("open_class_1", 2), ("open_class_2", 2), ("open_class_3", 1)])
def test_each_class_counts_its_families_of_methods(day: date, name: str, count: int) -> None:
    """E01, E03, E04."""
    counts = [
        each.demand.count for each in planned(asked(name, day)).required if each.step is StepName.METHODS
    ]
    assert counts == [count]


@pytest.mark.parametrize("day", DAYS)
def test_no_agent_opens_a_class_i_account_and_something_is_offered(day: date) -> None:
    """E08."""
    agent = planned(asked("open_class_1", day).with_party(who(Role.AGENT)))
    assert [(stop.rule.clause, stop.rule.decision) for stop in agent.stops] == [("E08", "offer")]
    assert agent.stops[0].rule.offer == ("open_class_2", "open_class_3")
    for name in ("open_class_2", "open_class_3"):
        other = planned(asked(name, day).with_party(who(Role.AGENT)))
        assert other.stops == ()
        assert steps(other, StepName.AUTHORITY) == {"agent"}
        assert steps(other, StepName.IDENTITY_DOCUMENT) == {"customer", "agent"}


def test_class_i_is_opened_at_the_counter_or_at_a_kiosk_where_staff_confirm() -> None:
    """E01."""
    kiosk = planned(asked("open_class_1", channel=Channel.KIOSK))
    assert kiosk.stops == ()
    on_site = [each for each in kiosk.required if each.id == "on_site"]
    assert [each.demand.approvers for each in on_site] == [("lobby_manager", "supervisor", "teller")]
    visit = planned(asked("open_class_1", channel=Channel.VISIT))
    assert [(stop.id, stop.rule.offer) for stop in visit.stops] == [("channel", ("counter", "kiosk"))]


@pytest.mark.parametrize("day", DAYS)
def test_who_has_a_class_i_account_is_offered_class_ii(day: date) -> None:
    """E02, E09; offline the count is open and the case provisional."""
    held = planned(
        asked("open_class_1", day).with_party(who(Role.CUSTOMER, flags=frozenset({"has_class_1"})))
    )
    assert [(stop.id, stop.rule.offer) for stop in held.stops] == [("has_class_1", ("open_class_2",))]
    count = next(each for each in planned(asked("open_class_1", day)).required if each.id == "class_1_count")
    assert count.demand.answers == ("none", "unavailable")


@pytest.mark.parametrize("day", DAYS)
def test_a_loss_report_is_released_by_the_person_at_the_counter_only(day: date) -> None:
    """N02, N03: a kiosk may report one."""
    assert planned(asked("release_loss", day)).stops == ()
    for channel in (Channel.KIOSK, Channel.VISIT):
        away = planned(asked("release_loss", day, channel=channel))
        assert [stop.rule.offer for stop in away.stops] == [("counter",)]
    by_agent = planned(asked("release_loss", day).with_party(who(Role.AGENT)))
    assert [(stop.rule.clause, stop.rule.decision) for stop in by_agent.stops] == [("N03", "refuse")]
    assert planned(asked("report_loss", day, channel=Channel.KIOSK)).stops == ()


@pytest.mark.parametrize("day", DAYS)
def test_key_data_are_changed_at_the_counter_in_person_with_the_police_s_proof(day: date) -> None:
    """L11, C06."""
    for channel in (Channel.KIOSK, Channel.VISIT):
        assert planned(asked("change_key_data", day, channel=channel)).stops[0].rule.offer == ("counter",)
        assert planned(asked("change_other_data", day, channel=channel)).stops == ()
    here = planned(asked("change_key_data", day))
    proofs = [each.demand.kinds for each in here.required if each.step is StepName.SUPPORTING_DOCUMENT]
    assert proofs == [("police_certificate", "household_certificate")]
    agent = planned(asked("change_key_data", day).with_party(who(Role.AGENT)))
    assert [stop.rule.decision for stop in agent.stops] == ["refuse"]


@pytest.mark.parametrize("name", ["open_class_1", "open_class_2", "open_class_3", "open_foreign_currency"])
def test_sixteen_is_the_age_from_which_somebody_opens_an_account_alone(name: str) -> None:
    """I05, I06."""
    young = planned(asked(name).with_party(who(Role.CUSTOMER, age=15)))
    assert [stop.rule.offer for stop in young.stops] == [("open_minor",)]
    assert planned(asked(name).with_party(who(Role.CUSTOMER, age=16))).stops == ()
    unknown = planned(asked(name).with_party(who(Role.CUSTOMER, age=None)))
    assert "customer.age" in unknown.unknown


def test_a_guardian_opens_for_a_child_until_it_is_sixteen() -> None:
    """I05, C05."""
    child = asked("open_minor")
    assert planned(child).stops == ()
    grown = planned(child.with_party(who(Role.CUSTOMER, age=16)))
    assert [stop.rule.finding for stop in grown.stops] == ["business.of_age"]
    boy = planned(child.with_party(who(Role.GUARDIAN, age=17)))
    assert [stop.rule.finding for stop in boy.stops] == ["business.guardian_age"]
    assert {"guardianship", "handover"} <= {each.id for each in planned(child).required}


def everywhere() -> Iterator[tuple[str, Situation]]:
    """Every situation of every golden file."""
    for day, pack in RULES.items():
        for name, business in pack.businesses.items():
            for words, situation in situations(name, business, pack, day):
                yield f"{name}, {day}: {words}", situation


def test_whoever_shows_a_document_somebody_is_compared_with_theirs() -> None:
    """A01: no plan with a document and without a comparison, in any situation."""
    seen = 0
    for words, situation in everywhere():
        found = planned(situation)
        if steps(found, StepName.IDENTITY_DOCUMENT):
            seen += 1
            assert steps(found, StepName.HOLDER_CHECK), words
    assert seen > 1000


def test_whoever_is_compared_by_face_consented_or_declined() -> None:
    """K04: a comparison comes with the consent to it, or goes another way."""
    for words, situation in everywhere():
        found = planned(situation)
        consents = {each.party for each in found.required if "face" in each.demand.texts}
        for party in steps(found, StepName.HOLDER_CHECK) - consents:
            declined = situation.party(party)
            assert declined is not None, words
            assert "declines_face" in declined.flags, words


def test_nobody_acts_as_guardian_without_proof() -> None:
    """C05, I05, I07: otherwise a stranger could act for a grown-up."""
    seen = 0
    for words, situation in everywhere():
        found = planned(situation)
        ward = situation.party("customer")
        if not situation.of(Role.GUARDIAN) or ward is None or ward.age is None:
            continue
        if situation.business != "visit_check" and not steps(found, StepName.HOLDER_CHECK):
            continue
        seen += 1
        kinds = {kind for each in found.required if each.party == "customer" for kind in each.demand.kinds}
        assert "guardianship_judgment" in kinds, words
        assert ward.age < 16 or "guardianship_proof" not in kinds, words
    assert seen > 100


def test_a_confirmed_hit_stops_everything_new_and_tells_nobody_why() -> None:
    """T02, T05, K08: the same words as for an account that is held."""
    silent = set()
    for name in BUSINESSES:
        base = asked(name)
        first = base.parties[0]
        found = planned(base.with_party(replace(first, flags=first.flags | {"list_confirmed"})))
        if any(stop.rule.decision == "refuse" for stop in found.stops):
            assert {stop.rule.finding for stop in found.stops} == {"business.colleague"}, name
            silent.add(name)
    assert set(BUSINESSES) - silent == {
        "verify_identity",  # a hit is a finding there
        "report_loss",  # both protect an account and move nothing
        "freeze_own",
        "whitelist_exit",
        "request_visit",
    }
    held = planned(asked("cash_out", flags=frozenset({"account_frozen"})))
    assert [stop.rule.finding for stop in held.stops] == ["business.colleague"]


def test_an_expired_document_blocks_new_business_but_not_putting_it_right() -> None:
    """L09."""
    late = frozenset({"document_blocked"})
    for name in ("open_class_1", "cash_out", "one_off", "raise_limit"):
        found = planned(asked(name).with_party(who(Role.CUSTOMER, flags=late)))
        assert [stop.rule.finding for stop in found.stops] == ["business.document_expired"], name
    for name in ("change_other_data", "reidentify", "report_loss"):
        assert planned(asked(name).with_party(who(Role.CUSTOMER, flags=late))).stops == (), name


def test_a_document_that_no_machine_reads_takes_more_and_never_a_kiosk() -> None:
    """C19, G06."""
    dumb = who(Role.CUSTOMER, flags=frozenset({"chip_not_read"}))
    for name in ("open_class_1", "cash_out", "one_off"):
        found = planned(asked(name).with_party(dumb))
        evidence = {
            each.demand.evidence for each in found.required if each.step is StepName.IDENTITY_DOCUMENT
        }
        assert evidence == {"visual"}, name
        assert {StepName.SUPPORTING_DOCUMENT, StepName.APPROVAL} <= {each.step for each in found.required}, (
            name
        )
        kiosk = planned(replace(asked(name).with_party(dumb), channel=Channel.KIOSK))
        assert [stop.rule.offer for stop in kiosk.stops] == [("counter",)], name


def test_the_whitelist_takes_the_branch_head_before_operations() -> None:
    """P05; that one person cannot be both is the case's own rule."""
    for name in ("whitelist_entry", "whitelist_exit"):
        checks = [each for each in planned(asked(name)).required if each.demand.approvers]
        assert [each.demand.approvers for each in checks] == [("branch_head",), ("operations",)]
        assert checks[0].rank < checks[1].rank


def test_a_foreign_political_figure_takes_senior_management() -> None:
    """M07, in every business that begins or goes on with a relationship."""
    for name in (
        "open_class_1",
        "open_class_2",
        "open_class_3",
        "open_joint",
        "corporate_open",
        "reidentify",
    ):
        first = asked(name).parties[0]
        found = planned(asked(name).with_party(replace(first, flags=frozenset({"pep"}))))
        assert ("senior_management",) in {each.demand.approvers for each in found.required}, name


def test_the_check_of_one_person_is_a_business_of_its_own() -> None:
    assert [name for name in BUSINESSES if only_a_holder_check(RULES[NEW], name)] == ["verify_identity"]
    assert len(lines(planned(asked("verify_identity")))) == 3
