"""Writes PRelu down in operators for which onnxruntime keeps its blocked layout (NCHWc).

The engine has no PRelu in that layout: before each one it brings the data back to planes, and after it into
blocks again, which takes as long as the convolutions in between. With slopes s a PRelu is the sum of
s·x and (1 - s)·max(x, 0): a convolution of one pixel for each channel, a Relu, another convolution and an
addition, most of which the engine joins. Outputs differ by rounding only (at most 1e-6 of their size). Nothing
is added to the file: this is done in memory at loading, as the engine's own rewriting is.

The messages are taken apart as the ONNX and Protocol Buffers formats describe them (onnx.proto, IR version 3
and later); the onnx package would take 30 MB more in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GRAPH = 7
"""Field of a model that holds the graph."""
NODE, WEIGHTS = 1, 5
"""Fields of a graph."""
INPUT, OUTPUT, NAME, KIND, ATTRIBUTE = 1, 2, 3, 4, 5
"""Fields of a node."""
DIMENSIONS, DATA_TYPE, FLOATS, TENSOR_NAME, RAW = 1, 2, 4, 8, 9
"""Fields of a tensor; numbers stand in one of `FLOATS` and `RAW`, alike."""
ATTRIBUTE_NAME, NUMBER, NUMBERS, ATTRIBUTE_TYPE = 1, 3, 8, 20
"""Fields of an attribute."""
INT, INTS = 2, 7
"""Types of an attribute."""
FLOAT = 1
"""Data type of 32-bit numbers."""
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Ways in which a field is written."""

PRELU = b"PRelu"

Slopes = npt.NDArray[np.float32]
Field = tuple[int, int, memoryview]
"""Number, way of writing, and content of a field."""


class _Strange(Exception):
    """The bytes are no such message."""


def blocked(network: bytes) -> list[bytes | memoryview]:
    """The pieces of the same network without its PRelu nodes that have one slope for each channel.

    What is no ONNX model comes back as it is: the engine says what is wrong with it.
    """
    if PRELU not in network:
        return [network]
    try:
        return _model(memoryview(network))
    except _Strange:
        return [network]


def _model(network: memoryview) -> list[bytes | memoryview]:
    """The model with its graph rewritten."""
    pieces: list[bytes | memoryview] = []
    for number, way, content in _fields(network):
        inside = _graph(content) if (number, way) == (GRAPH, LENGTH) else [content]
        pieces += [_head(number, way, sum(map(len, inside))), *inside]
    return pieces


def _graph(graph: memoryview) -> list[bytes | memoryview]:
    """The graph with each such PRelu as other nodes, whose weights come at the end."""
    fields = list(_fields(graph))
    slopes = dict(_slopes(content) for number, _, content in fields if number == WEIGHTS)
    pieces: list[bytes | memoryview] = []
    added: list[bytes] = []
    for number, way, content in fields:
        node = _Node.read(content) if number == NODE else None
        given = slopes.get(node.inputs[1]) if node and node.kind == PRELU.decode() and len(node.inputs) == 2 else None
        if node is None or given is None:
            pieces += [_head(number, way, len(content)), content]
            continue
        parts = _Parts(node.inputs[0], node.outputs[0], given)
        pieces += [_field(NODE, each) for each in parts.nodes()]
        added += [_field(WEIGHTS, each) for each in parts.weights()]
    return [*pieces, *added]


@dataclass(frozen=True, slots=True)
class _Node:
    """What a node does, with what."""

    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]

    @classmethod
    def read(cls, content: memoryview) -> _Node:
        texts: dict[int, list[str]] = {INPUT: [], OUTPUT: [], KIND: []}
        for number, _, value in _fields(content):
            if number in texts:
                texts[number].append(bytes(value).decode())
        return cls("".join(texts[KIND]), texts[INPUT], texts[OUTPUT])


@dataclass(frozen=True, slots=True)
class _Parts:
    """One PRelu as a sum of two."""

    given: str
    result: str
    slopes: Slopes

    def nodes(self) -> Iterator[bytes]:
        """Its nodes in order.

        Where no slope is above 1 the Relu may come second, where the engine joins it with the convolution:
        (1 - s)·max(x, 0) is then max((1 - s)·x, 0).
        """
        positive, rest, line = (f"{self.result}/{part}" for part in ("positive", "rest", "line"))
        if self.slopes.max() <= 1:
            yield self._scaled(self.given, "more", positive)
            yield _node("Relu", [positive], rest)
        else:
            yield _node("Relu", [self.given], positive)
            yield self._scaled(positive, "more", rest)
        yield self._scaled(self.given, "slope", line)
        yield _node("Add", [line, rest], self.result)

    def weights(self) -> Iterator[bytes]:
        """The weights of its convolutions."""
        for name, values in (("more", 1 - self.slopes), ("slope", self.slopes)):
            yield _tensor(f"{self.result}/{name}", values.reshape(-1, 1, 1, 1))

    def _scaled(self, given: str, weights: str, result: str) -> bytes:
        """Each channel times its own number."""
        channels = _field(NUMBER, self.slopes.size), _field(ATTRIBUTE_TYPE, INT)
        one_pixel = _field(NUMBERS, 1), _field(NUMBERS, 1), _field(ATTRIBUTE_TYPE, INTS)
        attributes = (
            _field(ATTRIBUTE_NAME, b"group") + b"".join(channels),
            _field(ATTRIBUTE_NAME, b"kernel_shape") + b"".join(one_pixel),
        )
        return _node("Conv", [given, f"{self.result}/{weights}"], result, *attributes)


def _slopes(content: memoryview) -> tuple[str, Slopes | None]:
    """A tensor's name, and its numbers when they are one for each channel of a picture."""
    name, shape, kind, raw = "", list[int](), 0, memoryview(b"")
    for number, way, value in _fields(content):
        if number == TENSOR_NAME:
            name = bytes(value).decode()
        elif number == DIMENSIONS:
            shape += list(_numbers(value)) if way == LENGTH else [_number(value, 0)[0]]
        elif number == DATA_TYPE:
            kind = _number(value, 0)[0]
        elif number in {FLOATS, RAW}:
            raw = value
    each = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if kind != FLOAT or len(each) != 3 or each[1:] != [1, 1] or len(raw) != 4 * each[0]:
        return name, None
    return name, np.frombuffer(raw, "<f4")


def _node(kind: str, given: Sequence[str], result: str, *attributes: bytes) -> bytes:
    """A node as it is written."""
    fields = [_field(INPUT, name.encode()) for name in given]
    fields += [_field(OUTPUT, result.encode()), _field(NAME, result.encode()), _field(KIND, kind.encode())]
    return b"".join([*fields, *(_field(ATTRIBUTE, each) for each in attributes)])


def _tensor(name: str, values: Slopes) -> bytes:
    """A tensor as it is written."""
    shape = [_field(DIMENSIONS, size) for size in values.shape]
    raw = np.ascontiguousarray(values, "<f4").tobytes()
    kept = _field(DATA_TYPE, FLOAT), _field(TENSOR_NAME, name.encode()), _field(RAW, raw)
    return b"".join([*shape, *kept])


def _field(number: int, content: bytes | int) -> bytes:
    """A field as it is written."""
    if isinstance(content, int):
        return _varint(number << 3 | VARINT) + _varint(content)
    return _head(number, LENGTH, len(content)) + content


def _head(number: int, way: int, length: int) -> bytes:
    """What stands before the content of a field."""
    return _varint(number << 3 | way) + (_varint(length) if way == LENGTH else b"")


def _fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message in order."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        number, way = key >> 3, key & 7
        if way == LENGTH:
            size, at = _number(message, at)
        elif way == VARINT:
            size = _number(message, at)[1] - at
        elif way in {FIXED64, FIXED32}:
            size = 8 if way == FIXED64 else 4
        else:
            raise _Strange
        if at + size > len(message):
            raise _Strange
        yield number, way, message[at : at + size]
        at += size


def _numbers(packed: memoryview) -> Iterator[int]:
    """Numbers written one after another."""
    at = 0
    while at < len(packed):
        value, at = _number(packed, at)
        yield value


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """The number written at a place, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
    raise _Strange


def _varint(value: int) -> bytes:
    """A number as it is written."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
