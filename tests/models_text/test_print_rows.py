"""Rows of print on pictures too small to hold any."""

from __future__ import annotations

import numpy as np
import pytest

from models.text.number_line import EXPIRY, NUMBER
from models.text.rows import find_rows


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3)])
@pytest.mark.parametrize("wanted", [NUMBER, EXPIRY])
def test_the_smallest_pictures_hold_no_row(size, wanted):
    assert find_rows(np.full((*size, 3), 60, np.uint8), 12.0, wanted) == ()
