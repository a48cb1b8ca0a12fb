"""Receipt printers that speak ESC/POS, on a serial line, network or USB printer port.

python-escpos encodes (`drivers.printer.composing`); its own transports know neither time limits nor our
errors, so the bytes go over our pipes. A slip is sent once: whatever fails after its first byte ends in
``printer.unfinished``.
"""

from __future__ import annotations

import re
import time
from typing import Self

import structlog
from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import Slip
from drivers.errors import DeviceError, Fault, Garbled, Missing, TimedOut
from drivers.kept import kept
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.link.ports import serial_ports
from drivers.link.traffic import Traffic
from drivers.printer import composing, status
from drivers.printer.composing import Composer
from drivers.printer.lineprinter import LinePrinterPipe, is_line_printer, line_printers
from drivers.printer.settings import PrinterSettings
from drivers.printer.status import Condition, Status
from drivers.registry import driver

log = structlog.get_logger(__name__)
CHUNK = 256
"""Bytes sent at once, so that a slow line keeps the pipe's time limit."""
HEAD_SIZE = 2
"""Bytes of print data that may be logged: the command, not what is printed."""
LOOK_S = 0.5
"""Pause between two looks at the state while waiting for the end."""
_MAKER, _MODEL, _FIRMWARE = 66, 67, 65
_IDENTITY = re.compile(rb"_([\x20-\x7e]{0,80})\x00")


@driver(
    "escpos",
    Kind.PRINTER,
    PrinterSettings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/usb/lp0, /dev/ttyUSB0, tcp:HOST:9100, usb:VID:PID",
)
class EscposPrinter:
    """Receipt printer that speaks ESC/POS, with Chinese text, QR codes and cutter."""

    def __init__(self, pipe: Pipe, settings: PrinterSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._traffic = Traffic(pipe.address)
        self._composer = Composer(settings, pipe.address)
        self._names: dict[int, str] = {}
        self._condition()
        self._identify()

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """USB printer ports and serial ports of this machine, not opened."""
        found = [Found("escpos", path, "USB printer port") for path in line_printers()]
        return [*found, *serial_ports("escpos")]

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the printer at `address`; it must answer a status request, but may lack paper."""
        knobs = PrinterSettings.model_validate(settings.model_dump())
        at_port = is_line_printer(address)
        pipe = LinePrinterPipe(address, "printer") if at_port else open_pipe(address, knobs.rate, "printer")
        with kept(pipe):
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the printer says it is (GS I); nameless when it cannot say."""
        maker = self._names.get(_MAKER, "")
        simulated = "SIMULATED" in maker.upper()
        return About(
            driver="escpos",
            address=self._pipe.address,
            vendor="Simulated" if simulated else maker,
            model=self._names.get(_MODEL, "") or "ESC/POS printer",
            firmware=self._names.get(_FIRMWARE, ""),
            simulated=simulated,
        )

    @property
    def can(self) -> Can:
        """Look for paper, and cut it when set so."""
        return Can.DETECT_PAPER | (Can.CUT_PAPER if self._settings.cut else Can.NOTHING)

    def print_slip(self, slip: Slip) -> None:
        """Print `slip` and cut; returns when the printer says that it has finished.

        Before anything was printed: `Retry` ``printer.no_paper`` or ``printer.cover_open``, `Fault`
        ``printer.offline``, ``printer.cutter`` or ``printer.broken``, `TimedOut` ``printer.silent``,
        `Missing`. Afterwards `Fault` ``printer.unfinished``: look, do not print again unasked.
        """
        self._require_ready()
        if not self._names:
            self._identify()
        data = self._composer.compose(slip)
        try:
            self._send(data)
            if self._settings.confirm:
                self._await_end()
        except (Missing, TimedOut, Garbled) as error:
            raise Fault(
                "printer.unfinished",
                self._pipe.address,
                cause=error.code,
                reason=str(error.facts.get("reason", "")),
                traffic=self._traffic.recent(),
            ) from error

    def check(self) -> None:
        """Raise why it cannot print now: the state that `print_slip` would meet."""
        self._pipe.check()
        self._require_ready()

    def close(self) -> None:
        """Release the printer. Safe twice; never raises."""
        self._pipe.close()

    def _require_ready(self) -> None:
        condition = self._condition()
        obstacle = condition.obstacle(self._pipe.address)
        if obstacle is not None:
            raise obstacle
        if condition.paper_low:
            log.info("printer.paper_low", device=self._pipe.address)

    def _condition(self) -> Condition:
        """The printer's state by all four questions, within `status_ms`."""
        ends = time.monotonic() + self._settings.status_ms / 1000
        return Condition.of({question: self._ask(question, ends) for question in Status})

    def _ask(self, question: Status, ends: float) -> int:
        self._pipe.purge()
        message = status.request(question)
        self._traffic.sent(message, len(message))
        self._pipe.send(message)
        heard = 0
        while (left := ends - time.monotonic()) > 0:
            answer = self._pipe.receive(left)
            self._traffic.received(answer[:1], len(answer))
            heard += len(answer)
            good = [byte for byte in answer if status.is_status(byte)]
            if good:
                return good[-1]
            if not answer:
                break
        if heard:
            raise self._error(Garbled, "printer.garbled", question=question.name)
        raise self._error(TimedOut, "printer.silent", question=question.name)

    def _identify(self) -> None:
        """Ask maker, model and firmware; a printer that does not know the first question is left nameless."""
        self._pipe.send(composing.INITIALISE)
        for which in (_MAKER, _MODEL, _FIRMWARE):
            self._pipe.purge()
            self._pipe.send(bytes([0x1D, 0x49, which]))
            name = self._hear_name()
            if name is None:
                return
            self._names[which] = name

    def _hear_name(self) -> str | None:
        ends = time.monotonic() + self._settings.status_ms / 1000
        heard = b""
        while (left := ends - time.monotonic()) > 0:
            piece = self._pipe.receive(left)
            heard += piece
            match = _IDENTITY.search(heard)
            if match is not None:
                return match[1].decode("ascii").strip()
            if not piece:
                break
        return None

    def _send(self, data: bytes) -> None:
        self._traffic.sent(data[:HEAD_SIZE], len(data))
        for at in range(0, len(data), CHUNK):
            self._pipe.send(data[at : at + CHUNK])

    def _await_end(self) -> None:
        """Wait until the printer says that it has printed all, or why it has stopped."""
        self._pipe.purge()
        self._pipe.send(status.FINISHED_REQUEST)
        ends = time.monotonic() + self._settings.finish_ms / 1000
        while time.monotonic() < ends:
            answer = self._pipe.receive(LOOK_S)
            self._traffic.received(answer[:1], len(answer))
            # Answers to questions that the printer saw inside a picture have other fixed bits.
            if any(status.is_finished(byte) for byte in answer):
                return
            self._pipe.send(status.request(Status.OFFLINE))
            answer = self._pipe.receive(LOOK_S)
            self._traffic.received(answer[:1], len(answer))
            if any(status.is_finished(byte) for byte in answer):
                return
            if any(status.is_status(byte) and byte & 0x64 for byte in answer):
                raise self._error(TimedOut, "printer.silent", reason="stopped while printing")
        raise self._error(TimedOut, "printer.silent", reason="did not say that it has finished")

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, traffic=self._traffic.recent(), **facts)
