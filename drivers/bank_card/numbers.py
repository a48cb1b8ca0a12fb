"""Card numbers and expiry dates: their form (ISO/IEC 7812, 7813) and the Luhn check digit."""

from __future__ import annotations

SHORTEST, LONGEST = 12, 19


def luhn(number: str) -> bool:
    """True when the last digit of `number` is its check digit (ISO/IEC 7812-1 annex B)."""
    doubled = [2 * int(each) for each in number[-2::-2]]
    return sum(sum(divmod(each, 10)) for each in doubled) % 10 == (-sum(map(int, number[-1::-2]))) % 10


def is_number(text: str) -> bool:
    """True for a card number of right length with a right check digit."""
    return text.isascii() and text.isdigit() and SHORTEST <= len(text) <= LONGEST and luhn(text)


def is_expiry(text: str) -> bool:
    """True for YYMM."""
    return len(text) == 4 and text.isascii() and text.isdigit() and 1 <= int(text[2:]) <= 12
