"""Loudspeakers of the machine, by PortAudio (package sounddevice, system library libportaudio2)."""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import Any, Self

import numpy as np
from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import Sound
from drivers.errors import Busy, DeviceError, Missing, Refused, Unsupported
from drivers.registry import driver
from drivers.speaker.settings import SpeakerSettings

DEFAULT = "default"
"""Address of whichever loudspeaker the system prefers."""
CHECK_RATE = 16_000
SIMULATED = "simulated"
"""What stands in the name of a sound device that is none."""
_SAMPLE_BYTES = 2
_REFUSED_FORMATS = frozenset({-9998, -9997, -9994})
"""PortAudio: invalid number of channels, rate or sample format."""
_BUSY = -9985
_HINT = "sudo apt-get install -y libportaudio2"
_streams: set[int] = set()
"""Streams of this process that are open, by identity."""
_looking = threading.Lock()
"""PortAudio is begun anew by one thread at a time, and not while a stream is opened."""


class Playing:
    """The sound that is playing; PortAudio's own thread takes it piece by piece."""

    def __init__(self, samples: bytes) -> None:
        self._samples = samples
        self._at = 0
        self.ended = threading.Event()

    def fill(self, out: Any) -> bool:
        """Fill a buffer with what comes next, silence after the end; True when this was the last."""
        piece = self._samples[self._at : self._at + len(out)]
        self._at += len(piece)
        out[: len(piece)] = piece
        out[len(piece) :] = bytes(len(out) - len(piece))
        return self._at >= len(self._samples)

    @property
    def whole(self) -> bool:
        """True when all of it was handed over."""
        return self._at >= len(self._samples)


@driver(
    "sounddevice",
    Kind.SPEAKER,
    SpeakerSettings,
    Grade.PROTOCOL_TESTED,
    addresses="default, or the name of a sound device as renzheng devices lists it",
)
class PortAudioSpeaker:
    """Loudspeaker of this machine, by PortAudio."""

    def __init__(self, library: Any, address: str, settings: SpeakerSettings) -> None:
        self._library = library
        self._address = address
        self._settings = settings
        self._stream: Any = None
        self._playing: Playing | None = None
        self._dead = False
        self._name = self._named()
        self._probe_format(CHECK_RATE)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Sound devices that can play; none where PortAudio is not installed."""
        try:
            library = _refreshed("")
            devices = library.query_devices()
        except (Unsupported, OSError, RuntimeError):
            return []
        return [
            Found(
                "sounddevice", str(each["name"]), f"{each['name']} ({each['max_output_channels']} channels)"
            )
            for each in devices
            if each["max_output_channels"] > 0
        ]

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open a sound device by its name, or ``default``."""
        knobs = SpeakerSettings.model_validate(settings.model_dump())
        return cls(_refreshed(address), address, knobs)

    @property
    def about(self) -> About:
        """Which sound device it is."""
        simulated = SIMULATED in self._name.lower()
        return About(
            driver="sounddevice",
            address=self._address,
            vendor="Simulated" if simulated else "",
            model=self._name,
            simulated=simulated,
        )

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def play(self, sound: Sound) -> None:
        """Begin to play, in place of what is playing; returns at once.

        `Missing` ``speaker.unplugged``, `Busy` ``speaker.busy``, `Refused` ``speaker.refused`` for a rate
        that the device does not take.
        """
        self._require_live()
        self.stop()
        playing = Playing(self._loud(sound.samples))
        try:
            with _looking:
                self._stream = self._opened(sound.rate, playing)
                _streams.add(id(self._stream))
            self._playing = playing
            self._stream.start()
        except (self._library.PortAudioError, ValueError, OSError) as error:
            self._drop()
            raise self._meaning(error) from error

    def playing(self) -> bool:
        """True until it has ended. `Missing` when the device went away while playing."""
        playing = self._playing
        if playing is None:
            return False
        if not playing.ended.is_set():
            return True
        self._drop()
        if not playing.whole:
            raise self._lost("ended early")
        return False

    def stop(self) -> None:
        """Be silent; at once."""
        self._drop()

    def check(self) -> None:
        """Raise `Missing` when the sound device has gone; not asked of the system while it plays."""
        self._require_live()
        if not self.playing():
            self._probe_format(CHECK_RATE)

    def close(self) -> None:
        """Be silent and let go. Safe twice; never raises."""
        self._drop()
        self._dead = True

    def _opened(self, rate: int, playing: Playing) -> Any:
        return self._library.RawOutputStream(
            samplerate=rate,
            channels=1,
            dtype="int16",
            device=self._device(),
            latency=self._settings.latency_ms / 1000,
            callback=self._feeder(playing),
            finished_callback=playing.ended.set,
        )

    def _feeder(self, playing: Playing) -> Any:
        """What PortAudio calls for the next piece, in a thread of its own."""
        last_piece = self._library.CallbackStop

        def feed(out: Any, frames: int, moment: object, status: object) -> None:
            if playing.fill(out):
                raise last_piece

        return feed

    def _loud(self, samples: bytes) -> bytes:
        even = samples[: len(samples) - len(samples) % _SAMPLE_BYTES]
        if self._settings.volume == 1.0:
            return even
        return (np.frombuffer(even, "<i2") * self._settings.volume).astype("<i2").tobytes()

    def _device(self) -> str | None:
        return None if self._address == DEFAULT else self._address

    def _named(self) -> str:
        try:
            return str(self._library.query_devices(self._device(), "output")["name"])
        except (ValueError, self._library.PortAudioError, OSError) as error:
            raise Missing("speaker.missing", self._address, reason=str(error)[:80]) from error

    def _probe_format(self, rate: int) -> None:
        try:
            self._library.check_output_settings(
                device=self._device(), channels=1, dtype="int16", samplerate=rate
            )
        except (ValueError, self._library.PortAudioError, OSError) as error:
            raise self._meaning(error) from error

    def _meaning(self, error: Exception) -> DeviceError:
        number = next((each for each in error.args if isinstance(each, int)), 0)
        if number in _REFUSED_FORMATS:
            return Refused("speaker.refused", self._address, error=number)
        if number == _BUSY:
            return Busy("speaker.busy", self._address, error=number)
        return self._lost(str(number))

    def _lost(self, reason: str) -> Missing:
        self._dead = True
        self._drop()
        return Missing("speaker.unplugged", self._address, reason=reason)

    def _require_live(self) -> None:
        if self._dead:
            raise Missing("speaker.unplugged", self._address, reason="closed")

    def _drop(self) -> None:
        stream, self._stream, self._playing = self._stream, None, None
        if stream is not None:
            with contextlib.suppress(self._library.PortAudioError, OSError):
                stream.abort()
            with contextlib.suppress(self._library.PortAudioError, OSError):
                stream.close()
            _streams.discard(id(stream))


def _refreshed(address: str) -> Any:
    """sounddevice with a list of the sound devices that are there now.

    PortAudio makes its list when it begins and never again, so a loudspeaker plugged in later is seen only
    after it was begun anew; that would cut off whatever is playing.
    """
    library = _library(address)
    with _looking:
        if not _streams:
            try:
                library._terminate()
                library._initialize()
            except (library.PortAudioError, OSError) as error:
                raise Missing("speaker.missing", address, reason=str(error)[:80]) from error
    return library


def _library(address: str) -> Any:
    """sounddevice; loading it loads PortAudio, which is a system library."""
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise Unsupported("speaker.no_library", address, hint=_HINT) from error
