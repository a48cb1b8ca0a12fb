"""Signature pads that stream packets of pen positions (layouts: `drivers.pad.layout`).

Few makers print their packets; the layouts here are those that open drivers document. Pads without keys end
a signature by a tap on a printed area or by a pause. A pad that answers ``~#`` says who it is.
"""

from __future__ import annotations

import re
import time
from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import PenPoint, Signature
from drivers.errors import DeviceError, Garbled, Retry, TimedOut
from drivers.kept import kept
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.link.ports import serial_ports
from drivers.link.traffic import Traffic
from drivers.pad.ink import Ink, enough
from drivers.pad.layout import Button
from drivers.pad.packets import Assembler, Sample
from drivers.pad.settings import Area, PadSettings
from drivers.registry import driver

NOISE_BYTES = 200
"""Bytes without a packet among them that no loss on the line explains."""
STEP_S = 0.1
"""Longest wait between two looks at the pauses of the pen."""
_IDENTITY = re.compile(rb"~#([\x20-\x7e]{1,60})[\r\n]")


@driver(
    "pad-stream",
    Kind.SIGNATURE_PAD,
    PadSettings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/ttyUSB0, tcp:HOST:PORT, hid:VID:PID",
)
class StreamPad:
    """Signature pad that streams pen packets, on a serial line, network or HID."""

    def __init__(self, pipe: Pipe, settings: PadSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._layout = settings.packet
        self._packets = Assembler(self._layout)
        self._traffic = Traffic(pipe.address)
        self._ink = Ink()
        self._begun = False
        self._pressed: Button | None = None
        self._held: Button | None = None
        self._tapped: Button | None = None
        self._last: Sample | None = None
        self._still_since = self._away_since = self._restarted = time.monotonic()
        self._name = self._ask_identity()
        if not self._name and self._layout.must_answer:
            raise self._silence()
        self._say(self._layout.start)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Serial ports of this machine, not opened: any of them may have a pad on it."""
        return serial_ports("pad-stream")

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the pad at `address`."""
        knobs = PadSettings.model_validate(settings.model_dump())
        with kept(open_pipe(address, knobs.rate, "signature_pad")) as pipe:
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the pad says it is; nameless when it cannot say."""
        simulated = "SIMULATED" in self._name.upper()
        model, _, firmware = self._name.partition(",")
        return About(
            driver="pad-stream",
            address=self._pipe.address,
            vendor="Simulated" if simulated else "",
            model=model or "signature pad",
            firmware=firmware,
            simulated=simulated,
        )

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def begin(self) -> None:
        """Forget what was written and wait for the pen."""
        self._pipe.purge()
        self._packets.reset()
        self._restart()
        self._begun = True

    def strokes(self) -> tuple[tuple[PenPoint, ...], ...]:
        """What has been written so far; at once."""
        if self._begun:
            self._take(0)
        return self._ink.strokes

    def wait(self, seconds: float) -> Signature | None:
        """The signature once the person confirms it; None after `seconds`.

        `Retry` ``signature.empty`` or ``signature.cleared`` (writing goes on), ``signature.cancelled``;
        `Garbled` ``signature_pad.garbled`` or ``signature_pad.stuck``; `Missing`.
        """
        if not self._begun:
            self.begin()
        ends = time.monotonic() + max(0.0, seconds)
        while True:
            button = self._button()
            if button is not None:
                return self._finish(button)
            left = ends - time.monotonic()
            if left <= 0:
                return None
            self._take(min(left, STEP_S))

    def check(self) -> None:
        """Raise `Missing` when the pad has gone, `TimedOut` when it no longer says who it is."""
        self._pipe.check()
        if self._name and not self._begun and not self._ask_identity():
            raise self._silence()

    def close(self) -> None:
        """Release the pad. Safe twice; never raises."""
        try:
            self._say(self._layout.stop)
        except DeviceError:
            pass
        finally:
            self._pipe.close()

    def _ask_identity(self) -> str:
        if not self._layout.identify:
            return ""
        self._pipe.purge()
        self._say(self._layout.identify)
        ends = time.monotonic() + self._settings.identify_ms / 1000
        heard = b""
        while (left := ends - time.monotonic()) > 0:
            piece = self._pipe.receive(left)
            heard += piece
            match = _IDENTITY.search(heard)
            if match is not None:
                self._traffic.event(f"identity of {len(match[1])} characters")
                return match[1].decode("ascii").strip()
            if not piece:
                break
        self._traffic.event(f"no identity among {len(heard)} bytes")
        return ""

    def _say(self, written: str) -> None:
        message = bytes.fromhex(written)
        if message:
            self._traffic.sent(message, len(message))
            self._pipe.send(message)

    def _take(self, seconds: float) -> None:
        """Take what comes within `seconds`, as soon as something has."""
        data = self._pipe.receive(seconds)
        now = time.monotonic()
        samples = self._packets.feed(data)
        if data:
            self._traffic.received(b"", len(data))
        if self._packets.dropped > NOISE_BYTES:
            self._packets.reset()
            raise self._error(Garbled, "signature_pad.garbled", traffic=self._traffic.recent())
        gap_s = 1 / self._layout.packets_per_s
        for place, sample in enumerate(samples):
            # Packets that came together were written one after another.
            self._write(sample, max(self._still_since, now - gap_s * (len(samples) - 1 - place)))

    def _write(self, sample: Sample, at: float) -> None:
        last, self._last = self._last, sample
        if last is None or (last.x, last.y, last.touching) != (sample.x, sample.y, sample.touching):
            self._still_since = at
        elif sample.touching and at - self._still_since > self._settings.stuck_ms / 1000:
            self._restart()
            raise self._error(Garbled, "signature_pad.stuck")
        fresh = at - self._restarted < self._settings.key_ms / 1000
        if sample.button is not None and sample.button is not self._held and not fresh:
            self._pressed = sample.button
        self._held = sample.button
        self._tap(sample, bool(last and last.touching))
        if self._tapped is None:
            self._ink.add(sample, at)
        if sample.touching:
            self._away_since = at

    def _tap(self, sample: Sample, touched: bool) -> None:
        """A stroke that begins in an area is a press of its button, and no ink."""
        if sample.touching and not touched:
            knobs = self._settings
            areas = {
                Button.OK: knobs.ok_area,
                Button.CLEAR: knobs.clear_area,
                Button.CANCEL: knobs.cancel_area,
            }
            self._tapped = next((button for button, area in areas.items() if _inside(sample, area)), None)
        elif not sample.touching and self._tapped is not None:
            self._pressed, self._tapped = self._tapped, None

    def _button(self) -> Button | None:
        """What was pressed, or OK when the pen has been away for the set time."""
        button, self._pressed = self._pressed, None
        settle_ms = self._settings.settle_ms
        settled = settle_ms is not None and time.monotonic() - self._away_since > settle_ms / 1000
        if button is None and settled and self._ink.strokes:
            return Button.OK
        return button

    def _finish(self, button: Button) -> Signature:
        self._ink.lift()
        signature = Signature(self._ink.strokes, self._layout.width_mm, self._layout.height_mm)
        self._restart()
        if button is Button.CANCEL:
            self._begun = False
            raise self._error(Retry, "signature.cancelled")
        if button is Button.CLEAR:
            raise self._error(Retry, "signature.cleared")
        if not enough(signature, self._settings.least_mm, self._settings.least_ms):
            raise self._error(Retry, "signature.empty")
        self._begun = False
        return signature

    def _restart(self) -> None:
        self._ink.clear()
        self._pressed = self._tapped = self._last = None
        self._still_since = self._away_since = self._restarted = time.monotonic()

    def _silence(self) -> DeviceError:
        return self._error(TimedOut, "signature_pad.silent", traffic=self._traffic.recent())

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, **facts)


def _inside(sample: Sample, area: Area | None) -> bool:
    if area is None:
        return False
    left, top, right, bottom = area
    return left <= sample.x <= right and top <= sample.y <= bottom
