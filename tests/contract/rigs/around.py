"""Rigs of what stands around a case: signature pad, printer, PIN pad, bank cards, sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from drivers.around import Align, Slip, SlipLine
from drivers.errors import Fault, Garbled, Missing, Retry, TimedOut
from drivers.sim.handle import Simulated
from tests.contract.rig import Bench, Injected, Rig


def nothing() -> None:
    """Already there."""


def fault(name: str, times: int = 0) -> Callable[[Bench], None]:
    """Gives the simulator that fault."""
    return lambda bench: bench.sim.fault(name, times)


def tell(line: str) -> Callable[[Bench], None]:
    """Has the simulator obey that line."""
    return lambda bench: bench.sim.tell(line)


@contextmanager
def pad_bench(layout: str, where: list[str]) -> Iterator[Bench]:
    """A signature pad; `prepare` has somebody sign while `work` waits."""
    end = " ok" if layout == "plain" else ""
    options = {"layout": layout, "stuck_ms": 300} | ({} if end else {"settle_ms": 500})
    with Simulated("drivers.pad.simulator", ["--pace", "400", "--layout", layout, *where]) as sim:

        def work(device: Any) -> object:
            device.begin()
            sim.tell(f"sign wang{end}")
            signature = device.wait(5)
            assert signature is not None, "nobody signed"
            return signature

        yield Bench(sim.address, options, nothing, work, sim.unplug, sim.replug, sim)


SLIP = Slip(
    (SlipLine("某某银行", Align.CENTRE, bold=True, large=True), SlipLine("样本")), "https://example.test/1"
)


@contextmanager
def printer_bench(where: list[str], **options: object) -> Iterator[Bench]:
    """A receipt printer with paper in it; `work` prints a slip."""
    with Simulated("drivers.printer.simulator", where) as sim:

        def work(device: Any) -> object:
            return device.print_slip(SLIP)

        yield Bench(sim.address, {"finish_ms": 3000, **options}, nothing, work, sim.unplug, sim.replug, sim)


PRINTER_FAULTS = (
    Injected("no-paper", fault("no_paper"), Retry, "printer.no_paper"),
    Injected("cover-open", fault("cover_open"), Retry, "printer.cover_open"),
    Injected("offline", fault("offline"), Fault, "printer.offline"),
    Injected("cutter", fault("cutter"), Fault, "printer.cutter"),
    Injected("broken", fault("broken"), Fault, "printer.broken"),
    Injected("silence", fault("silence"), TimedOut, "printer.silent"),
    Injected("garbled", fault("garbled"), Garbled, "printer.garbled"),
    Injected("stalled", fault("stalled"), Fault, "printer.unfinished"),
    Injected("paper-out-mid-print", fault("paper_out_mid_print"), Fault, "printer.unfinished"),
    Injected("unplugged-mid-print", fault("unplugged_mid_print"), Fault, "printer.unfinished"),
    Injected("dead", fault("silence"), TimedOut, "printer.silent", at_open=True),
)

PTY = ["--link", "{folder}/port"]
PAD_FAULTS = (
    Injected("noise", fault("noise", 1), Garbled, "signature_pad.garbled"),
    Injected("beyond-edges", fault("beyond_edges", 1), Garbled, "signature_pad.garbled"),
    Injected("stuck", fault("stuck", 1), Garbled, "signature_pad.stuck"),
    Injected("unplugged-mid-stroke", fault("unplugged_mid_stroke", 1), Missing, "signature_pad.unplugged"),
)
KEYED_PAD_FAULTS = (
    *PAD_FAULTS,
    Injected("too-short", fault("too_short", 1), Retry, "signature.empty"),
    Injected("cancelled", fault("cancelled", 1), Retry, "signature.cancelled"),
    Injected("cleared", fault("cleared", 1), Retry, "signature.cleared"),
    Injected("silence", fault("silence"), TimedOut, "signature_pad.silent", at_open=True),
)

RIGS: tuple[Rig, ...] = (
    Rig("pad-stream", "serial", lambda: pad_bench("plain", PTY), KEYED_PAD_FAULTS),
    Rig("pad-stream", "topaz-serial", lambda: pad_bench("topaz", PTY), PAD_FAULTS),
    Rig("escpos", "serial", lambda: printer_bench(PTY), PRINTER_FAULTS),
    Rig("escpos", "drawn-serial", lambda: printer_bench(PTY, chinese="picture", qr="picture")),
)
