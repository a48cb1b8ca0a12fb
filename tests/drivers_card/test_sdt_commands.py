"""The commands beyond text and photo: fingerprints, chip number, reset, and raising the rate of the line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.api import Can, CardKind
from drivers.capture import Finger
from drivers.card import content, fingerprints
from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault as F
from drivers.card.fingerprints import Registration
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import DeviceError, Garbled, Missing, Retry
from tests.drivers_card.invented import FULL

QUICK = {"search_ms": 400, "answer_ms": 800, "read_answer_ms": 1000, "frame_ms": 1200}


@pytest.fixture(scope="module")
def one_simulator() -> Iterator[SimulatedReader]:
    with start_simulator(FULL, chip_ms=30) as running:
        yield running


@pytest.fixture
def full(one_simulator: SimulatedReader) -> SimulatedReader:
    """A reader with the full card on it, at 115200."""
    one_simulator.clear()
    one_simulator.remove()
    one_simulator.insert(FULL)
    return one_simulator


def opened(simulator: SimulatedReader, **options: object) -> SdtReader:
    return SdtReader.open(simulator.address, SdtSettings.model_validate({**QUICK, **options}))


def read(reader: SdtReader) -> bytes:
    assert reader.wait_for_card(3)
    return reader.read().fingerprints


def test_fingerprints_are_read_where_they_are_asked_for(full: SimulatedReader) -> None:
    reader = opened(full, fingerprints=True)
    assert Can.READ_FINGERPRINTS in reader.can
    stored = fingerprints.parse(read(reader))
    assert [each.finger for each in stored] == [Finger.RIGHT_THUMB, Finger.LEFT_THUMB]
    assert [(each.hand, each.quality, each.usable) for each in stored] == [
        ("right", 71, True),
        ("left", 64, True),
    ]
    assert all(each.simulated for each in stored)
    reader.close()


def test_fingerprints_are_left_alone_unless_asked_for(full: SimulatedReader) -> None:
    reader = opened(full)
    assert Can.READ_FINGERPRINTS not in reader.can
    assert read(reader) == b""
    reader.close()


def test_a_card_without_fingerprints_is_no_error(full: SimulatedReader) -> None:
    reader = opened(full, fingerprints=True)
    full.insert(FULL.model_copy(update={"fingers": ()}))
    assert read(reader) == b""
    assert Can.READ_FINGERPRINTS in reader.can, "the next card may have some"
    reader.close()


@pytest.mark.parametrize("fault", [F.NO_FINGERPRINT_READING, F.FINGERPRINT_READING_DENIED])
def test_a_module_that_may_not_read_fingerprints_reads_the_rest(full: SimulatedReader, fault: F) -> None:
    full.fault(fault)
    reader = opened(full, fingerprints=True)
    assert read(reader) == b""
    assert Can.READ_FINGERPRINTS not in reader.can
    full.remove()
    full.insert()
    assert read(reader) == b"", "and is not asked for them again"
    reader.close()


def test_a_fingerprint_area_of_a_wrong_length_is_no_layout(full: SimulatedReader) -> None:
    full.fault(F.SHORT_FINGERPRINTS)
    reader = opened(full, fingerprints=True)
    with pytest.raises(Garbled) as error:
        read(reader)
    assert error.value.code == "card_reader.layout"
    reader.close()


def test_the_number_of_the_chip_is_read_after_the_text(full: SimulatedReader) -> None:
    reader = opened(full)
    with pytest.raises(Retry) as error:
        reader.management_number()
    assert error.value.code == "card.none"
    read(reader)
    number = reader.management_number()
    assert number is not None
    assert (number.issuer, number.serial, number.device) == (
        bytes(range(4)),
        bytes(range(4, 12)),
        bytes(range(12, 28)),
    )
    assert repr(number) == "ManagementNumber()"
    full.remove()
    with pytest.raises(Retry) as error:
        reader.management_number()
    assert error.value.code == "card.removed"
    reader.close()


def test_a_module_that_knows_no_chip_number_says_so(full: SimulatedReader) -> None:
    full.fault(F.NO_MANAGEMENT_NUMBER)
    reader = opened(full)
    read(reader)
    assert Can.READ_MANAGEMENT_NUMBER in reader.can
    assert reader.management_number() is None
    assert Can.READ_MANAGEMENT_NUMBER not in reader.can
    reader.close()


def test_a_reset_is_followed_by_a_fresh_search(full: SimulatedReader) -> None:
    reader = opened(full)
    assert reader.wait_for_card(3)
    reader.reset()
    assert read(reader) == b""
    full.fault(F.SELF_TEST_FAILED)
    with pytest.raises(DeviceError) as error:
        reader.reset()
    assert error.value.code == "card_reader.out_of_service"
    reader.close()
    with pytest.raises(Missing):
        reader.reset()


@pytest.mark.parametrize("found_at", [9600, 115200])
def test_the_rate_is_raised_and_found_again_after_a_restart(found_at: int) -> None:
    with start_simulator(FULL, chip_ms=30, rate=found_at) as simulator:
        reader = opened(simulator, rate=found_at, work_rate=57600)
        assert read(reader) == b""
        reader.close()
        simulator.remove()
        simulator.insert()
        reader = opened(simulator, rate=found_at, work_rate=57600)
        assert read(reader) == b"", "the module still talks at the working rate"
        reader.close()


@pytest.mark.parametrize("fault", [F.RATE_REFUSED, F.RATE_NOT_FOLLOWED])
def test_a_rate_that_is_refused_or_not_followed_stays(fault: F) -> None:
    with start_simulator(FULL, chip_ms=30, rate=38400, fault=fault) as simulator:
        reader = opened(simulator, rate=38400, work_rate=115200)
        assert read(reader) == b""
        reader.close()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ([0x43, 1, 0x88, 0x12, 1, 20, 100], (Registration.REGISTERED, Finger.LEFT_LITTLE, "left", 100)),
        ([0x43, 1, 0x88, 0x12, 2, 15, 0], (Registration.FAILED, Finger.RIGHT_LITTLE, "right", None)),
        ([0x43, 1, 0x88, 0x12, 3, 99, 0], (Registration.NOT_REGISTERED, Finger.UNKNOWN, "", None)),
        ([0x43, 1, 0x88, 0x12, 9, 97, 101], (Registration.UNKNOWN, Finger.UNKNOWN, "right", None)),
        ([0x43, 1, 0x88, 0x12, 7, 98, 1], (Registration.UNKNOWN, Finger.UNKNOWN, "left", 1)),
    ],
)
def test_the_header_of_a_fingerprint_record(head: list[int], expected: tuple[object, ...]) -> None:
    record = bytes(head).ljust(512, b"\5")
    (seen,) = fingerprints.parse(record + bytes(512))
    assert (seen.registration, seen.finger, seen.hand, seen.quality) == expected
    assert (seen.maker, seen.template) == (b"\x01\x88\x12", record)
    assert not seen.simulated
    assert "template" not in repr(seen)


@pytest.mark.parametrize("area", [b"", bytes(1024), b"C" * 511, b"X" * 1024])
def test_what_is_no_fingerprint_record_is_left_out(area: bytes) -> None:
    assert fingerprints.parse(area) == ()


def test_invented_fingers_are_those_of_the_standard() -> None:
    assert len(fingerprints.encode_simulated(99, 0, 1)) == 512
    with pytest.raises(ValueError, match="21"):
        fingerprints.encode_simulated(21, 0, 1)
    with pytest.raises(ValueError, match="finger 30"):
        CardFile(kind=CardKind.RESIDENT, fields=FULL.fields, fingers=({"finger": 30},))


@pytest.mark.parametrize(
    ("lengths", "size", "with_fingerprints"),
    [
        ((256, 1024), 1279, False),
        ((256, 1023), 1279, False),
        ((0, 0), 0, False),
        ((256, 1024, 512), 1792, True),
        ((256, 1024, 1024), 1280, True),
        ((256, 1024, 0), 2304, True),
    ],
)
def test_lengths_that_are_not_the_standards(
    lengths: tuple[int, ...], size: int, with_fingerprints: bool
) -> None:
    data = b"".join(each.to_bytes(2, "big") for each in lengths) + bytes(size)
    with pytest.raises(content.WrongLengths):
        content.split(data, with_fingerprints)
