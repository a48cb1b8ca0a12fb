"""The report of an evaluation of the capture guidance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.evaluate.comparison_page import NO_CERTIFICATE, percent
from models.evaluate.page import Page, Picture, Table
from models.evaluate.plots import draw_rates
from models.evaluate.quality import QualityReport, Rate

CAVEATS = (
    NO_CERTIFICATE,
    "A few of the pictures that are stopped deserve it: what a good picture is cannot be known for sure.",
)
ANY = "any required check"


def quality_page(report: QualityReport, subtitle: str, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`."""
    stopped = {**report.stopped, ANY: report.any_required}
    noticed = {name: each.right for name, each in report.noticed.items()}
    parts: list[Table | Picture] = [
        _table("Good pictures stopped", stopped),
        _picture("Good pictures stopped", stopped, "stopped.png"),
    ]
    parts += [_table(f"The tenth with the {tone} skin", rates) for tone, rates in report.by_tone.items()]
    if noticed:
        parts += [_noticed(report), _picture("Spoiled pictures noticed", noticed, "noticed.png")]
    if report.failed:
        parts.append(Table("Not read", [["File", "Reason"], *map(list, report.failed.items())]))
    counted = f"{report.pictures} pictures, {report.no_face} without a face, {report.frontal} frontal"
    return Page("Capture guidance", f"{subtitle}: {counted}", CAVEATS, parts, report.as_json(), provenance)


def _table(title: str, rates: Mapping[str, Rate]) -> Table:
    return Table(title, [["Limit", "Stopped", "Of", "Share [95 %]"], *_rows(rates)])


def _rows(rates: Mapping[str, Rate]) -> Iterable[list[str]]:
    for name, rate in rates.items():
        yield [name, str(rate.hits), str(rate.of), percent(rate.share, rate.interval)]


def _noticed(report: QualityReport) -> Table:
    rows = [["Spoiled by", "Noticed", "Of", "Share [95 %]", "No face found"]]
    for name, each in report.noticed.items():
        share = percent(each.right.share, each.right.interval)
        rows.append([name, str(each.right.hits), str(each.right.of), share, str(each.no_face)])
    return Table("Spoiled pictures noticed", rows)


def _picture(title: str, rates: Mapping[str, Rate], name: str) -> Picture:
    drawn = [(condition, rate.share, rate.interval) for condition, rate in rates.items()]
    return Picture(title, draw_rates(drawn, None, "Share with its 95 % interval"), name)
