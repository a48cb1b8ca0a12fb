"""The head of a record of pictures of 2011: mark, length, number of pictures (ISO/IEC 19794-4 and -6).

Two more bytes belong to it, which mean something else in each part: certification, fingers or eyes.
"""

from __future__ import annotations

from drivers.iso19794.cursor import BadRecord, Cursor, pack

SIZE = 16
MOST_BYTES = 32 << 20


def read_head(data: bytes, mark: bytes, most: int, name: str) -> tuple[Cursor, int]:
    """A cursor behind the number of pictures, and that number, 1 to `most`.

    `BadRecord` when `data` is too long, is not ``name``, or has another length than it says.
    """
    if len(data) > MOST_BYTES:
        raise BadRecord(f"{len(data)} bytes")
    cursor = Cursor(data)
    if cursor.take(len(mark), "head") != mark:
        raise BadRecord(f"not {name} of 2011")
    if cursor.number(4, "length") != len(data):
        raise BadRecord(f"the record says another length than {len(data)}")
    count = cursor.number(2, "number of pictures")
    if not 1 <= count <= most:
        raise BadRecord(f"{count} pictures")
    return cursor, count


def with_head(mark: bytes, count: int, own: tuple[int, int], pictures: bytes) -> bytes:
    """A whole record: `own` are the two bytes of the part. `BadRecord` when it becomes too long."""
    length = SIZE + len(pictures)
    if length > MOST_BYTES:
        raise BadRecord(f"{length} bytes")
    return mark + pack((length, 4), (count, 2), (own[0], 1), (own[1], 1)) + pictures
