"""Writes a network so that onnxruntime can keep its blocked layout, eight channels side by side, throughout.

Two things break it: before each the engine brings the data back to planes, and after it into blocks again,
which takes as long as the convolutions between. One is PRelu. With slopes s it is the sum of s·x and
(1 - s)·max(x, 0): a convolution of one pixel for each channel, a Relu, another convolution, and an addition
that the engine joins. The other is a number of channels that is no multiple of eight within a chain of
convolutions; channels of zeros make it one.

Outputs differ by rounding only. It is done in memory at loading, as the engine's own rewriting is: the files,
and what is bound to their hashes, stay. Measured in docs/adr/0032-networks-keep-the-engines-layout.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.wire import (
    GRAPH,
    INPUT,
    LENGTH,
    NODE,
    RESULT,
    WEIGHTS,
    Node,
    Strange,
    Tensor,
    attribute,
    fields,
    head,
    text,
    write,
)

CONV, PRELU = "Conv", "PRelu"
BLOCK = 8
"""Channels of a block, with AVX2."""

Pieces = list[bytes | memoryview]


def blocked(network: bytes) -> Pieces:
    """The same network in pieces, without its PRelu nodes that have one slope for each channel.

    Without such nodes, and when it is no ONNX model, it comes back as it is: the engine says what is wrong.
    """
    if PRELU.encode() not in network:
        return [network]
    try:
        return _model(memoryview(network))
    except (Strange, IndexError, ValueError):
        return [network]


def _model(network: memoryview) -> Pieces:
    """The model with its graph rewritten."""
    pieces: Pieces = []
    for number, way, content in fields(network):
        inside = _Graph(content).written() if (number, way) == (GRAPH, LENGTH) else [content]
        pieces += [head(number, way, sum(map(len, inside))), *inside]
    return pieces


class _Graph:
    """A graph, and what is written in the place of its nodes and tensors."""

    def __init__(self, message: memoryview) -> None:
        self._fields = list(fields(message))
        self._nodes = [Node.read(content) for number, _, content in self._fields if number == NODE]
        tensors = [Tensor.read(content) for number, _, content in self._fields if number == WEIGHTS]
        self._tensors = {each.name: each for each in tensors if each}
        results = [text(_named(content)) for number, _, content in self._fields if number == RESULT]
        filled = _Filled(self._nodes, self._tensors, frozenset(results))
        self._replaced = filled.tensors() if filled.possible else {}
        if self._replaced:
            self._nodes = [filled.node(node) for node in self._nodes]
            self._tensors |= self._replaced

    def written(self) -> Pieces:
        """The new graph: its nodes in order, then the tensors that are new."""
        pieces: Pieces = []
        added: Pieces = []
        nodes = iter(self._nodes)
        for number, way, content in self._fields:
            if number == NODE:
                parts = self._parts(next(nodes))
                pieces += [write(NODE, part.written()) for part in parts[0]]
                added += [write(WEIGHTS, each.written()) for each in parts[1]]
            elif number == WEIGHTS and (each := Tensor.read(content)) and each.name in self._replaced:
                added.append(write(WEIGHTS, self._replaced[each.name].written()))
            else:
                pieces += [head(number, way, len(content)), content]
        return [*pieces, *added]

    def _parts(self, node: Node) -> tuple[Sequence[Node], Sequence[Tensor]]:
        """What stands for `node`, with tensors of its own."""
        slopes = self._tensors.get(node.inputs[1]) if node.kind == PRELU and len(node.inputs) == 2 else None
        if slopes is None or not _each_its_own(slopes):
            return [node], []
        split = _Split(node.inputs[0], node.outputs[0], slopes)
        return list(split.nodes()), list(split.tensors())


@dataclass(frozen=True, slots=True)
class _Split:
    """One PRelu as a sum of two."""

    given: str
    result: str
    slopes: Tensor

    def nodes(self) -> Iterator[Node]:
        """Its nodes in order.

        Where no slope is above 1 the Relu comes second, and the engine joins it with the convolution:
        (1 - s)·max(x, 0) is then max((1 - s)·x, 0).
        """
        positive, rest, line = (f"{self.result}/{part}" for part in ("positive", "rest", "line"))
        if self.slopes.values.max() <= 1:
            yield self._scaled(self.given, "more", positive)
            yield Node("Relu", (positive,), (rest,))
        else:
            yield Node("Relu", (self.given,), (positive,))
            yield self._scaled(positive, "more", rest)
        yield self._scaled(self.given, "slope", line)
        yield Node("Add", (line, rest), (self.result,))

    def tensors(self) -> Iterator[Tensor]:
        """The weights of its convolutions."""
        slopes = self.slopes.values.reshape(-1, 1, 1, 1)
        yield Tensor(f"{self.result}/more", 1 - slopes)
        yield Tensor(f"{self.result}/slope", slopes)

    def _scaled(self, given: str, weights: str, result: str) -> Node:
        """Each channel times its own number."""
        how = attribute("group", self.slopes.values.size), attribute("kernel_shape", 1, 1)
        return Node(CONV, (given, f"{self.result}/{weights}"), (result,), how)


class _Filled:
    """Chains of convolutions whose channels are filled up to whole blocks."""

    def __init__(self, nodes: Sequence[Node], tensors: Mapping[str, Tensor], results: frozenset[str]) -> None:
        self._nodes, self._tensors = nodes, tensors
        self._odd: set[str] = set()
        """Values with channels to fill up."""
        for node in nodes:
            weights = tensors.get(node.inputs[1]) if node.kind == CONV else None
            made = weights is not None and weights.values.shape[0] % BLOCK != 0
            if made or (node.kind == PRELU and node.inputs[0] in self._odd):
                self._odd.update(node.outputs)
        self.possible = self._odd.isdisjoint(results) and all(map(self._fits, nodes))
        """Whether nothing else than convolutions and PRelus sees those channels."""

    def node(self, node: Node) -> Node:
        """The node for filled channels."""
        if node.kind != CONV or node.group == 1:
            return node
        others = [each for each in node.attributes if bytes(_named(memoryview(each))) != b"group"]
        return replace(node, attributes=(*others, attribute("group", _whole(node.group))))

    def tensors(self) -> dict[str, Tensor]:
        """The tensors to replace, by name."""
        changed: dict[str, Tensor] = {}
        for node in self._nodes:
            if self._odd.isdisjoint((*node.inputs, *node.outputs)):
                continue
            made = node.outputs[0] in self._odd
            across = node.kind == CONV and node.group == 1 and node.inputs[0] in self._odd
            for name in node.inputs[1:]:
                tensor = self._tensors[name]
                first = tensor.values.ndim - 3 if node.kind == PRELU else 0
                axes = (*((first,) if made else ()), *((1,) if across and tensor.values.ndim > 1 else ()))
                changed[name] = _fill(tensor, axes)
        return changed

    def _fits(self, node: Node) -> bool:
        """True when `node` does not see such channels, or is one of those that may."""
        if self._odd.isdisjoint((*node.inputs, *node.outputs)):
            return True
        known = node.kind in {CONV, PRELU} and all(name in self._tensors for name in node.inputs[1:])
        if not known or node.kind == PRELU:
            return known and _each_its_own(self._tensors[node.inputs[1]])
        return node.group in {1, len(self._tensors[node.inputs[1]].values)}


def _fill(tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """The tensor with zeros for the channels that are new along `axes`."""
    room = [(0, _whole(size) - size if axis in axes else 0) for axis, size in enumerate(tensor.values.shape)]
    return Tensor(tensor.name, np.pad(tensor.values, room))


def _each_its_own(slopes: Tensor) -> bool:
    """True when a PRelu has one slope for each of several channels; a single one may stand for all."""
    shape = slopes.values.shape
    return len(shape) in {3, 4} and shape[-3] == slopes.values.size > 1 and shape[-2:] == (1, 1)


def _whole(channels: int) -> int:
    """So many channels in whole blocks."""
    return -(-channels // BLOCK) * BLOCK


def _named(message: memoryview) -> memoryview:
    """The name of an output or an attribute."""
    return next((content for number, _, content in fields(message) if number == INPUT), memoryview(b""))
