"""One network: session options, warm-up, shape check, time of each run. The only import of onnxruntime.

One thread without spinning is the default: with two threads, spinning ones doubled the latency of a
640×480 frame on a terminal whose second core was busy. Memory is given back: the five networks of the `open`
pack leave 140 MB in use instead of 239, at no measurable cost in time.
"""

from __future__ import annotations

import enum
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.api import ModelError
from models.layout import blocked

Array = npt.NDArray[Any]
Call = tuple["OnnxEngine", Sequence[str], Mapping[str, Array]]
"""A bare network call: the engine, the names of the outputs wanted and the inputs."""

QUIET = 3
"""Severity from which onnxruntime writes to the error stream: errors only."""


class Graph(enum.StrEnum):
    """How far onnxruntime rewrites a network before it runs it; results differ by rounding."""

    ALL = "all"
    EXTENDED = "extended"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Threading:
    """How a network may use the processor."""

    threads: int = 1
    """Threads inside one operator."""
    spinning: bool = False
    """Whether idle threads keep turning instead of sleeping."""
    graph: Graph = Graph.ALL


class Engine(Protocol):
    """What a stage needs of a network."""

    name: str
    last_ms: float
    """Wall time of the latest run."""

    def __call__(self, *inputs: Array) -> list[Array]:
        """Run the network on `inputs`, in the order the network declares them."""


class OnnxEngine:
    """A network in an onnxruntime session on the processor.

    It also answers `run`, `get_inputs`, `get_outputs` and `get_providers` as an onnxruntime session does, so
    that the classes of the insightface package can be given an engine. Use it from one lane at a time:
    results are right from any thread, `last_ms` is not.
    """

    def __init__(self, name: str, network: bytes, threading: Threading | None = None) -> None:
        """Load `network` (an ONNX file's bytes); raise ModelError ``model.unusable`` if it cannot run."""
        chosen = threading or Threading()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = chosen.threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = getattr(
            onnxruntime.GraphOptimizationLevel, f"ORT_ENABLE_{chosen.graph.name}"
        )
        options.log_severity_level = QUIET
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(chosen.spinning)))
        try:
            with _as_file(blocked(network)) as path:
                self._session = onnxruntime.InferenceSession(
                    path, sess_options=options, providers=["CPUExecutionProvider"]
                )
        except _session_errors() as error:
            raise ModelError("model.unusable", name, cause=str(error)) from error
        self.name = name
        self.last_ms = 0.0
        self._shapes = {entry.name: tuple(entry.shape) for entry in self._session.get_inputs()}
        self._outputs = [entry.name for entry in self._session.get_outputs()]
        self._fitting: set[tuple[str, tuple[int, ...]]] = set()
        self._tape: list[Call] | None = None

    @property
    def shapes(self) -> Mapping[str, tuple[int | str | None, ...]]:
        """Each input's declared shape; a word stands for a free dimension."""
        return self._shapes

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the maker wrote into the file beside the network."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, *inputs: Array) -> list[Array]:
        """All outputs for `inputs`; raise ModelError ``model.wrong_shape`` if they do not fit the network."""
        feed = dict(zip(self._shapes, inputs, strict=True))
        for name, array in feed.items():
            if (name, array.shape) in self._fitting:
                continue
            if _fits(array.shape, self._shapes[name]):
                self._fitting.add((name, array.shape))
            else:
                raise ModelError("model.wrong_shape", self.name, given=array.shape, wanted=self._shapes[name])
        return self.run(self._outputs, feed)

    def run(self, output_names: Sequence[str] | None, feed: Mapping[str, Array]) -> list[Array]:
        """The outputs named, as onnxruntime's own `run`, timed."""
        started = time.perf_counter()
        outputs = self.bare(output_names, feed)
        self.last_ms = (time.perf_counter() - started) * 1e3
        if self._tape is not None:
            self._tape.append(
                (self, output_names or self._outputs, {name: each.copy() for name, each in feed.items()})
            )
        return outputs

    def bare(self, output_names: Sequence[str] | None, feed: Mapping[str, Array]) -> list[Array]:
        """The same without anything around it: what benchmarks compare with."""
        outputs: list[Array] = self._session.run(output_names, feed)
        return outputs

    def warm_up(self, free: int = 64) -> None:
        """Run once on zeros, with `free` for every free dimension but the first, so that the next is fast."""
        zeros = [
            np.zeros([_size(size, 1 if at == 0 else free) for at, size in enumerate(shape)], np.float32)
            for shape in self._shapes.values()
        ]
        self(*zeros)

    @contextmanager
    def recording(self, tape: list[Call]) -> Iterator[None]:
        """Put every call made inside the block on `tape`, inputs and all: for benchmarks only."""
        self._tape = tape
        try:
            yield
        finally:
            self._tape = None

    def get_inputs(self) -> Sequence[Any]:
        """The session's inputs, as onnxruntime describes them."""
        return list(self._session.get_inputs())

    def get_outputs(self) -> Sequence[Any]:
        """The session's outputs, as onnxruntime describes them."""
        return list(self._session.get_outputs())

    def get_providers(self) -> Sequence[str]:
        """The execution providers in use."""
        return list(self._session.get_providers())


@contextmanager
def _as_file(pieces: Iterable[bytes | memoryview]) -> Iterator[str]:
    """A path to exactly these bytes, in memory: a session made from bytes keeps them as long as it lives."""
    descriptor = os.memfd_create("network", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as memory:
            memory.writelines(pieces)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _session_errors() -> tuple[type[Exception], ...]:
    """The exceptions with which onnxruntime refuses a file; they have no common parent of their own."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    own = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented")
    return RuntimeError, ValueError, *(getattr(state, name) for name in own)


def _fits(given: tuple[int, ...], wanted: tuple[int | str | None, ...]) -> bool:
    """True when every fixed dimension of `wanted` is met."""
    return len(given) == len(wanted) and all(
        not isinstance(size, int) or size == got for got, size in zip(given, wanted, strict=True)
    )


def _size(declared: int | str | None, otherwise: int) -> int:
    """A number for a declared dimension."""
    return declared if isinstance(declared, int) else otherwise
