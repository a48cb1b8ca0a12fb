"""Refuses to start when another package took one of our six top-level names.

`config`, `models` and their like are generic: packages so called exist, and pip lets them replace ours
without a word, in parts or whole. Looks without importing anything, so that a stranger's code does not run
before it is found, and without reading every installed package's papers, so that looking costs little.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

OURS = "renzheng"
NAMES = ("config", "drivers", "models", "sync", "terminal", "ui")
HOME = Path(__file__).resolve().parent.parent


def strangers(home: Path = HOME) -> list[str]:
    """A sentence for each name that does not come from `home`, or that another package brings, too.

    Empty when all is well.
    """
    found = []
    for name in NAMES:
        origin = _origin(name)
        if origin is None or origin.parent.parent != home:
            found.append(f"{name} is {origin or 'a folder without code, or not there at all'}")
        else:
            found += [f"{name} is also {other}" for other in _others(name, home)]
    return found + [f"{name} is also claimed by {owner}" for name, owner in _claims(home)]


def _origin(name: str) -> Path | None:
    """The file that `import name` runs or has run."""
    loaded = sys.modules.get(name)
    spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(name)
    return Path(spec.origin).resolve() if spec is not None and spec.origin else None


def _others(name: str, home: Path) -> Iterator[Path]:
    """Code under the same name elsewhere on the path: it waits for ours to go, or to come second."""
    for folder in dict.fromkeys(Path(entry).resolve() for entry in sys.path):
        if folder == home:
            continue
        for file in (folder / name / "__init__.py", folder / f"{name}.py"):
            if file.is_file():
                yield file


def _claims(home: Path) -> Iterator[tuple[str, str]]:
    """Packages installed beside ours that wrote into one of our folders (a wheel of ours was installed)."""
    for papers in home.glob("*.dist-info"):
        owner = papers.name.split("-")[0].lower()
        record = papers / "RECORD"
        if owner == OURS or not record.is_file():
            continue
        files = f"\n{record.read_text(encoding='utf-8')}"
        yield from ((name, owner) for name in NAMES if f"\n{name}/" in files or f"\n{name}.py," in files)
