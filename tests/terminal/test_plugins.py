"""A maker's decoder, named in the settings, opens a real card's photo; a wrong setting is named at start."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.api import CardKind, IdCard, Sex
from drivers.errors import Unsupported
from terminal.comparing import decode_photo
from terminal.plugins import photo_decoder
from tests.drivers_card.stub_library import compiled

GREY = """
#include <string.h>
int unpack(char *wlt, char *out, int code) { memset(out, 128, 38556); return 1; }
"""


def card(photo: bytes) -> IdCard:
    return IdCard(
        kind=CardKind.RESIDENT,
        name="样本",
        number="11010519491231002X",
        sex=Sex.FEMALE,
        birth=None,
        valid_from=None,
        valid_to=None,
        photo=photo.ljust(1024, b"\0"),
    )


def test_without_a_library_a_real_photo_is_unavailable():
    assert photo_decoder({}) is None
    assert decode_photo(card(b"WLf\0 something"), allow_simulated=False) is None


def test_the_library_of_the_settings_opens_it(tmp_path):
    decoder = photo_decoder({"path": str(compiled(tmp_path, GREY))})
    picture = decode_photo(card(b"WLf\0 something"), allow_simulated=False, decoder=decoder)
    assert picture is not None
    assert picture.shape == (126, 102, 3)
    assert np.all(picture == 128)


def test_a_library_that_is_not_there_costs_the_photo_only(tmp_path):
    decoder = photo_decoder({"path": str(tmp_path / "absent.so")})
    assert decode_photo(card(b"WLf\0 something"), allow_simulated=False, decoder=decoder) is None


def test_a_misspelt_setting_is_named():
    with pytest.raises(Unsupported) as caught:
        photo_decoder({"path": "a.so", "cod": 1})
    assert caught.value.facts["key"] == "cod"
