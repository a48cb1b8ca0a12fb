"""Checks the roll of operators: each row is the one that was logged, and none was slipped in or lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sync.findings import Part
from sync.look import Look
from sync.staff_row import CHANGED, SECRET_KEPT, TryOutcome, entry_digest, secret_digest

Logged = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StaffRollCheck:
    """The checks of tables ``operator``, ``operator_secret`` and ``operator_try``."""

    look: Look

    def rows(self) -> None:
        """Every row has its audit line, every audit line its row, and both say the same."""
        changed, kept = self._bodies(CHANGED), self._bodies(SECRET_KEPT)
        self._secrets(kept, _endings(changed, kept))
        self._operators(changed)
        self._tries()

    def _operators(self, logged: Logged) -> None:
        for seq, *row in self._read("audit_seq, person, maker, checker, body FROM operator"):
            told = logged.pop(seq, None)
            person, maker, checker, body = map(str, row)
            same = told is not None and told.get("row_sha256") == entry_digest(person, maker, checker, body)
            self._judge(seq, told, same)
        self._lost(logged)

    def _secrets(self, logged: Logged, endings: dict[int, int]) -> None:
        for seq, person, blob, ended in self._read("audit_seq, person, blob, ended_seq FROM operator_secret"):
            told = logged.pop(seq, None)
            same = told is not None and told.get("person") == person and endings.get(seq) == ended
            if same and told is not None and ended is None:
                same = isinstance(blob, bytes) and told.get("row_sha256") == secret_digest(person, blob)
            self._judge(seq, told, same)
        self._lost(logged)

    def _tries(self) -> None:
        logged = {
            seq: {**body, "outcome": outcome.value}
            for outcome in TryOutcome
            for seq, body in self._bodies(outcome.kind).items()
        }
        for seq, person, outcome in self._read("audit_seq, person, outcome FROM operator_try"):
            told = logged.pop(seq, None)
            same = told is not None and (told.get("person"), told["outcome"]) == (person, outcome)
            self._judge(seq, told, same)
        self._lost(logged)

    def _judge(self, seq: int, told: dict[str, Any] | None, same: bool) -> None:
        if told is None:
            self.look.found(Part.OPERATOR, "unlogged", seq)
        elif not same:
            self.look.found(Part.OPERATOR, "altered", seq, line=seq)

    def _lost(self, logged: Logged) -> None:
        for seq in logged:
            self.look.found(Part.OPERATOR, "missing", seq, line=seq)

    def _read(self, what: str) -> Iterator[tuple[Any, ...]]:
        return self.look.database.stream(f"SELECT {what} ORDER BY audit_seq")

    def _bodies(self, kind: str) -> Logged:
        """Bodies of the audit lines of one kind; those that cannot be read are the log's own finding."""
        found: Logged = {}
        for seq, text in self.look.database.rows("SELECT seq, body FROM audit WHERE kind = ?", (kind,)):
            try:
                body = json.loads(text)
            except (TypeError, ValueError):
                continue
            if isinstance(body, dict):
                found[seq] = body
        return found


def _endings(changed: Logged, kept: Logged) -> dict[int, int]:
    """Which line ended the secret of which line: the person's next secret, or the end of all theirs."""
    events = sorted(
        [(seq, str(body.get("person")), True) for seq, body in kept.items()]
        + [(seq, str(body.get("person")), False) for seq, body in changed.items() if body.get("ends_secret")],
        key=lambda event: event[0],
    )
    held: dict[str, int] = {}
    endings: dict[int, int] = {}
    for seq, person, begins in events:
        before = held.pop(person, None)
        if before is not None:
            endings[before] = seq
        if begins:
            held[person] = seq
    return endings
