"""All face networks of one pack, loaded and checked: the way other packages use them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2

from models.api import Embedding, Face, Image, Mesh, ModelError, Observation, Quality
from models.catalogue import Catalogue, Loaded, Role
from models.engine import OnnxEngine, Threading
from models.face.align import align
from models.face.detect import Detector, YuNet, search, shared
from models.face.embed import Embedder, SFace, document_looks, embed_document, together
from models.face.eyes import Eyes, Look
from models.face.mesh import FaceMesh
from models.face.passive import (
    FR,
    MINIFASNET,
    V1SE_ROOM,
    V2_ROOM,
    MiniFasNet,
    Passive,
    PassiveLiveness,
    Scorer,
)
from models.face.quality import Looked, judge
from models.face.settings import DocumentSettings, FaceSettings
from models.face.track import Track
from models.memory import give_back_memory

T = TypeVar("T")
Faces = tuple[Face, ...]


def load(
    pack: str,
    folder: Path,
    *,
    threads: int = 1,
    spinning: bool = False,
    settings: FaceSettings | None = None,
) -> FaceStack:
    """The networks of `pack` (``open`` or ``insightface``) from `folder`, each checked against the catalogue.

    Raises ModelError: ``model.unknown_pack``, ``model.missing``, ``model.altered``,
    ``model.licence_not_accepted``, ``model.unusable``. Never touches the network.
    """
    cv2.setNumThreads(threads)
    chosen = settings or FaceSettings()
    files = Catalogue.shipped().load(pack, folder)
    engines = {
        role: OnnxEngine(file.entry.name, file.network, Threading(threads, spinning))
        for role, file in files.items()
        if role in _STAGES
    }
    detector, embedder = _recognition(pack, files, engines, chosen)
    mesh, passive = FaceMesh(engines[Role.MESH]), _passive(engines)
    networks = Networks(detector, embedder, mesh, passive, Eyes(engines[Role.IRIS]))
    about = {role.value: file.sha256 for role, file in files.items()}
    del files
    give_back_memory()
    return FaceStack(pack, about, engines, networks, chosen)


@dataclass(frozen=True, slots=True)
class Networks:
    """The stages that need a network."""

    detector: Detector
    embedder: Embedder
    mesh: FaceMesh
    passive: Passive
    eyes: Eyes


class FaceStack:
    """Everything that can be seen in a face. Use it from one lane at a time; no method needs the internet."""

    def __init__(
        self,
        pack: str,
        about: Mapping[str, str],
        engines: Mapping[Role, OnnxEngine],
        networks: Networks,
        settings: FaceSettings,
    ) -> None:
        self.pack = pack
        self.about = about
        """Role of each network → SHA-256 of its file, for the record of a decision."""
        self.engines = engines
        self.settings = settings
        self._networks: Networks | None = networks
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="beside")
        # Its thread starts with the first work; now, rather than in somebody's first frame.
        self._beside.submit(int).result()

    def detect(self, image: Image) -> tuple[Face, ...]:
        """Faces, largest first, in a picture of any size, from a chip photo to 20 megapixels."""
        return search(self._open.detector, image, self.settings.detect)[0]

    def embed(self, image: Image, face: Face) -> Embedding:
        """The template of `face`; one that was followed is searched for first, for exact points."""
        exact = self._searched(image, face) if face.tracked else face
        return self._open.embedder.embed(align(image, exact.points))

    def embed_document(self, image: Image, face: Face, settings: DocumentSettings | None = None) -> Embedding:
        """The template of a face on a document or chip; `settings` other than the stack's are for trials."""
        return embed_document(self._open.embedder, image, face.points, settings or self.settings.document)

    def embed_together(
        self, documents: Sequence[tuple[Image, Face]], live: Sequence[tuple[Image, Face]]
    ) -> tuple[list[Embedding], list[Embedding]]:
        """What `embed_document` and `embed` give, two at a time: while nobody else needs the second core."""
        embedder, settings = self._open.embedder, self.settings.document
        with ThreadPoolExecutor(TOGETHER, thread_name_prefix="embed") as pool:
            looks = [
                [pool.submit(embedder.embed, look) for look in document_looks(image, face.points, settings)]
                for image, face in documents
            ]
            others = pool.map(lambda each: self.embed(*each), live)
            return [together([look.result() for look in each]) for each in looks], list(others)

    def mesh(self, image: Image, face: Face) -> Mesh:
        """The 468 points of `face`."""
        return self._open.mesh.find(image, face)

    def passive(self, image: Image, face: Face) -> float:
        """The probability that `face` is alive, from this picture alone: the mean of all opinions."""
        return _mean(self._open.passive.scores(image, face))

    def observe(
        self,
        image: Image,
        number: int,
        at: float,
        *,
        mesh: bool = True,
        passive: bool = True,
        eyes: bool = True,
        embed: bool = False,
        track: Track | None = None,
    ) -> Observation:
        """What is seen in frame `number` taken at `at` seconds: faces, and of the largest what is asked for.

        The eyes need the mesh. With `track`, which belongs to one stream, a face is followed by its mesh
        between searches; frames with `embed` or without `mesh` are always searched.
        """
        nets, clock = self._open, Clock()
        followed = self._follow(image, at, track, clock) if track and mesh and not embed else None
        faces, points = followed or self._search(image, mesh, clock)
        if track and not followed:
            track.searched(at, faces, points)
        if not faces:
            return Observation(number, at, (), stages_ms=clock.stages)
        face, look = faces[0], None
        # Beside all that follows: each network needs one core only and does not hold Python's lock.
        scoring = self._beside.submit(self._scored, image, face, clock) if passive else None
        if eyes and points is not None:
            look = clock.time("eyes", lambda: nets.eyes.look(image, points), nets.eyes)
        aligned, quality = self._judged(image, faces, points, look, clock)
        scores = scoring.result() if scoring else {}
        template = clock.time("embed", lambda: nets.embedder.embed(aligned), nets.embedder) if embed else None
        lids = look.opening if look else None
        live = _mean(scores) if scores else None
        return Observation(number, at, faces, quality, points, live, clock.stages, template, lids, scores)

    def _scored(self, image: Image, face: Face, clock: Clock) -> dict[str, float]:
        """The opinions of the passive networks."""
        passive = self._open.passive
        return clock.time("passive", lambda: passive.scores(image, face), passive)

    def _judged(
        self, image: Image, faces: Faces, points: Mesh | None, look: Look | None, clock: Clock
    ) -> tuple[Image, Quality]:
        """The largest face lined up, and how usable the picture is."""
        aligned = clock.time("align", lambda: align(image, faces[0].points))
        looked = Looked(image, aligned, faces, points, look)
        return aligned, clock.time("quality", lambda: judge(looked, self.settings.guide))

    def _follow(self, image: Image, at: float, track: Track, clock: Clock) -> tuple[Faces, Mesh] | None:
        """The faces followed from the frame before, and the mesh; None when the frame must be searched."""
        expected = track.expected(at)
        if not expected:
            return None
        nets = self._open
        points = clock.time("mesh", lambda: nets.mesh.find(image, expected[0]), nets.mesh)
        faces = clock.time("track", lambda: track.follow(at, points))
        return (faces, points) if faces else None

    def _search(self, image: Image, mesh: bool, clock: Clock) -> tuple[Faces, Mesh | None]:
        """The faces found, and the mesh of the largest when it is wanted."""
        nets = self._open
        faces, net_ms = clock.time("detect", lambda: search(nets.detector, image, self.settings.detect))
        clock.stages["detect.net"] = net_ms
        if not (mesh and faces):
            return faces, None
        return faces, clock.time("mesh", lambda: nets.mesh.find(image, faces[0]), nets.mesh)

    def _searched(self, image: Image, face: Face) -> Face:
        """The face that a search finds where `face` was followed to; itself when there is none."""
        there = [found for found in self.detect(image) if shared(found, face) > 0]
        return max(there, key=lambda found: shared(found, face), default=face)

    def warm_up(self) -> None:
        """Run each network once at its usual size, so that the first frame is as fast as the rest."""
        for role, engine in self.engines.items():
            engine.warm_up(self.settings.detect.sides[0] if role is Role.DETECTOR else SMALL)

    def close(self) -> None:
        """Let go of the networks; using the stack afterwards raises ModelError ``model.closed``."""
        self._networks = None
        self.engines = {}
        self._beside.shutdown()

    @property
    def _open(self) -> Networks:
        """The networks, unless the stack is closed."""
        if self._networks is None:
            raise ModelError("model.closed", self.pack)
        return self._networks


class Clock:
    """Collects how long each stage took."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], T], network: Timed | None = None) -> T:
        """Do `work` as `stage`; with `network` note the bare network's time as well."""
        started = time.perf_counter()
        result = work()
        self.stages[stage] = (time.perf_counter() - started) * 1e3
        if network is not None:
            self.stages[f"{stage}.net"] = network.net_ms
        return result


Timed = Embedder | FaceMesh | Passive | Eyes
"""A stage that knows its bare network's time."""

TOGETHER = 2
"""Templates computed at once for a comparison."""
SMALL = 64
"""Size of a free dimension in a warm-up where no size is usual."""

_STAGES = frozenset(
    {
        Role.DETECTOR,
        Role.RECOGNISER,
        Role.MESH,
        Role.PASSIVE,
        Role.IRIS,
        Role.PASSIVE_V2,
        Role.PASSIVE_V1SE,
    }
)
"""Roles that the stack runs."""


def _passive(engines: Mapping[Role, OnnxEngine]) -> Passive:
    """The passive networks of the pack, and the second opinion where an operator added both of its files."""
    found: dict[str, tuple[Scorer, ...]] = {FR: (PassiveLiveness(engines[Role.PASSIVE]),)}
    v2, v1se = engines.get(Role.PASSIVE_V2), engines.get(Role.PASSIVE_V1SE)
    if v2 is not None and v1se is not None:
        found[MINIFASNET] = (MiniFasNet(v2, V2_ROOM), MiniFasNet(v1se, V1SE_ROOM))
    return Passive(found)


def _mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)


def _recognition(
    pack: str, files: Mapping[Role, Loaded], engines: Mapping[Role, OnnxEngine], settings: FaceSettings
) -> tuple[Detector, Embedder]:
    """The detector and recogniser of a pack."""
    detector, recogniser = engines[Role.DETECTOR], engines[Role.RECOGNISER]
    if pack == "open":
        return YuNet(detector, settings.detect), SFace(recogniser)
    from models.face.insight import ArcFace, Scrfd

    return (
        Scrfd(detector, files[Role.DETECTOR].path, settings.detect),
        ArcFace(recogniser, files[Role.RECOGNISER].path),
    )
