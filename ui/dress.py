"""Makes the one QApplication: platform, style, type face."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QApplication

from ui.fonts import install, text_font

FOREIGN: Final = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
"""Set by opencv-python at import, to plug-ins and fonts that are not ours."""
TYPE_PIXELS: Final = 14


def application(arguments: Sequence[str]) -> QApplication:
    """The QApplication, made and dressed; an existing one is dressed again.

    Raises `ui.fonts.FontMissing` when the type face is not installed.
    """
    for name in FOREIGN:
        os.environ.pop(name, None)
    existing = QApplication.instance()
    made = existing if isinstance(existing, QApplication) else QApplication(list(arguments))
    made.setApplicationName("Renzheng")
    made.setStyle("Fusion")
    install()
    made.setFont(text_font(TYPE_PIXELS))
    return made
