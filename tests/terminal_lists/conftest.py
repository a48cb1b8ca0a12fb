"""The bank's key, lists made with it, and a shelf to put them on."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.calibration_keys import public_text
from terminal.checks.list_file import ListEntry, ListFile, made_list
from terminal.checks.shelf import Shelf, trusted_keys
from terminal.rules.lists import ListRules

HERE = Path(__file__).parent
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The inventor of people beside this file."""
    spec = importlib.util.spec_from_file_location("invented_names", HERE / "invented_names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rules() -> ListRules:
    return ListRules.model_validate(yaml.safe_load((HERE / "section.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def entries() -> list[ListEntry]:
    return [
        ListEntry(id="e-1", names=("张伟明",), numbers=("110101197003074515",)),
        ListEntry(id="e-2", names=("买买提·吐尔逊", "Maimaiti Tuerxun"), born="1980-05-01"),
        ListEntry(id="e-3", names=("Hasan Delkar",), born="1975"),
        ListEntry(id="e-4", numbers=("H12345678",)),
    ]


@pytest.fixture
def listed(key: Ed25519PrivateKey, entries: list[ListEntry]) -> Callable[..., ListFile]:
    def make(**header: object) -> ListFile:
        usual = {"id": "un", "kind": "sanctions", "issuer": "An invented council"}
        dates = {"dated": NOON.replace(hour=8), "expires": date(2026, 12, 31)}
        return made_list({**usual, **dates, **header}, entries, key)

    return make


@pytest.fixture
def shelf(tmp_path: Path, key: Ed25519PrivateKey) -> Shelf:
    return Shelf(tmp_path / "lists", trusted_keys([public_text(key)]), bytes(range(32)))


@pytest.fixture
def emptied(key: Ed25519PrivateKey) -> Callable[[ListFile], ListFile]:
    """The same edition of a list without entries, signed as well."""

    def make(file: ListFile) -> ListFile:
        return made_list(file.header.model_dump(exclude={"schema_", "count", "sha256"}), [], key)

    return make
