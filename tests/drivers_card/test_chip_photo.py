"""The chip photo: told apart by its magic; the simulator's goes there and back, and only where allowed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import Image
from drivers.card.photo import (
    HEIGHT,
    PHOTO_SIZE,
    WIDTH,
    PhotoUnavailable,
    Unavailable,
    decode,
    encode_simulated,
    is_simulated,
)


def portrait(height: int, width: int) -> Image:
    """A smooth drawn head, so that compression has something to keep."""
    y, x = np.mgrid[0:height, 0:width]
    head = ((x - width / 2) / (width * 0.3)) ** 2 + ((y - height * 0.45) / (height * 0.3)) ** 2 < 1
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.where(head, 120, 230 - y * 60 // height)
    image[..., 1] = np.where(head, 160, 230)
    image[..., 2] = np.where(head, 210, 200 + x * 40 // width)
    return image


@pytest.mark.parametrize("size", [(126, 102), (480, 640), (900, 300)])
def test_a_picture_goes_there_and_back(size: tuple[int, int]) -> None:
    packed = encode_simulated(portrait(*size))
    assert len(packed) == PHOTO_SIZE
    assert is_simulated(packed)
    image = decode(packed, allow_simulated=True)
    assert isinstance(image, np.ndarray)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8


def test_the_picture_is_the_same_one() -> None:
    original = portrait(HEIGHT, WIDTH)
    image = decode(encode_simulated(original), allow_simulated=True)
    assert isinstance(image, np.ndarray)
    assert np.abs(image.astype(int) - original.astype(int)).mean() < 6
    blue, green, red = image[HEIGHT // 2, WIDTH // 2]
    assert red > green > blue


def test_even_noise_fits() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (300, 300, 3), np.uint8)
    assert isinstance(decode(encode_simulated(noise), allow_simulated=True), np.ndarray)


@pytest.mark.parametrize("shape", [(0, 10, 3), (10, 10), (10, 10, 4)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height × width × 3"):
        encode_simulated(np.zeros(shape, np.uint8))


def test_production_refuses_the_simulators_photo() -> None:
    packed = encode_simulated(portrait(HEIGHT, WIDTH))
    assert decode(packed, allow_simulated=False) == PhotoUnavailable(Unavailable.SIMULATED_REFUSED)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Unavailable.EMPTY),
        (bytes(1024), Unavailable.EMPTY),
        (bytes.fromhex("574C6600 7E00320000FF85") + bytes(1000), Unavailable.NO_DECODER),
        (b"\xff\xd8\xff\xe0" + bytes(1020), Unavailable.UNKNOWN_FORMAT),
        (b"WLs\0" + bytes(1020), Unavailable.DAMAGED),
        (b"WLs\0\xff\xff" + bytes(1018), Unavailable.DAMAGED),
        (b"WLs\0\x04\x00RIFF" + bytes(1014), Unavailable.DAMAGED),
    ],
)
def test_named_states(data: bytes, reason: Unavailable) -> None:
    assert decode(data, allow_simulated=True) == PhotoUnavailable(reason)


def test_a_picture_of_another_size_is_damaged() -> None:
    import cv2

    packed = cv2.imencode(".webp", portrait(20, 20))[1].tobytes()
    data = (b"WLs\0" + len(packed).to_bytes(2, "little") + packed).ljust(1024, b"\0")
    assert decode(data, allow_simulated=True) == PhotoUnavailable(Unavailable.DAMAGED)


@given(st.binary(max_size=1100))
def test_decoding_never_raises(data: bytes) -> None:
    decode(b"WLs\0" + data, allow_simulated=True)
    decode(data, allow_simulated=True)
