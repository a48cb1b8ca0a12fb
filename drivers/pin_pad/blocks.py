"""PIN blocks of ISO 9564-1: their sizes, and what an unencrypted one looks like.

A pad that hands over clear text is broken or hostile; such a block is refused at once.
"""

from __future__ import annotations

SIZES = {4: 16, 0: 8}
"""Bytes of an encrypted block by format."""
COUNTER_SIZE = 4
"""Bytes of the transaction counter at the end of an AES DUKPT key serial (ANSI X9.24-3)."""
FEWEST, MOST = 4, 12


def looks_clear(data: bytes, block_format: int, account: str = "") -> bool:
    """True for a block whose PIN field is plain: format 4 (``4 n digits A…``), format 0 before its XOR with
    the account number, or after it when `account` is given."""
    fields = [data[:8]]
    if block_format == 0 and account:
        covered = int.from_bytes(data, "big") ^ int(account[-13:-1], 16)
        fields.append(covered.to_bytes(len(data), "big"))
    return any(_is_plain(each, block_format) for each in fields)


def _is_plain(field: bytes, block_format: int) -> bool:
    digits = field.hex()
    fill = "a" if block_format == 4 else "f"
    length = int(digits[1], 16)
    if digits[0] != str(block_format) or not FEWEST <= length <= MOST:
        return False
    pin, rest = digits[2 : 2 + length], digits[2 + length :]
    return pin.isdecimal() and set(rest) <= {fill}
