"""Driver ``sbi-finger``: fingerprint scanners behind a Secure Biometric Interface.

Grade: protocol-tested (against the simulated service of this package; no certified device was at hand).
"""

from __future__ import annotations

import time

from drivers.api import Grade, Kind
from drivers.capture import Finger, FingerImage, FingerMatch, FingerTemplate, Progress
from drivers.errors import Busy, Garbled, Refused, Unsupported
from drivers.iso19794 import finger as records
from drivers.iso19794.cursor import BadRecord, CannotDecode
from drivers.registry import driver
from drivers.sbi.modality import FINGERS, Modality, finger_unit
from drivers.sbi.scanner import Scanner
from drivers.sbi.settings import SbiSettings
from drivers.sbi.station import ADDRESSES

NAME = "sbi-finger"
POLL_S = 0.3


@driver(NAME, Kind.FINGERPRINT, SbiSettings, Grade.PROTOCOL_TESTED, ADDRESSES)
class SbiFinger(Scanner):
    """Fingerprint scanner of any make behind a Secure Biometric Interface (MOSIP SBI): signed pictures."""

    name = NAME
    modality = Modality.FINGER

    def wait_for_finger(self, seconds: float) -> bool:
        """True once the scanner is ready to capture: the interface tells of a finger only by capturing it."""
        ends = time.monotonic() + seconds
        while True:
            try:
                self._station.check()
            except Busy:
                if time.monotonic() + POLL_S > ends:
                    return False
                time.sleep(POLL_S)
            else:
                return True

    def capture(self, finger: Finger, seconds: float) -> FingerImage:
        """The signed picture of one finger.

        `Retry` ``finger.none`` or ``finger.messy``; `Refused` when a check of the signed answer fails; may
        last a second longer than `seconds` with a scanner that does not keep its time.
        """
        part = FINGERS.get(finger)
        if part is None:
            raise Unsupported("sbi.request_refused", self._station.name, reason="which finger?")
        unit, absent = finger_unit(finger, self._station.identity.units)
        (sample,) = self._station.capture([part], seconds, unit, absent)
        try:
            (record,) = records.decode(sample.record)
            if record.finger not in (finger, Finger.UNKNOWN):
                raise Refused("sbi.wrong_part", self._station.name, reason="the record is of another finger")
            return FingerImage(record.image(), finger, record.dpi, sample.quality)
        except CannotDecode as error:
            raise Unsupported("sbi.coding", self._station.name, coding="WSQ") from error
        except BadRecord as error:
            raise Garbled("sbi.bad_record", self._station.name, reason=str(error)) from error
        except ValueError as error:
            raise Garbled("sbi.bad_record", self._station.name, reason="not one picture") from error

    def enrol(self, finger: Finger, seconds: float, progress: Progress) -> FingerTemplate:
        """The interface gives pictures only."""
        raise Unsupported("sbi.no_templates", self._station.name)

    def match(self, template: FingerTemplate, seconds: float) -> FingerMatch:
        """The interface gives pictures only."""
        raise Unsupported("sbi.no_templates", self._station.name)

    def forget(self) -> None:
        """Nothing of a customer is kept here, and by the interface's rules nothing in the scanner."""
