"""The templates of one person's pictures, and what comparing them all with one another says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.api import Answer, Embedding, Match, PhotoKind
from models.calibration import Calibration, Centres
from models.decide import Targets
from models.face.compare import judge, similarity
from models.face.pairing import Pairing
from models.protect import wipe

Calibrations = Mapping[Pairing, Calibration]


@dataclass(frozen=True, slots=True)
class Holder:
    """Templates of the photos that a person shows, by kind, and of their live face in one or more frames."""

    photos: Mapping[PhotoKind, Embedding] = field(repr=False)
    live: Sequence[Embedding] = field(repr=False)

    def judged(
        self, calibrations: Calibrations, targets: Targets, *, elapsed_ms: float = 0.0
    ) -> tuple[Match, ...]:
        """One match for each pairing of `calibrations`, in their order. ModelError as `decide` raises it."""
        return tuple(
            judge(self.photos[pairing.photo], self._other(pairing), found, targets, elapsed_ms=elapsed_ms)
            for pairing, found in calibrations.items()
        )

    def strays(self, matches: Sequence[Match], calibrations: Calibrations) -> bool:
        """True when frames that are accepted together hold one of another: see `shows_somebody_else`."""
        return any(
            shows_somebody_else(match, self.photos[pairing.photo], self.live, calibrations[pairing].centres)
            for pairing, match in _with_live(matches)
        )

    def wipe(self) -> None:
        """Overwrite every template."""
        wipe(*self.photos.values(), *self.live)

    def _other(self, pairing: Pairing) -> Sequence[Embedding]:
        return self.live if pairing.other is PhotoKind.CAMERA else [self.photos[pairing.other]]


def shows_somebody_else(
    match: Match, document: Embedding, live: Sequence[Embedding], centres: Centres | None = None
) -> bool:
    """True when the frames would be accepted together, but one of them alone would be refused.

    The mean of several frames must not let a few of another person pass unseen, nor one carry the others.
    """
    alone = (similarity(document, [each], centres) for each in live)
    return match.decision is Answer.MATCH and min(alone) < match.refer_threshold


def together(matches: Sequence[Match]) -> Answer:
    """What all comparisons say of one person: a match only where every one is."""
    answers = {match.decision for match in matches}
    order = (Answer.NO_MATCH, Answer.CANNOT_TELL, Answer.MATCH)
    return next((answer for answer in order if answer in answers), Answer.CANNOT_TELL)


def _with_live(matches: Sequence[Match]) -> Iterator[tuple[Pairing, Match]]:
    for match in matches:
        if match.other_kind is PhotoKind.CAMERA:
            yield Pairing(match.photo_kind), match
