"""The simulated e-document as a process with its own reader: other documents, late answers, other ports."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from drivers.capture import Authentic
from drivers.document.simulated import SimulatedPassport
from drivers.document.simulated_document import Fault
from drivers.errors import DeviceError, Missing, Retry, TimedOut, Unsupported
from drivers.registry import open_device
from tests.drivers_document.passport_people import key, passport, permit


def failure(work) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        work()
    return type(caught.value), caught.value.code


def test_one_document_after_the_other():
    with SimulatedPassport(passport(), options=["--absent", "--access", "pace"]) as sim:
        reader = open_device("emrtd", sim.address, {"signers": str(sim.signers)})
        assert not reader.wait_for_document(0.1)
        assert failure(lambda: reader.read(key(passport()))) == (Retry, "document.none")
        for person in (passport(), permit(), passport()):
            sim.insert(person)
            assert reader.wait_for_document(1)
            said = reader.read(key(person))
            assert (said.number, said.authentic) == (person.number, Authentic.VERIFIED)
            assert said.access == "pace"
        sim.remove()
        assert not reader.wait_for_document(0.1)
        assert reader.about.simulated
        reader.close()


def test_a_late_answer_is_not_taken_for_another():
    with SimulatedPassport(passport()) as sim:
        reader = open_device("emrtd", sim.address, {"answer_ms": 500})
        sim.fault(Fault.SILENCE)
        assert failure(lambda: reader.read(key(passport()))) == (TimedOut, "document_reader.silent")
        sim.clear()
        assert reader.read(key(passport())).surname == "ERIKSSON"
        reader.close()


def test_a_port_where_something_else_listens():
    with socket.create_server(("127.0.0.1", 0)) as other:
        began = time.monotonic()
        address = f"tcp:127.0.0.1:{other.getsockname()[1]}"
        assert failure(lambda: open_device("emrtd", address, {})) == (TimedOut, "document_reader.silent")
        assert time.monotonic() - began < 3
    assert failure(lambda: open_device("emrtd", address, {})) == (Missing, "document_reader.unplugged")
    assert failure(lambda: open_device("emrtd", "tcp:", {})) == (Unsupported, "document_reader.not_a_port")


def test_a_file_that_is_no_document_is_named_without_quoting_it(tmp_path):
    path = tmp_path / "document.json"
    path.write_text('{"number": "L898902C3", "surname": "secret 1"}', encoding="utf-8")
    command = [sys.executable, "-m", "drivers.document.simulator", "--document", str(path)]
    ended = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
    assert ended.returncode == 1
    assert b"is not a document: surname" in ended.stderr
    assert b"secret" not in ended.stderr


def test_the_simulator_says_what_it_cannot_do():
    with SimulatedPassport(passport(), options=["--absent"]) as sim:
        for line in ("fault nonsense", "dance", "document /nowhere.json"):
            assert failure(lambda line=line: sim.tell(line)) == (Unsupported, "simulator.command_refused")
