"""Buttons that show the key that presses them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy

from terminal.view import Action
from ui.widgets.pieces import label, row, say

KEYS: Final[dict[Action, str]] = {
    Action.BEGIN: "Enter",
    Action.CONSENT: "F9",
    Action.DECLINE: "F10",
    Action.RETRY: "F5",
    Action.CANNOT_DO: "F8",
    Action.CANCEL: "Esc",
    Action.FINISH: "Enter",
    Action.LOCK: "Ctrl+L",
    Action.SIGN_OUT: "Ctrl+Q",
}
"""Consent is never on Enter: it must not be given by a finger that was already on the key."""


class KeyButton(QPushButton):
    """A push button with its text and, in a small frame, its key."""

    def __init__(self, rank: str, height: int, *, spread: bool = False) -> None:
        super().__init__()
        self.setProperty("rank", rank)
        self.setMinimumHeight(height)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._height = height
        self._words, self._key = label("button"), label("key")
        self._line = line = row(self, gap=10)
        line.setContentsMargins(18, 0, 14, 0)
        if not spread:
            line.addStretch(1)
        line.addWidget(self._words)
        if spread:
            line.addStretch(1)
        line.addWidget(self._key, 0, Qt.AlignmentFlag.AlignVCenter)
        if not spread:
            line.addStretch(1)
        for part in (self._words, self._key):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_text(self, text: str, key: str = "") -> None:
        """Set the text and the key shown."""
        self._words.setText(text)
        self.setAccessibleName(text)
        say(self._key, key)
        self.updateGeometry()

    def shown_text(self) -> str:
        """What it says."""
        return self._words.text()

    def shown_key(self) -> str:
        """The key it shows."""
        return self._key.text()

    def sizeHint(self) -> QSize:
        """Room for the text and the key."""
        inner = self._line.sizeHint()
        return QSize(max(inner.width() + 4, 96), max(self._height, inner.height() + 12))

    def minimumSizeHint(self) -> QSize:
        """Nothing of it is ever cut."""
        return self.sizeHint()
