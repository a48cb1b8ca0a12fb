"""Why a case cannot be handed over or taken over; every code has a text."""

from __future__ import annotations


class HandoverError(Exception):
    """Refused, and nothing was written; `code` is a message key ``handover.…``, `facts` are its fill-ins."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
