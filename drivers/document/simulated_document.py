"""An invented e-document before a simulated reader: its chip, and everything that can go wrong with it."""

from __future__ import annotations

import enum
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from drivers.capture import DocumentKey
from drivers.document import lds, mrz, tlv
from drivers.document.apdu import PROTECTED, Ins, Response, Sw
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.edocument import COM, PORTRAIT, SECURITY, SOD, ZONE, file_of
from drivers.document.identity import answer_to_reset
from drivers.document.issue import TestAuthority, data_groups
from drivers.document.pace import Offer, encode_offers
from drivers.document.simulated_chip import SimulatedChip

MIDDLE = 4
"""The read after power-up at which a reading is under way."""
NOISE_SIZE = 24
_TAGS = {group: tag for tag, group in lds.GROUP_TAGS.items()}


class Fault(enum.StrEnum):
    """What goes wrong."""

    REMOVED_MID_READ = "removed_mid_read"
    """Taken away while it is read."""
    WRONG_KEY = "wrong_key"
    """Takes no key for right."""
    SESSION_LOST = "session_lost"
    """Calls the reader's protection wrong and forgets the session (6988)."""
    ALTERED_ANSWER = "altered_answer"
    """An answer changes on its way."""
    NOISE = "noise"
    """Answers with bytes that mean nothing."""
    NO_STATUS = "no_status"
    """Answers with a single byte."""
    SILENCE = "silence"
    """Answers no command."""
    CUT_FILE = "cut_file"
    """DG1 ends before it should."""
    HUGE_FILE = "huge_file"
    """DG1 says that it has 16 MB."""
    NO_ZONE = "no_zone"
    """There is no zone in DG1."""
    LOCKED = "locked"
    """DG1 may not be read."""
    ALTERED_PORTRAIT = "altered_portrait"
    """The portrait is not the one that was signed."""
    NOT_ICAO = "not_icao"
    """A chip of another kind."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back for a command."""

    data: bytes | None = field(repr=False)
    """None when nothing does."""
    removed: bool = False
    """The document is taken away instead."""


class SimulatedDocument:
    """One document, as a reader's field meets it."""

    def __init__(
        self, files: Mapping[int, bytes], key: DocumentKey, offers: tuple[Offer, ...] = (), bac: bool = True
    ) -> None:
        """As for `SimulatedChip`."""
        self._files = dict(files)
        self.key = key
        self.chip = SimulatedChip(files, key, offers, bac)
        self.answer_to_reset = answer_to_reset()
        self._faults: dict[Fault, int] = {}
        self._reads = 0

    def reset(self) -> None:
        """Power up."""
        self.chip.reset()
        self._reads = 0

    def fault(self, fault: Fault, times: int = 0) -> None:
        """Have `fault` until `clear`, or for `times` commands that it concerns."""
        self._faults[fault] = times
        if fault in _FILES:
            number, change = _FILES[fault]
            self.chip.files[number] = change(self._files[number])
        if fault is Fault.LOCKED:
            self.chip.locked = frozenset({file_of(ZONE)})

    def clear(self) -> None:
        """Have no fault any more."""
        self._faults.clear()
        self.chip.files = dict(self._files)
        self.chip.locked = frozenset()

    def transmit(self, command: bytes) -> Reply:
        """What comes back for the bytes of a command."""
        head = command[:4].ljust(4, b"\0")
        protected = head[0] & PROTECTED == PROTECTED
        self._reads += head[1] == Ins.READ_BINARY and protected
        if self._has(Fault.SILENCE, True):
            return Reply(None)
        if self._has(Fault.REMOVED_MID_READ, self._reads >= MIDDLE):
            return Reply(None, removed=True)
        refusal = self._refusal(head)
        if refusal is not None:
            self.chip.reset()
            return Reply(Response(b"", refusal).encode())
        return Reply(self._spoilt(self.chip.transmit(command), self._reads >= MIDDLE))

    def _refusal(self, head: bytes) -> Sw | None:
        """What the chip says instead of doing as it is told."""
        cla, ins = head[:2]
        proving = ins == Ins.EXTERNAL_AUTHENTICATE or (ins == Ins.GENERAL_AUTHENTICATE and not cla)
        if self._has(Fault.WRONG_KEY, proving):
            return Sw.AUTHENTICATION_FAILED
        if self._has(Fault.NOT_ICAO, ins in (Ins.SELECT, Ins.GENERAL_AUTHENTICATE)):
            return Sw.NO_FILE
        return Sw.WRONG_PROTECTION if self._has(Fault.SESSION_LOST, self._reads >= MIDDLE) else None

    def _spoilt(self, answer: bytes, reading: bool) -> bytes:
        """`answer` as it arrives."""
        if self._has(Fault.ALTERED_ANSWER, reading):
            return bytes([answer[0], answer[1], answer[2] ^ 1]) + answer[3:]
        if self._has(Fault.NOISE, reading):
            return secrets.token_bytes(NOISE_SIZE) + Response(b"", Sw.OK).encode()
        return answer[:1] if self._has(Fault.NO_STATUS, reading) else answer

    def _has(self, fault: Fault, concerned: bool) -> bool:
        """True when `fault` strikes now, which is counted."""
        if not concerned or fault not in self._faults:
            return False
        self._faults[fault] -= 1
        if not self._faults[fault]:
            del self._faults[fault]
        return True


def make(
    person: DocumentFile, authority: TestAuthority, offers: tuple[Offer, ...] = (), bac: bool = True
) -> SimulatedDocument:
    """The document of an invented person, signed by `authority`."""
    groups = data_groups(person)
    if offers:
        groups[SECURITY] = tlv.encode(_TAGS[SECURITY], encode_offers(offers))
    state = "CHN" if person.code.startswith("C") else person.issuer
    versions = tlv.encode(0x5F01, b"0107") + tlv.encode(0x5F36, b"040000")
    listed = tlv.encode(0x5C, bytes(_TAGS[group] for group in sorted(groups)))
    files = {file_of(group): content for group, content in groups.items()}
    files |= {COM: tlv.encode(0x60, versions + listed), SOD: authority.sod(groups, state)}
    return SimulatedDocument(files, mrz.parse(printed_zone(person)).key, offers, bac)


def _altered(file: bytes) -> bytes:
    return file[:-20] + bytes([file[-20] ^ 1]) + file[-19:]


_FILES: Mapping[Fault, tuple[int, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        Fault.CUT_FILE: (file_of(ZONE), lambda file: file[: len(file) // 2]),
        Fault.HUGE_FILE: (file_of(ZONE), lambda file: b"\x61\x83\xff\xff\xff" + file),
        Fault.NO_ZONE: (file_of(ZONE), lambda file: tlv.encode(0x61, tlv.encode(0x5F01, b"0107"))),
        Fault.ALTERED_PORTRAIT: (file_of(PORTRAIT), _altered),
    }
)
"""Faults that lie in a file."""
