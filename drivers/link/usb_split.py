"""The four bulk pipes of the USB security module: each frame goes in two parts, both ways (spec §1).

The first 7 bytes (preamble and length) have pipes of their own, 0x02 out and 0x81 in; the rest goes by 0x06
and comes by 0x85. A whole frame must be given to `send` at once.
"""

from __future__ import annotations

from drivers.link.usb_transfer import Transfers

HEAD_OUT, BODY_OUT, HEAD_IN, BODY_IN = 0x02, 0x06, 0x81, 0x85
PIPES = frozenset({HEAD_OUT, BODY_OUT, HEAD_IN, BODY_IN})

_PREAMBLE = bytes.fromhex("AA AA AA 96 69")
_HEAD = len(_PREAMBLE) + 2


class SplitPipe:
    """A `Pipe` over the four pipes of one open device."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers
        self._head = bytearray()
        self._body_due = 0
        """Bytes of the answer's second part that have not come yet."""

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._transfers.address

    def send(self, data: bytes) -> None:
        """Write one whole frame."""
        self._forget()
        self._transfers.write(HEAD_OUT, data[:_HEAD])
        if data[_HEAD:]:
            self._transfers.write(BODY_OUT, data[_HEAD:])

    def receive(self, seconds: float) -> bytes:
        """The next part of an answer; empty when nothing came within `seconds`."""
        if self._body_due:
            data = self._transfers.read(BODY_IN, seconds, self._body_due)
            self._body_due -= min(len(data), self._body_due)
            return data
        data = self._transfers.read(HEAD_IN, seconds)
        self._expect_body(data)
        return data

    def purge(self) -> None:
        """Forget what has come, on both pipes."""
        self._forget()
        for pipe in (HEAD_IN, BODY_IN):
            self._transfers.drain(pipe)

    def check(self) -> None:
        """Raise `Missing` when the device has gone."""
        self._transfers.check()

    def set_rate(self, rate: int) -> None:
        """USB has no rate."""

    def close(self) -> None:
        """Release the device. Safe twice; never raises."""
        self._transfers.close()

    def _forget(self) -> None:
        self._head.clear()
        self._body_due = 0

    def _expect_body(self, data: bytes) -> None:
        """Find the length in what came on the head's pipe; stray bytes before it are passed over."""
        self._head += data
        start = self._head.find(_PREAMBLE)
        if start < 0:
            del self._head[: -_HEAD + 1]
        elif len(self._head) >= start + _HEAD:
            length = int.from_bytes(self._head[start + len(_PREAMBLE) : start + _HEAD], "big")
            self._body_due = max(0, length - (len(self._head) - start - _HEAD))
            self._head.clear()
