"""Keyring back ends of our own, loaded by `keyring` itself in the process that asks it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from keyring.backend import KeyringBackend


class FolderRing(KeyringBackend):
    """Keeps secrets in the file that RING_FILE names."""

    priority = 5

    @property
    def _file(self) -> Path:
        return Path(os.environ["RING_FILE"])

    def _all(self) -> dict[str, str]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(json.dumps({**self._all(), f"{service}/{username}": password}))


class ForgetfulRing(FolderRing):
    """Says yes and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Nothing."""


class StuckRing(FolderRing):
    """Waits for a person who is not there."""

    @property
    def _file(self) -> Path:
        time.sleep(600)
        raise OSError


class BrokenRing(FolderRing):
    """Fails in a way of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("the service hung up")

    set_password = None
