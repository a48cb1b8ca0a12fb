"""A power cut at any file operation, or a byte changed on disk later: the last good packs stay in force."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_packs import SHIPPED, TIGHTER, given, pack_text, shelf_in

from terminal.rules.errors import RuleError
from terminal.rules.shelf import Shelf

FIRST, SECOND = f"{SHIPPED.name} + branch-7 1", f"{SHIPPED.name} + branch-7 2"
OPERATIONS = (
    (os, "fsync"),
    (os, "replace"),
    (os, "mkdir"),
    (os, "unlink"),
    (os, "chmod"),
    (tempfile, "mkstemp"),
)


class PowerCut(BaseException):
    """Nothing after it happens, not even tidying up."""


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Blows before the n-th file operation, and before every later one; a negative number never."""
    left = [-1]

    def watched(operation: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*arguments: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return operation(*arguments, **more)

        return maybe

    for module, name in OPERATIONS:
        monkeypatch.setattr(module, name, watched(getattr(module, name)))

    def set_to(operations: int) -> None:
        left[0] = operations

    return set_to


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A folder in which the first version is in force."""
    folder = tmp_path / "before"
    shelf_in(folder).install([given(tmp_path / "files", pack_text())])
    return folder


def cut_at_every_operation(
    tmp_path: Path, before: Path, fuse: Callable[[int], None], action: Callable[[Shelf], object], after: str
) -> list[str]:
    """What is in force after each cut, in order; each is old or new, whole, and can be built upon."""
    found = []
    third = given(tmp_path / "third", pack_text(TIGHTER, version="3"))
    for number in range(200):
        folder = tmp_path / f"cut-{number}"
        shutil.copytree(before, folder)
        fuse(number)
        try:
            action(shelf_in(folder))
        except PowerCut:
            fuse(-1)
        else:
            return found
        left = shelf_in(folder)
        found.append(left.rules().name)
        assert found[-1] in (FIRST, after), number
        assert left.held().problems == (), number
        shelf_in(folder).install([third])
        assert shelf_in(folder).rules().name.endswith("branch-7 3"), number
    raise AssertionError("it never ends")


@pytest.mark.slow
def test_a_cut_in_the_middle_of_installing_leaves_the_old_or_the_new(
    tmp_path: Path, before: Path, fuse: Callable[[int], None]
) -> None:
    second = given(tmp_path / "files", pack_text(TIGHTER, version="2"))
    found = cut_at_every_operation(tmp_path, before, fuse, lambda shelf: shelf.install([second]), SECOND)
    assert len(found) > 10
    assert found[0] == FIRST
    assert found == sorted(found), "once it is in force it stays so"
    assert SECOND in found, "a cut after the state was written"


def test_a_cut_in_the_middle_of_going_back_leaves_the_old_or_the_new(
    tmp_path: Path, before: Path, fuse: Callable[[int], None]
) -> None:
    shelf_in(before).install([given(tmp_path / "files", pack_text(TIGHTER, version="2"))])
    found = cut_at_every_operation(
        tmp_path, before, fuse, lambda shelf: shelf.rollback(1, ("1001", "1002")), SECOND
    )
    assert found[0] == SECOND
    assert FIRST in found


def test_a_full_disk_is_told_and_leaves_the_old(
    tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = given(tmp_path / "files", pack_text(TIGHTER, version="2"))
    shelf = shelf_in(before)

    def full(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("terminal.rules.states.write_whole", full)
    with pytest.raises(OSError, match="No space"):
        shelf.install([second])
    assert shelf.rules().name == FIRST


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x04
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize(
    ("which", "harm"),
    [
        *((which, harm) for which in ("pack", "signature", "state") for harm in (flipped, cut_short)),
        *((which, Path.unlink) for which in ("pack", "signature")),
    ],
)
def test_what_was_damaged_on_disk_is_passed_over_and_said(
    tmp_path: Path, before: Path, which: str, harm: Callable[[Path], None]
) -> None:
    second = shelf_in(before).install([given(tmp_path / "files", pack_text(TIGHTER, version="2"))])
    packs = before / "packs"
    sha256 = second.installed[0].sha256
    harm(
        {
            "pack": packs / f"{sha256}.yaml",
            "signature": packs / f"{sha256}.yaml.sig",
            "state": before / "states" / "00000002.json",
        }[which]
    )
    shelf = shelf_in(before)
    assert shelf.rules().name == FIRST
    (problem,) = shelf.held().problems
    assert problem.code in ("rules.damaged", "rules.signature_wrong", "rules.unsigned")
    assert problem.file
    assert problem.line == 1
    if which == "pack":
        with pytest.raises(RuleError, match=r"rules\.damaged|not as it was installed|No such file"):
            shelf.by_sha256(sha256)
    shelf.install([given(tmp_path / "files", pack_text(TIGHTER, version="3"))])
    assert shelf_in(before).rules().name.endswith("branch-7 3")
    assert shelf_in(before).held().problems == ()


def test_a_damaged_pack_is_put_right_by_installing_it_again(tmp_path: Path, before: Path) -> None:
    first = shelf_in(before).history()[0].installed[0]
    flipped(before / "packs" / f"{first.sha256}.yaml")
    shelf = shelf_in(before)
    assert shelf.rules().name == SHIPPED.name
    shelf.install([given(tmp_path / "files", pack_text())])
    assert shelf.rules().name == FIRST
