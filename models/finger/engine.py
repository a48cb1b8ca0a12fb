"""A picture of a finger in, a template and its quality out; two templates in, a score out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from models.catalogue import Catalogue
from models.engine import OnnxEngine, Threading
from models.finger import nist
from models.finger.cylinders import Cylinders, describe
from models.finger.leader import Leader
from models.finger.mcc import compare
from models.finger.minutiae import Minutiae, Position
from models.finger.picture import NO_RIDGES, Finger, UnfitPicture, prepare
from models.finger.quality import FingerQuality, Verdict, rate, unusable
from models.finger.settings import EngineKind, FingerSettings
from models.finger.template import FingerTemplate

NETWORK = "leader"
"""Name of the network in the catalogue."""


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """What one picture gave."""

    quality: FingerQuality
    template: FingerTemplate | None = field(default=None, repr=False)
    """None when the picture shows no finger, or too little of one."""
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    """Wall time of ``ridges``, ``minutiae`` (with the bare network as ``minutiae.net``), ``quality`` and
    ``template``."""

    @property
    def usable(self) -> bool:
        """Good enough to be compared without asking for the finger again."""
        return self.template is not None and self.quality.verdict is not Verdict.RECAPTURE


def used_by(kind: EngineKind, catalogue: Catalogue | None = None) -> Mapping[str, str]:
    """Role → SHA-256 of the networks that an engine's scores depend on."""
    if ENGINES[kind][0] is not LeaderFinder:
        return {}
    entry = (catalogue or Catalogue.shipped()).entry(NETWORK)
    return {entry.role.value: entry.sha256}


class Finder(Protocol):
    """Finds minutiae."""

    def find(self, finger: Finger) -> Minutiae:
        """All minutiae worth using."""


class Matcher(Protocol):
    """Compares templates."""

    def describe(self, minutiae: Minutiae) -> Cylinders | None:
        """What comparison needs beyond the minutiae."""

    def score(self, one: FingerTemplate, other: FingerTemplate) -> float:
        """How alike two templates are: 0 for nothing in common, the same in both orders."""


class FingerEngine:
    """The whole way from pictures to scores. Use it from one lane at a time."""

    def __init__(self, settings: FingerSettings, networks: Path, catalogue: Catalogue | None = None) -> None:
        """Load what `settings.engine` needs.

        Raises ModelError ``model.missing`` or ``model.altered`` for the network in the folder `networks`, and
        ``model.package_missing`` when the engine needs nbis-py and it is not installed.
        """
        self.settings = settings
        self.kind = settings.engine
        make_finder, make_matcher = ENGINES[self.kind]
        self._nist = nist.Nist() if settings.nfiq2 and nist.available() else None
        self._matcher = make_matcher(settings)
        self._finder = make_finder(settings, networks, catalogue or Catalogue.shipped())

    @property
    def networks(self) -> tuple[OnnxEngine, ...]:
        """The networks that run, for benchmarks."""
        return (self._finder.network,) if isinstance(self._finder, LeaderFinder) else ()

    def look(
        self, picture: npt.NDArray[np.generic], dpi: float = 500, position: Position = Position.UNKNOWN
    ) -> Impression:
        """The template and quality of one picture (see `models.finger.picture.prepare`).

        Whatever the picture shows, the answer is an Impression, whose quality names what is wrong.
        """
        clock = _Clock()
        try:
            finger = prepare(picture, dpi, self.settings.ridges, self.settings.extract)
        except UnfitPicture as unfit:
            return Impression(unusable(_seen(unfit, picture, self.settings)), stages_ms=clock.laps)
        clock.lap("ridges")
        minutiae = self._finder.find(finger)
        clock.lap("minutiae")
        if isinstance(self._finder, LeaderFinder):
            clock.laps["minutiae.net"] = self._finder.last_ms
        nfiq2 = self._nist.nfiq2(finger) if self._nist else None
        leader = isinstance(self._finder, LeaderFinder)
        quality = rate(finger, minutiae, nfiq2, self.settings.limits, leader=leader)
        clock.lap("quality")
        if _near_ridges(minutiae, finger) < self.settings.extract.least:
            minutiae.wipe()
            return Impression(unusable(quality.problem or "finger.too_few_points", quality), None, clock.laps)
        template = self.template(minutiae, position)
        clock.lap("template")
        return Impression(quality, template, clock.laps)

    def template(self, minutiae: Minutiae, position: Position = Position.UNKNOWN) -> FingerTemplate:
        """A template of minutiae that came from elsewhere; it takes them over. Too few match nothing."""
        return FingerTemplate(minutiae, self._matcher.describe(minutiae), self.kind, position)

    def score(self, one: FingerTemplate, other: FingerTemplate) -> float:
        """How alike two templates are, for `models.decide` to judge; the same number in both orders.

        ``leader_mcc``: 0 to 1.04, different fingers rarely above 0.04. bozorth3: 0 upwards, different fingers
        rarely above 30. Raises ValueError for a template of another engine.
        """
        if one.engine is not self.kind or other.engine is not self.kind:
            raise ValueError(f"templates of {one.engine} and {other.engine} for engine {self.kind}")
        return self._matcher.score(one, other)


class LeaderFinder:
    """LEADER's most confident minutiae."""

    def __init__(self, settings: FingerSettings, networks: Path, catalogue: Catalogue) -> None:
        loaded = catalogue.check(catalogue.entry(NETWORK), networks)
        threads = min(settings.extract.threads, os.cpu_count() or 1)
        self.network = OnnxEngine(NETWORK, loaded.network, Threading(threads))
        self._leader = Leader(self.network)
        self._limits = settings.extract

    @property
    def last_ms(self) -> float:
        """Wall time of the network in the latest run."""
        return self._leader.last_ms

    def find(self, finger: Finger) -> Minutiae:
        """See `Finder`."""
        found = self._leader.find(finger, self._limits.confidence)
        chosen = found.best(self._limits.most)
        found.wipe()
        return chosen


class MindtctFinder:
    """All minutiae of mindtct: bozorth3 chooses among them itself."""

    def __init__(self, settings: FingerSettings, networks: Path, catalogue: Catalogue) -> None:
        self._nist = nist.Nist()

    def find(self, finger: Finger) -> Minutiae:
        """See `Finder`."""
        return self._nist.minutiae(finger)


class MccMatcher:
    """Our Minutia Cylinder-Code."""

    def __init__(self, settings: FingerSettings) -> None:
        self._settings = settings

    def describe(self, minutiae: Minutiae) -> Cylinders:
        """See `Matcher`."""
        return describe(minutiae, self._settings.cylinders)

    def score(self, one: FingerTemplate, other: FingerTemplate) -> float:
        """See `Matcher`."""
        if one.cylinders is None or other.cylinders is None:
            return 0.0
        return compare(one.cylinders, other.cylinders, self._settings.match).score


class BozorthMatcher:
    """NIST's bozorth3."""

    def __init__(self, settings: FingerSettings) -> None:
        self._nist = nist.Nist()

    def describe(self, minutiae: Minutiae) -> None:
        """See `Matcher`."""

    def score(self, one: FingerTemplate, other: FingerTemplate) -> float:
        """See `Matcher`."""
        return float(self._nist.bozorth3(one.minutiae, other.minutiae))


ENGINES: Mapping[
    EngineKind,
    tuple[Callable[[FingerSettings, Path, Catalogue], Finder], Callable[[FingerSettings], Matcher]],
] = {
    EngineKind.LEADER_MCC: (LeaderFinder, MccMatcher),
    EngineKind.LEADER_BOZORTH3: (LeaderFinder, BozorthMatcher),
    EngineKind.MINDTCT_BOZORTH3: (MindtctFinder, BozorthMatcher),
}
"""Who finds the minutiae and who compares them. A new engine is one more line."""


class _Clock:
    """Wall time of stages."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The time since the last lap was this stage's."""
        now = time.perf_counter()
        self.laps[stage] = (now - self._since) * 1e3
        self._since = now


def _seen(unfit: UnfitPicture, picture: npt.NDArray[np.generic], settings: FingerSettings) -> str:
    """What an unusable picture most likely shows, as a message key."""
    if unfit.code != NO_RIDGES:
        return unfit.code
    top = 65535 if picture.dtype == np.uint16 else 1 if picture.dtype == np.bool_ else 255
    mean = float(picture.mean()) * 255 / top
    return "finger.too_dark" if mean < settings.limits.dark else unfit.code


def _near_ridges(minutiae: Minutiae, finger: Finger) -> int:
    """How many minutiae lie on or beside clear ridges."""
    cell = finger.ridges.cell
    rows, columns = (minutiae.xy[:, ::-1] // cell).astype(np.intp).T
    height, width = finger.ridges.mask.shape
    padded = np.pad(finger.ridges.mask, 2)
    around: npt.NDArray[np.bool_] = np.asarray(sliding_window_view(padded, (5, 5)).any((2, 3)), np.bool_)
    return int(around[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].sum())
