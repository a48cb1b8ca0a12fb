"""The e-document reader before a simulated document: by a stand-in for pyscard, and through a real pcscd."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.document.issue import TestAuthority
from drivers.document.pace import offer
from drivers.document.simulated import SimulatedPassport
from drivers.document.simulated_document import Fault as F
from drivers.document.simulated_document import make
from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.sim import pcscd
from drivers.sim.pcscd import PrivatePcscd
from tests.contract.rig import Bench, Injected, Rig
from tests.drivers_document.passport_people import key, passport
from tests.drivers_document.pcsc_stand_in import standing_in

WAIT_S = 2.5
OPTIONS = {"answer_ms": 1000}

if not pcscd.missing():
    # libpcsclite looks for its daemon once in the life of a process.
    pcscd.claim_socket()


def work(device: Any) -> object:
    """Read the document once it is there."""
    device.wait_for_document(WAIT_S)
    return device.read(key(passport()))


@contextmanager
def start_stand_in() -> Iterator[Bench]:
    authority = TestAuthority()
    document = make(passport(), authority, (offer(16, 12),))
    with tempfile.TemporaryDirectory() as folder, standing_in(document) as sim:
        authority.save(Path(folder))
        yield Bench(
            address="pcsc:",
            options={**OPTIONS, "signers": folder},
            prepare=sim.insert,
            work=work,
            unplug=sim.unplug,
            replug=sim.replug,
            sim=sim,
        )


@contextmanager
def start_line() -> Iterator[Bench]:
    with SimulatedPassport(passport()) as sim:
        yield Bench(
            address=sim.address,
            options={**OPTIONS, "signers": str(sim.signers)},
            prepare=sim.insert,
            work=work,
            unplug=sim.unplug,
            replug=sim.replug,
            sim=sim,
        )


class VirtualReader:
    """pcscd with the virtual reader, and the document on it."""

    def __init__(self, daemon: PrivatePcscd, passport: SimulatedPassport) -> None:
        self.daemon = daemon
        self.passport = passport
        self._plugged = True

    def fault(self, name: str) -> None:
        self.passport.fault(name)

    def clear(self) -> None:
        self.passport.clear()

    def remove(self) -> None:
        self.passport.remove()

    def kill(self) -> None:
        self.daemon.kill()
        self._plugged = False

    def unplug(self) -> None:
        self.daemon.unplug()
        self._plugged = False

    def replug(self) -> None:
        if not self._plugged:
            self.daemon.start()
            self._plugged = True


@contextmanager
def start_pcscd() -> Iterator[Bench]:
    with PrivatePcscd() as daemon, SimulatedPassport(passport(), daemon.port) as document:
        sim = VirtualReader(daemon, document)
        yield Bench(
            address="pcsc:Virtual",
            options={**OPTIONS, "signers": str(document.signers)},
            prepare=document.insert,
            work=work,
            unplug=sim.unplug,
            replug=sim.replug,
            sim=sim,
        )


def _having(fault: F, error: type[DeviceError], code: str) -> Injected:
    return Injected(fault.value, lambda bench: bench.sim.fault(fault.value), error, code)


def _doing(
    name: str, act: Callable[[Any], object], error: type[DeviceError], code: str, at_open: bool = False
) -> Injected:
    return Injected(name, lambda bench: act(bench.sim), error, code, at_open)


def _hold(sim: Any) -> None:
    sim.held = True


def _mute(sim: Any) -> None:
    sim.mute = True


ON_THE_WAY = (
    _having(F.REMOVED_MID_READ, Retry, "document.removed"),
    _having(F.WRONG_KEY, Retry, "document.wrong_key"),
    _having(F.SESSION_LOST, Garbled, "document_reader.session"),
    _having(F.NO_STATUS, Retry, "document.present_again"),
    _having(F.SILENCE, TimedOut, "document_reader.silent"),
    _doing("absent", lambda sim: sim.remove(), Retry, "document.none"),
    _doing("service_stopped", lambda sim: sim.kill(), Missing, "document_reader.no_service"),
    _doing("no_service", lambda sim: sim.kill(), Missing, "document_reader.no_service", at_open=True),
)
IN_THE_CHIP = (
    _having(F.ALTERED_ANSWER, Garbled, "document_reader.session"),
    _having(F.NOISE, Garbled, "document_reader.session"),
    _having(F.CUT_FILE, Garbled, "document_reader.cut_off"),
    _having(F.HUGE_FILE, Garbled, "document_reader.file"),
    _having(F.NO_ZONE, Garbled, "document.data"),
    _having(F.LOCKED, Refused, "document.locked"),
    _having(F.NOT_ICAO, Unsupported, "document.not_icao"),
    _doing("busy", _hold, Busy, "document_reader.busy"),
    _doing("mute", _mute, Retry, "document.present_again"),
)

RIGS = (
    Rig("emrtd", "stand-in", start_stand_in, (*ON_THE_WAY, *IN_THE_CHIP)),
    Rig("emrtd", "tcp", start_line, (*ON_THE_WAY[:6], *IN_THE_CHIP[:-2])),
    Rig("emrtd", "pcscd", start_pcscd, ON_THE_WAY, pcscd.missing),
)
