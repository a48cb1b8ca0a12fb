"""A loudspeaker that writes what it would play into WAV files: for tests, demonstration, silent machines."""

from __future__ import annotations

import contextlib
import time
import wave
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import Sound
from drivers.errors import Missing, Refused, Unsupported
from drivers.registry import driver
from drivers.speaker.settings import FileSpeakerSettings

SCHEME = "folder:"
_SAMPLE_BYTES = 2


@driver(
    "speaker-file",
    Kind.SPEAKER,
    FileSpeakerSettings,
    Grade.SIMULATED,
    addresses="folder:PATH (an existing folder)",
)
class FileSpeaker:
    """Simulated loudspeaker that writes prompts as WAV files into a folder."""

    def __init__(self, folder: Path, address: str, settings: FileSpeakerSettings) -> None:
        self._folder = folder
        self._address = address
        self._settings = settings
        self._dead = False
        self._ends = 0.0
        self.check()

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """None: a folder is chosen, not found."""
        return []

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open ``folder:PATH``."""
        knobs = FileSpeakerSettings.model_validate(settings.model_dump())
        if not address.startswith(SCHEME):
            raise Unsupported("speaker.missing", address)
        return cls(Path(address.removeprefix(SCHEME)), address, knobs)

    @property
    def about(self) -> About:
        """A simulated loudspeaker."""
        return About("speaker-file", self._address, vendor="Simulated", model="WAV files", simulated=True)

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def play(self, sound: Sound) -> None:
        """Write the next file; `playing` is true for as long as the sound would last."""
        self.check()
        self.stop()
        file = self._folder / f"{self._next():06d}.wav"
        try:
            # By a path that cannot be opened `wave` leaves half an object, which fails when it is collected.
            with file.open("wb") as raw, wave.open(raw, "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(_SAMPLE_BYTES)
                out.setframerate(sound.rate)
                out.writeframes(sound.samples)
        except PermissionError as error:
            raise Refused("speaker.permission", self._address) from error
        except OSError as error:
            raise self._gone() from error
        self._ends = time.monotonic() + len(sound.samples) / _SAMPLE_BYTES / sound.rate
        self._thin_out()

    def playing(self) -> bool:
        """True until it would have ended."""
        return time.monotonic() < self._ends

    def stop(self) -> None:
        """Be silent."""
        self._ends = 0.0

    def check(self) -> None:
        """Raise `Missing` when the folder has gone."""
        if self._dead or not self._folder.is_dir():
            raise self._gone()

    def close(self) -> None:
        """Be silent and let go. Safe twice; never raises."""
        self._dead = True
        self.stop()

    def _gone(self) -> Missing:
        self._dead = True
        return Missing("speaker.unplugged", self._address)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.wav"))

    def _next(self) -> int:
        files = self._files()
        return int(files[-1].stem) + 1 if files else 1

    def _thin_out(self) -> None:
        for file in self._files()[: -self._settings.keep]:
            with contextlib.suppress(OSError):
                file.unlink()
