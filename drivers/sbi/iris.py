"""Driver ``sbi-iris``: iris scanners behind a Secure Biometric Interface.

Grade: protocol-tested (against the simulated service of this package; no certified device was at hand).
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.api import Grade, Kind
from drivers.capture import Eye, IrisImage
from drivers.errors import Garbled, Refused, Unsupported
from drivers.iso19794 import iris as records
from drivers.iso19794.cursor import BadRecord
from drivers.registry import driver
from drivers.sbi.checks import Sample
from drivers.sbi.modality import EYES, Modality, eye_unit
from drivers.sbi.scanner import Scanner
from drivers.sbi.settings import SbiSettings
from drivers.sbi.station import ADDRESSES

NAME = "sbi-iris"


@driver(NAME, Kind.IRIS, SbiSettings, Grade.PROTOCOL_TESTED, ADDRESSES)
class SbiIris(Scanner):
    """Iris scanner of any make behind a Secure Biometric Interface (MOSIP SBI): signed pictures."""

    name = NAME
    modality = Modality.IRIS

    def capture(self, eyes: Sequence[Eye], seconds: float) -> tuple[IrisImage, ...]:
        """The signed picture of each eye asked for, in their order.

        `Retry` ``iris.none`` or ``iris.blurred``; `Refused` when a check of the signed answer fails; may
        last a second longer than `seconds` with a scanner that does not keep its time.
        """
        wanted = tuple(dict.fromkeys(eyes))
        if not wanted or any(eye not in EYES for eye in wanted):
            raise Unsupported("sbi.request_refused", self._station.name, reason="which eye?")
        unit = eye_unit(wanted, self._station.identity.units)
        samples = self._station.capture([EYES[eye] for eye in wanted], seconds, unit)
        return tuple(self._image(eye, sample) for eye, sample in zip(wanted, samples, strict=True))

    def _image(self, eye: Eye, sample: Sample) -> IrisImage:
        try:
            (record,) = records.decode(sample.record)
            if record.eye not in (eye, Eye.UNKNOWN):
                raise Refused("sbi.wrong_part", self._station.name, reason="the record is of the other eye")
            return IrisImage(record.image(), eye, sample.quality)
        except BadRecord as error:
            raise Garbled("sbi.bad_record", self._station.name, reason=str(error)) from error
        except ValueError as error:
            raise Garbled("sbi.bad_record", self._station.name, reason="not one picture") from error
