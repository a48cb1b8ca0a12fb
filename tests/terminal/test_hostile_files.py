"""Commands given hostile pictures and clips: one line, a right exit code, never yes or no by mistake."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from config.paths import paths
from models.api import ModelError
from models.catalogue import Catalogue
from terminal.cli import run

CANNOT_TELL, UNAVAILABLE = 2, 69


@pytest.fixture(scope="module", autouse=True)
def _networks() -> None:
    try:
        Catalogue.shipped().load("open", paths().models)
    except ModelError as error:
        pytest.skip(f"the networks are not installed: {error.code}")


@pytest.fixture(scope="module")
def portrait() -> Path:
    package = find_spec("matplotlib")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "mpl-data/sample_data/grace_hopper.jpg"


def encoded(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def broken(portrait: Path) -> dict[str, bytes]:
    """Files that hold no usable picture."""
    whole = portrait.read_bytes()
    frames = [Pillow.new("RGB", (40, 32), colour) for colour in ("red", "green")]
    return {
        "empty.jpg": b"",
        "cut.jpg": whole[: len(whole) // 2],
        "one_by_one.png": encoded(Pillow.new("RGB", (1, 1)), "PNG"),
        "bomb.gif": b"GIF89a" + (60000).to_bytes(2, "little") * 2 + bytes(20),
        "moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "moving.webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "moving.png": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "letter.jpg": b"Dear Sir or Madam" * 40,
        "clip.jpg": b"\0\0\0\x18ftypmp42" + bytes(600),
        "torn.tif": encoded(Pillow.open(portrait), "TIFF", compression="tiff_lzw")[:-5000],
    }


def faceless() -> dict[str, bytes]:
    """Pictures that can be read and show nobody."""
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 4)).astype(np.uint8)
    return {
        "noise.png": encoded(Pillow.fromarray(noise), "PNG"),
        "print.jpg": encoded(Pillow.fromarray(noise, "CMYK"), "JPEG"),
        "deep.png": encoded(Pillow.fromarray(noise.view(np.uint16)[..., 0].copy()), "PNG"),
        "float.tif": encoded(Pillow.fromarray(noise.view(np.float32)[..., 0].copy()), "TIFF"),
        "strip.png": encoded(Pillow.new("RGB", (24, 9000), "grey"), "PNG"),
        "palette.gif": encoded(Pillow.fromarray(noise[..., 0]).convert("P"), "GIF"),
        "clear.png": encoded(Pillow.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG"),
    }


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The JSON document, behind what the log of a test may have said."""
    said = capsys.readouterr().out
    found: dict[str, Any] = json.loads(said[said.index("{\n") :])
    return found


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    logged = [line for line in said.out.splitlines() if "model.unlisted" in line]
    assert said.out.splitlines() == logged, "only the log may speak of files beside the networks"
    lines = said.err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_broken_pictures_end_with_one_line(
    portrait: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even the decoders' own libraries say more."""
    for name, content in broken(portrait).items():
        file = tmp_path / name
        file.write_bytes(content)
        for command in (
            ["compare", str(portrait), str(file)],
            ["compare", str(file), str(portrait)],
            ["liveness", str(file)],
            ["document", "mrz", str(file)],
        ):
            assert run(command) == UNAVAILABLE, (command[0], name)
            assert name in one_line(capfd)


def test_broken_pictures_in_json(portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in broken(portrait).items():
        (tmp_path / name).write_bytes(content)
        assert run(["compare", str(portrait), str(tmp_path / name), "--json"]) == UNAVAILABLE
        assert answer(capsys)["error"]["code"].startswith("picture.")


@pytest.mark.slow
def test_pictures_of_nobody_never_match(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in faceless().items():
        file = tmp_path / name
        file.write_bytes(content)
        for command in (["compare", str(portrait), str(file)], ["compare", str(file), str(portrait)]):
            assert run([*command, "--json"]) == CANNOT_TELL, name
            assert answer(capsys)["decision"] == "cannot_tell"
        assert run(["liveness", str(file), "--json"]) == CANNOT_TELL, name
        assert run(["document", "mrz", str(file), "--json"]) == CANNOT_TELL, name
        capsys.readouterr()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 9, 65535])
def test_a_wrong_orientation_never_makes_a_stranger_match(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], orientation: int
) -> None:
    package = find_spec("skimage")
    assert package is not None and package.origin is not None
    note = Pillow.Exif()
    note[0x0112] = orientation
    stranger = tmp_path / "stranger.jpg"
    with Pillow.open(Path(package.origin).parent / "data/astronaut.png") as picture:
        stranger.write_bytes(encoded(picture, "JPEG", exif=note))
    assert run(["compare", str(portrait), str(stranger), "--json"]) in (1, CANNOT_TELL)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("letter.mp4", b"#EXTM3U\nother.mp4\n"),
        ("hollow.mp4", b"\0\0\0\x18ftypmp42" + bytes(600)),
        ("hollow.mkv", b"\x1a\x45\xdf\xa3" + bytes(600)),
    ],
)
def test_broken_clips_end_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(["liveness", f"file:{tmp_path / name}"]) == UNAVAILABLE
    assert name in one_line(capsys)


def test_a_clip_of_nobody_cannot_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "grey.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for level in range(60):
        writer.write(np.full((240, 320, 3), 60 + level, np.uint8))
    writer.release()
    assert run(["liveness", str(file), "--json"]) == CANNOT_TELL
    assert answer(capsys)["decision"] == "cannot_tell"
