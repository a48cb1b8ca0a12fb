"""What an EF01 module holds: templates in and out, each way verified, and the emptying of all of it."""

from __future__ import annotations

from drivers.errors import DeviceError, Garbled
from drivers.fingerprint import commands
from drivers.fingerprint.channel import Channel
from drivers.fingerprint.confirmation import Code

LIVE, STORED = 1, 2
"""Character buffers: the finger on the sensor, and the template it is compared with."""


class Memory:
    """Library, character buffers and picture of one module. `device` is for errors."""

    def __init__(self, channel: Channel, device: str, packet_size: int, buffers: int, told_size: int) -> None:
        self._channel = channel
        self._device = device
        self._packet_size = packet_size
        self._buffers = buffers
        self._told_size = told_size
        self._template_size = told_size
        """Bytes of a template; 0 until the module has said so, given one, or taken one."""
        self._largest = told_size
        """Most bytes that can be in a buffer, as far as is known."""
        self.gives = False
        """Templates can be read from it."""
        self.takes = False
        """Templates can be sent to it."""

    def begin(self) -> bool:
        """Empty it, and learn how large its templates are and whether it gives and takes them.

        True when a finger lies on the sensor, so that its picture is still there.
        """
        self._channel.demand(commands.EMPTY)
        try:
            given = self._read()
            self._template_size = self._told_size or len(given)
            self.gives = True
        except DeviceError as error:
            _require_answer(error)
            # It knows the command; there is nothing in the buffer.
            self.gives = error.code == "fingerprint.memory"
        try:
            self._overwrite_buffers()
            self.takes = self.gives
        except DeviceError as error:
            _require_answer(error)
        return self._overwrite_picture()

    def empty(self) -> bool:
        """Empty library, buffers and picture. `Fault` ``fingerprint.not_emptied`` when it cannot.

        True when a finger lies on the sensor, so that its picture is still there.
        """
        self._channel.demand(commands.EMPTY)
        self._overwrite_buffers()
        return self._overwrite_picture()

    def fits(self, data: bytes) -> bool:
        """False for a template that this module cannot have made."""
        return bool(data) and len(data) == (self._template_size or len(data))

    def load(self, data: bytes) -> None:
        """Put a template into the module and read it back: nothing else tells whether it came (spec §3).

        Unverified, a lost packet would leave an earlier finger there to be compared with. `Garbled`
        ``fingerprint.template_lost`` when it did not come twice.
        """
        self._largest = max(self._largest, len(data))
        for _ in range(2):
            self._put(STORED, data)
            if self._channel.fetch(commands.template_up(STORED)) == data:
                self._template_size = len(data)
                return
        raise Garbled("fingerprint.template_lost", self._device)

    def template(self) -> bytes:
        """The template made of the touches; `Garbled` ``fingerprint.incomplete`` when it cannot be one."""
        data = self._read()
        if not data.strip(b"\0") or len(data) != (self._told_size or len(data)):
            raise Garbled("fingerprint.incomplete", self._device, length=len(data))
        self._template_size = len(data)
        return data

    def _read(self) -> bytes:
        """What is in the first buffer, read twice: a packet lost in the middle would not show otherwise."""
        first, second = (self._channel.fetch(commands.template_up(LIVE)) for _ in range(2))
        if first != second:
            raise Garbled("fingerprint.incomplete", self._device, lengths=(len(first), len(second)))
        self._largest = max(self._largest, len(first))
        return first

    def _overwrite_picture(self) -> bool:
        """Put that of an empty sensor in the place of the last; while a finger lies there it cannot."""
        return self._channel.ask(commands.GEN_IMAGE).code == Code.OK

    def _overwrite_buffers(self) -> None:
        if self._largest:
            for buffer in range(1, self._buffers + 1):
                self._put(buffer, bytes(self._largest))

    def _put(self, buffer: int, data: bytes) -> None:
        self._channel.put(commands.template_down(buffer), data, self._packet_size)


def _require_answer(error: DeviceError) -> None:
    """Raise `error` unless it is the module's own answer."""
    if "confirmation" not in error.facts:
        raise error
