"""Only listed, unaltered, accepted files are loaded."""

from __future__ import annotations

import ast
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import models
from config.durable import write_whole
from models.api import ModelError
from models.catalogue import ACCEPTED, Catalogue, Role, acceptances

CONTENT = b"a network"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
LISTED = f"""
[[pack]]
name = "free"
about = "no conditions"
[[pack]]
name = "bound"
about = "conditions"
conditions = "Not for banks."
[[file]]
name = "finder"
file = "bound/finder.onnx"
role = "detector"
packs = ["free", "bound"]
shipped_sha256 = "{DIGEST}"
shipped_bytes = 9
sha256 = "{DIGEST}"
conversion = "none"
licence = "MIT"
origin = "here"
purpose = "tests"
"""


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue.read(LISTED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_whole(tmp_path / "bound" / "finder.onnx", CONTENT)
    return tmp_path


def refused(code: str) -> pytest.RaisesExc[ModelError]:
    return pytest.RaisesExc(ModelError, check=lambda error: error.code == code)


def test_shipped_catalogue_is_complete() -> None:
    shipped = Catalogue.shipped()
    names = [entry.name for entry in shipped.entries]
    places = [entry.file for entry in shipped.entries]
    assert len(set(names)) == len(names) and len(set(places)) == len(places)
    assert {
        "yunet",
        "sface",
        "scrfd",
        "w600k_mbf",
        "2d106det",
        "face_landmark",
        "fr_liveness",
        "fr_eye",
    } <= set(names)
    for pack in shipped.packs:
        roles = [entry.role for entry in shipped.of_pack(pack.name)]
        assert len(set(roles)) == len(roles), "one file a role"
        face = {Role.DETECTOR, Role.RECOGNISER, Role.MESH, Role.PASSIVE}
        assert face <= set(roles) if pack.common else roles == [Role.MINUTIAE]
        assert all(entry.source for entry in shipped.of_pack(pack.name)), "packs can be fetched"
    for entry in shipped.entries:
        assert entry.licence and entry.origin and entry.purpose
        assert entry.sha256 == entry.shipped_sha256 or entry.conversion != "none"
        assert not Path(entry.file).is_absolute() and ".." not in Path(entry.file).parts
    assert shipped.pack("insightface").conditions is not None
    assert shipped.pack("open").conditions is None


def test_files_without_source_belong_to_no_pack() -> None:
    added = {entry.name for entry in Catalogue.shipped().entries if entry.source is None}
    assert added == {"minifasnet_v2", "minifasnet_v1se"}


def test_listed_file_is_loaded(catalogue: Catalogue, folder: Path) -> None:
    (loaded,) = catalogue.load("free", folder).values()
    assert (loaded.network, loaded.sha256, loaded.entry.name) == (CONTENT, DIGEST, "finder")


def test_altered_missing_and_unknown_are_refused(catalogue: Catalogue, folder: Path) -> None:
    place = folder / "bound" / "finder.onnx"
    place.write_bytes(CONTENT[:-1] + b"K")
    with refused("model.altered"):
        catalogue.load("free", folder)
    place.unlink()
    with refused("model.missing"):
        catalogue.load("free", folder)
    with refused("model.unknown_pack"):
        catalogue.load("other", folder)
    with refused("model.unlisted"):
        catalogue.entry("other")


def test_stranger_in_the_folder_is_named_and_never_loaded(catalogue: Catalogue, folder: Path) -> None:
    (folder / "bound" / "zz.onnx").write_bytes(b"another recogniser")
    (folder / ".fetch-x").mkdir()
    (folder / ".fetch-x" / "half.onnx").write_bytes(b"half")
    assert catalogue.strangers(folder) == (Path("bound/zz.onnx"),)
    with capture_logs() as logs:
        files = catalogue.load("free", folder)
    assert [loaded.network for loaded in files.values()] == [CONTENT]
    assert [(line["event"], line["file"]) for line in logs] == [("model.unlisted", "zz.onnx")]


def test_conditions_must_be_accepted_by_somebody(catalogue: Catalogue, folder: Path) -> None:
    with refused("model.licence_not_accepted"):
        catalogue.load("bound", folder)
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    catalogue.accept("bound", folder, "王小明, IT", moment)
    assert catalogue.load("bound", folder)
    (accepted,) = acceptances(folder)
    assert (accepted.who, accepted.at) == ("王小明, IT", "2026-11-21T09:30:00+00:00")
    catalogue.accept("bound", folder, "somebody else")
    assert [one.who for one in acceptances(folder)] == ["somebody else"]


def test_changed_conditions_must_be_accepted_again(catalogue: Catalogue, folder: Path) -> None:
    catalogue.accept("bound", folder, "who")
    stricter = Catalogue.read(LISTED.replace("Not for banks.", "Not for anybody."))
    with refused("model.licence_not_accepted"):
        stricter.load("bound", folder)


@pytest.mark.parametrize("content", ["{", "{}", '[{"pack": 1}]', "[3]", '"text"'])
def test_unreadable_acceptance_is_no_acceptance(catalogue: Catalogue, folder: Path, content: str) -> None:
    (folder / ACCEPTED).write_text(content)
    with pytest.raises(ModelError):
        catalogue.load("bound", folder)


def test_operator_may_add_a_listed_file_only(catalogue: Catalogue, tmp_path: Path) -> None:
    brought, models_folder = tmp_path / "stick" / "任意.onnx", tmp_path / "models"
    brought.parent.mkdir()
    brought.write_bytes(CONTENT)
    assert catalogue.add(brought, models_folder).name == "finder"
    assert catalogue.load("free", models_folder)
    brought.write_bytes(b"something else")
    with refused("model.unlisted"):
        catalogue.add(brought, models_folder)
    with refused("model.missing"):
        catalogue.add(tmp_path / "nothing.onnx", models_folder)


def test_operators_files_are_the_listed_ones(shared_data: Path, tmp_path: Path) -> None:
    shipped = Catalogue.shipped()
    added = {shipped.add(file, tmp_path).name for file in (shared_data / "models").glob("*.onnx")}
    assert added == {"minifasnet_v2", "minifasnet_v1se"}


@pytest.mark.parametrize(
    "text", ["", "[[file]]", LISTED + "surprise = 1\n", LISTED.replace("detector", "oracle"), "not toml"]
)
def test_odd_catalogue_is_refused(text: str) -> None:
    with refused("model.catalogue_broken"):
        Catalogue.read(text)


def test_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    write_whole(place, b"old")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="space"):
        write_whole(place, b"new")
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_acceptances_are_readable_json(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.accept("bound", tmp_path, "who")
    (row,) = json.loads((tmp_path / ACCEPTED).read_text("utf-8"))
    assert set(row) == {"pack", "who", "at", "conditions"}


def test_only_the_engine_imports_onnxruntime() -> None:
    folder = Path(models.__file__).parent
    users = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and any(name.name.startswith("onnxruntime") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("onnxruntime"))
    }
    assert users == {"engine.py"}
