"""Each instruction has a cue that is a symbol, and left and right follow the mirror."""

from __future__ import annotations

import pytest

from terminal.messages import texts
from ui.widgets.cues import CUES, cue_of
from ui.widgets.symbols import SYMBOLS


def test_every_instruction_has_a_cue_and_every_cue_a_symbol():
    assert set(CUES) == {code for code in texts("en").codes() if code.startswith("guide.")}
    assert {cue.symbol for cue in CUES.values()} <= set(SYMBOLS)


@pytest.mark.parametrize(
    "pair", [("guide.move_left", "guide.move_right"), ("guide.turn_left", "guide.turn_right")]
)
def test_the_own_left_is_the_screens_left_only_in_a_mirror(pair):
    left, right = pair
    assert cue_of(left).across == -1
    assert cue_of(left, mirrored=False) == cue_of(right)
    assert cue_of(right, mirrored=False) == cue_of(left)


def test_what_has_no_side_is_the_same_in_both():
    for code in ("guide.move_up", "guide.more_light", "guide.come_closer"):
        assert cue_of(code) == cue_of(code, mirrored=False)
    assert cue_of(None) is None
