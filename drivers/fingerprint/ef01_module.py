"""The EF01 module as the simulator plays it: commands in, answers out. Knows no port, packets or clock.

Its templates are of its own invention: a magic word, the code of the finger as this touch showed it, and
filling that follows from it. Two are compared by how many bits of the codes agree.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from drivers.fingerprint import picture, synthetic
from drivers.fingerprint.confirmation import Code
from drivers.fingerprint.ef01_products import Make
from drivers.fingerprint.identity import SIMULATED_SYSTEM, SIMULATED_TEMPLATE
from drivers.fingerprint.packet import ANY_ADDRESS
from drivers.fingerprint.synthetic import CODE_BITS, Touch, likeness

CODE_SIZE = CODE_BITS // 8
MESSY_BELOW, FEW_BELOW = 30, 50
"""Qualities at which a touch is too messy, or has too few points."""
ONE_FINGER = 0.45
"""Likeness from which touches count as of one finger, at security level 0; each level adds a 20th."""
SCORE = 300
"""The score of a perfect likeness."""
PAGE, PAGES = 32, 16
SPEAKS_AT = (9600, 19200, 38400, 57600, 115200)


@dataclass(frozen=True, slots=True)
class Answer:
    """Confirmation code and results; then data to the host, or a wait for data from it, or a reset."""

    code: int
    result: bytes = b""
    data: bytes | None = None
    wants: int | None = None
    """The command for which data from the host come next."""
    reset: bool = False


class SimulatedModule:
    """One module with its flash, its memory, and whatever finger lies on it."""

    def __init__(self, make: Make, rate: int, address: int = ANY_ADDRESS, password: bytes = bytes(4)) -> None:
        self.make = make
        self.rate = rate
        self.address = address
        self._password = password
        self._security, self._p = 3, 2
        self._library: dict[int, bytes] = {}
        self._notes = [bytes(PAGE)] * PAGES
        self._touches = 0
        self._finger: tuple[Touch, int] | None = None
        self.power_up()
        self._commands = self._older() | (self._newer() if make.newer else {})

    @property
    def packet_size(self) -> int:
        """Payload of its data packets."""
        return 32 << self._p

    @property
    def remembers(self) -> int:
        """How many templates and pictures it holds: what a thief would find."""
        buffers = sum(each.startswith(SIMULATED_TEMPLATE) for each in self._buffers.values())
        return len(self._library) + buffers + (self._image is not None)

    def power_up(self) -> None:
        """Forget what is not in flash."""
        self._open = self._password == bytes(4)
        self._image: tuple[Touch, int] | bytes | None = None
        self._buffers: dict[int, bytes] = {}

    def touch(self, name: str, quality: int) -> None:
        """Lay the finger called `name` on the sensor, a little differently each time."""
        self._touches += 1
        self._finger = synthetic.touch(name, self._touches, noise=1 - quality / 100), quality

    def lift(self) -> None:
        """Take the finger away."""
        self._finger = None

    def answer(self, payload: bytes) -> Answer:
        """The answer to one command."""
        command = self._commands.get(payload[0])
        if command is None:
            return Answer(Code.PACKET_ERROR)
        if not self._open and payload[0] != 0x13:
            return Answer(Code.PASSWORD_NEEDED)
        try:
            return command(payload[1:])
        except IndexError:
            return Answer(Code.PACKET_ERROR)

    def take_data(self, command: int, buffer: int, data: bytes) -> None:
        """Data that the host sent after `command`."""
        if command == 0x09:
            self._buffers[buffer] = data[: self.make.template_size]
        else:
            self._image = data

    def _older(self) -> dict[int, Callable[[bytes], Answer]]:
        return {
            0x01: lambda _: self._gen_image(),
            0x02: lambda args: self._image_to_features(args[0]),
            0x03: lambda _: self._match(),
            0x04: lambda args: self._search(args[0], _word(args, 1), _word(args, 3)),
            0x05: lambda _: self._combine(),
            0x06: lambda args: self._store(args[0], _word(args, 1)),
            0x07: lambda args: self._load(args[0], _word(args, 1)),
            0x08: lambda args: self._up_char(args[0]),
            0x09: lambda args: self._wants(0x09, args[0]),
            0x0A: lambda _: self._up_image(),
            0x0B: lambda _: Answer(Code.OK, wants=0x0B),
            0x0C: lambda args: self._delete(_word(args, 0), _word(args, 2)),
            0x0D: lambda _: self._empty(),
            0x0E: lambda args: self._set_parameter(args[0], args[1]),
            0x0F: lambda _: self._parameters(),
            0x12: lambda args: self._set_password(args),
            0x13: lambda args: self._verify_password(args),
            0x14: lambda _: Answer(Code.OK, os.urandom(4)),
            0x15: lambda args: self._set_address(args),
            0x18: lambda args: self._write_note(args[0], args[1:]),
            0x19: lambda args: self._read_note(args[0]),
            0x1B: lambda args: self._search(args[0], _word(args, 1), _word(args, 3)),
            0x1D: lambda _: Answer(Code.OK, len(self._library).to_bytes(2, "big")),
            0x1F: lambda args: self._index(args[0]),
        }

    def _newer(self) -> dict[int, Callable[[bytes], Answer]]:
        done = Answer(Code.OK)
        return {
            0x28: lambda _: self._gen_image(strict=True),
            0x30: lambda _: done,
            0x35: lambda _: done,
            0x36: lambda _: done,
            0x39: lambda _: Answer(Code.OK, b"SIMULATED ALGORITHM".ljust(32, b"\0")),
            0x3A: lambda _: Answer(Code.OK, b"SIMULATED FIRMWARE".ljust(32, b"\0")),
            0x3C: lambda _: Answer(Code.OK, self.make.product_info),
            0x3D: lambda _: Answer(Code.OK, reset=True),
            0x40: lambda _: done,
            0x50: lambda _: done,
            0x51: lambda _: done,
            # GetEcho, with a code of its own; known from a client's source only.
            0x53: lambda _: Answer(0x55),
        }

    def _gen_image(self, strict: bool = False) -> Answer:
        self._image = self._finger
        if self._finger is None:
            return Answer(Code.NO_FINGER)
        return Answer(Code.TOO_FEW_POINTS if strict and self._finger[1] < FEW_BELOW else Code.OK)

    def _image_to_features(self, buffer: int) -> Answer:
        if self._image is None or not 1 <= buffer <= self.make.buffers:
            return Answer(Code.NO_IMAGE)
        if isinstance(self._image, bytes):
            return Answer(Code.MESSY)
        touch, quality = self._image
        if quality < FEW_BELOW:
            return Answer(Code.MESSY if quality < MESSY_BELOW else Code.TOO_FEW_POINTS)
        self._buffers[buffer] = self._template(touch.code)
        return Answer(Code.OK)

    def _template(self, code: bytes) -> bytes:
        filling = hashlib.shake_128(code).digest(self.make.template_size)
        return (SIMULATED_TEMPLATE + code + filling)[: self.make.template_size]

    def _likeness(self, one: bytes, other: bytes) -> float:
        codes = [each[len(SIMULATED_TEMPLATE) :][:CODE_SIZE] for each in (one, other)]
        sound = one == self._template(codes[0]) and other == self._template(codes[1])
        found = likeness(codes[0], codes[1]) if sound else 0.0
        return found if found >= ONE_FINGER + self._security / 20 else 0.0

    def _match(self) -> Answer:
        found = self._likeness(self._buffers.get(1, b""), self._buffers.get(2, b""))
        code = Code.OK if found else Code.NO_MATCH
        return Answer(code, int(found * SCORE).to_bytes(2, "big"))

    def _combine(self) -> Answer:
        touched = [self._buffers[each] for each in sorted(self._buffers)]
        if len(touched) < 2 or not all(self._likeness(touched[0], each) for each in touched[1:]):
            return Answer(Code.DIFFERS)
        self._buffers = {1: touched[0], 2: touched[0]}
        return Answer(Code.OK)

    def _search(self, buffer: int, start: int, count: int) -> Answer:
        live = self._buffers.get(buffer, b"")
        places = [each for each in self._library if start <= each < start + count]
        scores = [(self._likeness(live, self._library[each]), -each) for each in places]
        best, place = max(scores, default=(0.0, 0))
        result = (-place).to_bytes(2, "big") + int(best * SCORE).to_bytes(2, "big")
        return Answer(Code.OK, result) if best else Answer(Code.NOT_FOUND, bytes(4))

    def _store(self, buffer: int, place: int) -> Answer:
        if place >= self.make.capacity:
            return Answer(Code.BAD_ID)
        if buffer not in self._buffers:
            return Answer(Code.FLASH)
        self._library[place] = self._buffers[buffer]
        return Answer(Code.OK)

    def _load(self, buffer: int, place: int) -> Answer:
        if place >= self.make.capacity:
            return Answer(Code.BAD_ID)
        if place not in self._library:
            return Answer(Code.BAD_TEMPLATE)
        self._buffers[buffer] = self._library[place]
        return Answer(Code.OK)

    def _up_char(self, buffer: int) -> Answer:
        data = self._buffers.get(buffer)
        return Answer(Code.CANNOT_UPLOAD) if data is None else Answer(Code.OK, data=data)

    def _wants(self, command: int, buffer: int) -> Answer:
        if not 1 <= buffer <= self.make.buffers:
            return Answer(Code.CANNOT_RECEIVE)
        return Answer(Code.OK, wants=command)

    def _up_image(self) -> Answer:
        if self._image is None:
            return Answer(Code.CANNOT_UPLOAD_IMAGE)
        if isinstance(self._image, bytes):
            return Answer(Code.OK, data=self._image)
        shown = synthetic.render(self._image[0], self.make.width, self.make.height)
        return Answer(Code.OK, data=picture.pack(shown))

    def _delete(self, start: int, count: int) -> Answer:
        if start + count > self.make.capacity:
            return Answer(Code.NOT_DELETED)
        for place in range(start, start + count):
            self._library.pop(place, None)
        return Answer(Code.OK)

    def _empty(self) -> Answer:
        self._library.clear()
        return Answer(Code.OK)

    def _set_parameter(self, number: int, value: int) -> Answer:
        if number == 4 and value * 9600 in SPEAKS_AT:
            self.rate = value * 9600
        elif number == 5 and 1 <= value <= 5:
            self._security = value
        elif number == 6 and value <= 3:
            self._p = value
        else:
            return Answer(Code.BAD_REGISTER)
        return Answer(Code.OK)

    def _parameters(self) -> Answer:
        words = (0, SIMULATED_SYSTEM, self.make.capacity, self._security)
        after = (self._p, self.rate // 9600)
        parts = [each.to_bytes(2, "big") for each in words]
        parts += [self.address.to_bytes(4, "big"), *(each.to_bytes(2, "big") for each in after)]
        return Answer(Code.OK, b"".join(parts))

    def _set_password(self, password: bytes) -> Answer:
        self._password = password
        return Answer(Code.OK)

    def _verify_password(self, password: bytes) -> Answer:
        self._open = self._open or password == self._password
        return Answer(Code.OK if password == self._password else Code.WRONG_PASSWORD)

    def _set_address(self, address: bytes) -> Answer:
        self.address = int.from_bytes(address, "big")
        return Answer(Code.OK)

    def _write_note(self, page: int, text: bytes) -> Answer:
        if page >= PAGES:
            return Answer(Code.BAD_PAGE)
        self._notes[page] = text[:PAGE].ljust(PAGE, b"\0")
        return Answer(Code.OK)

    def _read_note(self, page: int) -> Answer:
        return Answer(Code.OK, self._notes[page]) if page < PAGES else Answer(Code.BAD_PAGE)

    def _index(self, page: int) -> Answer:
        table = bytearray(PAGE)
        for place in self._library:
            if place // 256 == page:
                table[place % 256 // 8] |= 1 << place % 8
        return Answer(Code.OK, bytes(table))


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]
