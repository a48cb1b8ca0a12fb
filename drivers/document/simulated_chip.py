"""The chip of an invented e-document: its files, and who may read them, from the chip's side of the air.

Knows no reader, no port and no time. Faults are `simulated_document`'s.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from drivers.capture import DocumentKey
from drivers.document import suite, tlv
from drivers.document.apdu import CHAINED, Command, Ins, Response, Sw
from drivers.document.bac import CHALLENGE_SIZE, KEY_SIZE, document_suite
from drivers.document.chip import APPLICATION, CARD_ACCESS
from drivers.document.pace import Offer, encode_offers
from drivers.document.simulated_access import ChipPace, ChipSession, Wrong
from drivers.document.suite import MAC_SIZE, pad

_PROOF_SIZE = 2 * CHALLENGE_SIZE + KEY_SIZE + MAC_SIZE
_OFFSET, _DATA, _PROTOCOL, _PARAMETERS = 0x54, 0x53, 0x80, 0x84


class SimulatedChip:
    """An e-passport's chip; `transmit` is all that can be done to it from outside, and `reset`."""

    def __init__(
        self, files: Mapping[int, bytes], key: DocumentKey, offers: tuple[Offer, ...] = (), bac: bool = True
    ) -> None:
        """`files` by identifier; opened by `key` with BAC unless it is not to, and with PACE by `offers`."""
        self.files = dict(files)
        self.locked: frozenset[int] = frozenset()
        """Files that are there but may not be read."""
        self._key = key
        self._offers = offers
        self._bac = bac
        self.reset()

    def reset(self) -> None:
        """Power up: nothing selected, nobody believed."""
        self._selected = False
        self._number = 0
        self._file: bytes | None = None
        self._challenge = b""
        self._pace: ChipPace | None = None
        self.session: ChipSession | None = None
        """The secure session, once there is one."""

    def transmit(self, command: bytes) -> bytes:
        """The answer to the bytes of a command."""
        try:
            asked = Command.decode(command)
        except ValueError:
            return Response(b"", Sw.WRONG_LENGTH).encode()
        if self.session is None:
            return self._obey(asked).encode()
        session = self.session
        try:
            inside = session.open(asked)
        except Wrong:
            self.reset()
            return Response(b"", Sw.WRONG_PROTECTION).encode()
        return session.close(self._obey(inside), bool(inside.ins & 1)).encode()

    def _obey(self, command: Command) -> Response:
        work = {
            Ins.SELECT: self._select,
            Ins.READ_BINARY: self._read,
            Ins.READ_BINARY_FAR: self._read_far,
            Ins.GET_CHALLENGE: self._give_challenge,
            Ins.EXTERNAL_AUTHENTICATE: self._authenticate,
            Ins.MANAGE_SECURITY: self._choose_pace,
            Ins.GENERAL_AUTHENTICATE: self._agree,
        }.get(Ins(command.ins)) if command.ins in set(Ins) else None  # fmt: skip
        if work is None:
            return _status(Sw.NO_INSTRUCTION)
        return work(command)

    def _select(self, command: Command) -> Response:
        if command.p1 == 0x04:
            if command.data != APPLICATION:
                return _status(Sw.NO_FILE)
            self._selected, self._file = True, None
            return _status(Sw.OK)
        number = int.from_bytes(command.data, "big")
        if number == CARD_ACCESS and not self._selected:
            self._file = encode_offers(self._offers) if self._offers else None
        elif self.session is None:
            return _status(Sw.SECURITY_STATUS)
        else:
            self._file = self.files.get(number)
        self._number = number
        return _status(Sw.OK if self._file is not None else Sw.NO_FILE)

    def _read(self, command: Command) -> Response:
        return self._part(command.p1 << 8 | command.p2, command.expected or 0)

    def _read_far(self, command: Command) -> Response:
        try:
            at = int.from_bytes(tlv.only(command.data, _OFFSET), "big")
        except ValueError:
            return _status(Sw.WRONG_DATA)
        # Room for the data object's own head.
        part = self._part(at, (command.expected or 0) - 4)
        return Response(tlv.encode(_DATA, part.data), part.sw) if part.data else part

    def _part(self, at: int, size: int) -> Response:
        if self._file is None:
            return _status(Sw.CONDITIONS)
        if self._number in self.locked:
            return _status(Sw.SECURITY_STATUS)
        if at >= len(self._file):
            return _status(Sw.WRONG_OFFSET)
        data = self._file[at : at + size]
        return Response(data, Sw.OK if len(data) == size else Sw.SHORTER)

    def _give_challenge(self, command: Command) -> Response:
        if not self._bac or not self._selected:
            return _status(Sw.CONDITIONS)
        self._challenge = secrets.token_bytes(CHALLENGE_SIZE)
        return Response(self._challenge, Sw.OK)

    def _authenticate(self, command: Command) -> Response:
        """BAC: the reader proves to know the key, and the chip to it."""
        challenge, self._challenge = self._challenge, b""
        if not challenge or len(command.data) != _PROOF_SIZE:
            return _status(Sw.CONDITIONS)
        known = document_suite(self._key)
        secret, mac = command.data[:-MAC_SIZE], command.data[-MAC_SIZE:]
        plain = known.decrypt(secret)
        theirs, their_key = plain[:CHALLENGE_SIZE], plain[2 * CHALLENGE_SIZE :]
        believed = hmac.compare_digest(known.mac(pad(secret, known.block)), mac)
        if not believed or plain[CHALLENGE_SIZE : 2 * CHALLENGE_SIZE] != challenge:
            return _status(Sw.AUTHENTICATION_FAILED)
        mine = secrets.token_bytes(KEY_SIZE)
        seed = bytes(one ^ other for one, other in zip(mine, their_key, strict=True))
        self.session = ChipSession(suite.triple_des(seed), challenge[4:] + theirs[4:])
        secret = known.encrypt(challenge + theirs + mine)
        return Response(secret + known.mac(pad(secret, known.block)), Sw.OK)

    def _choose_pace(self, command: Command) -> Response:
        try:
            wanted = {each.tag: each.value for each in tlv.parse(command.data)}
        except ValueError:
            return _status(Sw.WRONG_DATA)
        ways = [way for way in self._offers if way.protocol == wanted.get(_PROTOCOL)]
        for way in ways:
            if wanted.get(_PARAMETERS, bytes([way.parameters])) == bytes([way.parameters]):
                if len(ways) > 1 and _PARAMETERS not in wanted:
                    return _status(Sw.NO_REFERENCE)
                self._pace = ChipPace(way, self._key)
                return _status(Sw.OK)
        return _status(Sw.WRONG_DATA)

    def _agree(self, command: Command) -> Response:
        if self._pace is None:
            return _status(Sw.CONDITIONS)
        try:
            answer = self._pace.answer(command.data)
        except (ValueError, KeyError):
            self._pace = None
            return _status(Sw.WRONG_DATA)
        if not command.cla & CHAINED:
            self.session, self._pace = self._pace.session, None
        return answer


def _status(sw: Sw) -> Response:
    return Response(b"", sw)
