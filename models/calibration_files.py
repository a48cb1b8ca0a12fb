"""Calibrations as files: their names, whether one fits a scorer, and those shipped with the product."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from models.api import ModelError
from models.calibration import Calibration, Modality, Scorer

FOLDER = "calibrations"
"""Folder of this package with the calibrations shipped with the product."""
PINS = "SHA256SUMS"
"""Their hashes, in the manner of sha256sum: a file that is not listed so is not taken."""
NONE = "model.no_calibration"
"""Family of the codes that say why a scorer has no calibration; all lead to a person."""


def file_name(modality: Modality, engine: str, sample: str) -> str:
    """Name of a calibration's file."""
    return f"{modality.value}-{engine}-{sample}.json"


def parse(content: bytes | str) -> Calibration:
    """The calibration in a file's content. Raises ModelError ``model.no_calibration.unreadable``."""
    try:
        return Calibration.model_validate_json(content)
    except ValidationError as error:
        raise ModelError(f"{NONE}.unreadable", "") from error


def check_fit(calibration: Calibration, scorer: Scorer, sample: str) -> None:
    """Raises ModelError unless `calibration` was measured with `scorer` on `sample`.

    Codes: ``model.no_calibration.`` and ``another_sample``, ``another_engine``, ``another_network`` or
    ``another_method``.
    """
    measured = calibration.scorer
    fits = {
        "another_sample": calibration.sample == sample,
        "another_engine": (measured.modality, measured.engine) == (scorer.modality, scorer.engine),
        "another_network": dict(measured.networks) == dict(scorer.networks),
        "another_method": measured.method == scorer.method,
    }
    for cause, fit in fits.items():
        if not fit:
            raise none(cause, scorer, sample)


def shipped_calibration(scorer: Scorer, sample: str) -> Calibration:
    """The calibration of `scorer` for `sample` that comes with the product.

    Raises ModelError ``model.no_calibration.missing`` when there is none, ``.altered`` when it is not the one
    listed in ``SHA256SUMS``, and as `parse` and `check_fit` do.
    """
    name = file_name(scorer.modality, scorer.engine, sample)
    folder = files(__package__) / FOLDER
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise none("missing", scorer, sample) from error
    if hashlib.sha256(content).hexdigest() != _pins(folder).get(name):
        raise none("altered", scorer, sample)
    calibration = parse(content)
    check_fit(calibration, scorer, sample)
    return calibration


def none(cause: str, scorer: Scorer, sample: str) -> ModelError:
    """The error that says why `scorer` has no calibration for `sample`."""
    return ModelError(f"{NONE}.{cause}", scorer.engine, sample=sample)


def _pins(folder: Traversable) -> dict[str, str]:
    """File name → SHA-256."""
    lines = (folder / PINS).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
