"""A slip as ESC/POS bytes, encoded by python-escpos.

Characters that take two bytes of GB 18030 go as text where the printer has them; a line with a rarer one
goes as a picture, since printers' own fonts end there.
"""

from __future__ import annotations

import shutil
import unicodedata
from typing import Any

from drivers.around import Align, Slip, SlipLine
from drivers.errors import Unsupported
from drivers.printer.drawing import Pen
from drivers.printer.settings import PrinterSettings

INITIALISE = b"\x1b@"
CHINESE_ON = b"\x1c&"
"""FS &: two-byte characters from here on."""
CHINESE_OFF = b"\x1c."
TEXT_ENCODING = "gb18030"
_ALIGN = {Align.LEFT: "left", Align.CENTRE: "center", Align.RIGHT: "right"}
_NO_SIGNS = ("Cc", "Zl", "Zp")
"""Categories of controls, and of breaks within a line, which some layouts cannot draw."""


class Composer:
    """Turns slips into bytes for one printer. `Unsupported` when a library or the font is missing."""

    def __init__(self, settings: PrinterSettings, device: str) -> None:
        self._settings = settings
        self._device = device
        self._escpos = _library(device)
        self._pen: Pen | None = None
        if settings.chinese == "picture" or settings.font is not None:
            self._pen = Pen(settings.font, settings.paper_dots, device)

    def compose(self, slip: Slip) -> bytes:
        """The bytes that print `slip` and cut."""
        paper = self._escpos()
        # Without a known width the library complains on standard output.
        width = {"media": {"width": {"pixels": self._settings.paper_dots}}}
        paper.profile.profile_data = {**paper.profile.profile_data, **width}
        paper._raw(INITIALISE)
        for line in slip.lines:
            self._line(paper, line)
        if slip.qr:
            paper.set(align="center")
            paper.qr(slip.qr, native=self._settings.qr == "native", size=self._settings.qr_dots)
            paper._raw(b"\n")
        paper.set(align="left")
        if self._settings.cut:
            paper.cut()
        else:
            paper.print_and_feed(4)
        return bytes(paper.output)

    def _line(self, paper: Any, line: SlipLine) -> None:
        text = printable(line.text)
        if not self._as_text(text):
            self._draw(paper, SlipLine(text, line.align, line.bold, line.large))
            return
        side = 2 if line.large else 1
        paper.set(align=_ALIGN[line.align], bold=line.bold, custom_size=True, width=side, height=side)
        if text.isascii():
            paper._raw(text.encode("ascii") + b"\n")
        else:
            paper._raw(CHINESE_ON + text.encode(TEXT_ENCODING) + CHINESE_OFF + b"\n")

    def _as_text(self, text: str) -> bool:
        if text.isascii():
            return True
        return self._settings.chinese == "gb18030" and all(
            len(each.encode(TEXT_ENCODING, "replace")) <= 2 and not _lone(each) for each in text
        )

    def _draw(self, paper: Any, line: SlipLine) -> None:
        if self._pen is None:
            self._pen = Pen(None, self._settings.paper_dots, self._device)
        paper.set(align="left")
        paper.image(self._pen.draw(line), impl="bitImageRaster")


def printable(text: str) -> str:
    """`text` without control characters and breaks: what stands on a slip gives the printer no orders."""
    kept = (each for each in text if unicodedata.category(each) not in _NO_SIGNS)
    return "".join("�" if _lone(each) else each for each in kept)


def _lone(character: str) -> bool:
    """True for half a surrogate pair, which no encoding takes."""
    return unicodedata.category(character) == "Cs"


def _library(device: str) -> Any:
    try:
        from escpos import capabilities
        from escpos.printer import Dummy
    except ImportError as error:
        raise Unsupported("printer.no_library", device, reason=str(error)) from error
    # The library leaves a folder with a pickle behind in each process; it has been read by now.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy
