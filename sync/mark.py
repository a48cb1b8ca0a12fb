"""The high-water mark beside the book: how far the audit log had come when the last unit was committed.

SQLite ends a write-ahead log silently at the first damaged frame: committed units would vanish without a
word. The mark is written after each commit, so a book that ends before it has lost lines. It is not synced:
after a power cut it may lag, which makes it less sharp, never wrong. It also holds a check value of the key,
so that a damaged first page is not mistaken for a wrong key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from sync.audit import Head
from sync.records import sha256

MAGIC = "RZMK1"
NO_KEY = "0" * 16
LENGTH = len(f"{MAGIC} {0:020d} {'':64} {'':16} {'':16}\n")


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known about the book from outside of it."""

    head: Head
    key_check: str

    def encoded(self) -> bytes:
        """One line of `LENGTH` ASCII bytes, closed by its own check sum."""
        text = f"{MAGIC} {self.head.seq:020d} {self.head.hash} {self.key_check}"
        return f"{text} {sha256(text.encode())[:16]}\n".encode("ascii")


def key_check(key: bytes | None) -> str:
    """A value that tells whether two keys are the same, and nothing about them."""
    if key is None:
        return NO_KEY
    return hmac.new(key, b"renzheng.book/1", hashlib.sha256).hexdigest()[:16]


def path_of(book: Path) -> Path:
    """Where the mark of `book` is."""
    return book.with_name(f"{book.name}.mark")


def read(path: Path) -> Mark | None:
    """The mark at `path`; None when it is missing or not intact."""
    try:
        raw = path.read_bytes()
        fields = raw.decode("ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    if len(fields) != 5 or not fields[1].isdecimal():
        return None
    mark = Mark(Head(int(fields[1]), fields[2]), fields[3])
    return mark if mark.encoded() == raw else None


class MarkFile:
    """The mark of an open book, rewritten in place. OSError is the caller's to judge."""

    def __init__(self, path: Path, key: bytes | None, head: Head) -> None:
        """Put the mark of `head` in place, whole or not at all, and keep the file open."""
        self._check = key_check(key)
        fresh = path.with_name(f"{path.name}.new")
        self._handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self.move(head)
            os.fsync(self._handle)
            fresh.replace(path)
        except OSError:
            self.close()
            raise

    def move(self, head: Head) -> None:
        """Say that the log has come to `head`."""
        os.pwrite(self._handle, Mark(head, self._check).encoded(), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)
