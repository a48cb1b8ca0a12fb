"""The simulated module does what the manuals say of every command, not only of those our driver uses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from drivers.errors import Unsupported
from drivers.fingerprint.confirmation import Code
from drivers.fingerprint.ef01_faults import ANSWERS, Fault, Faults
from drivers.fingerprint.ef01_module import Answer, SimulatedModule
from drivers.fingerprint.ef01_products import MAKES
from drivers.fingerprint.ef01_simulator import Ef01Instrument
from drivers.fingerprint.packet import ANY_ADDRESS, Assembler, Packet, Pid, encode
from drivers.sim.handle import Simulated


def module(make: str = "r30x") -> SimulatedModule:
    return SimulatedModule(MAKES[make], 57600)


def ask(asked: SimulatedModule, text: str) -> Answer:
    return asked.answer(bytes.fromhex(text))


def code(asked: SimulatedModule, text: str) -> int:
    return ask(asked, text).code


def with_features(name: str, quality: int = 80) -> SimulatedModule:
    made = module()
    made.touch(name, quality)
    assert code(made, "01") == code(made, "02 01") == Code.OK
    return made


def again(made: SimulatedModule, name: str, buffer: int) -> None:
    made.touch(name, 80)
    assert code(made, "01") == code(made, f"02 {buffer:02X}") == Code.OK


def test_no_finger_no_picture_no_features() -> None:
    made = module()
    assert code(made, "01") == Code.NO_FINGER
    assert code(made, "02 01") == Code.NO_IMAGE
    assert code(made, "0A") == Code.CANNOT_UPLOAD_IMAGE
    assert code(made, "08 01") == Code.CANNOT_UPLOAD
    assert code(made, "05") == Code.DIFFERS
    assert code(made, "03") == Code.NO_MATCH


@pytest.mark.parametrize(
    ("quality", "expected"), [(10, Code.MESSY), (40, Code.TOO_FEW_POINTS), (60, Code.OK)]
)
def test_quality(quality: int, expected: Code) -> None:
    made = module()
    made.touch("alice", quality)
    assert code(made, "01") == Code.OK
    assert code(made, "02 01") == expected


def test_match_and_combine() -> None:
    made = with_features("alice")
    again(made, "alice", 2)
    assert ask(made, "03").code == Code.OK
    assert int.from_bytes(ask(made, "03").result, "big") > 150
    assert code(made, "05") == Code.OK
    again(made, "bob", 1)
    assert ask(made, "03") == Answer(Code.NO_MATCH, bytes(2))
    assert code(made, "05") == Code.DIFFERS


def test_library() -> None:
    made = with_features("alice")
    assert code(made, "06 01 00 05") == Code.OK
    assert code(made, "06 01 03 E8") == Code.BAD_ID
    assert code(made, "06 02 00 06") == Code.FLASH
    assert ask(made, "1D").result == b"\0\1"
    assert ask(made, "1F 00").result[0] == 1 << 5
    again(made, "bob", 2)
    assert code(made, "06 02 01 02") == Code.OK
    assert ask(made, "1F 01").result[0] == 1 << 2
    again(made, "bob", 1)
    assert ask(made, "04 01 00 00 03 E8").result[:2] == b"\x01\x02"
    assert ask(made, "1B 01 00 00 00 10").code == Code.NOT_FOUND
    assert code(made, "07 01 00 05") == Code.OK
    assert ask(made, "04 01 00 00 03 E8").result[:2] == b"\x00\x05"
    assert code(made, "07 01 00 06") == Code.BAD_TEMPLATE
    assert code(made, "0C 00 05 00 01") == Code.OK
    assert code(made, "0C 03 E8 00 01") == Code.NOT_DELETED
    assert ask(made, "1D").result == b"\0\1"
    assert code(made, "0D") == Code.OK
    assert ask(made, "1D").result == b"\0\0"


def test_flash_outlives_power_and_memory_does_not() -> None:
    made = with_features("alice")
    assert code(made, "06 01 00 05") == Code.OK
    assert made.remembers == 3
    made.power_up()
    assert made.remembers == 1
    assert code(made, "08 01") == Code.CANNOT_UPLOAD


def test_password() -> None:
    made = module()
    assert code(made, "12 00 00 00 2A") == Code.OK
    made.power_up()
    assert code(made, "01") == Code.PASSWORD_NEEDED
    assert code(made, "13 00 00 00 00") == Code.WRONG_PASSWORD
    assert code(made, "13 00 00 00 2A") == Code.OK
    assert code(made, "01") == Code.NO_FINGER


def test_parameters() -> None:
    made = module()
    assert ask(made, "0F").result.hex(" ") == "00 00 53 49 03 e8 00 03 ff ff ff ff 00 02 00 06"
    assert code(made, "0E 04 0C") == code(made, "0E 05 05") == code(made, "0E 06 00") == Code.OK
    assert (made.rate, made.packet_size) == (115200, 32)
    assert ask(made, "0F").result.hex(" ") == "00 00 53 49 03 e8 00 05 ff ff ff ff 00 00 00 0c"
    assert code(made, "0E 04 0D") == code(made, "0E 05 06") == code(made, "0E 07 00") == Code.BAD_REGISTER
    assert code(made, "15 12 34 56 78") == Code.OK
    assert made.address == 0x12345678


def test_notepad_random_and_what_an_older_make_does_not_know() -> None:
    made = module()
    assert code(made, "18 03" + "41" * 32) == Code.OK
    assert ask(made, "19 03").result == b"A" * 32
    assert code(made, "19 10") == code(made, "18 10 00") == Code.BAD_PAGE
    assert len(ask(made, "14").result) == 4
    assert code(made, "3C") == code(made, "40") == code(made, "FE") == Code.PACKET_ERROR
    assert code(made, "02") == code(made, "06 01") == Code.PACKET_ERROR


def test_a_newer_make() -> None:
    made = module("r50x")
    assert len(ask(made, "3C").result) == 46
    assert len(ask(made, "39").result) == len(ask(made, "3A").result) == 32
    assert ask(made, "3D").reset
    made.touch("alice", 40)
    assert (code(made, "01"), code(made, "28")) == (Code.OK, Code.TOO_FEW_POINTS)
    for known in ("30", "35 01 80 01 00", "36", "40", "50", "51"):
        assert code(made, known) == Code.OK


def test_templates_are_of_the_makes_size_and_a_changed_one_matches_nothing() -> None:
    for name, make in MAKES.items():
        made = module(name)
        made.touch("alice", 80)
        assert code(made, "01") == code(made, "02 01") == Code.OK
        data = ask(made, "08 01").data
        assert data is not None
        assert len(data) == make.template_size
        made.take_data(0x09, 2, data)
        assert code(made, "03") == Code.OK
        made.take_data(0x09, 2, data[:-1] + bytes([data[-1] ^ 1]))
        assert code(made, "03") == Code.NO_MATCH


def answers(instrument: Ef01Instrument, sent: bytes, address: int = ANY_ADDRESS) -> list[Packet]:
    assembler = Assembler(address)
    for piece in instrument.hear(sent):
        assembler.feed(piece.data)
    found = []
    while (packet := assembler.take()) is not None:
        assert isinstance(packet, Packet)
        found.append(packet)
    return found


def test_a_damaged_command_is_answered_01_and_another_address_with_silence() -> None:
    instrument = Ef01Instrument(module(), None, 0)
    command = encode(ANY_ADDRESS, Pid.COMMAND, b"\x01")
    assert answers(instrument, command[:-1] + b"\xff") == [Packet(Pid.ACKNOWLEDGE, b"\x01")]
    assert answers(instrument, encode(7, Pid.COMMAND, b"\x01")) == []
    assert answers(instrument, command) == [Packet(Pid.ACKNOWLEDGE, b"\x02")]


def test_a_new_address_is_used_in_the_reply_already() -> None:
    instrument = Ef01Instrument(module(), None, 0)
    assert len(answers(instrument, encode(ANY_ADDRESS, Pid.COMMAND, b"\x15\0\0\0\7"), address=7)) == 1
    assert len(answers(instrument, encode(7, Pid.COMMAND, b"\x01"), address=7)) == 1


def test_a_reset_ends_in_55() -> None:
    instrument = Ef01Instrument(module("r50x"), None, 0)
    said = [piece.data for piece in instrument.hear(encode(ANY_ADDRESS, Pid.COMMAND, b"\x3d"))]
    assert said[-1] == b"\x55"
    assert [piece.data for piece in instrument.plugged()] == [b"\x55"]


def test_answers_come_in_order_however_late_one_is() -> None:
    instrument = Ef01Instrument(module(), None, 0)
    instrument.obey("fault", "late_match")
    late = list(instrument.hear(encode(ANY_ADDRESS, Pid.COMMAND, b"\x03")))
    next_one = list(instrument.hear(encode(ANY_ADDRESS, Pid.COMMAND, b"\x0f")))
    assert next_one[0].after_s > late[-1].after_s - 0.1 > 1.5


@pytest.mark.parametrize("fault", list(Fault))
def test_a_limited_fault_befalls_as_many_commands_as_it_concerns(fault: Fault) -> None:
    concerned = {command for command in range(256) if fault in having(fault).concerning(command)}
    assert concerned
    faults = having(fault, times=2)
    command = min(concerned)
    assert [fault in faults.concerning(command) for _ in range(3)] == [True, True, False]
    endless = having(fault)
    assert all(fault in endless.concerning(command) for _ in range(3))
    endless.clear()
    assert endless.concerning(command) == frozenset()
    if fault in ANSWERS:
        assert concerned == ANSWERS[fault][0]


def having(fault: Fault, times: int = 0) -> Faults:
    faults = Faults()
    faults.add(f"{fault} {times}")
    return faults


def test_the_process_refuses_what_it_does_not_know(simulate: Callable[..., Simulated]) -> None:
    simulated = simulate()
    for line in ("fault sprocket", "dance", "touch alice much"):
        with pytest.raises(Unsupported):
            simulated.tell(line)
    simulated.tell("touch alice 90")


def test_the_process_ends_when_its_input_closes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "drivers.fingerprint.ef01_simulator", "--tcp"],
        input=b"",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0
    assert b'"address": "tcp:127.0.0.1:' in done.stdout
