"""What the window says, in one language: labels, happenings, figures and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from terminal.asking import Label
from terminal.messages import Audience, Texts, texts
from terminal.view import Shown

NOTHING = "—"
SHORT_MS = 100
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")
_DATE = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})$")
_WAN = 10_000


class Words:
    """The texts of one language, and how that language writes figures."""

    def __init__(self, table: Texts) -> None:
        self._table = table
        self.language = table.language

    def say(self, code: str, facts: Mapping[str, object] | None = None) -> str:
        """The teller's text of `code`; the neutral text when there is none."""
        return self._table.say(code, Audience.TELLER, facts)

    def tell(self, shown: Shown | None, audience: Audience = Audience.TELLER) -> str:
        """The text of a happening; the neutral text for None or an unknown code."""
        if shown is None:
            return self._table.say("case.neutral", audience)
        return self._table.say(shown.code, audience, shown.facts)

    def under(self, branch: str, name: str, audience: Audience = Audience.TELLER) -> str:
        """The text of `name` below `branch` (``step``, ``business`` …); `name` may carry it already."""
        code = name if name.startswith(f"{branch}.") else f"{branch}.{name}"
        return self._table.say(code, audience)

    def of(self, label: Label) -> str:
        """A label: words that it carries itself, else the text of its code."""
        own = label.zh if self.language == "zh" else label.en
        return own or (self.say(label.code, label.facts) if label.code else "")

    def finding(self, code: str) -> str:
        """The text of a finding; where its own is missing, that of its family."""
        nearest = code
        while not self.knows(nearest) and "." in nearest:
            nearest = nearest.rpartition(".")[0]
        return self.say(nearest)

    def known_or_nothing(self, code: str) -> str:
        """The text of `code`, or nothing where there is none."""
        return self.say(code) if code and self.knows(code) else ""

    def label(self, code: str) -> str:
        """A short text for a field: a dash, not a sentence, when there is none."""
        return self.say(code) if self._table.knows(code) else NOTHING

    def knows(self, code: str) -> bool:
        """True when `code` has a text of its own."""
        return self._table.knows(code)

    def seconds(self, elapsed_ms: int) -> str:
        """A duration, to a tenth of a second below ten seconds; in milliseconds when it is very short."""
        if elapsed_ms < SHORT_MS:
            return self.say("ui.figure.milliseconds", {"value": elapsed_ms})
        value = elapsed_ms / 1000
        return self.say("ui.figure.seconds", {"value": f"{value:.1f}" if value < 10 else f"{value:.0f}"})

    def day(self, written: str) -> str:
        """An ISO or eight-digit date as this language writes it; other text as it is."""
        if written == "long_term":
            return self.say("card.long_term")
        match = _DATE.match(written)
        if match is None:
            return written or NOTHING
        year, month, day = match.groups()
        return self.say("ui.figure.day", {"year": year, "month": month, "day": day})

    def one_in(self, rate: float) -> str:
        """A rate as "1 in N": N to two figures; in Chinese by tens of thousands."""
        count = _two_figures(1 / max(rate, 1e-9))
        if self.language == "zh" and count >= _WAN:
            return f"{count / _WAN:g} 万"
        return f"{count:,}"


def sentences(text: str) -> tuple[str, str]:
    """A text's first sentence (the cause) and the rest (the remedy)."""
    parts = [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]
    if not parts:
        return "", ""
    joiner = "" if text.isascii() is False and "。" in text else " "
    return parts[0], joiner.join(parts[1:])


@cache
def words_in(language: str) -> Words:
    """The words of ``zh`` or ``en``: the terminal's texts with the window's own labels."""
    return Words(texts(language, Path(__file__).parent / "texts"))


def _two_figures(value: float) -> int:
    digits = len(str(int(value)))
    step = int(10 ** max(digits - 2, 0))
    return max(1, round(value / step) * step)
