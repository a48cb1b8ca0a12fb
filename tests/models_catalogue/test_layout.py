"""Networks written for the engine's blocked layout give the same numbers; what does not fit is left alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from config.paths import paths
from models.api import ModelError
from models.catalogue import Catalogue
from models.engine import OnnxEngine
from models.layout import BLOCK, blocked

make = helper.make_node
SIDE = 12


def network(
    channels: int, *, highest: float = 0.8, seen: str = "", raw: bool = True, shared: bool = False
) -> bytes:
    """Convolution, PRelu, a convolution for each channel, PRelu, convolution: as small networks are built.

    `seen` is an operator that sees the middle channels as well; `shared` gives one slope for all.
    """
    lot = np.random.default_rng(channels)
    slopes = np.concatenate([[highest], lot.uniform(-1, highest, channels - 1)]).reshape(-1, 1, 1)
    weights = {
        "w1": lot.normal(0, 0.3, (channels, 3, 3, 3)),
        "b1": lot.normal(0, 0.3, channels),
        "s1": slopes[:1] if shared else slopes,
        "w2": lot.normal(0, 0.3, (channels, 1, 3, 3)),
        "b2": lot.normal(0, 0.3, channels),
        "s2": slopes[None],
        "w3": lot.normal(0, 0.3, (BLOCK, channels, 1, 1)),
    }
    nodes = [
        make("Conv", ["x", "w1", "b1"], ["a"], pads=[1, 1, 1, 1]),
        make("PRelu", ["a", "s1"], ["b"]),
        make("Conv", ["b", "w2", "b2"], ["c"], group=channels, pads=[1, 1, 1, 1]),
        make("PRelu", ["c", "s2"], ["d"]),
        *([make(seen, ["d"], ["e"])] if seen else []),
        make("Conv", ["e" if seen else "d", "w3"], ["y"]),
    ]
    tensors = [tensor(name, value, raw) for name, value in weights.items()]
    return written(nodes, tensors, {"y": [1, BLOCK, SIDE, SIDE]})


def tensor(name: str, value: np.ndarray, raw: bool) -> onnx.TensorProto:
    if raw:
        return numpy_helper.from_array(value.astype(np.float32), name)
    return helper.make_tensor(name, onnx.TensorProto.FLOAT, value.shape, value.ravel().tolist())


def written(
    nodes: list[onnx.NodeProto], tensors: list[onnx.TensorProto], results: dict[str, list[int]]
) -> bytes:
    kind = onnx.TensorProto.FLOAT
    given = [helper.make_tensor_value_info("x", kind, [1, 3, SIDE, SIDE])]
    outputs = [helper.make_tensor_value_info(name, kind, shape) for name, shape in results.items()]
    graph = helper.make_graph(nodes, "network", given, outputs, initializer=tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def read(network: bytes) -> onnx.ModelProto:
    """The rewritten network, which must be a sound model."""
    model = onnx.load_model_from_string(b"".join(blocked(network)))
    onnx.checker.check_model(model, full_check=True)
    return model


def kinds(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def channels(model: onnx.ModelProto) -> list[int]:
    """Channels that the convolutions make."""
    shapes = {each.name: each.dims for each in model.graph.initializer}
    return [shapes[node.input[1]][0] for node in model.graph.node if node.op_type == "Conv"]


def difference(network: bytes, seed: int = 0) -> float:
    """The greatest difference between the engine and onnxruntime on the untouched network, as a share."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    engine, lot = OnnxEngine("test", network), np.random.default_rng(seed)
    shape = [
        size if isinstance(size, int) else (1, 3, 192, 192)[at] for at, size in enumerate(engine.shapes["x"])
    ]
    picture = lot.normal(0, 1, shape).astype(np.float32)
    pairs = zip(session.run(None, {"x": picture}), engine(picture), strict=True)
    return max(float(np.abs(one - other).max() / np.abs(one).max()) for one, other in pairs)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("highest", [0.8, 1.0, 1.6])
@pytest.mark.parametrize("size", [3, 8, 13, 16, 26])
def test_every_channel_is_in_a_block_and_the_numbers_stay(size: int, highest: float, raw: bool) -> None:
    given = network(size, highest=highest, raw=raw)
    model = read(given)
    assert kinds(model) == {"Conv": 7, "Relu": 2, "Add": 2}
    assert all(each % BLOCK == 0 for each in channels(model))
    assert difference(given) < 3e-6


@pytest.mark.parametrize("seen", ["Softmax", "Sigmoid", "Relu"])
def test_channels_that_something_else_sees_are_not_filled_up(seen: str) -> None:
    given = network(13, seen=seen)
    model = read(given)
    assert "PRelu" not in kinds(model)
    assert set(channels(model)) == {13, BLOCK}
    assert difference(given) < 3e-6


def test_channels_that_come_out_are_not_filled_up() -> None:
    model = onnx.load_model_from_string(network(13))
    results = {"y": [1, BLOCK, SIDE, SIDE], "c": [1, 13, SIDE, SIDE]}
    given = written(list(model.graph.node), list(model.graph.initializer), results)
    assert set(channels(read(given))) == {13, BLOCK}
    assert difference(given) < 3e-6


def test_one_slope_for_all_channels_stays_a_prelu() -> None:
    given = network(16, shared=True)
    assert kinds(read(given))["PRelu"] == 1
    assert difference(given) < 3e-6


def test_a_network_without_prelu_comes_back_as_it_is() -> None:
    given = written([make("Relu", ["x"], ["y"])], [], {"y": [1, 3, SIDE, SIDE]})
    assert blocked(given) == [given]


@pytest.mark.parametrize("cut", [7, 100, -1])
def test_half_a_network_is_refused_by_the_engine_not_by_the_rewriting(cut: int) -> None:
    with pytest.raises(ModelError) as caught:
        OnnxEngine("test", network(13)[:cut] + (b"PRelu" if cut == 7 else b""))
    assert caught.value.code == "model.unusable"


@given(at=st.integers(0, len(network(13)) - 1), byte=st.integers(0, 255))
def test_a_damaged_network_is_rewritten_or_left_alone(at: int, byte: int) -> None:
    damaged = bytearray(network(13))
    damaged[at] = byte
    assert b"".join(blocked(bytes(damaged)))


@pytest.mark.parametrize("name", ["face_landmark", "iris_landmark", "fr_liveness", "sface"])
def test_the_packs_networks_keep_their_numbers(name: str) -> None:
    file = Path(paths().models) / f"{name}.onnx"
    if not file.is_file():
        pytest.skip("models not fetched: make models (pack open)")
    network = Catalogue.shipped().load("open", file.parent)
    (found,) = (each.network for each in network.values() if each.path.name == file.name)
    model = read(found)
    assert "PRelu" not in kinds(model)
    odd = [each for each in channels(model) if each % BLOCK and each > BLOCK]
    assert set(odd) <= {1404, 213, 15}, "only what comes out"
    renamed = onnx.load_model_from_string(found)
    rename(renamed.graph, renamed.graph.input[0].name, "x")
    assert difference(bytes(renamed.SerializeToString())) < 1e-5


def rename(graph: onnx.GraphProto, name: str, new: str) -> None:
    graph.input[0].name = new
    for node in graph.node:
        node.input[:] = [new if each == name else each for each in node.input]
