"""What was entered for cases that are still open: one sealed file a case, so that nothing is typed twice.

The audit log holds no personal data, and a record is made only at the end. Sealed by a key made of the
book's (HKDF-SHA256, AES-256-GCM); a file can be neither read nor put in another case's place without it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.durable import OWNER_ONLY, write_whole
from sync.records import sha256
from terminal.handover.entered import Entered, read, written
from terminal.handover.errors import HandoverError

FOLDER = "entered"
"""Beside the book."""
INFO = b"renzheng.entered/1"
KEY_BYTES = 32
NONCE_BYTES = 12


class HeldData:
    """The files in one folder; what nobody touched for `days()` may be forgotten."""

    def __init__(self, folder: Path, book_key: bytes, days: Callable[[], int]) -> None:
        self._folder = folder
        self._days = days
        self._key = HKDF(SHA256(), KEY_BYTES, salt=None, info=INFO).derive(book_key)

    def keep(self, case_id: str, entered: Entered) -> None:
        """Keep all that is entered now, in place of what was. OSError when it cannot be written."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, written(entered), case_id.encode())
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path(case_id), nonce + sealed, OWNER_ONLY)

    def of(self, case_id: str) -> Entered:
        """What was entered for the case; empty when nothing was. HandoverError ``handover.held_altered``."""
        try:
            content = self._path(case_id).read_bytes()
            plain = AESGCM(self._key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], case_id.encode())
        except FileNotFoundError:
            return {}
        except (OSError, InvalidTag, ValueError):
            raise HandoverError("handover.held_altered") from None
        return read(plain)

    def forget(self, case_id: str) -> None:
        """The case is over, or elsewhere. OSError when the file cannot be removed."""
        self._path(case_id).unlink(missing_ok=True)

    def forget_old(self, now: datetime) -> int:
        """Remove what nobody touched for longer than a case may wait; how many files went."""
        limit = (now - timedelta(days=self._days())).timestamp()
        old = [each for each in self._folder.glob("*.sealed") if each.stat().st_mtime < limit]
        for each in old:
            each.unlink(missing_ok=True)
        return len(old)

    def _path(self, case_id: str) -> Path:
        return self._folder / f"{sha256(case_id.encode())[:32]}.sealed"
