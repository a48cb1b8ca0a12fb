"""The e-document reader on a stand-in for pyscard: what it says of a document, how it gets over trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import Can, Found, Grade, Kind, Sex
from drivers.capture import Authentic, DocumentKey, DocumentReader
from drivers.document import edocument, pace, tlv
from drivers.document.chip import Chip
from drivers.document.documentfile import DocumentFile
from drivers.document.edocument import Files
from drivers.document.identity import answer_to_reset, is_simulated
from drivers.document.issue import TestAuthority, data_groups
from drivers.document.passport import EmrtdReader
from drivers.document.settings import EmrtdSettings
from drivers.document.signers import SignerStore
from drivers.document.simulated_document import Fault, make
from drivers.errors import DeviceError, Garbled, Retry, TimedOut, Unsupported
from drivers.registry import entry, open_device
from tests.drivers_document.passport_people import key, passport, permit, portrait
from tests.drivers_document.pcsc_stand_in import StandIn, standing_in


@dataclass
class Counter:
    """A counter where documents are read."""

    authority: TestAuthority
    signers: Path
    stack: ExitStack

    def put_down(
        self, person: DocumentFile, offers: tuple[pace.Offer, ...] = (), **settings: object
    ) -> tuple[StandIn, EmrtdReader]:
        sim = self.stack.enter_context(standing_in(make(person, self.authority, offers)))
        options = {"signers": str(self.signers), "answer_ms": 1000, **settings}
        reader = open_device("emrtd", "pcsc:", options)
        self.stack.callback(reader.close)
        return sim, reader


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return TestAuthority()


@pytest.fixture
def counter(authority: TestAuthority, tmp_path: Path) -> Iterator[Counter]:
    authority.save(tmp_path)
    with ExitStack() as stack:
        yield Counter(authority, tmp_path, stack)


def failure(work: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        work()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize("access", ["bac", "pace"])
def test_everything_of_a_passport(counter, access):
    person = passport()
    offers = (pace.offer(32, 13),) if access == "pace" else ()
    reader: DocumentReader = counter.put_down(person, offers)[1]
    heard = []
    assert reader.wait_for_document(1)
    said = reader.read(key(person), lambda *each: heard.append(each))
    assert (said.kind, said.issuer, said.number) == ("P", "UTO", "L898902C3")
    assert (said.surname, said.given_names, said.native_name) == ("ERIKSSON", "ANNA MARIA", "安娜")
    assert (said.sex, said.birth, said.expiry) == (Sex.FEMALE, date(1974, 8, 12), date(2032, 4, 15))
    assert said.portrait == portrait()
    assert dict(said.details) == {"birth_place": "UTOPIA", "issue_date": "20220415"}
    assert (said.authentic, said.authentic_reasons, said.doubts) == (Authentic.VERIFIED, (), ())
    assert said.access == access
    assert said.groups == (1, 2, 11, 12, *([14] if offers else []))
    reads, wholes = zip(*heard, strict=True)
    assert list(reads) == sorted(reads)
    assert reads[-1] == wholes[-1] > len(portrait())
    assert "ERIKSSON" not in repr(said)


def test_a_permit_with_the_expiry_before_the_birth_date(counter):
    person = permit()
    said = counter.put_down(person)[1].read(DocumentKey("C12345678", "800102", "300506"))
    assert (said.kind, said.issuer, said.number) == ("CS", "CHN", "C12345678")
    assert (said.birth, said.expiry) == (date(1980, 1, 2), date(2030, 5, 6))
    assert (said.authentic, said.portrait) == (Authentic.VERIFIED, portrait())


def test_the_zone_of_another_document_behind_the_printed_key_is_told(counter):
    sim, reader = counter.put_down(passport())
    printed = DocumentKey("X00000000", "800101", "300101")
    sim.document.chip._key = printed
    said = reader.read(printed)
    assert said.authentic is Authentic.VERIFIED
    assert said.doubts == ("document.doubt.other_zone",)


def test_a_signed_group_that_the_chip_keeps_back_is_told(counter):
    offers = (pace.offer(32, 13),)
    sim, reader = counter.put_down(passport(), offers)
    files = sim.document.chip.files
    del files[0x010E]
    files[0x011E] = files[0x011E].replace(b"\x61\x75\x6b\x6c\x6e", b"\x61\x75\x6b\x6c\x6c")
    said = reader.read(key(passport()))
    assert (said.authentic, said.groups) == (Authentic.VERIFIED, (1, 2, 11, 12))
    assert said.doubts == ("document.doubt.kept_back",)


def test_hidden_files_are_not_touched(counter):
    person = permit()
    sim, reader = counter.put_down(person)
    asked = set()
    chip = sim.document.chip
    select = chip._select

    def watched(command):
        asked.add(command.data.hex())
        return select(command)

    chip._select = watched
    reader.read(key(person))
    assert asked == {"a0000002471001", "011c", "011e", "0101", "0102", "011d"}


def test_without_signers_nothing_is_verified(counter):
    said = counter.put_down(passport(), signers=None)[1].read(key(passport()))
    assert (said.authentic, said.authentic_reasons) == (Authentic.NOT_VERIFIED, ("document.auth.no_signers",))


def test_another_portrait_is_not_genuine_which_is_no_error(counter):
    sim, reader = counter.put_down(passport())
    sim.fault(Fault.ALTERED_PORTRAIT)
    said = reader.read(key(passport()))
    assert said.authentic is Authentic.FAILED
    assert said.surname == "ERIKSSON"


def test_only_the_groups_asked_for_are_read(counter):
    said = counter.put_down(passport(), groups=[3])[1].read(key(passport()))
    assert said.groups == (1,)
    assert (said.portrait, said.native_name) == (b"", "")
    assert said.authentic is Authentic.VERIFIED


@pytest.mark.parametrize(
    "fault", [Fault.SESSION_LOST, Fault.ALTERED_ANSWER, Fault.NOISE, Fault.NO_STATUS], ids=str
)
def test_what_passes_is_read_through(counter, fault):
    sim, reader = counter.put_down(passport())
    sim.fault(fault, times=1)
    assert reader.read(key(passport())).authentic is Authentic.VERIFIED


def test_pcscd_restarted_in_the_middle_is_read_through(counter):
    sim, reader = counter.put_down(passport())
    commands = []

    def restarting(command: bytes) -> None:
        commands.append(command)
        if len(commands) == 20:
            sim.kill()
            sim.start()

    sim.before = restarting
    assert reader.read(key(passport())).authentic is Authentic.VERIFIED
    assert len(commands) > 40


def test_a_document_taken_away_can_be_put_down_again(counter):
    sim, reader = counter.put_down(passport())
    sim.fault(Fault.REMOVED_MID_READ, times=1)
    assert failure(lambda: reader.read(key(passport()))) == (Retry, "document.removed")
    assert not reader.wait_for_document(0.1)
    sim.insert()
    assert reader.wait_for_document(1)
    assert reader.read(key(passport())).number == "L898902C3"


@pytest.mark.parametrize("number", ["", "l898902c3", "护照", "L898902C4"])
def test_a_key_that_is_none_can_be_put_right(counter, number):
    reader = counter.put_down(passport())[1]
    assert failure(lambda: reader.read(replace(key(passport()), number=number))) == (
        Retry,
        "document.wrong_key",
    )


def test_a_chip_that_is_too_slow():
    chip = Chip(lambda _: b"\x90\0", "test", EmrtdSettings(), ends=time.monotonic() - 1)
    assert failure(lambda: chip.open(key(passport()))) == (TimedOut, "document_reader.late")


def test_who_it_is(counter):
    sim, reader = counter.put_down(passport())
    assert reader.about.simulated
    assert (reader.about.vendor, reader.about.model) == ("Simulated", "Virtual PCD 00 00")
    assert Can.DETECT_REMOVAL in reader.can
    assert EmrtdReader.probe(EmrtdSettings()) == [Found("emrtd", f"pcsc:{sim.reader}", sim.reader)]
    known = entry("emrtd")
    assert (known.kind, known.grade) == (Kind.DOCUMENT_READER, Grade.PROTOCOL_TESTED)


def test_a_real_reader_with_a_simulated_chip_is_simulated_once_it_was_read(counter):
    sim, _ = counter.put_down(passport())
    sim.reader = "Real Reader 00 00"
    reader = open_device("emrtd", "pcsc:Real", {})
    assert not reader.about.simulated
    reader.read(key(passport()))
    assert reader.about.simulated
    reader.close()


def test_marks_of_simulated_chips():
    assert is_simulated("Virtual PCD 00 01")
    assert is_simulated("", answer_to_reset())
    assert not is_simulated("ACS ACR1252 00 00", answer_to_reset(b"\x80\x01"))
    reset = answer_to_reset()
    check = 0
    for byte in reset[1:]:
        check ^= byte
    assert check == 0


def test_addresses():
    assert failure(lambda: open_device("emrtd", "/dev/ttyUSB0", {})) == (
        Unsupported,
        "document_reader.address",
    )


def test_access_that_differs_from_the_signed_one_is_doubted(authority):
    ways = (pace.offer(32, 13), pace.offer(16, 12))
    groups = {1: zone_group(), 14: tlv.encode(0x6E, pace.encode_offers(ways))}
    store = SignerStore()

    def doubts(card_access: bytes) -> tuple[str, ...]:
        files = Files(groups, authority.sod(groups, "UTO"), "bac", card_access)
        return edocument.assemble(files, store, datetime.now(UTC)).doubts

    assert doubts(pace.encode_offers(ways)) == ()
    assert doubts(pace.encode_offers(ways[1:])) == ("document.doubt.card_access",)
    assert doubts(b"") == ("document.doubt.card_access",)


def zone_group() -> bytes:
    return data_groups(passport())[1]


def test_damaged_details_are_doubts(authority):
    groups = {1: zone_group(), 2: b"\x75\x01\xff", 11: b"\x6b\x02\x5f\x0e", 12: b"", 14: b"\x6e\x01"}
    said = edocument.assemble(Files(groups, b"", "bac"), SignerStore(), datetime.now(UTC))
    assert said.doubts == ("document.doubt.portrait", "document.doubt.details")
    assert said.authentic is Authentic.FAILED


@given(st.binary(max_size=200))
def test_any_card_access_is_parsed_or_has_no_offers(data):
    assert isinstance(pace.offers(data), tuple)


@given(st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_a_card_access_damaged_anywhere(place, bytes_there):
    whole = pace.encode_offers((pace.offer(16, 13), pace.offer(32, 12)))
    place %= len(whole)
    damaged = whole[:place] + bytes_there + whole[place + len(bytes_there) :]
    assert all(each.parameters in {12, 13, 15, 16, 17, 18} for each in pace.offers(damaged))


def test_garbled_zone(counter):
    sim, reader = counter.put_down(passport())
    sim.fault(Fault.NO_ZONE)
    assert failure(lambda: reader.read(key(passport()))) == (Garbled, "document.data")
