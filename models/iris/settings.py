"""What the iris engine may be told: sizes of a camera's eyes, and the numbers of the method.

These are numbers of camera and algorithm, not business rules: nothing here accepts a customer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CameraProfile:
    """How large pupil and iris are in the pictures of one camera at its working distance.

    Radii in pixels, least and most. They must be measured for each model of camera: with wrong ones a circle
    is still found, but often not the iris. Raises ValueError for ranges that no eye can have.
    """

    name: str
    pupil_px: tuple[float, float]
    iris_px: tuple[float, float]

    def __post_init__(self) -> None:
        (small, large), (inner, outer) = self.pupil_px, self.iris_px
        if not 0 < small < large < outer or not small < inner < outer:
            raise ValueError(f"{self.name}: sizes must grow, from the smallest pupil to the largest iris")

    def scaled(self, factor: float) -> CameraProfile:
        """The ranges in a picture enlarged by `factor`."""
        return CameraProfile(
            self.name,
            (self.pupil_px[0] * factor, self.pupil_px[1] * factor),
            (self.iris_px[0] * factor, self.iris_px[1] * factor),
        )


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How boundaries are looked for."""

    working_iris_px: float = 130.0
    """Pictures whose largest iris would be larger are reduced to it first; more detail adds nothing."""
    voting_pupil_px: float = 31.0
    """Pupil centres are looked for in a picture reduced until the largest pupil has this radius."""
    candidates: int = 7
    """Pupil candidates followed up."""
    pupils: int = 5
    """Pupils whose outer boundary is looked for."""
    least_contrast: float = 5.0
    """Grey levels between pupil and iris below which there is no pupil."""
    least_certainty: float = 1.4
    """What looks less like an eye than this is none: see docs/iris.md for what it refuses."""
    least_closed: float = 0.65
    """Share of directions in which the pupil's boundary must be seen."""
    weak_edge: float = 5.0
    """Rise at the outer boundary, in grey levels, below which there is no iris."""
    largest_share: float = 0.62
    """Iris radius at most, as a share of the picture's short side."""
    probe_side_px: float = 200.0
    """Eyes of any size are looked for in pictures reduced to this short side."""
    doubt_margin: float = 0.12
    """How much more certain an eye outside of the ranges must be for them to be doubted."""
    tolerance: float = 1.02
    """How far beyond the profile's ranges a likelier eye must lie for them to be doubted."""
    border_px: float = 1.01
    """Nearer to the end of the range than this, the outer boundary may lie beyond it."""


@dataclass(frozen=True, slots=True)
class CodeSettings:
    """How a sheet is turned into a code. Codes of different settings cannot be compared."""

    rows: int = 16
    """Rows of the sheet that are read."""
    deepest: float = 0.93
    """How far towards the white of the eye they go, 0 to 1."""
    widths: tuple[float, float] = (8.0, 28.0)
    """Wavelengths in columns of the sheet."""
    around: float = 0.25
    """Standard deviation around, in wavelengths."""
    across: float = 3.0
    """Standard deviation from pupil to white, in rows."""
    nearly_zero: float = 0.0873
    """Bits whose part is below the sine of this angle's share of the response flip by chance: masked."""
    least_usable: float = 0.7
    """Share of a filter that must lie on usable iris."""
    strongest: float = 2.0
    """Responses above this many medians are lashes, lids or lights, not iris."""


@dataclass(frozen=True, slots=True)
class DistanceSettings:
    """How codes are compared."""

    turn: int = 21
    """How far the eye may be turned, in columns of 1.4°, to each side: 30°."""
    free_turn: int = 10
    """Turns up to here cost nothing: 14°. Hardly anybody tilts the head further."""
    turn_cost: float = 0.01
    """Distance that each further column costs, so that strangers gain nothing by the wider search."""
    normal_bits: int = 6000
    """Compared bits from which on a distance counts as it is."""
    least_bits: int = 2000
    """Fewer bits in common: cannot tell."""


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """When the person before the camera is asked for what.

    Measured on persons 1-30 of three research sets (800 pictures, 1,810 comparisons of the same eye): with
    a usable area of at least 65 / 70 / 75 % in both pictures 1.0 / 0.5 / 0.4 % of them were missed at an FMR
    of 1e-3, with less in one 25 / 16 / 10 %. Of the other limits hardly any good picture falls short.
    """

    usable_area: float = 65.0
    """Per cent of the ring below this: open the eye wider."""
    least_area: float = 35.0
    """Below this there is no template: nothing is compared."""
    iris_radius_px: float = 40.0
    """Iris radius below this: come closer. ISO/IEC 29794-6 wants 80; the sets with 55 still compare well."""
    margin: float = 40.0
    """Margin adequacy below this: into the middle."""
    brightest: float = 200.0
    """Mean grey value of the iris above this: too bright."""
    darkest: float = 25.0
    """Mean grey value of the iris below this: too dark."""
    grey_bits: float = 2.5
    """Grey-scale utilisation below this: too dark."""
    glare: float = 8.0
    """Per cent of the eye that is white above this: glasses off, or other light."""
    circularity: float = 72.0
    """Circularity of the pupil below this: look at the light."""
    concentricity: float = 82.0
    """Concentricity below this: look at the light."""
    ratio: tuple[float, float] = (20.0, 68.0)
    """Pupil by iris in per cent, least and most: outside of it other light is needed."""
    motion: float = 75.0
    """Motion blur above this: hold still."""
    sharpness: float = 1.0
    """Sharpness below this: change the distance."""
    pupil_contrast: float = 30.0
    """Iris-pupil contrast below this (ISO/IEC 29794-6 recommends 30): change the distance."""
    sclera_contrast: float = 2.0
    """Iris-sclera contrast below this (ISO/IEC 29794-6 recommends 5, which a set's good pictures miss)."""


@dataclass(frozen=True, slots=True)
class IrisSettings:
    """All settings of the engine."""

    search: SearchSettings = SearchSettings()
    code: CodeSettings = CodeSettings()
    distance: DistanceSettings = DistanceSettings()
    limits: QualityLimits = QualityLimits()
