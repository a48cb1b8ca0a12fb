"""The real pcscd with vsmartcard's virtual reader carries our e-passport and our reader."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers.api import Found
from drivers.capture import Authentic
from drivers.document import measure
from drivers.document.passport import EmrtdReader
from drivers.document.settings import EmrtdSettings
from drivers.document.simulated import SimulatedPassport
from drivers.errors import Busy, DeviceError, Missing, Retry
from drivers.registry import open_device
from drivers.sim import pcscd
from drivers.sim.pcscd import PrivatePcscd
from tests.drivers_document.passport_people import key, passport, permit, portrait

NAME = "Virtual PCD 00 00"
MOST_MS = 2.0
"""Median time of a command that must not be exceeded."""
pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(bool(pcscd.missing()), reason=f"missing: {pcscd.missing()}"),
]
if not pcscd.missing():
    pcscd.claim_socket()


@pytest.fixture
def daemon() -> Iterator[PrivatePcscd]:
    with PrivatePcscd() as made:
        yield made


def opened(document: SimulatedPassport, **options: object) -> EmrtdReader:
    reader: EmrtdReader = open_device("emrtd", f"pcsc:{NAME}", {"signers": str(document.signers), **options})
    return reader


def failure(work: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        work()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize(
    "options",
    [
        ("--access", "bac"),
        ("--access", "pace", "--curve", "12", "--key-bytes", "16"),
        ("--access", "pace", "--curve", "13", "--key-bytes", "32"),
        ("--access", "both", "--curve", "16", "--key-bytes", "24"),
    ],
    ids=lambda options: "-".join(options[1::2]),
)
def test_a_whole_passport(daemon, options):
    with SimulatedPassport(passport(), daemon.port, options) as document:
        reader = opened(document)
        assert reader.wait_for_document(3)
        said = reader.read(key(passport()))
        assert (said.number, said.surname, said.native_name) == ("L898902C3", "ERIKSSON", "安娜")
        assert said.portrait == portrait()
        assert (said.authentic, said.doubts) == (Authentic.VERIFIED, ())
        assert said.access == ("bac" if "bac" in options else "pace")
        assert reader.about.simulated
        reader.close()


def test_another_document_is_put_down(daemon):
    with SimulatedPassport(passport(), daemon.port) as document:
        reader = opened(document)
        assert reader.wait_for_document(3)
        assert reader.read(key(passport())).kind == "P"
        document.insert(permit())
        assert reader.wait_for_document(3)
        assert failure(lambda: reader.read(key(passport()))) == (Retry, "document.wrong_key")
        said = reader.read(key(permit()))
        assert (said.kind, said.authentic) == ("CS", Authentic.VERIFIED)
        reader.close()


def test_documents_come_and_go_ten_times(daemon):
    with SimulatedPassport(passport(), daemon.port, ["--absent"]) as document:
        reader = opened(document)
        for _ in range(10):
            assert not reader.wait_for_document(0.1)
            assert failure(lambda: reader.read(key(passport()))) == (Retry, "document.none")
            document.insert()
            began = time.monotonic()
            assert reader.wait_for_document(5)
            assert time.monotonic() - began < 2
            assert reader.read(key(passport())).authentic is Authentic.VERIFIED
            document.remove()
            ends = time.monotonic() + 2
            while reader.wait_for_document(0) and time.monotonic() < ends:
                time.sleep(0.02)
        reader.close()


def test_readers_are_listed(daemon):
    found = EmrtdReader.probe(EmrtdSettings())
    assert found[0] == Found("emrtd", f"pcsc:{NAME}", NAME)
    daemon.unplug()
    assert EmrtdReader.probe(EmrtdSettings()) == []
    daemon.kill()
    assert EmrtdReader.probe(EmrtdSettings()) == []
    assert failure(lambda: open_device("emrtd", "pcsc:", {})) == (Missing, "document_reader.no_service")
    daemon.start()
    open_device("emrtd", "pcsc:", {}).close()


def test_pcscd_killed_and_restarted_in_the_middle(daemon):
    with SimulatedPassport(passport(), daemon.port) as document:
        reader = opened(document, chunk_bytes=32, attempts=3)
        assert reader.wait_for_document(3)
        heard: list[int] = []

        def restarting(read: int, whole: int) -> None:
            heard.append(read)
            if len(heard) == 100:
                daemon.kill()
                daemon.start()

        said = reader.read(key(passport()), restarting)
        assert said.authentic is Authentic.VERIFIED
        assert len(heard) > 500, "it was begun anew"
        assert reader.wait_for_document(1)
        reader.close()


def test_pcscd_restarted_while_waiting(daemon):
    with SimulatedPassport(passport(), daemon.port, ["--absent"]) as document:
        reader = opened(document)

        def restart() -> None:
            daemon.kill()
            daemon.start()
            document.insert()

        timer = threading.Timer(0.5, restart)
        timer.start()
        assert reader.wait_for_document(10)
        timer.join()
        assert reader.read(key(passport())).authentic is Authentic.VERIFIED
        reader.close()


def test_a_reader_that_goes_and_comes_back(daemon):
    with SimulatedPassport(passport(), daemon.port) as document:
        for _ in range(3):
            reader = opened(document)
            assert reader.wait_for_document(5)
            daemon.unplug()
            ends = time.monotonic() + 5
            error: Any = None
            while error is None and time.monotonic() < ends:
                try:
                    reader.check()
                    time.sleep(0.05)
                except DeviceError as raised:
                    error = raised
            assert (type(error), error.code) == (Missing, "document_reader.unplugged")
            reader.close()
            daemon.start()
        reader = opened(document)
        assert reader.wait_for_document(5)
        assert reader.read(key(passport())).authentic is Authentic.VERIFIED
        reader.close()


def test_another_program_holds_the_document(daemon):
    from smartcard import scard

    with SimulatedPassport(passport(), daemon.port) as document:
        reader = opened(document)
        assert reader.wait_for_document(3)
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        result, card, _ = scard.SCardConnect(
            context, NAME, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        assert result == 0
        assert failure(lambda: reader.read(key(passport()))) == (Busy, "document_reader.busy")
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)
        assert reader.read(key(passport())).authentic is Authentic.VERIFIED
        reader.close()


@pytest.mark.skipif(shutil.which("scriptor") is None, reason="pcsc-tools is not installed")
def test_pcsc_tools_talk_to_our_chip(daemon):
    with SimulatedPassport(passport(), daemon.port) as document:
        reader = opened(document)
        assert reader.wait_for_document(3)
        reader.close()
        script = "00 A4 04 0C 07 A0 00 00 02 47 10 01\n00 84 00 00 08\n00 A4 02 0C 02 01 1E\n"
        done = subprocess.run(
            ["scriptor", "-r", NAME], input=script, capture_output=True, text=True, timeout=30, check=True
        )
        answers = [line for line in done.stdout.splitlines() if line.startswith("<")]
        assert "90 00" in answers[0]
        assert "90 00" in answers[1]
        assert "69 82" in answers[2], "no file without a session"


def test_a_command_takes_two_milliseconds_at_most():
    times = measure.commands(300)
    assert times.median_ms <= MOST_MS, times


def test_a_whole_reading_is_quick():
    assert measure.readings(5, "bac").median_ms < 1000
