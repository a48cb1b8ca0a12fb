"""What can go wrong between the terminal, its own book and its centre.

    SyncError
    ├── StoreError
    │   ├── Unusable         refuse to start; the file is left as it is, never recreated
    │   │   ├── WrongKey     another key, or not one of our books
    │   │   ├── Damaged      bytes of the file are not what was written, or the file is gone
    │   │   └── TooNew       made by a newer program
    │   ├── DiskFull         stop new cases, keep the book
    │   ├── Unwritable       medium or permissions: stop new cases, keep the book
    │   ├── Locked           passing: another reader or writer was quicker; asking again helps
    │   ├── InUse            another terminal program holds this book
    │   ├── Conflict         what is to be kept contradicts what is kept
    │   └── Misused          the caller asked for what the book does not allow (a bug)
    ├── KeyFault             the terminal's keys cannot be had, or not safely
    └── SealBroken           a sealed item does not open: changed, swapped, or for another key

Every error carries a dotted `code` (a message key) and facts for the engineer; facts never hold personal
data or key material.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class SyncError(Exception):
    """Something this package reports."""

    def __init__(self, code: str, **facts: object) -> None:
        told = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} ({told})" if told else code)
        self.code = code
        self.facts: Mapping[str, object] = MappingProxyType(dict(facts))


class StoreError(SyncError):
    """The book did not do what was asked; nothing was changed."""

    code_of_kind = "store.failed"

    def __init__(self, code: str = "", **facts: object) -> None:
        super().__init__(code or self.code_of_kind, **facts)


class Unusable(StoreError):
    """This book must not be worked with; a person has to look."""

    code_of_kind = "store.unusable"


class WrongKey(Unusable):
    """The key does not open the file, or the file is no book of ours."""

    code_of_kind = "store.wrong_key"


class Damaged(Unusable):
    """The file is not as it was written."""

    code_of_kind = "store.damaged"


class TooNew(Unusable):
    """A newer program made this book; this one does not understand it."""

    code_of_kind = "store.too_new"


class DiskFull(StoreError):
    """No room for another line."""

    code_of_kind = "store.disk_full"


class Unwritable(StoreError):
    """The medium or its permissions forbid writing."""

    code_of_kind = "store.unwritable"


class Locked(StoreError):
    """Another connection was quicker; passing."""

    code_of_kind = "store.locked"


class InUse(StoreError):
    """Another terminal program holds this book."""

    code_of_kind = "store.in_use"


class Conflict(StoreError):
    """What is to be kept contradicts what is kept already, or itself."""

    code_of_kind = "store.conflict"


class Misused(StoreError):
    """A call the book does not allow: a bug of the caller."""

    code_of_kind = "store.misused"


class KeyFault(SyncError):
    """The terminal's keys cannot be had, or not safely: ``keys.permissions``, ``keys.damaged`` …"""


class SealBroken(SyncError):
    """A sealed item does not open: ``seal.format``, ``seal.other_key``, ``seal.altered`` …"""
