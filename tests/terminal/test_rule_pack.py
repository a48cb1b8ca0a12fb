"""Rule packs: what ships is sound, dates decide, a wrong one is refused with file, line, place and clause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.reading import PackFile, read_pack, rules_of
from terminal.rules.today import load_all, shipped

OLD, NEW = date(2025, 12, 31), date(2026, 1, 1)
BRANCH = """\
pack: branch-7
version: "1"
authority: branch
effective_from: 2026-01-01
effective_until: null
title: {zh: 支行, en: branch}
basis: [order of the branch]
"""


def with_branch(text: str, on: date = NEW) -> RulePack:
    """The shipped rules with a branch's pack under them."""
    return rules_of((*shipped(), read_pack(BRANCH + text, "branch.yaml")), on)


def refused(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        with_branch(text)
    return caught.value


def test_the_business_date_decides_which_regulation_is_in_force() -> None:
    old, new = rules_of(shipped(), OLD), rules_of(shipped(), NEW)
    assert old.name == "cn-regulation 2016.1 + cn-bank 2016.1"
    assert new.name == "cn-regulation 2026.1 + cn-bank 2016.1"
    assert old.thresholds["one_off"].amounts["CNY"] == Decimal(10_000)
    assert new.thresholds["one_off"].amounts["CNY"] == Decimal(50_000)
    assert len({old.sha256, new.sha256}) == 2


def test_there_is_no_day_without_a_regulation_since_the_first_and_none_before() -> None:
    first = date(2016, 12, 1)
    assert all(rules_of(shipped(), first + timedelta(days=30 * n)).packs for n in range(0, 130, 10))
    with pytest.raises(RuleError, match=r"no regulation is in force on 2016-11-30") as caught:
        rules_of(shipped(), date(2016, 11, 30))
    assert caught.value.code == "rules.none_in_force"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("max_tries: 3", "max_tries: 0", "card.max_tries"),
        ("minimum_age_years: 16", "minimum_age_years: old", "card.minimum_age_years"),
        ("authority: bank", "authority: shop", "authority"),
        ("card:\n", "cards:\n", "cards"),
        ("target_false_match_rate: 1.0e-4", "target_false_match_rate: 0", "match.target_false_match_rate"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line_and_place(old: str, new: str, place: str) -> None:
    text = next(pack for pack in pack_texts() if "pack: cn-bank" in pack)
    changed = text.replace(old, new, 1)
    assert changed != text
    others = tuple(pack for pack in shipped() if pack.header.pack != "cn-bank")
    with pytest.raises(RuleError) as caught:
        rules_of((*others, read_pack(changed, "bank.yaml")), NEW)
    assert (caught.value.code, caught.value.place) == ("rules.invalid", place)
    line = changed.splitlines()[(caught.value.line or 0) - 1]
    assert line.strip().startswith(new.splitlines()[0].partition(":")[0])
    assert str(caught.value).startswith(f"bank.yaml:{caught.value.line}: {place}:")


def pack_texts() -> list[str]:
    from importlib.resources import files

    folder = files("config") / "rules"
    return [each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".yaml")]


@pytest.mark.parametrize(
    ("text", "line"), [("pack: x\n  y: [", 2), ("pack: x\nversion: 1\npack: y\n", 3), ("- a\n", 1), ("", 1)]
)
def test_what_is_no_pack_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(RuleError) as caught:
        read_pack(text, "bank.yaml")
    assert (caught.value.code, caught.value.line) == ("rules.not_yaml", line)


def test_texts_made_to_exhaust_the_reader_are_refused() -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    for text in (
        "a0: &a0 [x]\n" + bomb,
        "a: " + "[" * 5000 + "]" * 5000,
        "a: " + "{a: " * 900 + "1" + "}" * 900,
    ):
        with pytest.raises(RuleError) as caught:
            read_pack(text, "bank.yaml")
        assert caught.value.code in ("rules.not_yaml", "rules.invalid")


def test_a_lower_pack_may_tighten_and_what_it_changed_names_it() -> None:
    rules = with_branch("""\
card: {max_tries: 2, kinds: [resident]}
match: {target_false_match_rate: 1.0e-5}
thresholds: {cash: {amounts: {CNY: 20000, EUR: 2000}}}
businesses:
  verify_identity:
    channels: [counter]
    demands:
      photo_taken: {clause: "C13", step: document_images, of: [customer]}
outcomes:
  card.expired.long: {decision: refuse, clause: "L09"}
""")
    assert rules.name.endswith(" + branch-7 1")
    assert (rules.card.max_tries, rules.card.kinds) == (2, ("resident",))
    assert rules.card.minimum_age_years == 16, "what it does not speak of stands"
    assert rules.thresholds["cash"].amounts["EUR"] == Decimal(2000)
    assert rules.origin(("card", "max_tries")) == "branch-7 1"
    assert rules.origin(("card", "wait_seconds")) == "cn-bank 2016.1"
    assert rules.origin(("businesses", "verify_identity", "demands", "photo_taken")) == "branch-7 1"


@pytest.mark.parametrize(
    ("text", "place", "clause"),
    [
        ("card: {max_tries: 4}", "card.max_tries", "C01, C11, C19"),
        ("card: {kinds: [resident, library_card]}", "card.kinds", "C01, C11, C19"),
        ("card: {minimum_age_years: 15}", "card.minimum_age_years", "C01, C11, C19"),
        ("match: {target_false_match_rate: 1.0e-3}", "match.target_false_match_rate", "A01, F02, G02"),
        ("liveness: {count: 3}", "liveness.count", "F02"),
        (
            "thresholds: {cash: {amounts: {CNY: 50000.01}}}",
            "thresholds.cash.amounts.CNY",
            "H01, H02, H03, H07",
        ),
        ("families: {luck: {clause: x, methods: [coin]}}", "families.luck", ""),
        (
            "outcomes: {card.not_genuine: {decision: refer, clause: x}}",
            "outcomes.card.not_genuine",
            "C19, C20",
        ),
        (
            "outcomes: {card.not_genuine.often: {decision: refer, clause: x}}",
            "outcomes.card.not_genuine.often",
            "C19, C20",
        ),
        ("businesses: {verify_identity: {uses: []}}", "businesses.verify_identity.uses", "A01, A02"),
        (
            "sets: {identified: {demands: {card: {evidence: ocr}}}}",
            "sets.identified.demands.card.evidence",
            "A01, C01, C19",
        ),
        (
            "sets: {identified: {demands: {holder: {when: [{risk: [high]}]}}}}",
            "sets.identified.demands.holder",
            "A01, F02",
        ),
        (
            "businesses: {verify_identity: {parties: {agent: {least: 0, most: 1}}}}",
            "businesses.verify_identity.parties.agent",
            "A01, A02",
        ),
        ("handling: {refusal_grounds: [mood]}", "handling.refusal_grounds", "A08, A09, F04, F05"),
        ("retention: {identification: {centre_years: 4}}", "retention.identification.centre_years", "R04"),
    ],
)
def test_a_lower_pack_may_not_loosen(text: str, place: str, clause: str) -> None:
    error = refused(text + "\n")
    assert error.code in ("rules.loosens", "rules.invalid"), str(error)
    assert (error.file, error.line) == ("branch.yaml", 8)
    assert error.place.startswith(place)
    assert error.clause == clause


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("businesses: {verify_identity: {uses: [identified, nothing]}}", "there is no set 'nothing'"),
        (
            "businesses: {cash_in: {demands: {more: {clause: X, step: approval, approvers: [supervisor], "
            "count: 1, ladder: rope}}}}",
            "there is no ladder 'rope'",
        ),
        ("match: {refer_false_match_rate: 1.0e-6}", "accepting asks for less"),
        (
            "businesses: {verify_identity: {demands: {x: {clause: A, step: review,"
            " when: [{flags: [moon]}]}}}}",
            "there is no fact 'moon'",
        ),
        (
            "businesses: {verify_identity: {demands: {x: {clause: A, step: data, form: individual,"
            " when: [{reaches: sky}]}}}}",
            "there is no threshold 'sky'",
        ),
        (
            "businesses: {verify_identity: {stops: {x: {clause: A, finding: f, decision: refer,"
            " when: [{reaches: cash, below: cash}]}}}}",
            "never holds",
        ),
        ("businesses: {verify_identity: {parties: {customer: {least: 2}}}}", "more at least than at most"),
        (
            "businesses: {verify_identity: {demands: {card: {clause: A, step: identity_document,"
            " kinds: [passport], evidence: visual}}}}",
            "'card' is demanded already",
        ),
    ],
)
def test_a_pack_that_contradicts_itself_is_refused(text: str, says: str) -> None:
    error = refused(text + "\n")
    assert error.code == "rules.contradiction"
    assert says in error.cause
    assert (error.file, error.line) == ("branch.yaml", 8)


def test_two_packs_of_one_name_from_one_day_contradict() -> None:
    twice = (read_pack(BRANCH, "a.yaml"), read_pack(BRANCH.replace('"1"', '"2"'), "b.yaml"))
    with pytest.raises(RuleError, match=r"b\.yaml:4.*branch-7 1 \(a\.yaml\)"):
        rules_of((*shipped(), *twice), NEW)


def test_a_pack_that_extends_another_needs_it() -> None:
    def without(keep: Callable[[PackFile], bool]) -> tuple[PackFile, ...]:
        return tuple(filter(keep, shipped()))

    with pytest.raises(RuleError, match=r"cn-regulation-2026\.yaml:\d+: extends") as caught:
        rules_of(
            without(lambda pack: pack.header.version != "2016.1" or pack.header.authority == "bank"), NEW
        )
    assert caught.value.code == "rules.extends_unknown"


def test_an_unlisted_finding_goes_to_a_person_and_a_family_speaks_for_its_members() -> None:
    rules = rules_of(shipped(), NEW)
    assert rules.outcome("never.heard.of").decision == "refer"
    assert rules.outcome("card.doubt.sex") == rules.outcome("card.doubt")
    assert rules.outcome("card.not_genuine").decision == "refuse"


def test_the_hash_of_every_file_travels_with_the_rules_also_of_one_that_is_extended() -> None:
    sha = {pack.header.name: pack.sha256 for pack in load_all()}
    regulation = f"{sha['cn-regulation 2026.1']}:{sha['cn-regulation 2016.1']}"
    assert rules_of(shipped(), NEW).sha256 == f"{regulation}+{sha['cn-bank 2016.1']}"
    assert rules_of(shipped(), OLD).sha256 == f"{sha['cn-regulation 2016.1']}+{sha['cn-bank 2016.1']}"
