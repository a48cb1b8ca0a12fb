"""Every network file is listed with hash, licence, source and purpose."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = tomllib.loads((ROOT / "models" / "catalogue.toml").read_text(encoding="utf-8"))
SHA = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("entry", CATALOGUE["file"], ids=lambda entry: entry["name"])
def test_each_file_says_what_it_is_and_whose(entry):
    assert SHA.fullmatch(entry["sha256"])
    assert entry["licence"].strip()
    assert entry["purpose"].strip()
    assert entry["origin"].strip()
    if "source" in entry:
        assert entry["source"]["name"]
        assert re.fullmatch(r"[0-9][0-9A-Za-z.]*", entry["source"]["version"]), "a version, never 'newest'"
        assert SHA.fullmatch(entry["shipped_sha256"])


def test_names_and_files_are_listed_once():
    for key in ("name", "file"):
        values = [entry[key] for entry in CATALOGUE["file"]]
        assert len(values) == len(set(values))


def test_every_face_pack_has_a_detector_and_a_recogniser():
    for pack in CATALOGUE["pack"]:
        if not pack.get("common", True):
            continue
        roles = {entry["role"] for entry in CATALOGUE["file"] if pack["name"] in entry.get("packs", [])}
        assert {"detector", "recogniser"} <= roles, pack["name"]


def test_weights_that_are_not_free_say_so():
    (pack,) = (pack for pack in CATALOGUE["pack"] if pack["name"] == "insightface")
    assert "non-commercial" in pack["conditions"]


def test_no_network_is_in_the_repository():
    assert [path for path in (ROOT / "models").rglob("*") if path.suffix in (".onnx", ".tflite", ".pt")] == []
