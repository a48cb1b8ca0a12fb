"""The report of an evaluation of attack detection (ISO/IEC 30107-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from models.api import LiveAnswer
from models.evaluate.comparison_page import NO_CERTIFICATE, percent
from models.evaluate.liveness import LIVE, NOT_ATTACK, NOT_LIVE, Group, LivenessReport
from models.evaluate.metrics import rule_of_three
from models.evaluate.page import Page, Picture, Table
from models.evaluate.plots import draw_rates

FEW = 100
"""Fewer presentations of a kind than this cannot show an error rate below about 3 %."""


def liveness_page(report: LivenessReport, subtitle: str, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`."""
    parts: list[Table | Picture] = [_rates(report), _drawn(report), _answers(report), *_unread(report)]
    warnings = [NO_CERTIFICATE, *_small(report)]
    title = "Presentation attack detection"
    return Page(title, subtitle, warnings, parts, report.as_json(), provenance)


def worst(report: LivenessReport, *answers: LiveAnswer) -> float:
    """The highest rate over the kinds of attack: what a system must be judged by."""
    return max((group.share(*answers) for group in report.attacks.values()), default=0.0)


def _rates(report: LivenessReport) -> Table:
    rows = [["", "Presentations", "Error [95 %]", "Counting cannot tell [95 %]", "Cannot tell"]]
    for kind, group in report.attacks.items():
        rows.append(_row(f"APCER {kind}", group, (LiveAnswer.LIVE,), NOT_ATTACK))
    rows.append(_row("BPCER", report.live, (LiveAnswer.ATTACK,), NOT_LIVE))
    apcer, bpcer = worst(report, LiveAnswer.LIVE), report.live.share(LiveAnswer.ATTACK)
    rows.append(["ACER", "", percent((apcer + bpcer) / 2), "", ""])
    note = (
        "APCER: attacks called live, for each kind by itself. BPCER: living people called attacks. What it "
        "cannot tell goes to a person. ACER: mean of BPCER and the highest APCER; it hides which of the two "
        "went wrong. Intervals: Clopper-Pearson."
    )
    return Table("Error rates", rows, note)


def _row(name: str, group: Group, wrong: tuple[LiveAnswer, ...], strict: tuple[LiveAnswer, ...]) -> list[str]:
    return [
        name,
        str(group.presentations),
        percent(group.share(*wrong), group.interval(*wrong)),
        percent(group.share(*strict), group.interval(*strict)),
        percent(group.share(LiveAnswer.CANNOT_TELL)),
    ]


def _drawn(report: LivenessReport) -> Picture:
    rates = [
        (f"APCER {kind}", group.share(LiveAnswer.LIVE), group.interval(LiveAnswer.LIVE))
        for kind, group in report.attacks.items()
    ]
    live = report.live
    rates.append(("BPCER", live.share(LiveAnswer.ATTACK), live.interval(LiveAnswer.ATTACK)))
    drawn = draw_rates(rates, None, "Rate with its 95 % interval")
    return Picture("Errors by kind", drawn, "rates.png")


def _answers(report: LivenessReport) -> Table:
    rows = [["", *(answer.value.replace("_", " ") for answer in LiveAnswer)]]
    for name, group in _groups(report):
        rows.append([name, *(str(group.count(answer)) for answer in LiveAnswer)])
    return Table("Answers", rows)


def _unread(report: LivenessReport) -> Iterable[Table]:
    rows = [
        [name, code, str(count)]
        for name, group in _groups(report)
        for code, count in Counter(group.failed.values()).most_common()
    ]
    if rows:
        note = "They are no presentations."
        yield Table("Files that could not be read", [["", "Cause", "Files"], *rows], note)


def _small(report: LivenessReport) -> Iterable[str]:
    for name, group in _groups(report):
        if group.presentations < FEW:
            bound = rule_of_three(group.presentations)
            yield (
                f"{name}: {group.presentations} presentations; even without any error the rate may be "
                f"as high as {bound:.1%}."
            )


def _groups(report: LivenessReport) -> Iterable[tuple[str, Group]]:
    return ((LIVE, report.live), *report.attacks.items())
