"""Short references that tie what is on the screen to a line in the log."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that cannot be taken for one another when read aloud."""
LENGTH = 4


def new_reference() -> str:
    """A new reference, such as K7Q2."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
