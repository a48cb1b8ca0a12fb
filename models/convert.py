"""Turns network files as packages ship them into files the engine can run.

``fold_int8``: OpenCV's block-quantised files (``*_int8bq.onnx``) keep each weight as 8-bit blocks behind a
chain of DequantizeLinear, Reshape, Transpose and Slice nodes; onnxruntime refuses their layout. The chains
have constant inputs only, so they are worked out once, here, into plain 32-bit weights. No node that sees
picture data is touched, so the outputs stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FOLDED = frozenset({"DequantizeLinear", "Reshape", "Transpose", "Slice"})
OPSET = 21
IR_VERSION = 10
FREE_SIDES = ("height", "width")
"""Names given to the picture's dimensions when a network accepts any size."""


def fold_int8(shipped: bytes, *, free_size: bool) -> bytes:
    """The network with plain weights; with `free_size` its picture may have any height and width.

    The same input gives the same bytes. `shipped` is a file whose hash was checked.
    """
    import onnx

    model = onnx.load_model_from_string(shipped)
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept, folded = [], set[str]()
    for node in model.graph.node:
        if node.op_type in FOLDED and all(name in values for name in node.input if name):
            values[node.output[0]] = _work_out(node, values)
            folded.add(node.output[0])
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    weights = [tensor for tensor in model.graph.initializer if tensor.name in used]
    weights += [onnx.numpy_helper.from_array(values[name], name) for name in sorted(folded & used)]
    names = {tensor.name for tensor in weights}
    inputs = [entry for entry in model.graph.input if entry.name in used - names]
    outputs = list(model.graph.output)
    if free_size:
        _free(inputs, outputs)
    graph = onnx.helper.make_graph(kept, model.graph.name, inputs, outputs, initializer=weights)
    opsets = [onnx.helper.make_opsetid("", OPSET)]
    result = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(result)
    return bytes(result.SerializeToString(deterministic=True))


def _free(inputs: list[Any], outputs: list[Any]) -> None:
    """Leave height and width of the picture open, and with them the number of rows of each output."""
    for entry in inputs:
        dimensions = entry.type.tensor_type.shape.dim
        for dimension, name in zip(dimensions[2:4], FREE_SIDES, strict=True):
            dimension.dim_param = name
    for entry in outputs:
        entry.type.tensor_type.shape.dim[1].dim_param = f"rows_{entry.name}"


def _work_out(node: Any, values: Mapping[str, Array]) -> Array:
    """The constant a node gives."""
    import onnx

    given = [values[name] for name in node.input if name]
    attributes = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
    if node.op_type == "DequantizeLinear":
        return _dequantise(given, int(attributes.get("axis", 1)), int(attributes.get("block_size", 0)))
    if node.op_type == "Transpose":
        return np.ascontiguousarray(np.transpose(given[0], attributes.get("perm")))
    if node.op_type == "Reshape":
        return given[0].reshape([int(size) for size in given[1]])
    return _slice(given)


def _dequantise(given: list[Array], axis: int, block: int) -> Array:
    """ONNX DequantizeLinear (opset 21): per tensor, per axis, or in blocks of `block` along `axis`."""
    quantised, scale = given[0].astype(np.float32), given[1]
    zero = given[2].astype(np.float32) if len(given) > 2 else np.zeros_like(scale, np.float32)

    def spread(values: Array) -> Array:
        if values.size == 1:
            return values.reshape(())
        if block:
            index = np.arange(quantised.shape[axis]) // block
            return np.take(values, index, axis=axis)
        shape = [1] * quantised.ndim
        shape[axis] = -1
        return values.reshape(shape)

    result: Array = ((quantised - spread(zero)) * spread(scale)).astype(np.float32)
    return result


def _slice(given: list[Array]) -> Array:
    """ONNX Slice with constant bounds."""
    data, starts, ends = given[:3]
    axes = given[3] if len(given) > 3 else np.arange(len(starts))
    steps = given[4] if len(given) > 4 else np.ones(len(starts), np.int64)
    cut = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[int(axis)] = slice(int(start), int(end), int(step))
    return np.ascontiguousarray(data[tuple(cut)])


def in_order(converted: bytes) -> bytes:
    """The same network written down in one way only: converters leave nodes and weights in any order.

    Nodes come in the order in which the outputs need them, everything else by name; comments go.
    """
    import onnx

    model = onnx.load_model_from_string(converted)
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    weights = sorted(graph.initializer, key=lambda tensor: str(tensor.name))
    names = {tensor.name for tensor in weights}
    inputs = [entry for entry in graph.input if entry.name not in names]
    nodes = _needed([entry.name for entry in graph.output], makers)
    result = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, "network", inputs, list(graph.output), initializer=weights),
        opset_imports=[onnx.helper.make_opsetid("", entry.version) for entry in model.opset_import],
        ir_version=model.ir_version,
    )
    onnx.checker.check_model(result)
    return bytes(result.SerializeToString(deterministic=True))


def _needed(outputs: list[str], makers: Mapping[str, Any]) -> list[Any]:
    """The nodes that `outputs` need, each after the nodes it needs itself."""
    ordered: dict[str, Any] = {}
    waiting = [(name, False) for name in reversed(outputs)]
    while waiting:
        name, ready = waiting.pop()
        node = makers.get(name)
        if node is None or node.output[0] in ordered:
            continue
        if ready:
            ordered[node.output[0]] = node
        else:
            waiting.append((name, True))
            waiting.extend((needed, False) for needed in reversed(node.input))
    return list(ordered.values())
