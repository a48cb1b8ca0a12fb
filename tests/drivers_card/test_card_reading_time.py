"""What the program adds to the time of line and chip when a full card is read."""

from __future__ import annotations

import pytest

from drivers.card.measure import ReadTimes, measure_read


def test_reading_a_full_card_with_fingerprints_adds_little() -> None:
    measured = measure_read(3, chip_ms=100)
    assert len(measured.times) == 3
    for each in measured.times:
        # Three requests of 10 bytes; answers of 15, 19 and 2321.
        assert each.wire_ms == pytest.approx((3 * 10 + 15 + 19 + 2321) * 10 / 115.2)
        assert each.chip_ms == pytest.approx(110)
        assert each.total_ms >= each.wire_ms + each.chip_ms
    assert measured.median_added_ms <= 150
    assert measured.median_added_ms <= measured.worst_added_ms


def test_no_readings_measure_nothing() -> None:
    with pytest.raises(ValueError, match="one reading"):
        measure_read(0)


def test_what_is_added_is_the_rest() -> None:
    assert ReadTimes(total_ms=1000, wire_ms=200, chip_ms=750).added_ms == 50
