"""The real network, and real pictures where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.paths import paths
from models.api import ModelError
from models.catalogue import Catalogue
from models.finger.engine import NETWORK, FingerEngine
from models.finger.settings import FingerSettings


@pytest.fixture(scope="session")
def networks() -> Path:
    """The folder with LEADER in it; an altered file is a failure, not a reason to skip."""
    folder = paths().models
    catalogue = Catalogue.shipped()
    try:
        catalogue.check(catalogue.entry(NETWORK), folder)
    except ModelError as error:
        if error.code != "model.missing":
            raise
        pytest.skip("network not fetched: make models PACK=finger")
    return folder


@pytest.fixture(scope="session")
def engine(networks: Path) -> FingerEngine:
    return FingerEngine(FingerSettings(nfiq2=False), networks)


@pytest.fixture(scope="session")
def fingers() -> Path:
    """FVC2002 DB1–4 set B, one sub-folder a data base."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "finger"
    if not folder.is_dir():
        pytest.skip("development data is absent")
    return folder
