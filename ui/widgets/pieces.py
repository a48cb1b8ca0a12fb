"""Small pieces that all panels are made of: labels by role, framed panels, tones."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from ui.theme import Tone

L = TypeVar("L", bound=QLayout)

GAP = 12
"""Space between panels, in pixels."""
INSET = 16
"""Space inside a panel, left and right."""
UPRIGHT = 12
"""Space inside a panel, top and bottom."""


def label(role: str, *, wrap: bool = False, name: str = "") -> QLabel:
    """A plain-text label drawn as the style sheet says for `role`."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setObjectName(name)
    return made


def panel(name: str = "") -> QFrame:
    """A white framed area."""
    made = QFrame()
    made.setProperty("panel", "true")
    made.setObjectName(name)
    return made


def column(owner: QWidget | None = None, *, inset: int = 0, gap: int = GAP) -> QVBoxLayout:
    """A vertical layout with house spacing."""
    return _spaced(QVBoxLayout(owner) if owner else QVBoxLayout(), inset, gap)


def row(owner: QWidget | None = None, *, inset: int = 0, gap: int = GAP) -> QHBoxLayout:
    """A horizontal layout with house spacing."""
    return _spaced(QHBoxLayout(owner) if owner else QHBoxLayout(), inset, gap)


def tone(widget: QWidget, value: Tone) -> None:
    """Give the widget, and what it holds, the colours of a tone; nothing is redrawn when it has them."""
    if widget.property("tone") == value.value:
        return
    widget.setProperty("tone", value.value)
    for one in (widget, *widget.findChildren(QLabel)):
        one.style().unpolish(one)
        one.style().polish(one)


def say(target: QLabel, text: str) -> None:
    """Set a text and hide the label when it is empty."""
    target.setText(text)
    target.setVisible(bool(text))


def clear(layout: QLayout) -> None:
    """Take all widgets out of a layout and let Qt delete them."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _spaced(layout: L, inset: int, gap: int) -> L:
    layout.setContentsMargins(inset, inset, inset, inset)
    layout.setSpacing(gap)
    return layout
