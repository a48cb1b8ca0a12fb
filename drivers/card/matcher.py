"""A maker's licensed matcher for the fingerprints of identity cards, as a plug-in (finger_iris.md §5).

The library is loaded in a child process (`drivers.card.matcher_child`) for each call. Its calls are those
of GA/T 1012: FP_Begin, FP_FeatureMatch, FP_FeatureExtract, FP_GetQualityScore, FP_End.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from drivers.capture import Grey
from drivers.card import plugin
from drivers.card.fingerprints import RECORD_SIZE
from drivers.card.plugin import Cause, PluginFailure
from drivers.errors import DeviceError, Fault, Garbled, Missing, Refused, TimedOut

IMAGE_HEIGHT, IMAGE_WIDTH = 360, 256
"""Pixels of the pictures it takes, at 500 dpi."""
ANY_FINGER = 99
"""Code of the standard for a finger that is not said."""

_ERRORS: Mapping[Cause, type[DeviceError]] = {
    Cause.MISSING: Missing,
    Cause.CRASHED: Fault,
    Cause.HUNG: TimedOut,
    Cause.FAILED: Refused,
    Cause.WRONG_SIZE: Garbled,
}


class MatcherSettings(BaseModel):
    """Which library compares fingerprints of identity cards. It comes from its maker."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The library (.so) for this machine; its licence file beside it.")
    scanner: int = Field(0, ge=0, le=255, description="The maker's code of the sensor, for extraction.")
    limit_ms: int = Field(3000, ge=200, le=20_000, description="Longest time for one call.")


class MatcherPlugin:
    """Compares by the library that the settings name.

    Every call raises `Missing` ``matcher.missing``, `Fault` ``.crashed``, `TimedOut` ``.hung``, `Refused`
    ``.failed`` (the library said no) or `Garbled` ``.wrong_size`` when it gives nothing.
    """

    def __init__(self, settings: MatcherSettings) -> None:
        self._settings = settings

    def match(self, first: bytes, second: bytes) -> float:
        """How alike two 512-byte records are, 0 to 1. `ValueError` when one is of another size."""
        if len(first) != RECORD_SIZE or len(second) != RECORD_SIZE:
            raise ValueError(f"a record has {RECORD_SIZE} bytes")
        result = self._call("match", first=plugin.pack(first), second=plugin.pack(second))
        likeness = result.get("likeness")
        # NaN, too, is not between 0 and 1.
        if not isinstance(likeness, float) or not 0.0 <= likeness <= 1.0:
            raise self._error(PluginFailure(Cause.WRONG_SIZE, "a likeness beyond 0 to 1"))
        return likeness

    def extract(self, image: Grey, finger: int = ANY_FINGER) -> bytes:
        """The 512-byte record of a picture 360 × 256 (else `ValueError`); `finger` by the standard's code."""
        packed = plugin.pack(_pixels(image))
        result = self._call("extract", image=packed, scanner=self._settings.scanner, finger=finger)
        return self._bytes(result.get("template"))

    def quality(self, image: Grey) -> int:
        """The maker's quality of a picture 360 × 256, 0 to 100. `ValueError` when it is of another size."""
        result = self._call("quality", image=plugin.pack(_pixels(image)))
        quality = result.get("quality")
        if not isinstance(quality, int) or not 0 <= quality <= 100:
            raise self._error(PluginFailure(Cause.WRONG_SIZE, "a quality beyond 0 to 100"))
        return quality

    def _call(self, deed: str, **arguments: object) -> Mapping[str, object]:
        request = {"path": str(self._settings.path), "deed": deed, **arguments}
        try:
            return plugin.call("drivers.card.matcher_child", request, self._settings.limit_ms / 1000)
        except PluginFailure as failure:
            raise self._error(failure) from failure

    def _bytes(self, text: object) -> bytes:
        try:
            return plugin.unpack(text)
        except PluginFailure as failure:
            raise self._error(failure) from failure

    def _error(self, failure: PluginFailure) -> DeviceError:
        kind = _ERRORS[failure.cause]
        return kind(f"matcher.{failure.cause}", self._settings.path.name, detail=failure.detail)


def _pixels(image: Grey) -> bytes:
    if image.shape != (IMAGE_HEIGHT, IMAGE_WIDTH):
        raise ValueError(f"the matcher takes {IMAGE_HEIGHT} × {IMAGE_WIDTH}, not {image.shape}")
    return image.tobytes()
