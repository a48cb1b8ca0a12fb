"""Secure messaging: commands encrypted and signed, answers checked and decrypted (Doc 9303-11 §9.8).

A session that was broken once, by either side, is of no further use: read the document anew.
"""

from __future__ import annotations

import hmac

from drivers.document import tlv
from drivers.document.apdu import LONG, PROTECTED, SHORT, Command, Response
from drivers.document.suite import Suite, pad, unpad

CRYPTOGRAM, CRYPTOGRAM_BARE, EXPECTED, STATUS, MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
"""Data objects of secure messaging; the bare cryptogram belongs to odd instructions."""
PADDED = b"\x01"
"""Before a cryptogram: its plain text is padded."""


class Broken(ValueError):
    """An answer does not carry what protects it, or something else than what the chip sent."""


class Session:
    """The reader's side of one session."""

    def __init__(self, suite: Suite, counter: bytes) -> None:
        self._suite = suite
        self._counter = int.from_bytes(counter, "big")

    def protect(self, command: Command) -> Command:
        """`command` as it is sent."""
        counter = self._count()
        head = Command(command.ins, command.p1, command.p2, cla=command.cla | PROTECTED).head
        body = b""
        if command.data:
            secret = self._suite.encrypt(pad(command.data, self._suite.block), counter)
            odd = command.ins & 1
            body += tlv.encode(CRYPTOGRAM_BARE, secret) if odd else tlv.encode(CRYPTOGRAM, PADDED + secret)
        if command.expected is not None:
            wide = 2 if command.expected > SHORT else 1
            body += tlv.encode(EXPECTED, (command.expected % SHORT**wide).to_bytes(wide, "big"))
        signed = counter + pad(head, self._suite.block) + body
        body += tlv.encode(MAC, self._suite.mac(pad(signed, self._suite.block)))
        most = SHORT if len(body) < SHORT and (command.expected or 0) <= SHORT else LONG
        return Command(command.ins, command.p1, command.p2, body, most, command.cla | PROTECTED)

    def unprotect(self, answer: Response) -> Response:
        """What the chip meant by `answer`, status included. `Broken` when it may not be the chip's."""
        counter = self._count()
        try:
            objects = tlv.parse(answer.data)
        except ValueError as error:
            raise Broken("the answer is not made of data objects") from error
        if not objects or objects[-1].tag != MAC:
            raise Broken("the answer is not signed")
        signed = counter + b"".join(tlv.encode(each.tag, each.value) for each in objects[:-1])
        if not hmac.compare_digest(self._suite.mac(pad(signed, self._suite.block)), objects[-1].value):
            raise Broken("the signature is wrong")
        found = {each.tag: each.value for each in objects}
        status = found.get(STATUS, b"")
        if len(status) != 2:
            raise Broken("no status is signed")
        return Response(self._plain(found, counter), int.from_bytes(status, "big"))

    def _plain(self, found: dict[int, bytes], counter: bytes) -> bytes:
        secret = found.get(CRYPTOGRAM_BARE, b"")
        if CRYPTOGRAM in found:
            if found[CRYPTOGRAM][:1] != PADDED:
                raise Broken("unknown padding")
            secret = found[CRYPTOGRAM][1:]
        if not secret:
            return b""
        try:
            return unpad(self._suite.decrypt(secret, counter))
        except ValueError as error:
            raise Broken("the cryptogram is none") from error

    def _count(self) -> bytes:
        self._counter = (self._counter + 1) % 256**self._suite.block
        return self._counter.to_bytes(self._suite.block, "big")
