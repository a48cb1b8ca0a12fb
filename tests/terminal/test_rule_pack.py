"""Rule packs: what ships is sound, a wrong one is refused by place, dates decide."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from terminal.rules.pack import RuleError, in_force, load_all, parse

TEXT = (files("config") / "rules" / "cn-counter-2026.yaml").read_text("utf-8")


def test_the_shipped_pack_is_in_force_only_from_its_day() -> None:
    packs = load_all()
    assert in_force(packs, date(2026, 1, 1)).name == "cn-counter 2026.1"
    with pytest.raises(RuleError, match="no rule pack is in force on 2025-12-31"):
        in_force(packs, date(2025, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("max_tries: 3", "max_tries: 0", "card.max_tries"),
        ("minimum_age_years: 16", "minimum_age_years: old", "card.minimum_age_years"),
        ("authority: bank", "authority: shop", "authority"),
        ("consent:\n", "consents:\n", "consent"),
        ("target_false_match_rate: 1.0e-4", "target_false_match_rate: 0", "match.target_false_match_rate"),
    ],
)
def test_a_wrong_pack_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(TEXT.replace(old, new, 1), "bank.yaml")
    assert place in caught.value.cause


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(RuleError, match="line 2"):
        parse("pack: x\n  y: [", "bank.yaml")


def test_an_unlisted_finding_goes_to_a_person_and_a_family_speaks_for_its_members() -> None:
    pack = parse(TEXT, "bank.yaml")
    assert pack.outcome("never.heard.of").decision == "refer"
    assert pack.outcome("card.doubt.sex") == pack.outcome("card.doubt")
    assert pack.outcome("card.not_genuine").decision == "refuse"


def test_the_hash_of_the_file_travels_with_the_pack() -> None:
    assert parse(TEXT, "a").sha256 != parse(TEXT + "\n", "a").sha256
