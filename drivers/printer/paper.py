"""What stands on the paper of a simulated printer, as text and as a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.around import Align, SlipLine
from drivers.printer.drawing import Pen

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MARGIN = 16
"""White dots around the slip in its picture."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of text, or one picture, or a QR code with its content."""

    line: SlipLine
    picture: Picture | None = field(default=None, repr=False)
    qr: str = ""

    def told(self) -> dict[str, object]:
        """For people and tests."""
        shown: dict[str, object] = {"text": self.line.text, "align": self.line.align.value}
        shown |= {"bold": self.line.bold, "large": self.line.large}
        if self.qr:
            shown["qr"] = self.qr
        elif self.picture is not None:
            shown["picture"] = list(self.picture.size)
        return shown


@dataclass(slots=True)
class Paper:
    """The roll: what was printed since the last cut, and the slips cut off before."""

    dots: int
    growing: list[Printed] = field(default_factory=list)
    slips: list[list[Printed]] = field(default_factory=list)

    def add(self, printed: Printed) -> None:
        """Print."""
        self.growing.append(printed)

    def cut(self) -> None:
        """Cut off what has grown."""
        if self.growing:
            self.slips.append(self.growing)
            self.growing = []

    def drawn(self, slip: list[Printed]) -> Picture:
        """The slip as it would look."""
        from PIL import Image

        pen = Pen(None, self.dots, "simulated paper")
        pictures = [(each.picture or pen.draw(each.line), each.line.align) for each in slip]
        height = sum(picture.height for picture, _ in pictures)
        sheet = Image.new("L", (self.dots + 2 * MARGIN, height + 2 * MARGIN), 255)
        top = MARGIN
        for picture, align in pictures:
            spare = self.dots - picture.width
            left = {Align.LEFT: 0, Align.CENTRE: spare // 2, Align.RIGHT: spare}[align]
            sheet.paste(picture, (MARGIN + left, top))
            top += picture.height
        return sheet
