"""What ``renzheng doctor`` says of fingerprints and irises: engines, networks, packages, calibrations.

What is missing is amiss only where the settings name a sensor that needs it.
"""

from __future__ import annotations

from config.settings import Settings
from drivers.api import Kind
from models.api import ModelError
from models.calibration import Scorer
from terminal.calibrations import calibrations
from terminal.commands.check import Check
from terminal.commands.context import explain, models_folder


def fingerprints(chosen: Settings) -> Check:
    """Whether the engine of the settings can run, whether NIST's software is there, and the calibration."""
    from models.finger import nist
    from models.finger.compare import SAMPLE, scorer
    from models.finger.engine import FingerEngine
    from models.finger.settings import EngineKind, FingerSettings

    kind = EngineKind(chosen.models.finger_engine.value)
    installed = "NFIQ 2 and bozorth3 installed" if nist.available() else "no NFIQ 2, no bozorth3"
    needed = _needed(chosen, Kind.FINGERPRINT)
    try:
        FingerEngine(FingerSettings(engine=kind), models_folder(chosen))
    except ModelError as error:
        why = explain(error.code, model=error.model, **error.detail)
        return Check("fingers", not needed, f"{kind}: {why}; {installed}", "Run: make fingerprints")
    good, calibrated = _calibrated(chosen, scorer(kind), SAMPLE)
    remedy = "" if nist.available() else "For NFIQ 2, and bozorth3 as another engine: make fingerprints"
    return Check("fingers", good or not needed, f"engine {kind}; {installed}; {calibrated}", remedy)


def irises(chosen: Settings) -> Check:
    """The calibration in force; the engine is part of the program."""
    from models.iris.engine import SCORER
    from models.iris.match import SAMPLE

    good, calibrated = _calibrated(chosen, SCORER, SAMPLE)
    text = f"engine {SCORER.engine}, method {SCORER.method}; {calibrated}"
    return Check("irises", good or not _needed(chosen, Kind.IRIS), text)


def _needed(chosen: Settings, kind: Kind) -> bool:
    return any(device.kind == kind.value for device in chosen.devices)


def _calibrated(chosen: Settings, scorer: Scorer, sample: str) -> tuple[bool, str]:
    """Whether a calibration is in force, and which, or why none is."""
    try:
        held = calibrations(chosen).find(scorer, sample)
    except ModelError as error:
        return False, explain(error.code, model=error.model, **error.detail)
    where = "shipped" if held == _shipped(scorer, sample) else "installed"
    trials = held.impostors.trials
    return True, f"calibration {where}, {held.measured_on} v{held.version}, {trials} impostor comparisons"


def _shipped(scorer: Scorer, sample: str) -> object:
    from models.calibration_files import shipped_calibration

    try:
        return shipped_calibration(scorer, sample)
    except ModelError:
        return None
