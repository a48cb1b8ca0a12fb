"""A hundred hostile inputs for every parser in each run of the tests; `make fuzz` has the million."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_any_bytes(target: Target):
    @settings(QUICK, max_examples=target.quick)
    @given(st.binary(max_size=1024))
    def hold(data: bytes) -> None:
        target.try_one(data)

    hold()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_good_input_spoilt(target: Target):
    assert target.seeds, "a fuzzer needs something good to begin from"

    @settings(QUICK, max_examples=target.quick)
    @given(
        st.sampled_from(target.seeds),
        st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4),
        st.integers(0, 1 << 16),
    )
    def hold(seed: bytes, changes: list[tuple[int, int]], cut: int) -> None:
        spoilt = bytearray(seed)
        for place, value in changes:
            if spoilt:
                spoilt[place % len(spoilt)] = value
        target.try_one(bytes(spoilt[: cut % (len(spoilt) + 1)]))
        target.try_one(bytes(spoilt))

    for seed in target.seeds:
        target.try_one(seed)
    hold()
