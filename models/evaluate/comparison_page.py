"""The report of a comparison, whatever was compared: faces, fingers or eyes (ISO/IEC 19795-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.evaluate.det_curve import Curve, det_png
from models.evaluate.metrics import Interval, Operating, Scores, clopper_pearson
from models.evaluate.page import Page, Picture, Table
from models.evaluate.plots import draw_scores

NO_CERTIFICATE = (
    "These are figures of this data and these settings. They are no certification, and other people, "
    "cameras or sensors give other figures."
)
FIRST_TARGET = 1e-3
"""The rate whose threshold is drawn first."""


@dataclass(frozen=True, slots=True)
class Trials:
    """The comparisons of one condition; −∞ stands for an attempt in which nothing could be compared."""

    genuine: Scores = field(repr=False)
    impostor: Scores = field(repr=False)
    curve: Curve
    operating: Mapping[float, Operating]
    """By false-match rate asked for."""
    samples: int
    """Pictures that were to be enrolled or compared."""
    failed: Mapping[str, str]
    """Of them, those of which no template could be made → message key."""


def comparison_page(
    title: str,
    subtitle: str,
    conditions: Mapping[str, Trials],
    *,
    warnings: Iterable[str] = (),
    more: Iterable[Table | Picture] = (),
    figures: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Page:
    """The page of an evaluation with one or more conditions, the main one first."""
    caveats = [NO_CERTIFICATE, *warnings, *_unresolved(conditions)]
    parts: list[Table | Picture] = [_rates(conditions), _failures(conditions)]
    curves = {name: trials.curve for name, trials in conditions.items()}
    parts.append(Picture("Detection error trade-off", det_png(curves), "det.png", DET_CAPTION))
    parts += [_distribution(name, number, trials) for number, (name, trials) in enumerate(conditions.items())]
    return Page(title, subtitle, caveats, [*parts, *more], figures, provenance)


DET_CAPTION = (
    "Both axes in normal deviates; nearer to the lower left corner is better. Dots: equal error rate."
)


def percent(rate: float, interval: Interval | None = None) -> str:
    """A rate for people, with its 95 % interval."""
    shown = f"{100 * rate:.2f} %"
    return shown if interval is None else f"{shown} [{100 * interval[0]:.2f}, {100 * interval[1]:.2f}]"


def _rates(conditions: Mapping[str, Trials]) -> Table:
    rows = [["Condition", "FMR asked for", "FNMR [95 %]", "FMR measured [95 %]", "Threshold", "EER [95 %]"]]
    for name, trials in conditions.items():
        for number, (target, point) in enumerate(trials.operating.items()):
            missed = (1 - point.tar_interval[1], 1 - point.tar_interval[0])
            eer = percent(trials.curve.eer, trials.curve.eer_interval) if not number else ""
            rows.append(
                [
                    name if not number else "",
                    f"{target:g}",
                    percent(1 - point.tar, missed),
                    f"{point.far:.1e} [{point.far_interval[0]:.1e}, {point.far_interval[1]:.1e}]",
                    f"{point.threshold:.4f}",
                    eer,
                ]
            )
    note = (
        "FNMR: share of comparisons of the same person that are refused. An attempt without a template "
        "counts as refused. Intervals: Clopper-Pearson, as if comparisons had nothing to do with one "
        "another; EER: bootstrap."
    )
    return Table("Error rates", rows, note)


def _failures(conditions: Mapping[str, Trials]) -> Table:
    rows = [["Condition", "Same", "Different", "Samples", "Failure to acquire [95 %]", "Causes"]]
    for name, trials in conditions.items():
        failed = len(trials.failed)
        causes = Counter(trials.failed.values()).most_common()
        rows.append(
            [
                name,
                str(len(trials.genuine)),
                str(len(trials.impostor)),
                str(trials.samples),
                percent(failed / max(trials.samples, 1), clopper_pearson(failed, trials.samples)),
                ", ".join(f"{code} {count}" for code, count in causes) or "–",
            ]
        )
    return Table("Comparisons made, and samples without a template", rows)


def _distribution(name: str, number: int, trials: Trials) -> Picture:
    thresholds = {f"FMR {target:g}": point.threshold for target, point in trials.operating.items()}
    drawn = draw_scores(trials.genuine, trials.impostor, thresholds)
    return Picture(f"Scores: {name}", drawn, f"scores-{number}.png")


def _unresolved(conditions: Mapping[str, Trials]) -> Iterable[str]:
    """What the data are too few to show."""
    for name, trials in conditions.items():
        for target, point in trials.operating.items():
            if not point.resolved:
                yield (
                    f"{name}: {len(trials.impostor)} comparisons of different people cannot show a "
                    f"false-match rate of {target:g}; it may be as high as {point.far_interval[1]:.1e}."
                )
