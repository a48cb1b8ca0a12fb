"""What a simulated receipt printer does: prints on paper that can be looked at, or fails as real ones do."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from drivers.printer.commands import Interpreter
from drivers.printer.paper import Paper
from drivers.printer.status import Condition, Status
from drivers.sim.faultlist import FaultList
from drivers.sim.wire import LATE_S, Piece

IDENTITY = {65: "1.00", 66: "SIMULATED", 67: "RECEIPT-SIM", 68: "0000000001"}
NOISE = b"\xff\xff\xff"
_REAL_TIME = re.compile(rb"\x10\x04([\x01-\x04])")
ROWS_BEFORE_END = 2
"""Rows that still come out when the paper ends or the cable is pulled while printing."""


class PrinterFault(enum.StrEnum):
    """What goes wrong."""

    NO_PAPER = "no_paper"
    PAPER_LOW = "paper_low"
    """The near-end sensor sees little paper; it prints all the same."""
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    CUTTER = "cutter"
    BROKEN = "broken"
    SLOW = "slow"
    """It says 2 s late that it has finished."""
    STALLED = "stalled"
    """It takes everything, says that all is well, and prints nothing."""
    SILENCE = "silence"
    GARBLED = "garbled"
    """It answers status requests with bytes that are no status."""
    NAMELESS = "nameless"
    """It does not say who it is, as many do not."""
    PAPER_OUT_MID_PRINT = "paper_out_mid_print"
    UNPLUGGED_MID_PRINT = "unplugged_mid_print"


class SimulatedPrinter:
    """The instrument: ``slips FILE`` (JSON), ``picture FILE`` (PNG of the last slip), ``tear``, faults."""

    words = ("slips", "picture", "tear", "fault", "clear")

    def __init__(self, dots: int, rate: int | None) -> None:
        self.rate = rate
        self._paper = Paper(dots)
        self._interpreter = Interpreter(self._paper, IDENTITY)
        self._faults = FaultList(PrinterFault)
        self._condition = Condition()
        self._tail = b""

    def plugged(self) -> Iterable[Piece]:
        """Powered up: what was not printed is lost."""
        self._interpreter.forget()
        self._tail = b""
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """Answers at once to status requests, in the order of the data to the rest."""
        if self._faults.has(PrinterFault.SILENCE):
            return []
        pieces = self._answer_status(data)
        if self._stopped():
            return pieces
        rows = self._interpreter.rows
        ends = self._faults.has(PrinterFault.PAPER_OUT_MID_PRINT)
        pulled = self._faults.has(PrinterFault.UNPLUGGED_MID_PRINT)
        self._interpreter.feed(data, ROWS_BEFORE_END if ends or pulled else None)
        if ends and self._interpreter.rows >= ROWS_BEFORE_END:
            self._condition = replace(self._condition, no_paper=True)
            self._faults.meets(PrinterFault.PAPER_OUT_MID_PRINT)
            return pieces
        if pulled and self._interpreter.rows > rows:
            self._faults.meets(PrinterFault.UNPLUGGED_MID_PRINT)
            return [*pieces, Piece(0.0, b"", "unplug")]
        return [*pieces, *self._answers()]

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out a command."""
        match word:
            case "slips":
                told = [[each.told() for each in slip] for slip in self._paper.slips]
                unknown = self._interpreter.unknown
                text = json.dumps({"slips": told, "unknown": unknown}, ensure_ascii=False)
                Path(argument).write_text(text, encoding="utf-8")
            case "picture":
                if not self._paper.slips:
                    raise ValueError("nothing was printed and cut yet")
                self._paper.drawn(self._paper.slips[-1]).save(argument, "PNG")
            case "tear":
                self._paper.slips.clear()
                self._paper.growing.clear()
            case "fault":
                self._faults.give(argument)
            case "clear":
                self._faults.clear()
                self._condition = Condition()
                self._interpreter.forget()
        return ()

    def _answer_status(self, data: bytes) -> list[Piece]:
        """Status requests are heard wherever they stand, even inside a picture, as the manual warns."""
        window = self._tail + data
        self._tail = window[-2:]
        found = [match for match in _REAL_TIME.finditer(window) if match.end() > len(window) - len(data)]
        if not found:
            return []
        if self._faults.meets(PrinterFault.GARBLED):
            return [Piece(0.0, NOISE)]
        answers = self._now().encode()
        return [Piece(0.0, bytes([answers[Status(match[1][0])]])) for match in found]

    def _now(self) -> Condition:
        has = self._faults.has
        return replace(
            self._condition,
            offline=has(PrinterFault.OFFLINE),
            cover_open=has(PrinterFault.COVER_OPEN),
            no_paper=self._condition.no_paper or has(PrinterFault.NO_PAPER),
            paper_low=has(PrinterFault.PAPER_LOW),
            cutter=has(PrinterFault.CUTTER),
            broken=has(PrinterFault.BROKEN),
        )

    def _stopped(self) -> bool:
        """True while it takes no print data. It still says who it is, so that it is known as simulated."""
        return self._condition.no_paper or self._faults.has(PrinterFault.STALLED)

    def _answers(self) -> list[Piece]:
        late = LATE_S if self._interpreter.answers and self._faults.meets(PrinterFault.SLOW) else 0.0
        said = [each for each in self._interpreter.answers if not self._withheld(each)]
        self._interpreter.answers.clear()
        return [Piece(late, each) for each in said]

    def _withheld(self, answer: bytes) -> bool:
        return self._faults.has(PrinterFault.NAMELESS) and answer.startswith(b"_")
