"""Basic Access Control: the printed zone opens the chip (Doc 9303-11 §4.3)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from drivers.capture import DocumentKey
from drivers.document import suite
from drivers.document.apdu import Command, Ins, Response
from drivers.document.messaging import Session
from drivers.document.mrz_layout import check_digit
from drivers.document.suite import MAC_SIZE, Suite, pad

CHALLENGE_SIZE = 8
KEY_SIZE = 16
_NUMBER_LENGTH = 9

Transmit = Callable[[Command], Response]
Random = Callable[[int], bytes]


class NoSession(Exception):
    """Chip and reader did not come together; `sw` is the chip's status, if it gave one."""

    def __init__(self, sw: int | None = None) -> None:
        super().__init__(f"{sw:04X}" if sw is not None else "")
        self.sw = sw


class Denied(NoSession):
    """The chip does not take the key, or does not prove to know it."""


class Declined(NoSession):
    """The chip will not do it this way, whatever the key."""


def zone_information(key: DocumentKey) -> bytes:
    """Number, birth and expiry with their check digits, from which all keys of a document come."""
    number = key.number.ljust(_NUMBER_LENGTH, "<")
    return "".join(each + check_digit(each) for each in (number, key.birth, key.expiry)).encode("ascii")


def document_suite(key: DocumentKey) -> Suite:
    """The ciphers that whoever has read the zone can have."""
    return suite.triple_des(hashlib.sha1(zone_information(key)).digest()[:KEY_SIZE])


def open_session(transmit: Transmit, key: DocumentKey, random: Random = secrets.token_bytes) -> Session:
    """A session with the selected application. `Denied` for a wrong key, `Declined` without a challenge."""
    answer = transmit(Command(Ins.GET_CHALLENGE, expected=CHALLENGE_SIZE))
    if not answer.ok or len(answer.data) != CHALLENGE_SIZE:
        raise Declined(answer.sw)
    known = document_suite(key)
    theirs, ours, our_key = answer.data, random(CHALLENGE_SIZE), random(KEY_SIZE)
    secret = known.encrypt(ours + theirs + our_key)
    proof = secret + known.mac(pad(secret, known.block))
    answer = transmit(Command(Ins.EXTERNAL_AUTHENTICATE, data=proof, expected=len(proof)))
    if not answer.ok or len(answer.data) != len(proof):
        raise Denied(answer.sw)
    secret, mac = answer.data[:-MAC_SIZE], answer.data[-MAC_SIZE:]
    plain = known.decrypt(secret)
    genuine = hmac.compare_digest(known.mac(pad(secret, known.block)), mac)
    if not genuine or plain[: 2 * CHALLENGE_SIZE] != theirs + ours:
        raise Denied
    seed = bytes(one ^ other for one, other in zip(our_key, plain[2 * CHALLENGE_SIZE :], strict=True))
    return Session(suite.triple_des(seed), theirs[4:] + ours[4:])
