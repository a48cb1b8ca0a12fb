"""The driver against the real simulator process: every fault with its class and code, removal, unplugging."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivers import registry
from drivers.api import Can, CardKind, CardReader, Found, Grade, Kind
from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault as F
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported

Opener = Callable[[], SdtReader]

OUTCOMES: dict[F, tuple[type[DeviceError], str]] = {
    F.CARD_REFUSED_MODULE: (Refused, "card.not_genuine"),
    F.MODULE_REFUSED_CARD: (Refused, "card.not_genuine"),
    F.NOT_GENUINE: (Refused, "card.not_genuine"),
    F.UNKNOWN_CARD: (Unsupported, "card.unsupported_kind"),
    F.UNKNOWN_FLAG: (Unsupported, "card.unsupported_kind"),
    F.READ_FAILED: (Retry, "card.present_again"),
    F.SELECT_FAILED: (Retry, "card.present_again"),
    F.REMOVED_MID_READ: (Retry, "card.removed"),
    F.SELF_TEST_FAILED: (Fault, "card_reader.out_of_service"),
    F.NOT_AUTHORISED: (Fault, "card_reader.out_of_service"),
    F.CHECKSUM_REJECTED: (Garbled, "card_reader.link"),
    F.LENGTH_REJECTED: (Garbled, "card_reader.link"),
    F.WRONG_CHECKSUM: (Garbled, "card_reader.link"),
    F.HALF_FRAME: (Garbled, "card_reader.link"),
    F.UNKNOWN_STATUS: (Garbled, "card_reader.protocol"),
    F.ZERO_LENGTHS: (Garbled, "card_reader.layout"),
    F.MUTE_READ: (TimedOut, "card_reader.late"),
    F.SILENCE: (TimedOut, "card_reader.silent"),
    F.UNPLUGGED_MID_READ: (Missing, "card_reader.unplugged"),
}
HARMLESS = (F.STRAY_BYTE, F.FRAGMENTS)
OF_NEWER_COMMANDS = {
    F.NO_FINGERPRINT_READING,
    F.FINGERPRINT_READING_DENIED,
    F.SHORT_FINGERPRINTS,
    F.NO_MANAGEMENT_NUMBER,
    F.RATE_REFUSED,
    F.RATE_NOT_FOLLOWED,
}
"""Tested in test_sdt_commands.py."""


def failure(work: Callable[[], object]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        work()
    return caught.value


@pytest.mark.parametrize("kind", list(CardKind))
def test_all_four_kinds_are_read(
    simulator: SimulatedReader, open_reader: Opener, cards: Mapping[CardKind, CardFile], kind: CardKind
) -> None:
    simulator.remove()
    simulator.insert(cards[kind])
    reader = open_reader()
    assert reader.wait_for_card(2)
    card = reader.read()
    assert (card.kind, card.number, card.doubts) == (kind, cards[kind].fields["number"], ())
    assert card.module_id == reader.about.serial == cards[kind].sam_id
    assert card.photo == cards[kind].photo.ljust(1024, b"\0")
    assert reader.additional_address() == cards[kind].additional_address


def test_a_simulated_reader_says_so(open_reader: Opener) -> None:
    reader: CardReader = open_reader()
    assert reader.about.simulated
    assert reader.about.vendor == "Simulated"
    assert Can.DETECT_REMOVAL in reader.can
    assert Can.IDENTIFY_MODULE in reader.can


@pytest.mark.parametrize("fault", OUTCOMES)
def test_each_fault_has_its_class_and_code(simulator: SimulatedReader, open_reader: Opener, fault: F) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    simulator.fault(fault)
    error = failure(reader.read)
    assert (type(error), error.code) == OUTCOMES[fault]
    assert error.device == simulator.address
    simulator.clear()
    if fault is not F.UNPLUGGED_MID_READ:
        simulator.remove()
        assert not reader.wait_for_card(0.1)
        simulator.insert()
        assert reader.wait_for_card(2), "the reader is of use again once the fault is over"
        assert reader.read().number


def test_no_fault_is_left_out() -> None:
    tested_below = {F.SLOW, F.NOISE, F.STRAY_IN_PREAMBLE}
    assert set(F) == set(OUTCOMES) | set(HARMLESS) | tested_below | OF_NEWER_COMMANDS


@pytest.mark.parametrize("fault", HARMLESS)
def test_harmless_faults_are_read_through(simulator: SimulatedReader, open_reader: Opener, fault: F) -> None:
    simulator.fault(fault)
    reader = open_reader()
    assert reader.wait_for_card(2)
    assert reader.read().number


@pytest.mark.parametrize("fault", [F.NOISE, F.STRAY_IN_PREAMBLE])
def test_noise_instead_of_answers_is_the_line_not_the_card(
    simulator: SimulatedReader, open_reader: Opener, fault: F
) -> None:
    reader = open_reader()
    simulator.fault(fault)
    error = failure(lambda: [reader.wait_for_card(1) for _ in range(5)])
    assert (type(error), error.code) == (Garbled, "card_reader.link")
    error = failure(open_again(simulator))
    assert (type(error), error.code) == (Busy, "card_reader.busy")
    reader.close()
    error = failure(open_again(simulator))
    assert (type(error), error.code) == (Garbled, "card_reader.link")


def open_again(simulator: SimulatedReader) -> Callable[[], SdtReader]:
    return lambda: SdtReader.open(simulator.address, SdtSettings(rate=115200, search_ms=500))


@pytest.mark.parametrize(
    "fault", [F.WRONG_CHECKSUM, F.STRAY_IN_PREAMBLE, F.NOISE, F.CHECKSUM_REJECTED, F.SILENCE]
)
def test_one_damaged_answer_is_asked_for_again(
    simulator: SimulatedReader, open_reader: Opener, fault: F
) -> None:
    reader = open_reader()
    simulator.fault(fault, times=1)
    assert reader.wait_for_card(3)
    assert reader.read().number


def test_a_reader_two_seconds_late_is_still_heard(simulator: SimulatedReader) -> None:
    reader = SdtReader.open(simulator.address, SdtSettings())
    try:
        simulator.fault(F.SLOW)
        begun = time.monotonic()
        assert not reader.wait_for_card(0.5), "the time limit holds though the answer is late"
        assert time.monotonic() - begun < 1.0
        assert reader.wait_for_card(2.5), "the late answer is waited for, not asked for again"
    finally:
        reader.close()


def test_a_silent_reader_keeps_the_limit_and_is_reported(
    simulator: SimulatedReader, open_reader: Opener
) -> None:
    reader = open_reader()
    simulator.fault(F.SILENCE)
    errors = []
    for _ in range(3):
        begun = time.monotonic()
        try:
            assert not reader.wait_for_card(0.3)
        except DeviceError as error:
            errors.append((type(error), error.code))
        assert time.monotonic() - begun < 1.2
    assert (TimedOut, "card_reader.silent") in errors
    reader.close()
    refusal = failure(open_again(simulator))
    assert (type(refusal), refusal.code) == (TimedOut, "card_reader.silent")


def test_the_read_card_is_not_offered_again_until_it_is_lifted(
    simulator: SimulatedReader, open_reader: Opener
) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    assert not reader.card_still_there(), "nothing was read yet"
    reader.read()
    assert reader.card_still_there()
    assert not reader.wait_for_card(0.7)
    assert failure(reader.read).code == "card.present_again"
    simulator.remove()
    assert not reader.card_still_there()
    assert not reader.wait_for_card(0.4)
    simulator.insert()
    assert reader.wait_for_card(2)
    assert reader.read().number


def test_the_next_customers_case_never_reads_the_old_card_even_after_a_restart(
    simulator: SimulatedReader, open_reader: Opener
) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    reader.read()
    reader.close()
    assert not open_reader().wait_for_card(0.7)


def test_a_card_changed_for_another_between_waiting_and_reading_is_the_one_read(
    simulator: SimulatedReader, open_reader: Opener, cards: Mapping[CardKind, CardFile]
) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    simulator.remove()
    simulator.insert(cards[CardKind.FOREIGNER_2023])
    assert reader.read().kind is CardKind.FOREIGNER_2023
    simulator.remove()
    simulator.insert(cards[CardKind.RESIDENT])
    assert failure(reader.additional_address).code == "card.removed", "not the next card's address"


def test_reading_without_a_card(simulator: SimulatedReader, open_reader: Opener) -> None:
    simulator.remove()
    reader = open_reader()
    assert not reader.wait_for_card(0)
    error = failure(reader.read)
    assert (type(error), error.code) == (Retry, "card.none")
    assert failure(reader.additional_address).code == "card.none"


def test_a_card_lifted_before_the_read_was_removed(simulator: SimulatedReader, open_reader: Opener) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    simulator.remove()
    error = failure(reader.read)
    assert (type(error), error.code) == (Retry, "card.removed")


def test_a_card_lifted_while_the_chip_works_was_removed(resident: CardFile) -> None:
    with start_simulator(resident, chip_ms=600) as simulator:
        reader = SdtReader.open(simulator.address, SdtSettings())
        assert reader.wait_for_card(2)
        lifted = subprocess.Popen(["sleep", "0.3"])
        reading = _in_thread(reader.read)
        lifted.wait()
        simulator.remove()
        error = reading()
        assert isinstance(error, Retry)
        assert error.code == "card.removed"
        reader.close()


def _in_thread(work: Callable[[], object]) -> Callable[[], BaseException | None]:
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)

    def finish() -> BaseException | None:
        error = future.exception(10)
        pool.shutdown()
        return error

    return finish


def test_unplugged_is_missing_for_every_call_and_replugging_recovers(
    simulator: SimulatedReader, open_reader: Opener
) -> None:
    reader = open_reader()
    assert reader.wait_for_card(2)
    simulator.unplug()
    calls: list[Callable[[], object]] = [
        reader.card_still_there,
        lambda: reader.wait_for_card(0.1),
        reader.read,
        reader.additional_address,
        open_reader,
    ]
    for call in calls:
        error = failure(call)
        assert (type(error), error.code) == (Missing, "card_reader.unplugged")
    simulator.replug()
    assert isinstance(failure(reader.read), Missing), "dead until it is opened again"
    again = open_reader()
    assert again.wait_for_card(2)
    assert again.read().number


def test_unplugged_while_waiting_is_noticed_at_the_next_look(
    simulator: SimulatedReader, open_reader: Opener
) -> None:
    simulator.remove()
    reader = open_reader()
    waiting = _in_thread(lambda: reader.wait_for_card(5))
    time.sleep(0.3)
    begun = time.monotonic()
    simulator.unplug()
    assert isinstance(waiting(), Missing)
    assert time.monotonic() - begun < 1.0


def test_close_is_safe_twice_and_final(open_reader: Opener) -> None:
    reader = open_reader()
    reader.close()
    reader.close()
    assert isinstance(failure(lambda: reader.wait_for_card(0.1)), Missing)


def test_looking_is_not_faster_than_allowed(open_reader: Opener, simulator: SimulatedReader) -> None:
    simulator.remove()
    reader = open_reader()
    reader.wait_for_card(0.05)
    simulator.insert()
    begun = time.monotonic()
    for _ in range(4):
        assert not reader.wait_for_card(0.05), "within 300 ms of the last look there is no other"
    assert time.monotonic() - begun < 0.3
    assert reader.wait_for_card(1)


def test_the_rate_is_searched(resident: CardFile) -> None:
    with start_simulator(resident, chip_ms=100, rate=38400) as simulator:
        reader = SdtReader.open(simulator.address, SdtSettings(search_ms=400))
        assert reader.wait_for_card(2)
        assert reader.read().number
        reader.close()


def test_the_registry_opens_it_and_refuses_unknown_options(simulator: SimulatedReader) -> None:
    reader = registry.open_device("sdt", simulator.address, {"max_rf_frame": 80})
    assert reader.wait_for_card(2)
    reader.close()
    error = failure(lambda: registry.open_device("sdt", simulator.address, {"poll_ms": 100}))
    assert (type(error), error.code) == (Unsupported, "driver.bad_option")


def test_the_simulator_ends_with_its_standard_input(resident: CardFile) -> None:
    simulator = start_simulator(resident, inserted=False)
    folder = Path(simulator.address).parent
    simulator.close()
    simulator.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(simulator.process_id, 0)
    assert isinstance(failure(simulator.remove), Missing)


def test_the_simulator_ends_when_its_parent_is_killed(resident: CardFile, tmp_path: Path) -> None:
    # The parent's own standard input stays open, so that only its death can end the simulator.
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "card.json").write_text(resident.model_dump_json(), encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    try:
        assert b"ready" in parent.stdout.readline()
        assert (folder / "reader").is_symlink()
        parent.kill()
        parent.wait()
        assert parent.stdout.read() == b"", "ends only when the simulator has let go of it"
        assert not folder.exists()
    finally:
        parent.stdin.close()
        parent.stdout.close()


_PARENT = """
import subprocess, sys
folder = sys.argv[1]
command = [sys.executable, "-m", "drivers.card.simulator", "--card", folder + "/card.json"]
subprocess.run([*command, "--link", folder + "/reader", "--scratch", folder])
"""


def test_a_fault_can_be_there_from_the_start(resident: CardFile) -> None:
    with start_simulator(resident, chip_ms=50, fault=F.NOT_AUTHORISED) as simulator:
        error = failure(lambda: SdtReader.open(simulator.address, SdtSettings()))
        assert (type(error), error.code) == (Fault, "card_reader.out_of_service")
        assert isinstance(failure(lambda: simulator.tell("dance")), Unsupported)


def test_probing_lists_ports_and_opens_none(monkeypatch: pytest.MonkeyPatch) -> None:
    port = SimpleNamespace(device="/dev/ttyUSB7", description="USB-Serial")
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
    monkeypatch.setattr("serial.Serial", lambda *_: pytest.fail("opened a port"))
    monkeypatch.setattr("usb.backend.libusb1._LibUSB.open_device", lambda *_: pytest.fail("opened a device"))
    found = SdtReader.probe(SdtSettings())
    assert [each for each in found if each.address.startswith("/")] == [
        Found("sdt", "/dev/ttyUSB7", "Serial port (USB-Serial)")
    ]


def test_a_port_is_named_by_its_socket_where_it_has_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ttyUSB3").touch()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "pci-0000:00:14.0-usb-0:2:1.0-port0").symlink_to(tmp_path / "ttyUSB3")
    ports = [SimpleNamespace(device=str(tmp_path / name), description="") for name in ("ttyUSB3", "ttyUSB4")]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: ports)
    monkeypatch.setattr("drivers.link.ports.BY_PATH", tmp_path / "links")
    seen = [each.address for each in SdtReader.probe(SdtSettings()) if each.address.startswith("/")]
    assert seen == [str(tmp_path / "links" / "pci-0000:00:14.0-usb-0:2:1.0-port0"), str(tmp_path / "ttyUSB4")]


def test_every_setting_is_described_and_the_driver_is_listed() -> None:
    assert all(field.description for field in SdtSettings.model_fields.values())
    entry = registry.entry("sdt")
    assert (entry.kind, entry.grade) == (Kind.CARD_READER, Grade.PROTOCOL_TESTED)
    assert entry.addresses


def test_listing_the_driver_loads_nothing_heavy() -> None:
    script = "import sys, drivers.card.sdt, drivers.card.photo; print('cv2' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout == b"False\n"
    )


def test_a_file_that_is_no_card_is_named_without_quoting_it(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text('{"fields": {"name": "secretsecretsecretsecret"}, "colour": "secret"}', encoding="utf-8")
    command = [sys.executable, "-m", "drivers.card.simulator", "--card", str(path)]
    ended = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
    assert ended.returncode == 1
    assert b"is not a card: colour" in ended.stderr
    assert b"secret" not in ended.stderr
    assert b"Traceback" not in ended.stderr
