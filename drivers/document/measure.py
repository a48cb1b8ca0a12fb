"""Measures how long commands to a document's chip take, from asking to the whole answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from drivers.api import Sex
from drivers.capture import DocumentKey
from drivers.document import mrz
from drivers.document.apdu import Command, Ins, select_application
from drivers.document.chip import APPLICATION
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.passport import READER_TOPICS, EmrtdReader
from drivers.document.settings import EmrtdSettings
from drivers.document.simulated import SimulatedPassport
from drivers.link.pcsc import PcscReader
from drivers.sim.pcscd import READER, PrivatePcscd

WAIT_S = 5.0
_CHALLENGE = Command(Ins.GET_CHALLENGE, expected=8).encode()


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in milliseconds."""

    count: int
    median_ms: float
    p95_ms: float
    most_ms: float

    @classmethod
    def of(cls, seconds: list[float]) -> Times:
        """Of at least two durations."""
        parts = statistics.quantiles(seconds, n=20, method="inclusive")
        return cls(len(seconds), statistics.median(seconds) * 1e3, parts[-1] * 1e3, max(seconds) * 1e3)


def commands(count: int = 500) -> Times:
    """`count` commands with a short answer through a real pcscd to a simulated chip.

    `Unsupported` where `drivers.sim.pcscd.missing` says what is missing. Claims this process's pcscd.
    """
    with _daemon():
        reader = PcscReader(READER, READER_TOPICS, WAIT_S)
        try:
            reader.wait(WAIT_S)
            card = reader.connect()
            card.exchange(select_application(APPLICATION).encode())
            return Times.of([_seconds(lambda: card.exchange(_CHALLENGE)) for _ in range(count)])
        finally:
            reader.close()


def readings(count: int = 10, access: str = "bac") -> Times:
    """`count` readings of a whole passport with a portrait of 15 kB, by ``bac`` or ``pace``; as above."""
    with _daemon("--access", access) as passport:
        settings = EmrtdSettings(signers=passport.signers)
        reader = EmrtdReader.open(f"pcsc:{READER}", settings)
        try:
            reader.wait_for_document(WAIT_S)
            return Times.of([_seconds(lambda: reader.read(_key())) for _ in range(count)])
        finally:
            reader.close()


@contextmanager
def _daemon(*options: str) -> Iterator[SimulatedPassport]:
    with PrivatePcscd() as daemon, SimulatedPassport(_person(), daemon.port, options) as passport:
        yield passport


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _person() -> DocumentFile:
    """The holder of the sample passport of Doc 9303."""
    return DocumentFile(
        number="L898902C3",
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        sex=Sex.FEMALE,
        birth=date(1974, 8, 12),
        expiry=date(2032, 4, 15),
        portrait=_portrait(),
    )


def _portrait() -> bytes:
    """A JPEG of the size that portraits have; grain instead of a face."""
    import cv2
    import numpy as np

    grain = np.random.default_rng(1).integers(0, 255, (200, 150, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", grain, [cv2.IMWRITE_JPEG_QUALITY, 60])[1])


def _key() -> DocumentKey:
    return mrz.parse(printed_zone(_person())).key
