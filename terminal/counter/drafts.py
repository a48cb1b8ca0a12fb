"""What was taken down in a case that waits, so that nothing is entered twice (J07, Q04). Sealed on this disk.

A draft is personal data. It is encrypted (AES-256-GCM, a key derived from the terminal's own, the case's id
authenticated with it), overwritten whole, and deleted as soon as its case has ended.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import structlog

from config.durable import OWNER_ONLY, write_whole
from sync.row_seal import RowSeal

log = structlog.get_logger(__name__)
PURPOSE = "renzheng/case-draft/1"
ENDING = ".draft"
CASE_ID = re.compile(r"[0-9a-f-]{36}")


class Drafts:
    """The drafts of one terminal, in `folder`."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._seal = RowSeal(secret, PURPOSE)

    def keep(self, case_id: str, said: dict[str, Any]) -> None:
        """Keep what was taken down so far. OSError when the disk does not take it."""
        sealed = self._seal.seal(json.dumps(said).encode(), case_id.encode())
        write_whole(self._place(case_id), sealed, OWNER_ONLY)

    def held(self, case_id: str) -> dict[str, Any]:
        """What was taken down; empty where nothing was, or it cannot be opened: then it is asked again."""
        try:
            plain = self._seal.open(self._place(case_id).read_bytes(), case_id.encode())
        except FileNotFoundError:
            return {}
        except OSError as error:
            log.warning("case.draft_unreadable", case_id=case_id, reason=error.strerror)
            return {}
        if plain is None:
            log.warning("case.draft_altered", case_id=case_id)
            return {}
        found: dict[str, Any] = json.loads(plain)
        plain[:] = bytes(len(plain))
        return found

    def drop(self, case_id: str) -> None:
        """Forget it; nothing happens where there is none."""
        try:
            self._place(case_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("case.draft_not_dropped", case_id=case_id, reason=error.strerror)

    def clear_away(self, going_on: frozenset[str]) -> None:
        """Forget drafts of cases that are not `going_on`: their record was kept, or they are unknown."""
        for place in self._folder.glob(f"*{ENDING}"):
            if place.stem not in going_on:
                self.drop(place.stem)

    def _place(self, case_id: str) -> Path:
        if not CASE_ID.fullmatch(case_id):
            raise ValueError("no id of a case")
        return self._folder / f"{case_id}{ENDING}"
