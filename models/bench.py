"""How much the pipeline adds to its bare networks: frame in → observation out, against onnxruntime alone.

Each round observes and then repeats exactly the network calls that were made, on the same inputs, with
nothing around them, one after another (`models.bench_rounds`). The pipeline runs the passive network beside
others: where a second core is free its ratio may be below one, in processor time it never is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.api import Image, Observation
from models.bench_rounds import measured, told
from models.face.stack import FaceStack
from models.face.track import Track

TARGET = 1.10
"""The pipeline may take at most this many times as long as its networks."""
FRAME_SECONDS = 0.04
"""Between the frames of a stream."""

Look = Callable[[int], list[Observation]]
"""One round of work: its number to what was seen."""


def bench(stack: FaceStack, image: Image, rounds: int = 30) -> dict[str, Any]:
    """Measure `rounds` full observations (detect, quality, mesh, passive, eyes, embed) of `image`.

    Returns ``pipeline_ms``, ``networks_ms`` (medians), ``ratio`` (median of the rounds' own ratios),
    ``cpu_ratio`` (the same in processor time of all threads, steady on a busy machine), ``target``,
    ``pipeline_ms_p95``, ``stages_ms`` (median of each stage, its bare network as ``<stage>.net``),
    ``faces``, ``width``, ``height``, ``pack``, ``rounds``; and under ``steady`` the same, a frame, for a face
    that is followed from frame to frame without a template. Raises ValueError for less than one round.
    """
    if rounds < 1:
        raise ValueError("at least one round")
    stack.warm_up()
    whole = _measure(stack, lambda number: [_observe(stack, image, number)], rounds)
    return {
        "pack": stack.pack,
        "rounds": rounds,
        "width": image.shape[1],
        "height": image.shape[0],
        "target": TARGET,
        **whole,
        "steady": _measure(stack, _Stream(stack, image).look, rounds),
    }


class _Stream:
    """The same picture as the frames of a stream: one is searched, the next are followed."""

    def __init__(self, stack: FaceStack, image: Image) -> None:
        self._stack = stack
        self._image = image
        self._number = 0

    def look(self, _: int) -> list[Observation]:
        """From one search to the next."""
        track = Track(self._stack.settings.track)
        return [self._frame(track) for _ in range(self._stack.settings.track.every_frames)]

    def _frame(self, track: Track) -> Observation:
        self._number += 1
        return self._stack.observe(self._image, self._number, self._number * FRAME_SECONDS, track=track)


def _measure(stack: FaceStack, look: Look, rounds: int) -> dict[str, Any]:
    """What `rounds` of `look` take, a frame."""
    done = measured(stack.engines.values(), look, rounds)
    return {"faces": len(done[-1].seen[-1].faces), **told(done)}


def _observe(stack: FaceStack, image: Image, number: int) -> Observation:
    """One observation with every stage."""
    return stack.observe(image, number, float(number), mesh=True, passive=True, embed=True)
