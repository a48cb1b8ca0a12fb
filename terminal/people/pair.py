"""Two persons, one after the other within some seconds (B02, B06): for what nobody may do alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal.people.errors import Refused
from terminal.people.proof import Proof


@dataclass(frozen=True, slots=True)
class Pair:
    """A maker and a checker, who are never the same person; made by `paired`."""

    maker: Proof
    checker: Proof

    @property
    def numbers(self) -> tuple[str, str]:
        """Both staff numbers, maker first."""
        return self.maker.person, self.checker.person

    @property
    def duress(self) -> bool:
        """True when either of them was forced."""
        return self.maker.duress or self.checker.duress


def paired(maker: Proof, checker: Proof, within_seconds: float, now: datetime) -> Pair:
    """Both, when each proved who they are, and the second did so in time.

    `Refused` ``people.same_person`` for one person twice; ``people.pair_too_late`` when more than
    `within_seconds` lie between the first proof and now.
    """
    if maker.person == checker.person:
        raise Refused("people.same_person")
    if not (maker.is_fresh(now, within_seconds) and checker.is_fresh(now, within_seconds)):
        raise Refused("people.pair_too_late", seconds=within_seconds)
    return Pair(maker, checker)
