"""What giving and taking over need of this terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sync.keys import Signer
from terminal.case.docket import EVENT, HANDED, Noted, RulesNamed
from terminal.checks.centre import Centre
from terminal.handover.held import HeldData
from terminal.handover.peers import Peers

TAKEN = "case.taken_over"
"""Kind of the audit line before the events of a case that came from another terminal."""
TOLD = "case.take_over_told"
"""Kind of the audit line that the centre knows of a case taken over while there was no line."""


class Log(Protocol):
    """The audit log (`sync.store.Store`)."""

    def bodies(self, kind: str) -> Noted:
        """The bodies of all lines of `kind`, in order."""
        ...

    def note(self, kind: str, body: Mapping[str, Any]) -> object:
        """Add a line."""
        ...

    def note_all(self, lines: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Add lines, all or none."""
        ...


@dataclass(frozen=True, slots=True)
class Station:
    """This terminal."""

    terminal_id: str
    book: Log
    signer: Signer
    rules: RulesNamed
    held: HeldData
    centre: Centre | None = None
    """None: no line is to be tried."""
    peers: Peers = field(default_factory=dict)
    """Whom it believes without a line."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def events(self) -> Noted:
        """Bodies of the events of all cases."""
        return self.book.bodies(EVENT)

    def handed(self) -> Noted:
        """Bodies of the lines that ended a hold."""
        return self.book.bodies(HANDED)

    def taken(self) -> Noted:
        """Bodies of the lines that say where cases came from."""
        return self.book.bodies(TAKEN)
