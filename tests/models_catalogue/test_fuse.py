"""Chains of small operators become one, with the same numbers; what only looks like a chain is left alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from models.engine import OnnxEngine
from models.fuse import fused

make = helper.make_node
CHANNELS = 6


def constants(**values: object) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in values.items()]


def normalisation(given: str, out: str) -> list[onnx.NodeProto]:
    """As exporters of TensorFlow write it."""
    return [
        make("ReduceMean", [given], ["mean"], axes=[1], keepdims=1),
        make("Sub", [given, "mean"], ["off"]),
        make("Mul", ["off", "off"], ["square"]),
        make("ReduceMean", ["square"], ["variance"], axes=[1], keepdims=1),
        make("Add", ["variance", "epsilon"], ["shifted"]),
        make("Sqrt", ["shifted"], ["root"]),
        make("Reciprocal", ["root"], ["inverse"]),
        make("Mul", ["inverse", "gamma"], ["scale"]),
        make("Mul", [given, "scale"], ["scaled"]),
        make("Neg", ["mean"], ["minus"]),
        make("Mul", ["minus", "scale"], ["back"]),
        make("Add", ["back", "beta"], ["offset"]),
        make("Add", ["scaled", "offset"], [out]),
    ]


def gelu(given: str, out: str) -> list[onnx.NodeProto]:
    return [
        make("Transpose", [given], ["turned"], perm=[0, 2, 3, 1]),
        make("Pow", ["turned", "three"], ["cube"]),
        make("Mul", ["tiny", "cube"], ["part"]),
        make("Transpose", ["part"], ["part_back"], perm=[0, 3, 1, 2]),
        make("Add", [given, "part_back"], ["sum"]),
        make("Mul", ["root_two_pi", "sum"], ["argument"]),
        make("Tanh", ["argument"], ["tanh"]),
        make("Add", ["one", "tanh"], ["plus_one"]),
        make("Mul", ["half", given], ["halved"]),
        make("Mul", ["halved", "plus_one"], [out]),
    ]


def network(nodes: list[onnx.NodeProto]) -> bytes:
    lot = np.random.default_rng(0)
    weights = constants(
        epsilon=[1e-3],
        gamma=lot.normal(1, 0.2, (1, CHANNELS, 1, 1)),
        beta=lot.normal(0, 0.2, (1, CHANNELS, 1, 1)),
        three=3.0,
        tiny=0.044715,
        root_two_pi=0.7978846,
        one=1.0,
        half=0.5,
    )
    shape = ["n", CHANNELS, "h", "w"]
    edges = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name in ("x", "y")]
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes, "g", edges[:1], edges[1:], [each for each in weights if each.name in used]
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def kinds(content: bytes) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_model_from_string(content).graph.node)


def test_both_chains_become_one_node_each_with_the_same_numbers():
    shipped = network([*normalisation("x", "normal"), *gelu("normal", "y")])
    result = fused(shipped)
    assert kinds(result) == Counter({"Transpose": 2, "LayerNormalization": 1, "Gelu": 1})
    given = np.random.default_rng(1).normal(0, 3, (1, CHANNELS, 7, 9)).astype(np.float32)
    (expected,) = ReferenceEvaluator(onnx.load_model_from_string(shipped)).run(None, {"x": given})
    (found,) = OnnxEngine("fused", result)(given)
    assert np.abs(found - expected).max() < 2e-5
    assert fused(shipped) == result


@pytest.mark.parametrize("cut", ["Pow", "Sub"])
def test_what_only_looks_like_a_chain_keeps_its_numbers(cut):
    """Another operator at the root of the chain: it is something else."""
    nodes = [*normalisation("x", "normal"), *gelu("normal", "y")]
    for node in nodes:
        if node.op_type == cut:
            node.op_type = "Add"
    shipped = network(nodes)
    gone = "Gelu" if cut == "Pow" else "LayerNormalization"
    assert kinds(fused(shipped))[gone] == 0
    given = np.random.default_rng(2).normal(0, 1, (1, CHANNELS, 5, 5)).astype(np.float32)
    (expected,) = ReferenceEvaluator(onnx.load_model_from_string(shipped)).run(None, {"x": given})
    (found,) = OnnxEngine("fused", fused(shipped))(given)
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
