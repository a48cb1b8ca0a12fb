"""Driver ``sbi-face``: face cameras behind a Secure Biometric Interface, live and as signed stills.

Grade: protocol-tested (against the simulated service of this package; no certified device was at hand).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import MappingProxyType

from drivers.api import Can, Frame, Grade, Image, Kind
from drivers.camera.feed import Feed
from drivers.camera.watch import PictureWatch
from drivers.errors import DeviceError, Garbled, Missing
from drivers.iso19794 import face as records
from drivers.iso19794 import pictures
from drivers.iso19794.cursor import BadRecord
from drivers.registry import driver
from drivers.sbi.modality import WHOLE, Modality
from drivers.sbi.scanner import Scanner
from drivers.sbi.settings import SbiSettings
from drivers.sbi.station import ADDRESSES, CHECK_S, Station
from drivers.sbi.stream import DeviceStream

NAME = "sbi-face"
MAX_AGE_S = 1.0

_CODINGS = MappingProxyType(
    {
        records.Coding.JPEG: pictures.Coding.JPEG,
        records.Coding.JPEG2000: pictures.Coding.JPEG_2000,
        records.Coding.PNG: pictures.Coding.PNG,
    }
)


@dataclass(frozen=True, slots=True)
class SignedFace:
    """A still whose signature was checked. `repr` shows nothing of it."""

    image: Image = field(repr=False)
    record: bytes = field(repr=False)
    """ISO/IEC 19794-5, as it was signed."""
    quality: int | None


@driver(NAME, Kind.CAMERA, SbiSettings, Grade.PROTOCOL_TESTED, ADDRESSES)
class SbiFace(Scanner):
    """Face camera of any make behind a Secure Biometric Interface (MOSIP SBI): live, and signed stills.

    The stream begins with the first `frame`.
    """

    name = NAME
    modality = Modality.FACE

    def __init__(self, opened: Station) -> None:
        super().__init__(opened)
        self._feed: Feed | None = None
        self._number = 0
        self._watch = PictureWatch(opened.name, opened.settings.freeze_seconds)

    @property
    def can(self) -> Can:
        """Give stills that it signed. The live pictures are not signed."""
        return Can.SIGNED_CAPTURE

    def frame(self, seconds: float) -> Frame:
        """The newest live picture; see `drivers.api.Camera.frame`. A stream that ended is begun again."""
        with self._station.living():
            taken = self._take(time.monotonic() + seconds)
        self._number += 1
        frame = Frame(taken.image, self._number, taken.at)
        self._watch.check(frame)
        return frame

    def capture(self, seconds: float) -> SignedFace:
        """A signed still. Ends the live pictures until the next `frame`.

        `Retry` ``sbi.no_face`` or ``sbi.poor_face``; `Refused` when a check of the signed answer fails; may
        last a second longer than `seconds` with a camera that does not keep its time.
        """
        self._end_stream()
        (sample,) = self._station.capture([""], seconds)
        try:
            picture, *others = records.decode(sample.record)
            if others:
                raise BadRecord("more than one face")
            size = (picture.width, picture.height)
            image = pictures.decode_colours(picture.data, _CODINGS[picture.coding], *size)
        except (records.BadRecord, BadRecord) as error:
            raise Garbled("sbi.bad_record", self._station.name, reason=str(error)) from error
        return SignedFace(image, sample.record, sample.quality)

    def check(self) -> None:
        """Raise why it cannot be used now."""
        self._station.check(busy_is_fine=self._feed is not None)

    def close(self) -> None:
        """End the stream and part from the service. Safe twice; never raises."""
        self._end_stream()
        self._station.close()

    def _take(self, ends: float) -> Frame:
        """The newest picture of the stream, which is begun anew once when it has ended."""
        begun_anew = False
        while True:
            try:
                return self._stream().take(max(0.0, ends - time.monotonic()), MAX_AGE_S)
            except Missing:
                self._end_stream()
                # When the device has gone rather than its stream alone, this raises.
                self._station.status(min(CHECK_S, max(0.05, ends - time.monotonic())))
                if begun_anew:
                    raise
                begun_anew = True
            except DeviceError:
                self._end_if_over()
                raise

    def _stream(self) -> Feed:
        if self._feed is None:
            who = self._station.identity
            unit = who.units[0] if who.units else WHOLE
            source = DeviceStream(self._station.port, who.device_id, unit, Modality.FACE)
            self._feed = Feed(self._station.name, source)
        return self._feed

    def _end_if_over(self) -> None:
        """Let the next `frame` begin anew, unless the stream still runs and was only late."""
        try:
            if self._feed is not None:
                self._feed.check()
        except DeviceError:
            self._end_stream()

    def _end_stream(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()
