"""Passwords of staff: what one must be, and Argon2id hashes of it (B05; RFC 9106).

A password is compared in Unicode form NFKC, so that full-width letters of an input method count as plain
ones. `Held` always has two hashes, password and duress password (Q05): where none was set the second is of a
random password, so that neither the bytes nor the time tells whether there is one.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict

from terminal.people.operator import Operator
from terminal.rules.people import PasswordRules

ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgb")
"""Characters that follow one another in the alphabet, in counting, or on a keyboard."""
SEQUENCE = 4
"""So many in a row count as one character."""
SHORTEST_NAME = 3
"""A shorter number, or part of a name in Latin letters, may occur in a password by chance."""
DECOY_BYTES = 24


@dataclass(frozen=True, slots=True)
class Held:
    """The two hashes of one person; shown by nobody's repr."""

    password: str = field(repr=False)
    duress: str = field(repr=False)
    since: datetime
    """When the password was set."""

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        kept = _Held(password=self.password, duress=self.duress, since=self.since)
        return kept.model_dump_json().encode()


def held_from(opened: bytes | bytearray) -> Held:
    """From what was sealed; ValueError when it is none."""
    kept = _Held.model_validate_json(bytes(opened))
    return Held(kept.password, kept.duress, kept.since)


class _Held(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    password: str
    duress: str
    since: datetime


class Passwords:
    """Judges, hashes and compares by the rules given. A hash takes about 0.1 s, on purpose."""

    def __init__(self, rules: PasswordRules) -> None:
        self._rules = rules
        self._hasher = PasswordHasher(rules.passes, rules.memory_kib, rules.lanes)
        self._nobodys = self._hasher.hash(secrets.token_bytes(DECOY_BYTES))

    def complaint(self, password: str, operator: Operator) -> str | None:
        """Message key of what is wrong with a new password; None when it will do."""
        plain = normal(password)
        if plain is None or any(unicodedata.category(each) == "Cc" for each in plain):
            return "people.password_characters"
        if len(plain) < self._rules.least_length:
            return "people.password_short"
        if len(plain) > self._rules.most_length:
            return "people.password_long"
        if _names(plain.casefold(), operator):
            return "people.password_named"
        if self._is_common(plain.casefold()):
            return "people.password_common"
        return None

    def hold(self, password: str, duress: str | None, now: datetime) -> Held:
        """Hashes of a password and of the duress password, or of one that nobody knows."""
        second = self._hash(normal(duress) or "") if duress is not None else self._decoy()
        return Held(self._hash(normal(password) or ""), second, now)

    def compare(self, held: Held | None, password: str) -> tuple[bool, bool]:
        """Whether it is the password, and whether it is the duress password.

        Takes the same time for both, for neither, and for somebody who is not known (None).
        """
        plain = normal(password)
        typed = "" if plain is None or len(plain) > self._rules.most_length else plain
        known = held or Held(self._nobodys, self._nobodys, datetime.min)
        first, second = self._fits(known.password, typed), self._fits(known.duress, typed)
        return (first, second and not first) if held is not None and typed else (False, False)

    def renewed(self, held: Held, password: str) -> Held | None:
        """`held` with the hash of the right `password` made by the rules of today; None if it is already."""
        if not self._hasher.check_needs_rehash(held.password):
            return None
        return Held(self._hash(normal(password) or ""), held.duress, held.since)

    def is_old(self, held: Held, now: datetime) -> bool:
        """True when a change is advised; it is never a reason to shut anybody out."""
        return now - held.since > timedelta(days=self._rules.advise_after_days)

    def _hash(self, plain: str) -> str:
        return self._hasher.hash(plain.encode())

    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_bytes(DECOY_BYTES))

    def _fits(self, hashed: str, plain: str) -> bool:
        try:
            return self._hasher.verify(hashed, plain.encode())
        except (VerificationError, InvalidHashError):
            return False

    def _is_common(self, folded: str) -> bool:
        if len(set(folded)) < self._rules.least_distinct:
            return True
        letters = "".join(each for each in folded if each.isalpha())
        common = [word.casefold() for word in self._rules.common]
        if any(folded == word or (letters and _repeats(letters, word)) for word in common):
            return True
        return len(_squeezed(folded)) < self._rules.least_distinct


def normal(password: str) -> str | None:
    """A password as it is compared: NFKC; None when it is no text (lone surrogates)."""
    plain = unicodedata.normalize("NFKC", password)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return None
    return plain


def near(one: str, other: str) -> bool:
    """True when a slip of one key, or of the shift key, makes one password of the other."""
    first, second = normal(one) or "", normal(other) or ""
    if first.casefold() == second.casefold():
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    same = next((at for at, each in enumerate(shorter) if each != longer[at]), len(shorter))
    return shorter[same:] == longer[same + 1 :] or shorter[same + 1 :] == longer[same + 1 :]


def _names(folded: str, operator: Operator) -> bool:
    """True when the password holds a staff number or a name, forwards or backwards."""
    name = (normal(operator.name) or "").casefold()
    told = [operator.number.casefold(), name.replace(" ", ""), *re.split(r"[\s·.,_-]+", name)]
    telling = [part for part in told if len(part) >= SHORTEST_NAME or (part and not part.isascii())]
    return any(part in folded or part in folded[::-1] for part in telling)


def _repeats(letters: str, word: str) -> bool:
    """True when the letters are that word, once or again and again."""
    return len(letters) % len(word) == 0 and letters == word * (len(letters) // len(word))


def _squeezed(folded: str) -> str:
    """The password with each run along a row, and each repetition, taken for one character."""
    kept: list[str] = []
    at = 0
    while at < len(folded):
        run = max((_run(folded[at:], row) for row in (*ROWS, *(row[::-1] for row in ROWS))), default=1)
        length = run if run >= SEQUENCE else len(folded[at:]) - len(folded[at:].lstrip(folded[at]))
        kept.append(folded[at])
        at += max(1, length)
    return "".join(kept)


def _run(rest: str, row: str) -> int:
    """How many characters of `rest` follow one another in `row`."""
    begins = row.find(rest[0])
    if begins < 0:
        return 1
    return next((n for n in range(len(rest)) if rest[: n + 1] != row[begins : begins + n + 1]), len(rest))
