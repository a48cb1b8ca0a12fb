"""Clips meant to crash, stall or fool the reader."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.api import PictureError
from models.evaluate import clips
from models.evaluate.clips import LONG_SIDE, clip_frames


def jpeg(width: int, height: int) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


def piece(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def avi(frames: list[bytes], width: int = 320, height: int = 240, rate: int = 25) -> bytes:
    """A motion JPEG clip, whatever its frames are."""
    many, most = len(frames), 1 << 20
    head = struct.pack("<14I", 1000000 // rate, 0, 0, 16, many, 0, 1, most, width, height, 0, 0, 0, 0)
    stream = b"vidsMJPG" + struct.pack(
        "<IHHIIIIIIII4H",
        0,
        0,
        0,
        0,
        1,
        rate,
        0,
        many,
        most,
        0xFFFFFFFF,
        0,
        0,
        0,
        width & 0xFFFF,
        height & 0xFFFF,
    )
    shape = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0x47504A4D, 0, 0, 0, 0, 0)
    lists = piece(b"LIST", b"strl" + piece(b"strh", stream) + piece(b"strf", shape))
    header = piece(b"LIST", b"hdrl" + piece(b"avih", head) + lists)
    movie = piece(b"LIST", b"movi" + b"".join(piece(b"00dc", frame) for frame in frames))
    return piece(b"RIFF", b"AVI " + header + movie)


def read(folder: Path, content: bytes, name: str = "clip.avi") -> list[tuple[float, np.ndarray]]:
    file = folder / name
    file.write_bytes(content)
    return list(clip_frames(file))


def code_of(folder: Path, content: bytes, name: str = "clip.avi") -> str:
    with pytest.raises(PictureError) as refused:
        read(folder, content, name)
    return refused.value.code


@pytest.mark.parametrize(
    "content",
    [
        jpeg(64, 64),
        b"GIF89a" + bytes(600),
        b"#EXTM3U\n#EXTINF:1,\nother.mp4\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"<html></html>",
        bytes(600),
    ],
)
def test_only_containers_are_opened(tmp_path: Path, content: bytes) -> None:
    assert code_of(tmp_path, content, "clip.mp4") == "picture.not_a_clip"


def test_containers_that_hold_nothing(tmp_path: Path) -> None:
    assert code_of(tmp_path, b"\0\0\0\x18ftypmp42" + bytes(600), "clip.mp4") == "picture.damaged"
    assert code_of(tmp_path, avi([])) == "picture.damaged"
    assert code_of(tmp_path, b"\x1a\x45\xdf\xa3" + bytes(600), "clip.mkv") == "picture.damaged"


def test_frames_of_changing_size_are_read(tmp_path: Path) -> None:
    frames = read(tmp_path, avi([jpeg(320, 240)] * 4 + [jpeg(640, 480)] * 8 + [jpeg(16, 16)] * 8))
    assert 5 <= len(frames) <= 8
    assert all(image.ndim == 3 and max(image.shape) <= LONG_SIDE for _, image in frames)


def test_large_frames_are_refused_and_hidden_ones_bounded(tmp_path: Path) -> None:
    assert code_of(tmp_path, avi([jpeg(6000, 4000)] * 2, 6000, 4000)) == "picture.clip_too_large"
    claimed = bytearray(jpeg(64, 64))
    at = claimed.index(b"\xff\xc0")
    claimed[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    frames = read(tmp_path, avi([jpeg(320, 240)] * 4 + [bytes(claimed)] * 8))
    assert len(frames) <= 4


def test_a_long_clip_is_read_to_its_limit(tmp_path: Path) -> None:
    frames = read(tmp_path, avi([jpeg(32, 32)] * 20_000, 32, 32, 500))
    assert len(frames) <= clips.RATE * clips.SECONDS + 1
    assert frames[-1][0] < clips.SECONDS


def test_one_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    file = tmp_path / "clip.avi"
    file.write_bytes(avi([jpeg(320, 240)] * 100))
    frames = clip_frames(file)
    next(frames)
    frames.close()


def test_a_decoder_that_hangs_or_dies_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that sleeps, and one that kills itself after a frame, in place of the real one."""
    file = tmp_path / "clip.avi"
    file.write_bytes(avi([jpeg(32, 32)]))
    monkeypatch.setattr(clips, "WAIT_SECONDS", 1.5)
    real = subprocess.Popen

    def run_instead(program: str) -> None:
        def start(command: list[str], **options: object) -> subprocess.Popen[bytes]:
            return real([command[0], "-I", "-c", program], **options)  # type: ignore[call-overload,no-any-return]

        monkeypatch.setattr(clips.subprocess, "Popen", start)

    run_instead("import time; time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(PictureError, match="damaged"):
        list(clip_frames(file))
    assert time.monotonic() - began < 10
    frame = "import os, struct, sys; os.write(1, struct.pack('<dII', 0, 24, 24) + bytes(24 * 24 * 3));"
    run_instead(frame + "os.kill(os.getpid(), 11)")
    with pytest.raises(PictureError, match="damaged"):
        list(clip_frames(file))


def test_a_pipe_is_no_clip(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")
    with pytest.raises(PictureError, match="missing"):
        list(clip_frames(tmp_path / "clip.mp4"))


GOOD = avi([jpeg(64, 48)] * 12, 64, 48)


@settings(
    deadline=None,
    max_examples=12,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8),
    st.integers(0, len(GOOD)),
)
def test_no_damage_gives_anything_but_frames_or_a_picture_error(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    spoilt = bytearray(GOOD)
    for place, value in changes:
        spoilt[place] = value
    try:
        frames = read(tmp_path, bytes(spoilt[:cut]))
    except PictureError as error:
        assert error.code.startswith("picture.")
    else:
        assert all(image.dtype == np.uint8 and image.ndim == 3 for _, image in frames)
