"""Quality blocks, which all kinds of record have: a score, and whose measure it is."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.iso19794.cursor import BadRecord, Cursor, pack

HIGHEST = 100
FAILED = 255
"""The measure was tried and gave nothing."""
MOST_BLOCKS = 255


@dataclass(frozen=True, slots=True)
class Quality:
    """One score, 0-100, or 255 when measuring failed."""

    score: int
    vendor: int = 0
    algorithm: int = 0


def read_qualities(cursor: Cursor) -> tuple[Quality, ...]:
    """The counted quality blocks that come next."""
    blocks = []
    for _ in range(cursor.number(1, "number of qualities")):
        score = cursor.number(1, "quality")
        if score > HIGHEST and score != FAILED:
            raise BadRecord(f"quality is {score}")
        blocks.append(Quality(score, cursor.number(2, "vendor"), cursor.number(2, "algorithm")))
    return tuple(blocks)


def write_qualities(blocks: tuple[Quality, ...]) -> bytes:
    """The blocks with their count before them."""
    if len(blocks) > MOST_BLOCKS:
        raise BadRecord(f"{len(blocks)} qualities")
    written = [pack((each.score, 1), (each.vendor, 2), (each.algorithm, 2)) for each in blocks]
    return bytes([len(blocks)]) + b"".join(written)


def best(blocks: tuple[Quality, ...]) -> int | None:
    """The first score that was measured; None when there is none."""
    return next((each.score for each in blocks if each.score <= HIGHEST), None)
