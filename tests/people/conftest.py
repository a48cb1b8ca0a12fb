"""A rule section as a pack holds it, and a branch with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from sync.keys import Keys, open_keys
from sync.staff_roll import StaffRoll
from sync.store import Store
from terminal.rules.people import PeopleRules

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from staffed_branch import Branch, Clock  # noqa: E402  beside the tests

SECTION = HERE / "people.yaml"


@pytest.fixture(scope="session")
def section() -> PeopleRules:
    """The section as a pack would hold it."""
    return PeopleRules.model_validate(yaml.safe_load(SECTION.read_text("utf-8")))


@pytest.fixture(scope="session")
def rules(section: PeopleRules) -> PeopleRules:
    """The same with a cheap hash: still Argon2id."""
    cheap = section.password.model_copy(update={"memory_kib": 64, "passes": 1, "lanes": 1})
    return section.model_copy(update={"password": cheap})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return open_keys(tmp_path_factory.mktemp("terminal") / "keys", "file")


@pytest.fixture
def open_store(tmp_path: Path, keys: Keys, clock: Clock) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def open_() -> Store:
        opened.append(Store.open(tmp_path / "book.db", keys.database_key(), clock=clock))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def empty(open_store: Callable[[], Store], keys: Keys, rules: PeopleRules, clock: Clock) -> Branch:
    store = open_store()
    return Branch(store, StaffRoll(store, keys.database_key()), rules, clock)


@pytest.fixture
def branch(empty: Branch) -> Branch:
    empty.begin()
    return empty
