"""Reader of e-passports, identity cards with the ICAO application, and Chinese travel permits, over PC/SC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

import structlog
from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.capture import DocumentKey, EDocument
from drivers.document import bac, edocument, identity, lds, mrz
from drivers.document.chip import Chip
from drivers.document.edocument import COM, SECURITY, SOD, ZONE, Files, file_of
from drivers.document.readers import SCHEME, described, seen
from drivers.document.settings import EmrtdSettings
from drivers.document.signers import SignerStore
from drivers.errors import DeviceError, Garbled, Refused, Retry, Unsupported
from drivers.link.card_line import LineReader
from drivers.link.pcsc import PcscReader, Topics
from drivers.registry import driver

log = structlog.get_logger(__name__)
NAME = "emrtd"
SIMULATED = "tcp:"
BACK_S = 2.0
"""How long a document that lay there may be away, while pcscd is started anew, for reading to begin again."""
READER_TOPICS = Topics("document_reader", "document")
_PASSING = frozenset(
    {
        "document.present_again",
        "document_reader.session",
        "document_reader.garbled",
        "document_reader.cut_off",
    }
)
"""What another attempt may do away with."""
_BIOMETRIC = frozenset({3, 4})
"""Fingerprints and irises, which only their state may read."""
_LAST = edocument.PORTRAIT
"""The largest group is read when all others are."""

Progress = Callable[[int, int], None]


@driver(
    NAME,
    Kind.DOCUMENT_READER,
    EmrtdSettings,
    Grade.PROTOCOL_TESTED,
    addresses="pcsc: (the first reader), pcsc:ACS ACR1252 Dual Reader 00 00, tcp:127.0.0.1:4001 (simulated)",
)
class EmrtdReader:
    """E-passports, identity cards and travel permits with the ICAO chip, over PC/SC."""

    def __init__(self, reader: PcscReader | LineReader, address: str, settings: EmrtdSettings) -> None:
        self._reader = reader
        self._address = address
        self._settings = settings
        self._signers = SignerStore.load(settings.signers)
        for problem in self._signers.problems:
            log.warning("document.signers_problem", problem=problem)
        self._simulated = identity.is_simulated(reader.name)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """The readers that pcscd knows now; none where there is no pcscd or no pyscard."""
        return seen(NAME, READER_TOPICS)

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open ``pcsc:NAME``; the beginning of a name is enough, and none means the first reader.

        ``tcp:HOST:PORT`` is a simulated reader.
        """
        knobs = EmrtdSettings.model_validate(settings.model_dump())
        answer_s = knobs.answer_ms / 1000
        if address.startswith(SCHEME):
            return cls(PcscReader(address.removeprefix(SCHEME), READER_TOPICS, answer_s), address, knobs)
        if address.startswith(SIMULATED):
            return cls(LineReader(address, READER_TOPICS, answer_s), address, knobs)
        raise Unsupported("document_reader.address", address)

    @property
    def about(self) -> About:
        """Which reader it is; `simulated` by its name, or by the chip that it read."""
        return described(NAME, self._address, self._reader.name, self._simulated)

    @property
    def can(self) -> Can:
        """Notice when a document is taken away."""
        return Can.DETECT_REMOVAL

    def wait_for_document(self, seconds: float) -> bool:
        """True as soon as a chip is in the field; False after `seconds` without one."""
        return self._reader.wait(seconds)

    def read(self, key: DocumentKey, progress: Progress | None = None) -> EDocument:
        """Read the chip; `progress` hears bytes read, of bytes known so far.

        `Retry` ``document.none``, ``document.removed``, ``document.present_again`` or
        ``document.wrong_key``; `Unsupported` ``document.not_icao`` or ``document.no_common_access``;
        `Refused` ``document.locked``; else a fault of chip or reader.
        """
        self._require_usable(key)
        ends = time.monotonic() + self._settings.read_limit_ms / 1000
        for left in reversed(range(self._settings.attempts)):
            try:
                return self._read_once(key, progress or _unheard, ends)
            except DeviceError as error:
                if not left or error.code not in _PASSING:
                    raise
                log.info("document.read_again", after=error.code)
            if not self._reader.wait(BACK_S):
                break
        raise Retry("document.removed", self._address)

    def check(self) -> None:
        """Raise `Missing` when the reader has gone."""
        self._reader.check()

    def close(self) -> None:
        """Let go of the reader. Safe twice; never raises."""
        self._reader.close()

    def _require_usable(self, key: DocumentKey) -> None:
        try:
            bac.zone_information(key)
        except ValueError as error:
            raise Retry("document.wrong_key", self._address, reason="characters") from error

    def _read_once(self, key: DocumentKey, progress: Progress, ends: float) -> EDocument:
        card = self._reader.connect()
        try:
            self._simulated = self._simulated or identity.is_simulated("", card.answer_to_reset)
            files = self._files(Chip(card.exchange, self._address, self._settings, ends), key, progress)
        finally:
            card.release()
        try:
            return edocument.assemble(files, self._signers, datetime.now(UTC))
        except (lds.BadData, mrz.NotAZone) as error:
            raise self._error(Garbled, "document.data", reason=type(error).__name__) from error

    def _files(self, chip: Chip, key: DocumentKey, progress: Progress) -> Files:
        access = chip.open(key)
        count = _Count(progress)
        groups, locked = {}, []
        announced = self._announced(chip.read_file(COM, count.file()))
        for group in self._wanted(announced):
            try:
                content = chip.read_file(file_of(group), count.file())
            except Refused:
                if group == ZONE:
                    raise
                locked.append("document.doubt.locked")
                continue
            if content is not None:
                groups[group] = content
        if ZONE not in groups:
            raise self._error(Garbled, "document.data", reason="no DG1")
        sod = chip.read_file(SOD, count.file()) or b""
        return Files(groups, sod, access, chip.card_access, tuple(locked), key, announced)

    def _announced(self, com: bytes | None) -> frozenset[int] | None:
        """The groups that EF.COM says are there."""
        try:
            return frozenset(lds.parse_com(com)) if com is not None else None
        except lds.BadData as error:
            raise self._error(Garbled, "document.data", reason="EF.COM") from error

    def _wanted(self, announced: frozenset[int] | None) -> list[int]:
        """The groups to read, of those that are said to be there, the largest last."""
        wanted = (self._settings.groups | {ZONE, SECURITY}) - _BIOMETRIC
        if announced is not None:
            wanted &= announced | {ZONE}
        return sorted(wanted, key=lambda group: (group == _LAST, group))

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._address, **facts)


class _Count:
    """Adds up what was read of several files."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._files: list[tuple[int, int]] = []

    def file(self) -> Progress:
        """What is to hear how far the next file is read."""
        place = len(self._files)
        self._files.append((0, 0))

        def heard(read: int, whole: int) -> None:
            self._files[place] = (read, whole)
            self._progress(sum(done for done, _ in self._files), sum(size for _, size in self._files))

        return heard


def _unheard(read: int, whole: int) -> None:
    pass
