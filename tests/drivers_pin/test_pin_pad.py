"""The driver before the simulated PIN pad, and before transcripts."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, Retry, TimedOut
from drivers.link.scripted import ScriptedPipe
from drivers.pin_pad import dukpt
from drivers.pin_pad.frame import Assembler, Block, Damaged, Entry, Frame, encode, names
from drivers.pin_pad.pad import OpenPinPad
from drivers.pin_pad.settings import PinPadSettings
from drivers.sim.handle import Simulated

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "pin"
ACCOUNT = "6259654738291056"
BASE_KEY = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
QUICK = PinPadSettings(answer_ms=400)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulated]:
    with Simulated("drivers.pin_pad.simulator", ["--link", "{folder}/pad"]) as pad:
        yield pad


@pytest.fixture
def sim(running: Simulated) -> Simulated:
    running.clear()
    running.replug()
    return running


@pytest.fixture
def pad(sim: Simulated) -> Iterator[OpenPinPad]:
    device = OpenPinPad.open(sim.address, QUICK)
    yield device
    device.close()


@pytest.mark.parametrize("form", ["iso-4", "iso-0"])
def test_the_centre_opens_what_the_pad_gave(sim: Simulated, tmp_path: Path, form: str) -> None:
    device = OpenPinPad.open(sim.address, PinPadSettings.model_validate({"format": form}))
    sim.tell("wait")
    number = {"iso-4": 4, "iso-0": 0}[form]
    enterer = threading.Thread(target=_enter, args=(sim, "371904"))
    enterer.start()
    block = device.enter(ACCOUNT, 5)
    enterer.join()
    device.close()
    key = dukpt.pin_key(dukpt.initial_key(BASE_KEY, block.key_serial[:8]), block.key_serial, number)
    assert dukpt.unseal(block.data, ACCOUNT, key, number) == "371904"
    assert (block.format, block.digits) == (form, 6)
    assert block.data.hex() not in repr(block)


def _enter(sim: Simulated, pin: str) -> None:
    for _ in range(200):
        try:
            sim.tell(f"enter {pin}")
        except DeviceError:
            time.sleep(0.02)
        else:
            return


def test_every_entry_has_a_key_of_its_own(pad: OpenPinPad) -> None:
    serials = [pad.enter(ACCOUNT, 5).key_serial for _ in range(3)]
    counters = [int.from_bytes(serial[-4:], "big") for serial in serials]
    assert counters == [counters[0], counters[0] + 1, counters[0] + 2]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("cancelled", Retry, "pin.cancelled"),
        ("too_short", Retry, "pin.too_short"),
        ("nobody", Retry, "pin.timeout"),
        ("time_is_up", Retry, "pin.timeout"),
        ("no_key", Refused, "pin_pad.no_key"),
        ("tampered", Refused, "pin_pad.tampered"),
        ("silence", TimedOut, "pin_pad.silent"),
        ("mute_entry", TimedOut, "pin_pad.silent"),
        ("wrong_sequence", Garbled, "pin_pad.sequence"),
        ("replay", Garbled, "pin_pad.replayed"),
        ("clear_block", Garbled, "pin_pad.clear_block"),
        ("wrong_format", Garbled, "pin_pad.garbled"),
        ("wrong_crc", Garbled, "pin_pad.garbled"),
        ("half_frame", Garbled, "pin_pad.garbled"),
        ("noise", Garbled, "pin_pad.garbled"),
        ("unplugged_mid_entry", Missing, "pin_pad.unplugged"),
    ],
)
def test_pin_faults(sim: Simulated, pad: OpenPinPad, fault: str, kind: type[DeviceError], code: str) -> None:
    pad.enter(ACCOUNT, 5)
    sim.fault(fault)
    began = time.monotonic()
    with pytest.raises(DeviceError) as error:
        pad.enter(ACCOUNT, 1.0)
    assert (type(error.value), error.value.code) == (kind, code)
    assert time.monotonic() - began < 3
    facts = str(dict(error.value.facts))
    assert ACCOUNT not in facts
    assert ACCOUNT.encode().hex(" ").upper() not in facts
    sim.clear()
    if kind is not Missing:
        assert pad.enter(ACCOUNT, 5).digits == 6


def test_cancelling_from_another_thread(sim: Simulated, pad: OpenPinPad) -> None:
    sim.tell("wait")
    canceller = threading.Timer(0.3, pad.cancel)
    canceller.start()
    began = time.monotonic()
    with pytest.raises(Retry, match=r"pin\.cancelled"):
        pad.enter(ACCOUNT, 20)
    assert time.monotonic() - began < 3
    canceller.join()
    pad.cancel()
    sim.clear()
    assert pad.enter(ACCOUNT, 5).digits == 6


def test_an_entry_left_open_by_a_program_that_died_is_ended(sim: Simulated, pad: OpenPinPad) -> None:
    sim.tell("wait")
    left = threading.Thread(target=_leave_open, args=(pad,))
    left.start()
    left.join()
    with pytest.raises(Busy, match=r"pin_pad\.busy"):
        pad.enter(ACCOUNT, 1)
    with pytest.raises(Retry, match=r"pin\.timeout"):
        pad.enter(ACCOUNT, 0.2)


def _leave_open(pad: OpenPinPad) -> None:
    from drivers.pin_pad.frame import Command, Reply

    pad._ask(Command.ENTER, Entry(30, 6, 6, 4, ACCOUNT).encode(), Reply.ENTERING)


def test_checking_says_what_ails_it(sim: Simulated, pad: OpenPinPad) -> None:
    pad.check()
    for fault, kind in (("tampered", Refused), ("no_key", Refused), ("silence", TimedOut)):
        sim.fault(fault)
        began = time.monotonic()
        with pytest.raises(DeviceError) as error:
            pad.check()
        assert type(error.value) is kind
        assert time.monotonic() - began < 1.0
        sim.clear()


@pytest.mark.parametrize(
    "account", ["", "12345", "62596547382910561234", "625965473829105a", "６２５９６５４７３８２９１０５６"]
)
def test_what_is_no_account_number_never_reaches_the_pad(pad: OpenPinPad, account: str) -> None:
    with pytest.raises(Refused, match=r"pin_pad\.refused"):
        pad.enter(account, 1)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("entered", None, ""),
        ("tampered", Refused, "pin_pad.tampered"),
        ("damaged_twice", Garbled, "pin_pad.garbled"),
        ("other_sequence", Garbled, "pin_pad.sequence"),
        ("unplugged", Missing, "card_reader.unplugged"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 0])
def test_transcripts(name: str, kind: type[DeviceError] | None, code: str, chunk: int) -> None:
    pipe = ScriptedPipe.of((TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8"), chunk)

    def work() -> None:
        device = OpenPinPad(pipe, QUICK)
        assert (device.about.vendor, device.about.serial) == ("MAKER", "0001")
        block = device.enter(ACCOUNT, 5)
        assert (block.key_serial.hex(), block.data.hex()) == ("12345678901234560000001d", "5a" * 16)

    if kind is None:
        work()
    else:
        with pytest.raises(DeviceError) as error:
            work()
        assert (type(error.value), error.value.code) == (kind, code)
    pipe.finish()


def test_every_pin_transcript_is_played() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in TRANSCRIPTS.glob("*.txt") if f'"{path.stem}"' not in text] == []


frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=80))


@given(st.lists(frames, max_size=5), st.binary(max_size=20), st.integers(1, 9))
def test_frames_are_found_in_noise(sent: list[Frame], noise: bytes, cut: int) -> None:
    stream = noise.replace(b"\x02", b"") + b"".join(encode(frame) for frame in sent)
    assembler, found = Assembler(), []
    for at in range(0, len(stream), cut):
        assembler.feed(stream[at : at + cut])
        while (frame := assembler.take()) is not None:
            found.append(frame)
    assert found == sent


@given(frames, st.data())
def test_a_flipped_bit_is_never_taken_for_a_frame(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(encode(frame))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assembler = Assembler()
    assembler.feed(bytes(whole))
    while (taken := assembler.take()) is not None:
        assert isinstance(taken, Damaged) or taken != frame


@given(st.binary(max_size=60))
def test_bodies_of_any_bytes(body: bytes) -> None:
    assert len(names(body)) == 4
    for shape in (Block, Entry):
        with contextlib.suppress(ValueError):
            assert shape.decode(body).encode() == body
