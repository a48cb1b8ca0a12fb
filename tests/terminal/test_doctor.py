"""What the doctor says of fingerprints and irises, and when something is amiss."""

from __future__ import annotations

import pytest

from config.paths import HOME
from config.settings import DeviceChoice, Settings
from terminal.commands.doctor_templates import fingerprints, irises

FINGERS = DeviceChoice(kind="fingerprint", driver="ef01")
EYES = DeviceChoice(kind="iris", driver="iris-camera")


@pytest.fixture
def chosen(monkeypatch, tmp_path) -> Settings:
    """Settings of a terminal that has no networks."""
    monkeypatch.setenv(HOME, str(tmp_path))
    plain = Settings()
    return plain.model_copy(update={"models": plain.models.model_copy(update={"folder": str(tmp_path)})})


def test_a_missing_network_is_amiss_only_where_a_sensor_needs_it(chosen):
    without = fingerprints(chosen)
    assert without.good and "leader" in without.found and "make fingerprints" in without.remedy
    assert not fingerprints(chosen.model_copy(update={"devices": (FINGERS,)})).good


def test_the_shipped_calibration_of_irises_fits_the_engine(chosen):
    assert irises(chosen).good and "calibration shipped" in irises(chosen).found


def test_production_wants_a_calibration_of_the_bank(chosen):
    production = chosen.model_copy(
        update={
            "terminal": chosen.terminal.model_copy(update={"production": True}),
            "devices": (EYES,),
        }
    )
    amiss = irises(production)
    assert not amiss.good and "calibrate install" in amiss.found
