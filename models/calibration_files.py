"""Where calibrations are kept: one JSON file for each scorer and kind of sample."""

from __future__ import annotations

from importlib.abc import Traversable
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from models.api import ModelError
from models.calibration import Calibration, Modality, Scorer

SHIPPED = "calibrations"
"""Folder of this package that holds the calibrations shipped with the product."""


def file_name(modality: Modality, engine: str, sample: str) -> str:
    """Name of a calibration's file."""
    return f"{modality.value}-{engine}-{sample}.json"


def shipped() -> Traversable:
    """The folder of the calibrations that come with the product."""
    return files(__package__) / SHIPPED


def load_calibration(scorer: Scorer, sample: str, folder: Path | None = None) -> Calibration:
    """The calibration of `scorer` for `sample`, from `folder` or as shipped.

    Raises ModelError ``model.no_calibration`` when there is none, it cannot be read, or it does not fit (see
    `fitting`).
    """
    name = file_name(scorer.modality, scorer.engine, sample)
    try:
        content = ((folder or shipped()) / name).read_bytes()
    except FileNotFoundError as error:
        raise _none(scorer, sample, "missing") from error
    except OSError as error:
        raise _none(scorer, sample, "unreadable") from error
    return fitting(content, scorer, sample)


def fitting(content: bytes, scorer: Scorer, sample: str) -> Calibration:
    """The calibration in a file's `content`, if it is that of `scorer` and `sample`.

    Raises ModelError ``model.no_calibration``; its `cause` is ``unreadable``, ``another_sample``,
    ``another_engine``, ``another_network`` or ``another_method``.
    """
    try:
        calibration = Calibration.model_validate_json(content)
    except ValidationError as error:
        raise _none(scorer, sample, "unreadable") from error
    measured = calibration.scorer
    wrong = {
        "another_sample": calibration.sample != sample,
        "another_engine": (measured.modality, measured.engine) != (scorer.modality, scorer.engine),
        "another_network": dict(measured.networks) != dict(scorer.networks),
        "another_method": measured.method != scorer.method,
    }
    for cause, holds in wrong.items():
        if holds:
            raise _none(scorer, sample, cause)
    return calibration


def _none(scorer: Scorer, sample: str, cause: str) -> ModelError:
    return ModelError("model.no_calibration", scorer.engine, sample=sample, cause=cause)
