"""A template: what is kept of a finger between capture and comparison. Memory only; `wipe` it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.finger.cylinders import Cylinders
from models.finger.minutiae import Minutiae, Position
from models.finger.settings import EngineKind


@dataclass(frozen=True, slots=True, eq=False)
class FingerTemplate:
    """One impression, ready to be compared by the engine that made it."""

    minutiae: Minutiae = field(repr=False)
    """What may cross to other systems as an ISO/IEC 19794-2 record."""
    cylinders: Cylinders | None = field(repr=False)
    """Worked out from `minutiae` once; None for bozorth3."""
    engine: EngineKind
    position: Position = Position.UNKNOWN

    def wipe(self) -> None:
        """Overwrite every number with zero; afterwards it matches nothing."""
        self.minutiae.wipe()
        if self.cylinders is not None:
            self.cylinders.wipe()
