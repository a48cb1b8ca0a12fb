"""What tests of the data set share: the rules, the catalogue, a day, invented people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml
from hypothesis import settings
from hypothesis import strategies as st

from drivers.card.numbers import check_digit
from terminal.dataset.codes import Bounds
from terminal.dataset.fields import Source, Value, catalogue
from terminal.dataset.profiles import profiles
from terminal.rules.dataset import DatasetRules

often = settings(deadline=None, max_examples=60)
"""Busy machines take their time."""
RULES = DatasetRules.model_validate(
    yaml.safe_load((Path(__file__).parent / "dataset_rules.yaml").read_text("utf-8"))["dataset"]
)
CATALOGUE = catalogue()
PROFILES = profiles(RULES.profiles, CATALOGUE)
ON = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
BOUNDS = Bounds(ON, RULES.plausible, CATALOGUE.placeholders)

GIVEN = {
    "name": "苏晓岚",
    "sex": "2",
    "nationality": "CHN",
    "occupation": "professional",
    "home_address": "北京市朝阳区示例路88号3单元502室",
    "usual_residence_differs": "no",
    "phone": "13800001234",
    "document_kind": "resident",
    "document_number": "110105198803124429",
    "document_valid_to": "2038-06-01",
}
"""All that is demanded of an individual; an invented person."""


def value(field: str, text: str, source: Source = Source.TYPED, minutes: int = 0, by: str = "T1") -> Value:
    return Value(field, text, source, NOW + timedelta(minutes=minutes), by)


def values(texts: dict[str, str], source: Source = Source.TYPED) -> dict[str, Value]:
    return {name: value(name, text, source) for name, text in texts.items()}


def eighteen(first_6: str, birth: date, sequence: int) -> str:
    first = f"{first_6}{birth:%Y%m%d}{sequence:03}"
    return first + check_digit(first)


births = st.dates(date(1900, 1, 1), ON)
resident_numbers = st.builds(
    eighteen, st.sampled_from(["110105", "310101", "440305", "510104", "650102"]), births, st.integers(0, 999)
)
permit_numbers = st.builds(
    eighteen, st.sampled_from(["810000", "820000", "830000"]), births, st.integers(0, 999)
)
foreigner_numbers = st.builds(
    eighteen, st.sampled_from(["911840", "931124", "944392"]), births, st.integers(0, 999)
)


@st.composite
def one_digit_changed(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> str:
    number = draw(numbers)
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    place = draw(st.sampled_from(places))
    other = draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    return number[:place] + other + number[place + 1 :]
