"""A bank-card number that shows itself masked and can be overwritten (PCI DSS 4.0, requirement 3.4.1)."""

from __future__ import annotations

import hmac

from drivers.bank_card.numbers import luhn

SHOWN_FIRST, SHOWN_LAST = 6, 4
"""The most that may be shown (PCI DSS 4.0, 3.4.1)."""


class CardNumber:
    """The digits of a card. `str` and `repr` are masked; `wipe` overwrites what this object holds.

    Texts made of them, for the check digit or by `reveal`, cannot be overwritten in Python: keep them short.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: bytes | bytearray) -> None:
        """From values 0-9, not from signs. ValueError for anything else."""
        if not digits or max(digits) > 9:
            raise ValueError("a card number is made of the values 0 to 9")
        self._digits = bytearray(digits)

    def __len__(self) -> int:
        return len(self._digits)

    def __str__(self) -> str:
        shown = [str(each) for each in self._digits]
        hidden = slice(SHOWN_FIRST, max(SHOWN_FIRST, len(shown) - SHOWN_LAST))
        if len(shown) <= SHOWN_FIRST + SHOWN_LAST:
            hidden = slice(0, len(shown))
        shown[hidden] = "*" * len(shown[hidden])
        return "".join(shown)

    def __repr__(self) -> str:
        return f"CardNumber({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CardNumber):
            return NotImplemented
        return hmac.compare_digest(self._digits, other._digits)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        raise TypeError("a card number is not written anywhere")

    @property
    def check_holds(self) -> bool:
        """True when its last digit is the check digit of the others (Luhn)."""
        return len(self) > 1 and luhn(self.reveal())

    def reveal(self) -> str:
        """All digits, for whoever must hand them on; never for a log or a screen. Empty when wiped."""
        return "".join(map(str, self._digits))

    def wipe(self) -> None:
        """Overwrite and forget the digits."""
        self._digits[:] = bytes(len(self._digits))
        self._digits.clear()
