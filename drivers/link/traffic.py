"""Traffic on a pipe, for the log and for the engineer: the head of each message and its length.

The payload of a card answer is personal data, so no more than the head ever reaches this module.
"""

from __future__ import annotations

import logging
from collections import deque

TRAFFIC = 5
"""Log level of traffic, below DEBUG."""

KEPT = 32
"""Lines kept to go with an error."""

logging.addLevelName(TRAFFIC, "TRAFFIC")
# The standard library's logger, because structlog's filtering logger knows no level of this number.
log = logging.getLogger(__name__)


class Traffic:
    """Remembers the last lines of one pipe and logs each at level TRAFFIC."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lines: deque[str] = deque(maxlen=KEPT)

    def sent(self, head: bytes, length: int) -> None:
        """Note a message of `length` bytes to the device that begins with `head`."""
        self._note(">", head, length)

    def received(self, head: bytes, length: int) -> None:
        """Note a message of `length` bytes from the device that begins with `head`."""
        self._note("<", head, length)

    def event(self, what: str) -> None:
        """Note something that is not a message: noise dropped, nothing heard."""
        self._add(f"- {what}")

    def recent(self) -> str:
        """The last lines, oldest first, for the facts of an error."""
        return "; ".join(self._lines)

    def _note(self, sign: str, head: bytes, length: int) -> None:
        self._add(f"{sign} {head.hex(' ').upper()}{' …' if length > len(head) else ''} ({length} bytes)")

    def _add(self, line: str) -> None:
        self._lines.append(line)
        log.log(TRAFFIC, "%s %s", self._address, line)
