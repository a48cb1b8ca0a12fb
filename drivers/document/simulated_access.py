"""A simulated chip's side of secure messaging and PACE: the mirror of `messaging` and `pace`."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from drivers.capture import DocumentKey
from drivers.document import tlv
from drivers.document.apdu import PROTECTED, SHORT, Command, Response, Sw
from drivers.document.curve import Point
from drivers.document.messaging import (
    CRYPTOGRAM,
    CRYPTOGRAM_BARE,
    EXPECTED,
    MAC,
    PADDED,
    STATUS,
)
from drivers.document.pace import Offer
from drivers.document.suite import Suite, pad, unpad

_DYNAMIC = 0x7C
_NONCE, _MAP, _KEY, _TOKEN = 0x80, 0x81, 0x83, 0x85


class Wrong(Exception):
    """What came does not carry what must protect it."""


class ChipSession:
    """The chip's side of one secure session."""

    def __init__(self, suite: Suite, counter: bytes) -> None:
        self._suite = suite
        self._counter = int.from_bytes(counter, "big")

    def open(self, command: Command) -> Command:
        """The command inside `command`. `Wrong` when it is not protected by this session."""
        counter = self._count()
        try:
            objects = tlv.parse(command.data)
        except ValueError as error:
            raise Wrong from error
        found = {each.tag: each.value for each in objects}
        body = b"".join(tlv.encode(each.tag, each.value) for each in objects if each.tag != MAC)
        signed = counter + pad(command.head, self._suite.block) + body
        mac = self._suite.mac(pad(signed, self._suite.block))
        if not command.cla & PROTECTED or not hmac.compare_digest(mac, found.get(MAC, b"")):
            raise Wrong
        wanted = found.get(EXPECTED)
        expected = None if wanted is None else int.from_bytes(wanted, "big") or SHORT ** len(wanted)
        return Command(
            command.ins,
            command.p1,
            command.p2,
            self._plain(found, counter),
            expected,
            command.cla & ~PROTECTED,
        )

    def close(self, answer: Response, odd: bool) -> Response:
        """`answer` as it is sent; `odd` when it answers an odd instruction."""
        counter = self._count()
        body = b""
        if answer.data:
            secret = self._suite.encrypt(pad(answer.data, self._suite.block), counter)
            body = tlv.encode(CRYPTOGRAM_BARE, secret) if odd else tlv.encode(CRYPTOGRAM, PADDED + secret)
        body += tlv.encode(STATUS, answer.sw.to_bytes(2, "big"))
        mac = self._suite.mac(pad(counter + body, self._suite.block))
        return Response(body + tlv.encode(MAC, mac), answer.sw)

    def _plain(self, found: dict[int, bytes], counter: bytes) -> bytes:
        secret = found.get(CRYPTOGRAM_BARE) or found.get(CRYPTOGRAM, b"").removeprefix(PADDED)
        try:
            return unpad(self._suite.decrypt(secret, counter)) if secret else b""
        except ValueError as error:
            raise Wrong from error

    def _count(self) -> bytes:
        self._counter += 1
        return self._counter.to_bytes(self._suite.block, "big")


@dataclass(slots=True)
class ChipPace:
    """The chip's side of one run of PACE."""

    way: Offer
    key: DocumentKey
    nonce: bytes = b""
    generator: Point | None = None
    mine: int = 0
    theirs: Point | None = None
    session: ChipSession | None = None
    """Set when the reader has proved to know the key."""

    def answer(self, data: bytes) -> Response:
        """One round of general authentication. `ValueError` for what is no such round."""
        (inside,) = tlv.parse(tlv.only(data, _DYNAMIC)) or (tlv.Tlv(_NONCE, b""),)
        tag, value = {
            _NONCE: self._give_nonce,
            _MAP: self._map,
            _KEY: self._agree,
            _TOKEN: self._prove,
        }[inside.tag](inside.value)
        if not value:
            return Response(b"", Sw.AUTHENTICATION_FAILED)
        return Response(tlv.encode(_DYNAMIC, tlv.encode(tag, value)), Sw.OK)

    def _give_nonce(self, value: bytes) -> tuple[int, bytes]:
        self.nonce = secrets.token_bytes(16)
        return 0x80, self.way.nonce_suite(self.key).encrypt(self.nonce)

    def _map(self, value: bytes) -> tuple[int, bytes]:
        curve = self.way.curve
        mine = curve.secret()
        shared = curve.multiply(mine, curve.decode(value))
        self.generator = curve.map(int.from_bytes(self.nonce, "big"), shared)
        return 0x82, curve.encode(curve.multiply(mine, curve.generator))

    def _agree(self, value: bytes) -> tuple[int, bytes]:
        if self.generator is None:
            raise ValueError("not mapped yet")
        curve = self.way.curve
        self.mine, self.theirs = curve.secret(), curve.decode(value)
        return 0x84, curve.encode(curve.multiply(self.mine, self.generator))

    def _prove(self, value: bytes) -> tuple[int, bytes]:
        if self.generator is None or self.theirs is None:
            raise ValueError("nothing agreed yet")
        curve = self.way.curve
        public = curve.encode(curve.multiply(self.mine, self.generator))
        seed = curve.multiply(self.mine, self.theirs)[0].to_bytes(curve.size, "big")
        ciphers = self.way.session_suite(seed)
        if not hmac.compare_digest(value, self.way.token(ciphers, public)):
            return 0x86, b""
        self.session = ChipSession(ciphers, bytes(ciphers.block))
        return 0x86, self.way.token(ciphers, curve.encode(self.theirs))
