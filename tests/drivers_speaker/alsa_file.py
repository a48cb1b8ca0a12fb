"""A sound card that is a file: ALSA's own file plug-in, so that PortAudio opens it as any other."""

from __future__ import annotations

import ctypes.util
import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "renzheng_simulated"
SYSTEM = Path("/usr/share/alsa/alsa.conf")
_PATHS = "ALSA_CONFIG_PATH"
_CARD = """pcm.{name} {{ type file slave.pcm {{ type null }} file "{file}" format "raw"
hint {{ show on description "A file" }} }}
"""


def missing() -> str:
    """What is missing here; empty when nothing is."""
    wanted = {"libportaudio2": ctypes.util.find_library("portaudio"), "alsa.conf": SYSTEM.exists()}
    return ", ".join(name for name, there in wanted.items() if not there)


class AlsaFile:
    """The card, pulled out and put back by what ALSA's settings say."""

    def __init__(self, folder: Path) -> None:
        self._settings = folder / "asound.conf"
        self.file = folder / "played.raw"
        self._stamp = 1_000_000_000
        self.replug()

    @property
    def settings(self) -> str:
        """For ALSA_CONFIG_PATH."""
        return f"{SYSTEM}:{self._settings}"

    def unplug(self) -> None:
        """ALSA knows it no longer."""
        self._write("pcm.renzheng_other { type null }\n")

    def replug(self) -> None:
        """ALSA knows it again."""
        self._write(_CARD.format(name=NAME, file=self.file))

    def clear(self) -> None:
        """It has no faults."""

    def played(self) -> bytes:
        """What was played since it was last asked."""
        samples = self.file.read_bytes() if self.file.exists() else b""
        self.file.unlink(missing_ok=True)
        return samples

    def _write(self, text: str) -> None:
        self._settings.write_text(text, encoding="ascii")
        # ALSA reads it anew when its time has changed, and looks at whole seconds only.
        self._stamp += 10
        os.utime(self._settings, (self._stamp, self._stamp))


@contextmanager
def sound_card() -> Iterator[AlsaFile]:
    """The card, plugged in and known to PortAudio."""
    with tempfile.TemporaryDirectory() as folder:
        card = AlsaFile(Path(folder))
        before = os.environ.get(_PATHS)
        os.environ[_PATHS] = card.settings
        library = importlib.import_module("sounddevice")
        # PortAudio lists the cards once, when it begins.
        library._terminate()
        library._initialize()
        try:
            yield card
        finally:
            os.environ.pop(_PATHS)
            if before is not None:
                os.environ[_PATHS] = before
            library._terminate()
            library._initialize()
