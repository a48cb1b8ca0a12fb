"""Folders of samples whose truth is known: what counts as a picture, and what is wrong with a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".pgm", ".webp"})
"""Of pictures of fingers and irises."""

Progress = Callable[[str, int, int], None]
"""Told again and again: what is done, how many, of how many."""


class FolderError(Exception):
    """A folder that cannot be evaluated; `code` is a message key, `remedy` says what to do."""

    def __init__(self, code: str, folder: Path, remedy: str, cause: str = "") -> None:
        super().__init__(f"{folder}: {cause or remedy}")
        self.code = code
        self.folder = folder
        self.remedy = remedy
