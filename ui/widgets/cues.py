"""A drawn cue for each instruction of the face guidance: where a drawing says it faster than words.

Left and right are the customer's own hands. In a preview that mirrors, as it must for a person who moves by
it, their left is the screen's left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.theme import Ink
from ui.widgets.symbols import draw

SIZE: Final = 0.21
"""Side of a cue, of the camera picture's height."""
EDGE: Final = 0.04
"""Its distance from the picture's edge, in the same unit."""
GROUND: Final = (14, 26, 36, 190)
TARGET: Final = (0.36, 0.62)
"""Width and height of the oval in which the face belongs, of the camera picture's height."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is drawn for an instruction."""

    symbol: str
    across: float = 0.0
    down: float = 1.0
    """Where: -1 left or top, 1 right or bottom of the picture, 0 in its middle."""
    target: bool = False
    """The oval where the face belongs is drawn too."""


CUES: Final[dict[str, Cue]] = {
    "guide.no_face": Cue("face", 0, 0, target=True),
    "guide.one_person": Cue("one_person"),
    "guide.come_closer": Cue("closer", target=True),
    "guide.move_back": Cue("further", target=True),
    "guide.move_left": Cue("arrow_left", -1, 0, target=True),
    "guide.move_right": Cue("arrow_right", 1, 0, target=True),
    "guide.move_up": Cue("arrow_up", 0, -1, target=True),
    "guide.move_down": Cue("arrow_down", 0, 1, target=True),
    "guide.turn_left": Cue("turn_left", -1, 0),
    "guide.turn_right": Cue("turn_right", 1, 0),
    "guide.chin_up": Cue("arrow_up", 0, -1),
    "guide.chin_down": Cue("arrow_down", 0, 1),
    "guide.head_upright": Cue("upright"),
    "guide.more_light": Cue("lamp"),
    "guide.light_behind": Cue("lamp_behind"),
    "guide.light_aside": Cue("lamp"),
    "guide.less_light": Cue("lamp_off"),
    "guide.glare": Cue("glasses"),
    "guide.hold_still": Cue("still"),
    "guide.show_mouth": Cue("calm"),
    "guide.show_eyes": Cue("eye"),
    "guide.show_brow": Cue("face"),
    "guide.open_eyes": Cue("eye"),
    "guide.look_here": Cue("eye", 0, -1),
    "guide.close_mouth": Cue("calm"),
    "guide.relax": Cue("calm"),
}
_OTHER_SIDE: Final = {"left": "right", "right": "left"}


def cue_of(instruction: str | None, *, mirrored: bool = True) -> Cue | None:
    """The cue for an instruction on a picture that mirrors, or not; None where there is nothing to draw."""
    cue = CUES.get(instruction or "")
    if cue is None or mirrored:
        return cue
    stem, _, side = cue.symbol.rpartition("_")
    symbol = f"{stem}_{_OTHER_SIDE[side]}" if side in _OTHER_SIDE else cue.symbol
    return replace(cue, symbol=symbol, across=-cue.across)


def draw_cue(painter: QPainter, cue: Cue, place: QRectF) -> None:
    """Draw the cue on a camera picture that fills `place`."""
    if cue.target:
        _draw_target(painter, place)
    side = SIZE * place.height()
    room_x = place.width() / 2 - EDGE * place.height() - side / 2
    room_y = place.height() / 2 - EDGE * place.height() - side / 2
    middle = place.center() + QPointF(cue.across * room_x, cue.down * room_y)
    disc = QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*GROUND))
    painter.drawEllipse(disc)
    inset = side * 0.22
    draw(painter, cue.symbol, disc.adjusted(inset, inset, -inset, -inset), Ink.ON_BRAND)


def _draw_target(painter: QPainter, place: QRectF) -> None:
    """The oval in which the face belongs, with a dark edge so that it shows on any background."""
    width, height = (share * place.height() for share in TARGET)
    oval = QRectF(place.center().x() - width / 2, place.center().y() - height / 2, width, height)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, thick in ((QColor(0, 0, 0, 110), 6.0), (QColor(Ink.ON_BRAND), 3.0)):
        pen = QPen(colour, thick)
        pen.setDashPattern([3.0 * 3.0 / thick, 3.0 * 3.0 / thick])
        painter.setPen(pen)
        painter.drawEllipse(oval)
