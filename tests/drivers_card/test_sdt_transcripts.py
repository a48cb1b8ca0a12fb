"""The driver must say exactly the bytes of each transcript, in this order, and leave none unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.api import Can
from drivers.card import channel, fingerprints
from drivers.card.channel import Channel
from drivers.card.frame import encode, encode_answer
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.errors import DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut
from drivers.link.scripted import ScriptedPipe, Turn, UnexpectedBytes, parse

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "sdt"
MODULE = "05.03-20200101-0000000001-0000000002"


@contextmanager
def script(name: str, chunk: int = 0) -> Iterator[ScriptedPipe]:
    pipe = ScriptedPipe.of((TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8"), chunk)
    yield pipe
    pipe.finish()


def reader_on(pipe: ScriptedPipe, **options: object) -> SdtReader:
    return SdtReader(pipe, SdtSettings.model_validate({"rate": 115200, **options}))


@pytest.mark.parametrize("chunk", [0, 1, 64])
def test_read_resident(chunk: int) -> None:
    with script("read_resident", chunk) as pipe:
        reader = reader_on(pipe)
        assert (reader.about.serial, reader.about.simulated) == (MODULE, False)
        assert reader.wait_for_card(1)
        card = reader.read()
        assert (card.name, card.number, card.doubts) == ("样本·测试", "11010519491231002X", ())
        assert (len(card.photo), card.module_id) == (1024, MODULE)
        assert reader.additional_address() == "某省某市新路二号"
        assert reader.card_still_there()
        assert not reader.card_still_there()


def test_no_card() -> None:
    with script("no_card") as pipe:
        assert not reader_on(pipe).wait_for_card(0.1)


@pytest.mark.parametrize("name", ["second_try", "read_failed_then_read", "late_answer", "resent"])
def test_read_all_the_same(name: str) -> None:
    with script(name) as pipe:
        assert reader_on(pipe).read().number == "11010519491231002X"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("not_genuine", Refused, "card.not_genuine"),
        ("read_failed", Retry, "card.present_again"),
        ("removed_in_mid_read", Retry, "card.removed"),
        ("silent_in_mid_read", Retry, "card.removed"),
        ("half_frame", Garbled, "card_reader.link"),
        ("dead", TimedOut, "card_reader.silent"),
        ("refused_twice", Garbled, "card_reader.link"),
        ("unplugged", Missing, "card_reader.unplugged"),
    ],
)
def test_failures(name: str, kind: type[DeviceError], code: str) -> None:
    with script(name) as pipe:
        reader = reader_on(pipe)
        with pytest.raises(DeviceError) as error:
            reader.read()
        assert (type(error.value), error.value.code) == (kind, code)


def test_what_goes_with_an_error_holds_heads_only() -> None:
    with script("half_frame") as pipe:
        reader = reader_on(pipe)
        with pytest.raises(Garbled) as error:
            reader.read()
    traffic = str(error.value.facts["traffic"])
    assert "AA AA AA 96 69 00 03 30 01 32" in traffic
    name = "样本".encode("utf-16-le")
    assert name.hex(" ").upper() not in traffic


def test_a_simulated_photo_marks_even_a_reader_with_a_real_identity() -> None:
    text = (TRANSCRIPTS / "read_resident.txt").read_text(encoding="utf-8")
    turns = parse(text)
    reading = next(turn for turn in turns if len(turn.answered) > 1000)
    content = bytearray(reading.answered[10:-1])
    content[4 + 256 : 4 + 260] = b"WLs\0"
    reading.answered = encode_answer(0x90, bytes(content))
    reader = reader_on(ScriptedPipe(turns))
    assert not reader.about.simulated
    reader.read()
    assert reader.about.simulated
    assert reader.about.vendor == "Simulated"


def test_a_late_refusal_about_a_card_is_not_the_readers_status() -> None:
    late = encode_answer(0x41) + encode_answer(0x90)
    pipe = ScriptedPipe([Turn(encode(channel.STATUS.body), late)])
    answer = Channel(pipe, SdtSettings()).status_once()
    assert answer is not None
    assert answer.status == 0x90


def test_modest_module() -> None:
    with script("modest_module") as pipe:
        reader = reader_on(pipe, max_rf_frame=0x50)
        assert reader.about.serial == ""
        assert reader.wait_for_card(1)


def test_read_fingerprints() -> None:
    with script("read_fingerprints") as pipe:
        card = reader_on(pipe, fingerprints=True).read()
    assert card.name == "样本·测试"
    assert [each.quality for each in fingerprints.parse(card.fingerprints)] == [71, 64]


@pytest.mark.parametrize("name", ["no_fingerprints", "fingerprints_denied"])
def test_no_fingerprints_are_no_error(name: str) -> None:
    with script(name) as pipe:
        reader = reader_on(pipe, fingerprints=True)
        card = reader.read()
        assert (card.name, card.fingerprints) == ("样本·测试", b"")
        assert (Can.READ_FINGERPRINTS in reader.can) is (name == "no_fingerprints")


def test_management_number() -> None:
    with script("management_number") as pipe:
        reader = reader_on(pipe)
        reader.read()
        number = reader.management_number()
        assert number is not None
        assert number.serial == bytes(range(0x14, 0x1C))
        assert reader.management_number() is None
        assert Can.READ_MANAGEMENT_NUMBER not in reader.can


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("set_rate", [9600, 115200]),
        ("set_rate_refused", [9600]),
        ("set_rate_not_followed", [9600, 115200, 9600]),
    ],
)
def test_set_rate(name: str, rates: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(ScriptedPipe, "set_rate", lambda _, rate: told.append(rate))
    with script(name) as pipe:
        assert reader_on(pipe, rate=9600, work_rate=115200).about.serial == MODULE
    assert told == rates


def test_reset() -> None:
    with script("reset") as pipe:
        reader_on(pipe).reset()


def test_self_test_failed() -> None:
    with script("self_test_failed") as pipe, pytest.raises(Fault) as error:
        reader_on(pipe)
    assert (type(error.value), error.value.code) == (Fault, "card_reader.out_of_service")


def test_every_transcript_is_played() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert {path.stem for path in TRANSCRIPTS.glob("*.txt")} == {
        path.stem for path in TRANSCRIPTS.glob("*.txt") if f'"{path.stem}"' in text
    }


@pytest.mark.parametrize(
    "work",
    [
        lambda pipe: pipe.send(b"\x02"),
        lambda pipe: (pipe.send(b"\x01"), pipe.finish()),
        lambda pipe: (pipe.send(b"\x01"), pipe.receive(1), pipe.send(b"\x01")),
        lambda pipe: pipe.finish(),
    ],
)
def test_a_script_notices_every_departure(work: Callable[[ScriptedPipe], object]) -> None:
    with pytest.raises(UnexpectedBytes):
        work(ScriptedPipe.of("> 01\n< 02"))


@pytest.mark.parametrize("text", ["< 01", "? 01", "> 0G", "01"])
def test_what_is_no_transcript_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1|non-hexadecimal"):
        parse(text)
