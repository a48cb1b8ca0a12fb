"""Loudspeakers: by PortAudio on a card that is a file, on a card that goes away, and as WAV files."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.around import Sound
from drivers.errors import Busy, DeviceError, Missing, Refused, Unsupported
from drivers.registry import open_device
from drivers.speaker.file import FileSpeaker
from drivers.speaker.settings import FileSpeakerSettings, SpeakerSettings
from drivers.speaker.sounddevice import Playing, PortAudioSpeaker
from tests.drivers_speaker import alsa_file
from tests.drivers_speaker.alsa_file import AlsaFile, sound_card

ROOT = Path(__file__).resolve().parents[2]


def tone(seconds: float, rate: int = 16_000, tall: int = 8000) -> Sound:
    count = round(seconds * rate)
    return Sound(
        b"".join(struct.pack("<h", round(tall * math.sin(n * math.tau * 440 / rate))) for n in range(count)),
        rate,
    )


@pytest.fixture
def card() -> Iterator[AlsaFile]:
    if alsa_file.missing():
        pytest.skip(f"needs {alsa_file.missing()}")
    with sound_card() as made:
        yield made


def until_silent(device: Any, seconds: float = 5.0) -> None:
    ends = time.monotonic() + seconds
    while device.playing():
        assert time.monotonic() < ends, "it plays for ever"
        time.sleep(0.01)


def test_what_is_played_comes_out_of_portaudio(card: AlsaFile) -> None:
    device = PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings())
    sound = tone(0.3)
    began = time.monotonic()
    device.play(sound)
    assert time.monotonic() - began < 1
    until_silent(device)
    device.close()
    assert sound.samples in card.played()
    assert device.about.simulated


def test_the_volume_is_turned_down(card: AlsaFile) -> None:
    device = PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings(volume=0.5))
    device.play(tone(0.1))
    until_silent(device)
    device.close()
    played = card.played()
    loudest = max(abs(each[0]) for each in struct.iter_unpack("<h", played[: len(played) // 2 * 2]))
    assert 3900 <= loudest <= 4000


def test_a_card_that_is_pulled_out_is_missing_and_back(card: AlsaFile) -> None:
    device = PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings())
    device.check()
    card.unplug()
    for _ in range(2):
        with pytest.raises(Missing, match=r"speaker\.unplugged"):
            device.play(tone(0.1))
    device.close()
    card.replug()
    again = PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings())
    again.play(tone(0.1))
    until_silent(again)
    again.close()


def test_a_card_plugged_in_after_the_program_began_is_found(card: AlsaFile) -> None:
    card.unplug()
    with pytest.raises(DeviceError):
        PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings())
    assert alsa_file.NAME not in [each.address for each in PortAudioSpeaker.probe(SpeakerSettings())]
    card.replug()
    assert alsa_file.NAME in [each.address for each in PortAudioSpeaker.probe(SpeakerSettings())]
    PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings()).close()


def test_looking_for_speakers_does_not_cut_off_what_plays(card: AlsaFile) -> None:
    device = PortAudioSpeaker.open(alsa_file.NAME, SpeakerSettings())
    sound = tone(0.5)
    device.play(sound)
    PortAudioSpeaker.probe(SpeakerSettings())
    until_silent(device)
    device.close()
    assert sound.samples in card.played()


def test_a_card_that_is_none_is_named(card: AlsaFile) -> None:
    with pytest.raises(Missing, match=r"speaker\.missing"):
        PortAudioSpeaker.open("no such card", SpeakerSettings())


class Stream:
    """A stream of the stand-in for sounddevice, which takes pieces only when it is told."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.open = True

    def start(self) -> None:
        """Begin."""

    def take(self, frames: int) -> bytes:
        out = bytearray(frames * 2)
        try:
            self.given["callback"](memoryview(out), frames, None, None)
        except Library.CallbackStop:
            self.given["finished_callback"]()
        return bytes(out)

    def break_down(self) -> None:
        self.given["finished_callback"]()

    def abort(self) -> None:
        """Be silent."""

    def close(self) -> None:
        self.open = False


class Library:
    """Stands in for sounddevice where a card must misbehave."""

    class PortAudioError(Exception):
        """As the library's."""

    class CallbackStop(Exception):
        """As the library's."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.error: Exception | None = None

    def query_devices(self, device: str | None, kind: str) -> dict[str, object]:
        return {"name": "a card"}

    def check_output_settings(self, **wanted: object) -> None:
        if self.error is not None:
            raise self.error

    def RawOutputStream(self, **given: Any) -> Stream:
        if self.error is not None:
            raise self.error
        self.streams.append(Stream(**given))
        return self.streams[-1]


def test_the_next_sound_takes_the_place_of_the_first() -> None:
    library = Library()
    device = PortAudioSpeaker(library, "default", SpeakerSettings())
    device.play(Sound(b"\x01\x00" * 100))
    assert library.streams[0].take(50) == b"\x01\x00" * 50
    device.play(Sound(b"\x02\x00" * 60))
    assert not library.streams[0].open
    assert library.streams[1].take(50) == b"\x02\x00" * 50
    assert device.playing()
    assert library.streams[1].take(50) == b"\x02\x00" * 10 + b"\0\0" * 40
    assert not device.playing()
    assert not library.streams[1].open


def test_stopping_is_silence() -> None:
    library = Library()
    device = PortAudioSpeaker(library, "default", SpeakerSettings())
    device.play(tone(1))
    device.stop()
    assert not device.playing()
    assert not library.streams[0].open


def test_a_card_lost_while_it_plays() -> None:
    library = Library()
    device = PortAudioSpeaker(library, "default", SpeakerSettings())
    device.play(tone(1))
    library.streams[0].take(100)
    library.streams[0].break_down()
    with pytest.raises(Missing, match=r"speaker\.unplugged"):
        device.playing()
    with pytest.raises(Missing):
        device.check()


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (-9997, Refused, "speaker.refused"),
        (-9985, Busy, "speaker.busy"),
        (-9996, Missing, "speaker.unplugged"),
    ],
)
def test_what_portaudio_says(number: int, kind: type[DeviceError], code: str) -> None:
    library = Library()
    device = PortAudioSpeaker(library, "default", SpeakerSettings())
    library.error = Library.PortAudioError("said", number)
    with pytest.raises(DeviceError) as error:
        device.play(tone(0.1))
    assert (type(error.value), error.value.code) == (kind, code)


def test_without_portaudio_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['sounddevice'] = None\n"
        "from drivers.registry import open_device\n"
        "from drivers.errors import Unsupported\n"
        "try: open_device('sounddevice', 'default', {})\n"
        "except Unsupported as error: print(error.code, error.facts['hint'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "speaker.no_library sudo apt-get install -y libportaudio2"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_every_sample_is_handed_over_once(size: int) -> None:
    playing, got, done = Playing(bytes(range(100))), b"", False
    while not done:
        out = bytearray(size * 2)
        done = playing.fill(out)
        got += bytes(out)
    assert got[:100] == bytes(range(100))
    assert set(got[100:]) <= {0}


def test_wav_files(tmp_path: Path) -> None:
    device = FileSpeaker.open(f"folder:{tmp_path}", FileSpeakerSettings(keep=2))
    for _ in range(3):
        device.play(tone(0.2))
    assert device.playing()
    device.stop()
    assert not device.playing()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["000002.wav", "000003.wav"]
    with wave.open(str(tmp_path / files[0])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (16_000, 1, 3200)
        assert file.readframes(3200) == tone(0.2).samples
    device.close()
    with pytest.raises(Missing):
        device.play(tone(0.1))


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        open_device("speaker-file", f"folder:{tmp_path / 'none'}", {})
    with pytest.raises(Unsupported):
        open_device("speaker-file", str(tmp_path), {})
