"""What keeps the terminal from opening."""

from __future__ import annotations


class NotReady(Exception):
    """The terminal cannot be opened; `code` is a message key, `facts` are its fill-ins."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
