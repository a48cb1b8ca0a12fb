"""What a pad sends becomes strokes, whatever way it is cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.errors import Missing, Retry, TimedOut
from drivers.link.scripted import ScriptedPipe
from drivers.pad.layout import TOPAZ
from drivers.pad.settings import PadSettings
from drivers.pad.stream import StreamPad

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "pad"


class PadScript(ScriptedPipe):
    """A script whose purge keeps what the pen has yet to write: the pad would send it later."""

    def purge(self) -> None:
        """Nothing is forgotten."""


@contextmanager
def script(name: str, chunk: int = 0) -> Iterator[PadScript]:
    pipe = PadScript.of((TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8"), chunk or 15)
    yield pipe
    pipe.finish()


def pad_on(pipe: ScriptedPipe, **options: object) -> StreamPad:
    return StreamPad(
        pipe,
        PadSettings.model_validate(
            {"least_mm": 5, "least_ms": 0, "key_ms": 0, "identify_ms": 100, **options}
        ),
    )


@pytest.mark.parametrize("chunk", [1, 5, 15])
def test_signed(chunk: int) -> None:
    with script("signed", chunk) as pipe:
        pad = pad_on(pipe)
        assert (pad.about.model, pad.about.firmware, pad.about.simulated) == ("MODEL-1", "V1.0", False)
        signature = pad.wait(5)
    assert signature is not None
    assert [len(stroke) for stroke in signature.strokes] == [3, 3]
    first, last = signature.strokes[0][0], signature.strokes[0][2]
    assert (first.x, first.y) == (10 * 128 / 16_000, 10 * 128 / 8000)
    assert last.pressure == 1.0
    times = [point.at_ms for stroke in signature.strokes for point in stroke]
    assert times == sorted(times)
    assert times[0] == 0


def test_cancelled() -> None:
    with script("cancelled") as pipe, pytest.raises(Retry) as error:
        pad_on(pipe).wait(1)
    assert error.value.code == "signature.cancelled"


def test_topaz_is_nameless_and_ends_by_a_pause() -> None:
    with script("topaz", 5) as pipe:
        table = {**TOPAZ.model_dump(), "identify": "", "start": b"ST\r".hex(), "stop": b"SP\r".hex()}
        pad = pad_on(pipe, layout=table, settle_ms=500)
        assert pad.about.model == "signature pad"
        signature = pad.wait(3)
        pad.close()
    assert signature is not None
    assert [round(point.x * 4095) for point in signature.strokes[0]] == [512, 832, 1024]
    assert [round(point.y * 4095) for point in signature.strokes[0]] == [512, 672, 512]
    assert {point.pressure for point in signature.strokes[0]} == {1.0}


def test_unplugged() -> None:
    with script("unplugged", 7) as pipe:
        pad = pad_on(pipe)
        with pytest.raises(Missing):
            pad.wait(1)


def test_a_pad_that_must_say_who_it_is_and_does_not() -> None:
    with pytest.raises(TimedOut) as error:
        pad_on(ScriptedPipe.of("> 7E 23\n< silence"))
    assert error.value.code == "signature_pad.silent"


def test_what_goes_with_an_error_holds_no_position() -> None:
    pipe = PadScript.of("> 7E 23\n< 7E 23 4D 0D\n< A0 0A 00 0A 00 02 00\n< " + "FF " * 300, 7)
    pad = pad_on(pipe)
    with pytest.raises(Exception, match=r"signature_pad\.garbled") as error:
        pad.wait(1)
    assert "A0" not in str(error.value.facts)  # type: ignore[attr-defined]
    assert "(7 bytes)" in str(error.value.facts["traffic"])  # type: ignore[attr-defined]


def test_every_pad_transcript_is_played() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in TRANSCRIPTS.glob("*.txt") if f'"{path.stem}"' not in text] == []
