"""Rules that hold for every file of the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "drivers", "models", "sync", "terminal", "ui")
LONGEST_FILE = 450
LONGEST_TEST = 600
"""A list of cases may be longer than code, which must be understood at once."""
LONGEST_FUNCTION = 40
BROAD_REASONS = ("lane", "plug-in walk", "top-level", "top level", "log writer")
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "deb.deb" + "ian", "npm" + "js.org")
PLACES = tuple(f"/{place}/" for place in ("work", "root", "tmp"))
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Error")


def tracked() -> list[Path]:
    """Files of the repository; everything below the root where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [
            str(path.relative_to(ROOT))
            for name in (*PACKAGES, "tests")
            for path in (ROOT / name).rglob("*.py")
        ]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


FILES = tracked()
SOURCES = [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES]
TESTS = [path for path in FILES if path.name.startswith("test_") and path.suffix == ".py"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 20


def test_files_are_short():
    limits = {**dict.fromkeys(SOURCES, LONGEST_FILE), **dict.fromkeys(TESTS, LONGEST_TEST)}
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in limits}
    assert {name(path): lines for path, lines in lengths.items() if lines > limits[path]} == {}


def test_functions_are_short():
    long = {}
    for path in SOURCES:
        for one in functions(tree_of(path)):
            lines = (one.end_lineno or one.lineno) - one.lineno + 1
            if lines > LONGEST_FUNCTION:
                long[f"{name(path)}:{one.name}"] = lines
    assert long == {}


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for path in FILES:
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if any(part in line for part in (*HOSTS, *PLACES)):
                found.append(f"{name(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def text_of(path: Path) -> str:
    """Empty for a file that is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_nothing_is_left_unfinished():
    found = [
        f"{name(path)}: {word}"
        for path in SOURCES
        for word in UNFINISHED
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_every_package_and_module_says_what_it_is_for():
    silent = [name(path) for path in SOURCES if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_every_folder_of_code_is_a_package():
    """A folder without `__init__.py` would be a namespace that any other package could join."""
    bare = {name(path.parent) for path in SOURCES if not (path.parent / "__init__.py").is_file()}
    assert bare == set()


def test_broad_handlers_stand_only_where_they_must():
    """One that does not raise again says beside it which of the four places it is."""
    found = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.ExceptHandler)
                and _is_broad(node)
                and not isinstance(node.body[-1], ast.Raise)
            ):
                beside = (
                    "\n".join(text.splitlines()[node.lineno - 1 : node.lineno + 2]).partition("#")[2].lower()
                )
                if not any(reason in beside for reason in BROAD_REASONS):
                    found.append(f"{name(path)}:{node.lineno}")
    assert found == []


def _is_broad(node: ast.ExceptHandler) -> bool:
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(
        one is None or (isinstance(one, ast.Name) and one.id in ("Exception", "BaseException"))
        for one in caught
    )


def test_no_module_is_called_after_nothing():
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|base)(_|\.|$)")
    assert [name(path) for path in SOURCES if vague.search(path.name)] == []


def test_test_files_have_names_of_their_own():
    counted = Counter(path.name for path in TESTS)
    assert {file: count for file, count in counted.items() if count > 1} == {}


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_no_test_hides_another_of_the_same_name(path):
    tree = tree_of(path)
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for scope in scopes:
        counted = Counter(one.name for one in scope.body if isinstance(one, ast.FunctionDef))
        assert {test: count for test, count in counted.items() if count > 1} == {}


def test_locks_hold_hashes_and_no_hosts():
    for lock in (ROOT / "config" / "locks").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        entries = re.split(r"(?m)^(?=[a-z0-9])", text)
        assert all("--hash=sha256:" in entry for entry in entries if entry.strip()), lock.name
        assert "://" not in text, lock.name
        assert "--index" not in text, lock.name


def test_locks_agree_and_cover_what_is_asked_for():
    def versions(file: str) -> dict[str, str]:
        text = (ROOT / "config" / "locks" / file).read_text(encoding="utf-8")
        return dict(re.findall(r"(?m)^([a-z0-9._-]+)==([^ \\;]+)", text))

    lean, dev = versions("run.txt"), versions("dev.txt")
    assert lean.items() <= dev.items()
    assert {"setuptools", "pyside6-essentials", "insightface"} <= lean.keys()
    assert {"pytest", "mypy", "ruff", "import-linter"} <= dev.keys() - lean.keys()
