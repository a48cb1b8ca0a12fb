"""Whether a password or PIN is weak: short, plain, a sequence, or part of the identity data just read (N11).

The secret is a bytearray of its caller, looked at in place and always overwritten before this module lets go:
no text is made of it, nothing of it is logged, kept or named in an answer.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from terminal.rules.dataset import SecretRules


class Weakness(enum.StrEnum):
    """Why a secret is weak: message keys."""

    SHAPE = "secret.weak.shape"
    SHORT = "secret.weak.short"
    KINDS = "secret.weak.kinds"
    REPEATS = "secret.weak.repeats"
    SEQUENCE = "secret.weak.sequence"
    BIRTH = "secret.weak.birth"
    PHONE = "secret.weak.phone"
    NUMBER = "secret.weak.number"
    NAME = "secret.weak.name"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the customer and may not be in a secret. `repr` shows nothing."""

    birth: date | None = field(default=None, repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    """Of documents and accounts."""
    names: tuple[str, ...] = field(default=(), repr=False)
    """In Latin letters."""


def pin_weaknesses(secret: bytearray, known: Known, rules: SecretRules) -> tuple[Weakness, ...]:
    """Why this PIN is weak; empty when it is not. `secret` is overwritten whatever happens."""
    try:
        if len(secret) != rules.pin_digits or not _all_digits(secret):
            return (Weakness.SHAPE,)
        return _reasons((*_plain(secret, rules), *_of_customer(secret, known, rules)))
    finally:
        wipe(secret)


def password_weaknesses(secret: bytearray, known: Known, rules: SecretRules) -> tuple[Weakness, ...]:
    """Why this password is weak; empty when it is not. `secret` is overwritten whatever happens."""
    try:
        found: list[Weakness] = []
        if len(secret) < rules.password_signs:
            found.append(Weakness.SHORT)
        if _kinds(secret) < rules.password_kinds:
            found.append(Weakness.KINDS)
        return _reasons((*found, *_plain(secret, rules), *_of_customer(secret, known, rules)))
    finally:
        wipe(secret)


def wipe(secret: bytearray) -> None:
    """Overwrite with zeros; the length stays, so that nothing is moved in memory before it is overwritten."""
    secret[:] = bytes(len(secret))


def _reasons(found: Iterable[Weakness]) -> tuple[Weakness, ...]:
    return tuple(dict.fromkeys(found))


def _plain(secret: bytearray, rules: SecretRules) -> Iterator[Weakness]:
    if len(set(secret)) < min(rules.least_different, len(secret)) or _run(secret, (0,)) > rules.longest_run:
        yield Weakness.REPEATS
    if _run(secret, (1, -1)) > rules.longest_run:
        yield Weakness.SEQUENCE
    half = len(secret) // 2
    if half > 1 and len(secret) % 2 == 0 and memoryview(secret)[:half] == memoryview(secret)[half:]:
        yield Weakness.REPEATS


def _run(secret: bytearray, steps: tuple[int, ...]) -> int:
    """Signs of the longest run in which each is one of `steps` from the one before."""
    longest = 1
    for step in steps:
        run = 1
        for one, other in zip(secret, memoryview(secret)[1:], strict=False):
            run = run + 1 if other - one == step else 1
            longest = max(longest, run)
    return longest


def _of_customer(secret: bytearray, known: Known, rules: SecretRules) -> Iterator[Weakness]:
    if known.birth is not None and _holds(secret, _written(known.birth)):
        yield Weakness.BIRTH
    if _holds(secret, _parts(known.phones, rules.identity_part)):
        yield Weakness.PHONE
    if _holds(secret, _parts(known.numbers, rules.identity_part)):
        yield Weakness.NUMBER
    if _holds_folded(secret, known.names):
        yield Weakness.NAME


def _holds(secret: bytearray, parts: Iterable[bytes]) -> bool:
    """True when one of the parts stands in the secret, forwards or backwards."""
    return any(part in secret or part[::-1] in secret for part in parts if part)


def _holds_folded(secret: bytearray, names: Iterable[str]) -> bool:
    """The same for words of four letters and more, in small letters; the small copy is overwritten."""
    words = {word for name in names for word in name.lower().split() if len(word) >= 4 and word.isascii()}
    small = secret.lower()
    try:
        return any(word.encode() in small for word in words)
    finally:
        wipe(small)


def _written(birth: date) -> Iterator[bytes]:
    """The ways in which a birth date is written in six or eight digits, and year with month or day."""
    for pattern in ("%Y%m%d", "%y%m%d", "%d%m%y", "%m%d%y", "%d%m%Y", "%m%d%Y", "%Y%m", "%m%Y"):
        yield birth.strftime(pattern).encode()
    day = f"{birth.month}{birth.day}".encode()
    yield str(birth.year).encode() + day
    yield day + str(birth.year).encode()


def _parts(texts: Iterable[str], length: int) -> Iterator[bytes]:
    """Every run of `length` digits in a row of the texts."""
    for text in texts:
        digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
        for start in range(len(digits) - length + 1):
            yield digits[start : start + length].encode()


def _all_digits(secret: bytearray) -> bool:
    return all(0x30 <= sign <= 0x39 for sign in secret)


def _kinds(secret: bytearray) -> int:
    """How many of letters, digits and other signs there are."""
    return len({_kind(sign) for sign in secret})


def _kind(sign: int) -> str:
    if 0x30 <= sign <= 0x39:
        return "digit"
    return "letter" if 0x41 <= sign <= 0x5A or 0x61 <= sign <= 0x7A else "sign"
