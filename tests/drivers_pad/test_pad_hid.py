"""A pad whose packets are HID reports: the same parser behind another pipe."""

from __future__ import annotations

from typing import Self

import pytest

from drivers.errors import Missing
from drivers.link.hid import hid_by
from drivers.pad.layout import WACOM_STU
from drivers.pad.packets import Sample, encode
from drivers.pad.settings import PadSettings
from drivers.pad.simulated_pad import signing
from drivers.pad.stream import StreamPad

ADDRESS = "hid:056a:00a8"


class HidPad:
    """Stands in for hidapi with one pad, whose reports come one at a time."""

    def __init__(self) -> None:
        self.reports: list[bytes] = []
        self.plugged = True
        self.open = 0

    def enumerate(self) -> list[dict[str, object]]:
        seen: dict[str, object] = {"vendor_id": 0x056A, "product_id": 0xA8, "path": b"pad"}
        return [{**seen, "product_string": "STU", "usage_page": 0xFF0D}] if self.plugged else []

    def device(self) -> Self:
        return self

    def open_path(self, path: bytes) -> None:
        self.open += 1

    def read(self, size: int, milliseconds: int) -> list[int]:
        if not self.plugged:
            raise OSError("read error")
        return list(self.reports.pop(0)) if self.reports else []

    def write(self, report: bytes) -> int:
        raise AssertionError("such a pad is not asked who it is")

    def close(self) -> None:
        self.open -= 1


def test_reports_become_strokes() -> None:
    hand = HidPad()
    with hid_by(hand):
        pad = StreamPad.open(
            ADDRESS, PadSettings(layout="wacom-stu", ok_area=(0.9, 0.0, 1.0, 0.1), least_ms=0)
        )
        pad.begin()
        written = list(signing("zhao"))
        tap = [Sample(0.95, 0.05, 0.5, True), Sample(0.95, 0.05, 0.0, False)]
        hand.reports = [encode(each, WACOM_STU) for each in [*written, *tap]]
        signature = pad.wait(5)
        assert signature is not None
        points = [point for stroke in signature.strokes for point in stroke]
        wanted = [each for each in written if each.touching]
        assert len(points) == len(wanted)
        assert all(abs(a.pressure - b.pressure) < 0.01 for a, b in zip(points, wanted, strict=True))
        pad.check()
        hand.plugged = False
        with pytest.raises(Missing, match=r"signature_pad\.unplugged"):
            pad.check()
        pad.close()
    assert hand.open == 0
