"""What was opened is closed again when what is made of it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Closable(Protocol):
    """Whatever must be closed after use."""

    def close(self) -> object:
        """Let go."""


C = TypeVar("C", bound=Closable)


@contextmanager
def kept(opened: C) -> Iterator[C]:
    """`opened`, for the block that makes something of it; closed when the block raises anything at all."""
    try:
        yield opened
    except BaseException:
        opened.close()
        raise
