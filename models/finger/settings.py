"""What the fingerprint stages may be told: sizes and limits of the algorithms, none of them a business rule.

Where a figure was measured it says on what: FVC2002 DB1–4 set B (320 pictures of 40 fingers, 500 dpi), as in
docs/fingerprints.md. Pixels are those of a picture at 500 dpi.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

NOMINAL_DPI = 500
"""Resolution at which everything here works; other pictures are scaled to it."""
MM_PER_PIXEL = 25.4 / NOMINAL_DPI


class EngineKind(enum.StrEnum):
    """Who finds the minutiae, and who compares them."""

    LEADER_MCC = "leader_mcc"
    """LEADER network and our Minutia Cylinder-Code matcher: the default, the most accurate."""
    LEADER_BOZORTH3 = "leader_bozorth3"
    """LEADER network and NIST's bozorth3."""
    MINDTCT_BOZORTH3 = "mindtct_bozorth3"
    """NIST's mindtct and bozorth3: no network at all."""


@dataclass(frozen=True, slots=True)
class RidgeSettings:
    """How ridges are told from background: by the spectrum of overlapping cells."""

    cell: int = 16
    """Pixels between two cells; each looks at a square of twice this side."""
    background: int = 49
    """Pixels of the square whose mean is taken away first, against uneven light."""
    shortest: float = 4.0
    """Pixels of the shortest ridge period looked for."""
    longest: float = 14.0
    """Pixels of the longest ridge period looked for."""
    widest: float = 12.5
    """Pixels of the longest period taken for ridges; the widest median of a development picture is 11.6, hair
    and cloth in photographs are mostly above it."""
    strength: float = 0.3
    """Least share of a cell's energy in its strongest wave; noise stays below 0.1."""
    contrast: float = 5.0
    """Least standard deviation of a cell's grey values."""
    plain: float = 3.0
    """Cells whose grey values deviate less are plain background; the picture is cut to the others. Cutting
    closer, to clear ridges only, loses minutiae: EER 0.36 → 1.1 %."""
    agreement: float = 0.6
    """Least agreement of directions among a cell and its eight neighbours, 0 to 1."""
    neighbours: int = 5
    """Least number of cells with a wave among those nine."""
    margin: int = 24
    """Pixels kept around the ridges when the picture is cut to them."""


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How minutiae are found, and from what pictures."""

    confidence: float = 0.35
    """Least confidence of LEADER for a minutia."""
    threads: int = 2
    """Threads of the network, as far as there are processors: somebody waits, and nothing else of a case runs
    meanwhile. Two take 60 to 70 % of the time of one and find the same minutiae."""
    most: int = 80
    """Minutiae used of one impression: the most confident. bozorth3 itself takes 150."""
    least: int = 5
    """Fewer minutiae on or beside clear ridges make no template: there is nothing to compare."""
    least_area_mm2: float = 5.0
    """A smaller area of ridges makes no template; the smallest of the development pictures has 6 mm²."""
    lowest_dpi: int = 250
    """Pictures with fewer pixels an inch are refused: their ridges cannot be followed."""
    highest_dpi: int = 2000
    """Pictures with more pixels an inch are refused: no sensor has them."""
    most_pixels: int = 1_000_000
    """Larger pictures (after scaling and cutting to the ridges) are refused: no single finger is that large,
    and the network takes 2.5 µs a pixel."""


@dataclass(frozen=True, slots=True)
class CylinderSettings:
    """Minutia Cylinder-Code: Cappelli, Ferrara and Maltoni, IEEE TPAMI 32(12), 2010, real-valued form."""

    radius: float = 70.0
    """Pixels around a minutia that its cylinder describes."""
    cells: int = 8
    """Cells across a cylinder."""
    sections: int = 6
    """Sections of the angle."""
    spread: float = 28 / 3
    """Pixels (standard deviation) over which a minutia counts."""
    angle_spread: float = 0.698
    """Radians (standard deviation, 40°) over which a direction counts."""
    hull_margin: float = 50.0
    """Pixels beyond the hull of all minutiae in which a cell still says something."""
    least_valid: float = 0.6
    """Least share of a cylinder's cells that say something."""
    least_around: int = 2
    """Least other minutiae near one for its cylinder to be used."""
    steepness: float = 400.0
    """Of the sigmoid that limits how much many minutiae together count."""
    middle: float = 0.01
    """Of the same sigmoid."""


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How two templates are compared: similar cylinders, then relaxation, then one rigid movement."""

    turned: float = 1.571
    """Radians (90°) by which one impression may be turned against the other."""
    shared: float = 0.36
    """Least share of cells valid in both cylinders."""
    most_pairs: int = 60
    """Pairs of minutiae that enter the relaxation."""
    rounds: int = 5
    """Rounds of relaxation."""
    distance: float = 5.0
    """Pixels by which distances within two pairs may differ before they speak against each other."""
    angle: float = 0.262
    """Radians (15°), the same for directions."""
    near: float = 16.0
    """Pixels within which two minutiae lie on each other after the movement."""
    alike: float = 0.5
    """Radians within which their directions agree."""
    border: float = 10.0
    """Pixels added around an impression when the overlap is counted."""
    rigid_weight: float = 0.04
    """Most that the rigid check adds to the score."""
    rigid_full: int = 20
    """Minutiae on each other from which it adds the most."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Two limits of one measure: below the first another capture is wanted, below the second a warning."""

    recapture: float
    warn: float


@dataclass(frozen=True, slots=True)
class FingerLimits:
    """When the customer is asked to put the finger on again, and when the teller is only warned.

    Without NFIQ 2 four measures of our own decide. Measured by the poorer impression of 1,120 pairs at the
    shipped threshold; FNMR over all of them is 1.1 %.
    """

    nfiq2: Steps = Steps(20, 30)
    """NFIQ 2 scores: FNMR 2.6 % below the first, 0.5 % from the second on."""
    area_mm2: Steps = Steps(40.0, 60.0)
    """Area of ridges: FNMR 3.5 % below the second."""
    minutiae: Steps = Steps(14, 20)
    """Number of minutiae."""
    strength: Steps = Steps(0.38, 0.40)
    """Median strength of the ridges: FNMR 9.5 % below the first, 4.2 % below the second."""
    confidence: Steps = Steps(0.65, 0.70)
    """Mean confidence of LEADER's minutiae: FNMR 18 % and 5 %. mindtct's is another number."""
    dark: float = 50.0
    """Mean grey value of the finger (0–255) below this: too dark. 1 % of the development pictures."""
    light: float = 225.0
    """Mean grey value of the finger above this: too light. 1 % of the development pictures."""
    wet: float = 0.60
    """Share of the finger darker than its surroundings above this: ridges run together. 1.5 % of them."""
    dry: float = 0.33
    """Share below this: ridges are broken. 3 % of them."""
    off_centre_mm: float = 5.0
    """Ridges centred further than this from the picture's centre, with too little of them: move to centre."""
    worn_after: int = 4
    """Captures without usable quality after which a finger counts as worn: an exception, not a mismatch."""


@dataclass(frozen=True, slots=True)
class FingerSettings:
    """All settings of the fingerprint stages."""

    engine: EngineKind = EngineKind.LEADER_MCC
    """Who finds the minutiae, and who compares them."""
    nfiq2: bool = True
    """Whether NFIQ 2 rates the impressions where it is installed; it takes about 60 ms a picture."""
    ridges: RidgeSettings = RidgeSettings()
    extract: ExtractSettings = ExtractSettings()
    cylinders: CylinderSettings = CylinderSettings()
    match: MatchSettings = MatchSettings()
    limits: FingerLimits = FingerLimits()
