"""Invented cards of all four kinds (numbers: the samples that the standards print) and a reader for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from drivers.api import CardKind
from drivers.card.cardfile import CardFile
from drivers.card.numbers import check_digit
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from tests.drivers_card.invented import RESIDENT

PERMIT = CardFile(
    kind=CardKind.RESIDENCE_PERMIT,
    fields={
        "name": "港澳样本",
        "sex": "1",
        "birth": "19900307",
        "address": "某市某区",
        "number": "81000019900307001" + check_digit("81000019900307001"),
        "issuer": "某市公安局",
        "valid_from": "20240101",
        "valid_to": "20990101",
        "pass_number": "H12345678",
        "issue_count": "01",
    },
)
FOREIGNER_OLD = CardFile(
    kind=CardKind.FOREIGNER_2017,
    fields={
        "latin_name": "SAMPLE, ALI",
        "sex": "1",
        "number": "PAK310080010103",
        "nationality": "PAK",
        "name": "阿里",
        "valid_from": "20180101",
        "valid_to": "20991231",
        "birth": "19800101",
        "version": "01",
        "issuer": "1500",
    },
)
FOREIGNER_NEW = CardFile(
    kind=CardKind.FOREIGNER_2023,
    fields={
        "name": "阿里",
        "sex": "2",
        "issue_count": "01",
        "birth": "19800101",
        "latin_name": "SAMPLE WITH A VERY LONG FAMILY NAME ALI",
        "number": "931586198001010028",
        "valid_from": "20230101",
        "valid_to": "20991231",
        "nationality": "PAK",
        "old_number_link": "000",
    },
)
HURRIED = SdtSettings(search_ms=600, answer_ms=800, read_answer_ms=1000, frame_ms=1200)
"""Short limits, so that silence costs little; not so short that a busy machine misses them."""

Opener = Callable[[], SdtReader]


@pytest.fixture(scope="session")
def cards() -> Mapping[CardKind, CardFile]:
    """One card of each kind."""
    return {card.kind: card for card in (RESIDENT, PERMIT, FOREIGNER_OLD, FOREIGNER_NEW)}


@pytest.fixture
def resident() -> CardFile:
    return RESIDENT


@pytest.fixture(scope="module")
def shared_simulator() -> Iterator[SimulatedReader]:
    with start_simulator(RESIDENT, chip_ms=100, cut_after=600) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: SimulatedReader) -> SimulatedReader:
    """The process, with a fresh card on it and no fault."""
    shared_simulator.clear()
    shared_simulator.replug()
    shared_simulator.remove()
    shared_simulator.insert(RESIDENT)
    return shared_simulator


@pytest.fixture
def open_reader(simulator: SimulatedReader) -> Iterator[Opener]:
    """Opens the driver on the simulator with short limits; closes what it opened."""
    opened: list[SdtReader] = []

    def open_() -> SdtReader:
        opened.append(SdtReader.open(simulator.address, HURRIED))
        return opened[-1]

    yield open_
    for reader in opened:
        reader.close()
