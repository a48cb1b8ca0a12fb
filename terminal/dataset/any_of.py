"""What must be given, as a rule pack writes it: ``this|that`` for either, ``this&that`` for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What must be given: any one of `ways`, each of them parts ``field`` or ``field=value``."""

    text: str
    """As the rule pack writes it."""

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives, each with all its parts."""
        return tuple(tuple(way.split("&")) for way in self.text.split("|"))

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field it speaks of, in order, once."""
        return tuple(dict.fromkeys(part.partition("=")[0] for way in self.ways for part in way))

    def met(self, given: Mapping[str, str]) -> bool:
        """True when all parts of one way are given: a text, or the text that is asked for."""
        return any(all(_given(part, given) for part in way) for way in self.ways)


def _given(part: str, given: Mapping[str, str]) -> bool:
    name, asked, value = part.partition("=")
    text = given.get(name, "")
    return text == value if asked else bool(text)
