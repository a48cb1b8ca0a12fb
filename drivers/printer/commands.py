"""ESC/POS as a printer hears it: splits a byte stream into commands and carries them out on paper.

Knows the commands that receipt programs use for text, alignment, size, raster pictures, QR codes and
cutting. What it does not know is named in `unknown` and skipped by one byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.around import Align, SlipLine
from drivers.printer.paper import Paper, Printed

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_ALIGN = {0: Align.LEFT, 1: Align.CENTRE, 2: Align.RIGHT}
_FIXED = {
    b"\x1b@": 0, b"\x1ba": 1, b"\x1bE": 1, b"\x1b!": 1, b"\x1bM": 1, b"\x1b-": 1, b"\x1bd": 1, b"\x1bt": 1,
    b"\x1b2": 0, b"\x1b3": 1, b"\x1b{": 1, b"\x1d!": 1, b"\x1dB": 1, b"\x1dV": 1, b"\x1dr": 1, b"\x1dI": 1,
    b"\x1c&": 0, b"\x1c.": 0, b"\x10\x04": 1,
}  # fmt: skip
"""Bytes that follow a command of fixed length."""
_LONG_CUT = (65, 66, 97, 98)
"""GS V with one of these has a second byte, the feed."""


class Interpreter:
    """Takes bytes as they come; `answers` holds what the printer says in the order of the data."""

    def __init__(self, paper: Paper, identity: dict[int, str]) -> None:
        self._paper = paper
        self._identity = identity
        self._buffer = bytearray()
        self.answers: list[bytes] = []
        self.unknown: list[str] = []
        self.rows = 0
        """Lines and pictures printed since the last `forget`."""
        self._reset()

    def forget(self) -> None:
        """Power off: lose what was not printed yet."""
        self._buffer.clear()
        self.answers.clear()
        self.rows = 0
        self._reset()

    def feed(self, data: bytes, until_row: int | None = None) -> None:
        """Carry out what is complete; no more than `until_row` rows altogether."""
        self._buffer += data
        while self._buffer and (until_row is None or self.rows < until_row):
            size = self._step()
            if size == 0:
                return
            del self._buffer[:size]

    def _reset(self) -> None:
        self._text = bytearray()
        self._align, self._bold, self._large, self._chinese = Align.LEFT, False, False, False
        self._code = b""
        self._module = 3

    def _step(self) -> int:
        """Carry out the command at the front; its length, 0 when it is not complete."""
        first = self._buffer[0]
        if first == 0x0A:
            self._end_line()
            return 1
        if first not in (0x1B, 0x1C, 0x1D, 0x10):
            return self._take_text()
        if len(self._buffer) < 2:
            return 0
        command = bytes(self._buffer[:2])
        if command == b"\x1dv":
            return self._raster()
        if command == b"\x1d(":
            return self._function()
        if command not in _FIXED:
            self.unknown.append(command.hex(" "))
            return 1
        size = 2 + _FIXED[command]
        if command == b"\x1dV" and self._buffer[2:3] and self._buffer[2] in _LONG_CUT:
            size += 1
        if len(self._buffer) < size:
            return 0
        self._carry_out(command, self._buffer[2] if size > 2 else 0)
        return size

    def _carry_out(self, command: bytes, value: int) -> None:
        actions: dict[bytes, Callable[[], None]] = {
            b"\x1b@": self._reset,
            b"\x1ba": lambda: self._set(align=_ALIGN.get(value % 48, Align.LEFT)),
            b"\x1bE": lambda: self._set(bold=bool(value & 1)),
            b"\x1b!": lambda: self._set(large=bool(value & 0x30), bold=bool(value & 8)),
            b"\x1d!": lambda: self._set(large=value != 0),
            b"\x1c&": lambda: self._set(chinese=True),
            b"\x1c.": lambda: self._set(chinese=False),
            b"\x1bd": self._end_line_if_begun,
            b"\x1dV": self._paper.cut,
            b"\x1dr": lambda: self.answers.append(b"\x00"),
            b"\x1dI": lambda: self._tell(value),
        }
        actions.get(command, lambda: None)()

    def _set(
        self,
        align: Align | None = None,
        bold: bool | None = None,
        large: bool | None = None,
        chinese: bool | None = None,
    ) -> None:
        self._align = self._align if align is None else align
        self._bold = self._bold if bold is None else bold
        self._large = self._large if large is None else large
        self._chinese = self._chinese if chinese is None else chinese

    def _tell(self, which: int) -> None:
        if which in self._identity:
            self.answers.append(b"_" + self._identity[which].encode("ascii") + b"\0")

    def _take_text(self) -> int:
        """One character: two or four bytes of GB 18030 while Chinese is on, one otherwise."""
        size = 1
        if self._chinese and self._buffer[0] >= 0x81:
            if len(self._buffer) < 2:
                return 0
            size = 4 if 0x30 <= self._buffer[1] <= 0x39 else 2
            if len(self._buffer) < size:
                return 0
            self._text += self._buffer[:size]
        elif self._buffer[0] >= 0x80:
            self._text += b"?"
        elif self._buffer[0] >= 0x20:
            self._text.append(self._buffer[0])
        return size

    def _end_line(self) -> None:
        text = self._text.decode("gb18030", "replace")
        self._text.clear()
        self._add(Printed(SlipLine(text, self._align, self._bold, self._large)))

    def _end_line_if_begun(self) -> None:
        if self._text:
            self._end_line()

    def _add(self, printed: Printed) -> None:
        self.rows += 1
        self._paper.add(printed)

    def _raster(self) -> int:
        """GS v 0 m xL xH yL yH and the picture, 1 = black."""
        if len(self._buffer) < 8:
            return 0
        width = int.from_bytes(self._buffer[4:6], "little")
        height = int.from_bytes(self._buffer[6:8], "little")
        size = 8 + width * height
        if len(self._buffer) < size:
            return 0
        picture = _bits(bytes(self._buffer[8:size]), width * 8, height)
        self._add(Printed(SlipLine("", self._align), picture))
        return size

    def _function(self) -> int:
        """GS ( letter pL pH data: of these only the QR code matters."""
        if len(self._buffer) < 5:
            return 0
        size = 5 + int.from_bytes(self._buffer[3:5], "little")
        if len(self._buffer) < size:
            return 0
        data = bytes(self._buffer[5:size])
        if self._buffer[2:3] == b"k" and data[:1] == b"1":
            self._qr(data[1], data[2:])
        return size

    def _qr(self, function: int, data: bytes) -> None:
        if function == 67 and data:
            self._module = data[0]
        elif function == 80:
            self._code = data[1:]
        elif function == 81 and self._code:
            content = self._code.decode("utf-8", "replace")
            self._add(Printed(SlipLine("", self._align), _qr_picture(content, self._module), content))


def _bits(data: bytes, width: int, height: int) -> Picture:
    from PIL import Image

    return Image.frombytes("1", (width, height), bytes(byte ^ 0xFF for byte in data))


def _qr_picture(content: str, module: int) -> Picture:
    import qrcode  # type: ignore[import-untyped]
    from PIL import Image

    code = qrcode.QRCode(box_size=1, border=2)
    code.add_data(content)
    code.make(fit=True)
    cells = code.get_matrix()
    small = Image.new("1", (len(cells), len(cells)), 1)
    for y, row in enumerate(cells):
        for x, dark in enumerate(row):
            small.putpixel((x, y), 0 if dark else 1)
    return small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)
