"""Cameras: the OpenCV driver on clips, pictures and HTTP, a virtual customer, a pair of network cameras."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage

from drivers.camera.http_simulator import Fault as F
from drivers.camera.puppet import Puppet
from drivers.camera.simulated import SimulatedCamera, start_camera
from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, TimedOut, Unsupported
from drivers.host.hosted import Limits
from tests.contract.hosting import Hosting
from tests.contract.rig import Bench, Injected, Rig

SIZE = (320, 240)
MESH = Path(__file__).resolve().parents[2] / "drivers_camera" / "astronaut_mesh.npy"
FRAMES = 45
"""What `work` reads: more than a second of a camera, within which every fault must show."""
OPTIONS = {
    "width": SIZE[0],
    "height": SIZE[1],
    "freeze_seconds": 0.6,
    "covered_seconds": 0.4,
    "open_seconds": 3.0,
    "stall_seconds": 1.5,
}


def look(camera: Any, frames: int = FRAMES) -> None:
    """Read pictures; all must be new."""
    numbers = [camera.frame(1.0).number for _ in range(frames)]
    assert numbers == sorted(set(numbers))


def told(fault: F) -> Callable[[Bench], None]:
    """Gives the simulated camera a fault."""
    return lambda bench: bench.sim.fault(fault)


def injected(fault: F, error: type[DeviceError], code: str, at_open: bool = False) -> Injected:
    """A fault of the simulated camera."""
    return Injected(f"{fault}{'_at_open' if at_open else ''}", told(fault), error, code, at_open)


HTTP = (
    injected(F.FREEZE, Garbled, "camera.frozen"),
    injected(F.BLACK, Garbled, "camera.black"),
    injected(F.COVERED, Garbled, "camera.covered"),
    injected(F.WRONG_SIZE, Unsupported, "camera.wrong_size"),
    injected(F.HALF_JPEG, Garbled, "camera.damaged"),
    injected(F.NOISE, Garbled, "camera.damaged"),
    injected(F.HUGE, Garbled, "camera.too_large"),
    injected(F.STALL, TimedOut, "camera.timed_out"),
    injected(F.SLOW, TimedOut, "camera.timed_out"),
    injected(F.DISCONNECT, Missing, "camera.unplugged"),
    Injected("unplugged", lambda bench: bench.sim.unplug(), Missing, "camera.unplugged"),
    injected(F.MUTE, TimedOut, "camera.timed_out", at_open=True),
    injected(F.NOT_A_VIDEO, Unsupported, "camera.not_a_video", at_open=True),
    injected(F.BAD_ANSWER, Garbled, "camera.bad_answer", at_open=True),
    injected(F.BUSY, Busy, "camera.busy", at_open=True),
    injected(F.FORBIDDEN, Refused, "camera.no_permission", at_open=True),
    injected(F.ABSENT, Missing, "camera.missing", at_open=True),
    injected(F.BROKEN, Garbled, "camera.bad_answer", at_open=True),
    Injected(
        "unplugged_before_open", lambda bench: bench.sim.unplug(), Missing, "camera.missing", at_open=True
    ),
)


OF_ITS_OWN = {"freeze", "wrong_size", "stall", "unplugged", "busy_at_open"}
"""Faults of a camera that are also tried in a process of its own: one of each class."""


def nothing() -> None:
    """A camera needs no preparing."""


@contextmanager
def _http() -> Iterator[Bench]:
    with start_camera(width=SIZE[0], height=SIZE[1], fps=40) as camera:
        yield Bench(camera.address, OPTIONS, nothing, look, camera.unplug, camera.replug, camera)


class Folder:
    """A clip or pictures that can be spoiled and put right."""

    def __init__(self, make: Callable[[Path], None], path: Path) -> None:
        self._make, self.path = make, path
        self.clear()

    def clear(self) -> None:
        """As it was."""
        self.remove()
        self._make(self.path)

    def remove(self) -> None:
        """Take it away."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        self.path.unlink(missing_ok=True)

    def spoil(self) -> None:
        """Put a text in its place."""
        self.remove()
        self.path.write_text("no picture\n" * 50)


def living(number: int) -> Any:
    """A noisy picture, differing with `number`."""
    picture = np.random.default_rng(number).integers(40, 60, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    picture[40:200, 20 + 3 * (number % 60) :][:, :80] += np.uint8(100)
    return picture


def write_clip(path: Path, pictures: list[Any]) -> None:
    """A motion JPEG clip."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 40.0, SIZE)
    for picture in pictures:
        writer.write(picture)
    writer.release()


def write_pictures(path: Path) -> None:
    """A folder of pictures."""
    path.mkdir()
    for number in range(3):
        cv2.imwrite(str(path / f"{number}.png"), living(number))


@contextmanager
def _recorded(scheme: str, name: str, make: Callable[[Path], None]) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        source = Folder(make, Path(folder) / name)
        options = OPTIONS | {"loop": True} | ({"fps": 40.0} if scheme == "images" else {})
        yield Bench(f"{scheme}:{source.path}", options, nothing, look, None, None, source)


def _clip() -> Any:
    return _recorded("file", "clip.avi", lambda path: write_clip(path, [living(i) for i in range(60)]))


def _pictures() -> Any:
    return _recorded("images", "faces", write_pictures)


ABSENT = Injected("absent", lambda bench: bench.sim.remove(), Missing, "camera.missing", at_open=True)
FILE = (
    ABSENT,
    Injected("not_a_video", lambda bench: bench.sim.spoil(), Unsupported, "camera.not_a_video", at_open=True),
)


class Puppets:
    """A puppet file that can be taken away."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "puppet.npz"
        self.clear()

    def clear(self) -> None:
        """As it was."""
        portrait = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"))
        Puppet.save(self.path, portrait, np.load(MESH))


@contextmanager
def _virtual() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        puppets = Puppets(Path(folder))

        def work(camera: Any) -> None:
            camera.hear("challenge.blink")
            look(camera, 5)

        options = {"width": 320, "height": 240}
        yield Bench(f"virtual:{puppets.path}", options, nothing, work, None, None, puppets)


VIRTUAL = (
    Injected("absent", lambda bench: bench.sim.path.unlink(), Missing, "camera.puppet_missing", at_open=True),
    Injected(
        "no_puppet",
        lambda bench: bench.sim.path.write_bytes(b"none"),
        Unsupported,
        "camera.puppet_unusable",
        at_open=True,
    ),
)


class Pair:
    """Two simulated cameras; faults go to the infrared one unless said otherwise."""

    def __init__(self, colour: SimulatedCamera, infrared: SimulatedCamera) -> None:
        self.colour, self.infrared = colour, infrared

    def fault(self, name: F) -> None:
        """To the infrared camera."""
        self.infrared.fault(name)

    def clear(self) -> None:
        """Both are in order again."""
        for each in (self.colour, self.infrared):
            each.replug()
            each.clear()


def look_twice(camera: Any) -> None:
    """Read pairs; both pictures must be there, and change."""
    for _ in range(40):
        frame = camera.frame(1.0)
        assert frame.infrared is not None
        assert frame.infrared.shape == frame.image.shape
        assert (frame.infrared[..., 0] == frame.infrared[..., 2]).all()


@contextmanager
def _pair() -> Iterator[Bench]:
    size = {"width": SIZE[0], "height": SIZE[1]}
    with start_camera(fps=30, **size) as colour, start_camera(fps=30, infrared=True, **size) as infrared:
        pair = Pair(colour, infrared)
        options = {"infrared": infrared.address, "colour": OPTIONS, "near_infrared": OPTIONS}
        yield Bench(colour.address, options, nothing, look_twice, colour.unplug, pair.clear, pair)


def _colour(fault: F) -> Callable[[Bench], None]:
    return lambda bench: bench.sim.colour.fault(fault)


PAIR = (
    injected(F.FREEZE, Garbled, "camera.infrared_frozen"),
    injected(F.BLACK, Garbled, "camera.infrared_black"),
    injected(F.COVERED, Garbled, "camera.infrared_covered"),
    injected(F.STALL, TimedOut, "camera.infrared_timed_out"),
    injected(F.NOISE, Garbled, "camera.infrared_failed"),
    injected(F.DISCONNECT, Missing, "camera.infrared_unplugged"),
    Injected(
        "infrared_unplugged",
        lambda bench: bench.sim.infrared.unplug(),
        Missing,
        "camera.infrared_unplugged",
    ),
    injected(F.ABSENT, Missing, "camera.infrared_missing", at_open=True),
    Injected("colour_freeze", _colour(F.FREEZE), Garbled, "camera.frozen"),
    Injected("colour_unplugged", lambda bench: bench.sim.colour.unplug(), Missing, "camera.unplugged"),
)

HOSTED = Limits(open_seconds=10, grace_seconds=0.5)


def _hosted() -> Rig:
    hosting = Hosting(HOSTED)
    of_its_own = tuple(each for each in HTTP if each.name in OF_ITS_OWN)
    stopped = Injected("hung", hosting.signals(signal.SIGSTOP), TimedOut, "device.hung", seconds=2.0)
    crashed = Injected("crashed", hosting.signals(signal.SIGSEGV), Missing, "device.crashed")
    return Rig("opencv", "http-hosted", _http, (*of_its_own, stopped, crashed), opens=hosting)


RIGS = (
    Rig("opencv", "http", _http, HTTP),
    Rig("opencv", "file", _clip, FILE),
    Rig(
        "opencv",
        "images",
        _pictures,
        (
            ABSENT,
            Injected(
                "not_a_picture",
                lambda bench: bench.sim.spoil(),
                Unsupported,
                "camera.not_a_picture",
                at_open=True,
            ),
        ),
    ),
    Rig("camera-virtual", "virtual", _virtual, VIRTUAL),
    Rig("camera-pair", "http", _pair, PAIR),
    _hosted(),
)
