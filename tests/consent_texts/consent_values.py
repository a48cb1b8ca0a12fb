"""What tests of consent share: the rules, the texts, a way to show one and to answer it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml
from hypothesis import settings

from terminal.consent.answers import Answering, How
from terminal.consent.wording import Rendered, Signer, consent_texts, in_force, render
from terminal.rules.disclosure import DisclosureRules

often = settings(deadline=None, max_examples=60)
"""Busy machines take their time."""
RULES = DisclosureRules.model_validate(
    yaml.safe_load((Path(__file__).parent / "disclosure_rules.yaml").read_text("utf-8"))["disclosure"]
)
TEXTS = consent_texts()
ON = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


def shown(id_: str, language: str = "zh") -> Rendered:
    return render(in_force(TEXTS, id_, ON), language, RULES.facts(language))


def answering(
    minutes: int = 0,
    by: str = "customer",
    signer: Signer = Signer.SELF,
    how: How = How.TOUCHED,
    channel: str = "counter",
    about: str = "",
) -> Answering:
    return Answering(by, signer, NOW + timedelta(minutes=minutes), how, channel, about)
