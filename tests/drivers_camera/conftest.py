"""Clips, pictures and a puppet made for the camera tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydantic.fields  # noqa: F401  before PySide6: its import hook breaks the lazy import later
import pytest
import skimage

from drivers.api import Camera, Frame, Image
from drivers.camera.puppet import Puppet
from drivers.registry import open_device

CLIP_FPS = 20.0


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every test closes what it opened, and closing ends the reading thread."""
    yield
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and _readers():
        time.sleep(0.01)
    assert not _readers()


def _readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("camera-read")]


@pytest.fixture
def opened() -> Iterator[Callable[..., Any]]:
    """Opens cameras by driver, address and options; closes them at the end."""
    cameras: list[Camera] = []

    def opener(driver: str, address: str, options: Mapping[str, object] | None = None) -> Any:
        camera = open_device(driver, address, options or {})
        cameras.append(camera)
        return camera

    yield opener
    for camera in cameras:
        camera.close()


def numbered(number: int, width: int = 160, height: int = 120) -> Image:
    """A noisy picture whose left half is as bright as `number` (0 to 120) says."""
    picture = np.random.default_rng(number).integers(40, 60, (height, width, 3), dtype=np.uint8)
    picture[:, : width // 2] += np.uint8(number)
    return picture


def number_of(frame: Frame) -> int:
    """The number `numbered` wrote, as well as it can be read after compression."""
    return round(float(frame.image[:, : frame.image.shape[1] // 2 - 4].mean()) - 49.5)


def write_clip(path: Path, pictures: list[Image], fps: float = CLIP_FPS) -> str:
    """A motion JPEG clip of `pictures`."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return f"file:{path}"


@pytest.fixture(scope="session")
def puppet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A puppet of scikit-image's public-domain portrait with its mesh."""
    portrait = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"))
    path = tmp_path_factory.mktemp("puppet") / "astronaut.npz"
    Puppet.save(path, portrait, np.load(Path(__file__).parent / "astronaut_mesh.npy"))
    return path
