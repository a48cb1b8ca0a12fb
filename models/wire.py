"""Takes the messages of an ONNX file apart and writes them again, without the onnx package.

Only what rewriting a network at loading needs (`models.layout`); the formats are those of onnx.proto (IR
version 3 and later) and Protocol Buffers. Importing the onnx package would take 12 MB and 0.3 s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

GRAPH = 7
"""Field of a model that holds the graph."""
NODE, WEIGHTS, RESULT = 1, 5, 12
"""Fields of a graph: nodes, tensors, outputs."""
INPUT, OUTPUT, NAME, KIND, ATTRIBUTE = 1, 2, 3, 4, 5
"""Fields of a node; an output of the graph and an attribute have their name first as well."""
DIMENSIONS, DATA_TYPE, FLOATS, TENSOR_NAME, RAW = 1, 2, 4, 8, 9
"""Fields of a tensor; 32-bit numbers stand alike in `FLOATS` or in `RAW`."""
NUMBER, NUMBERS, ATTRIBUTE_TYPE = 3, 8, 20
"""Fields of an attribute."""
INT, INTS = 2, 7
"""Types of an attribute."""
FLOAT = 1
"""Data type of 32-bit numbers."""
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Ways in which a field is written."""
FIXED = {FIXED64: 8, FIXED32: 4}

Numbers = npt.NDArray[np.float32]
Field = tuple[int, int, memoryview]
"""Number, way of writing, and content of a field."""


class Strange(Exception):
    """The bytes are no such message."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator; `attributes` are messages."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, message: memoryview) -> Node:
        """The node that `message` is."""
        parts: dict[int, list[bytes]] = {INPUT: [], OUTPUT: [], KIND: [], ATTRIBUTE: []}
        for number, _, content in fields(message):
            if number in parts:
                parts[number].append(bytes(content))
        inputs, outputs, kinds = ([text(each) for each in parts[key]] for key in (INPUT, OUTPUT, KIND))
        return cls("".join(kinds), tuple(inputs), tuple(outputs), tuple(parts[ATTRIBUTE]))

    @property
    def group(self) -> int:
        """In how many groups of channels a convolution works."""
        found = (dict(_plain(each)) for each in self.attributes)
        numbers = [each.get(NUMBER, b"\1") for each in found if each.get(INPUT) == b"group"]
        return _number(memoryview(numbers[0]), 0)[0] if numbers else 1

    def written(self) -> bytes:
        """The message."""
        parts = [write(INPUT, each.encode()) for each in self.inputs]
        parts += [write(OUTPUT, each.encode()) for each in self.outputs]
        parts += [write(NAME, self.outputs[0].encode()), write(KIND, self.kind.encode())]
        return b"".join([*parts, *(write(ATTRIBUTE, each) for each in self.attributes)])


@dataclass(frozen=True, slots=True)
class Tensor:
    """32-bit numbers with a name."""

    name: str
    values: Numbers = field(repr=False)

    @classmethod
    def read(cls, message: memoryview) -> Tensor | None:
        """The tensor that `message` is; None when it holds other numbers, or holds them elsewhere."""
        name, shape, kind, raw = "", list[int](), 0, memoryview(b"")
        for number, way, content in fields(message):
            if number == TENSOR_NAME:
                name = text(content)
            elif number == DIMENSIONS:
                shape += _numbers(content)
            elif number == DATA_TYPE:
                kind = _number(content, 0)[0]
            elif number in {FLOATS, RAW} and way == LENGTH:
                raw = content
        if kind != FLOAT or len(raw) != 4 * math.prod(shape):
            return None
        return cls(name, np.frombuffer(raw, "<f4").reshape(shape))

    def written(self) -> bytes:
        """The message."""
        shape = [write(DIMENSIONS, size) for size in self.values.shape]
        raw = np.ascontiguousarray(self.values, "<f4").tobytes()
        kept = write(DATA_TYPE, FLOAT), write(TENSOR_NAME, self.name.encode()), write(RAW, raw)
        return b"".join([*shape, *kept])


def attribute(name: str, *values: int) -> bytes:
    """An attribute that is one number, or a list of several."""
    number, kind = (NUMBER, INT) if len(values) == 1 else (NUMBERS, INTS)
    content = b"".join(write(number, value) for value in values)
    return write(INPUT, name.encode()) + content + write(ATTRIBUTE_TYPE, kind)


def text(content: bytes | memoryview) -> str:
    """A field that is a text; raises `Strange` when it is none."""
    try:
        return bytes(content).decode()
    except UnicodeDecodeError as error:
        raise Strange from error


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message in order; raises `Strange` when it is none."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        number, way = key >> 3, key & 7
        if way == LENGTH:
            size, at = _number(message, at)
        elif way == VARINT:
            size = _number(message, at)[1] - at
        elif way in FIXED:
            size = FIXED[way]
        else:
            raise Strange
        if at + size > len(message):
            raise Strange
        yield number, way, message[at : at + size]
        at += size


def write(number: int, content: bytes | int) -> bytes:
    """A field as it is written."""
    if isinstance(content, int):
        return head(number, VARINT, 0) + _varint(content)
    return head(number, LENGTH, len(content)) + content


def head(number: int, way: int, length: int) -> bytes:
    """What stands before the content of a field."""
    return _varint(number << 3 | way) + (_varint(length) if way == LENGTH else b"")


def _plain(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of the fields of a small message."""
    for number, _, content in fields(memoryview(message)):
        yield number, bytes(content)


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
    raise Strange


def _varint(value: int) -> bytes:
    """A number as it is written."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
