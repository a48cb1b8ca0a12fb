"""Real networks and pictures of installed packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from config.paths import paths
from models.api import Image, ModelError
from models.catalogue import Catalogue
from models.face.stack import FaceStack, load
from models.picture import read_picture


@pytest.fixture(scope="session")
def models_folder() -> Path:
    return paths().models


@pytest.fixture(scope="session")
def open_stack(models_folder: Path) -> Iterator[FaceStack]:
    stack = load("open", fetched("open", models_folder))
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def insight_stack(models_folder: Path) -> Iterator[FaceStack]:
    stack = load("insightface", fetched("insightface", models_folder))
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def astronaut() -> Image:
    return read_picture(package_file("skimage", "data/astronaut.png"))


@pytest.fixture(scope="session")
def hopper() -> Image:
    return read_picture(package_file("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"))


@pytest.fixture(scope="session")
def group() -> Image:
    """Six people."""
    return read_picture(package_file("insightface", "data/images/t1.jpg"))


def fetched(pack: str, folder: Path) -> Path:
    """The folder, when the pack is there; an altered file is a failure, not a reason to skip."""
    try:
        Catalogue.shipped().load(pack, folder)
    except ModelError as error:
        if error.code not in {"model.missing", "model.licence_not_accepted"}:
            raise
        pytest.skip(f"models not fetched: make models (pack {pack})")
    return folder


def package_file(package: str, path: str) -> Path:
    """A file that an installed package carries."""
    found = find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / path
