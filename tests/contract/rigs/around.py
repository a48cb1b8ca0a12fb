"""Rigs of what stands around a case: signature pad, printer, PIN pad, bank cards, sound."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.around import Align, Slip, SlipLine, Sound
from drivers.bank_card.simulated_card import SimulatedCard
from drivers.errors import Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.sim import pcscd
from drivers.sim.handle import Simulated
from drivers.sim.pcscd import PrivatePcscd
from tests.contract.rig import Bench, Injected, Rig
from tests.drivers_document.pcsc_stand_in import StandIn, standing_in
from tests.drivers_speaker import alsa_file
from tests.drivers_speaker.alsa_file import sound_card

if not pcscd.missing():
    # libpcsclite looks for its daemon once in the life of a process.
    pcscd.claim_socket()


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

ACCOUNT = "6259654738291056"


@contextmanager
def pin_bench(where: list[str], **options: object) -> Iterator[Bench]:
    """A PIN pad before which somebody enters a PIN at once."""
    with Simulated("drivers.pin_pad.simulator", where) as sim:

        def work(device: Any) -> object:
            return device.enter(ACCOUNT, 2)

        yield Bench(sim.address, {"answer_ms": 400, **options}, nothing, work, sim.unplug, sim.replug, sim)


PIN_FAULTS = (
    Injected("cancelled", fault("cancelled"), Retry, "pin.cancelled"),
    Injected("too-short", fault("too_short"), Retry, "pin.too_short"),
    Injected("nobody", fault("nobody"), Retry, "pin.timeout"),
    Injected("no-key", fault("no_key"), Refused, "pin_pad.no_key"),
    Injected("tampered", fault("tampered"), Refused, "pin_pad.tampered"),
    Injected("silence", fault("silence"), TimedOut, "pin_pad.silent"),
    Injected("mute-entry", fault("mute_entry"), TimedOut, "pin_pad.silent"),
    Injected("wrong-sequence", fault("wrong_sequence"), Garbled, "pin_pad.sequence"),
    Injected("clear-block", fault("clear_block"), Garbled, "pin_pad.clear_block"),
    Injected("wrong-format", fault("wrong_format"), Garbled, "pin_pad.garbled"),
    Injected("wrong-crc", fault("wrong_crc"), Garbled, "pin_pad.garbled"),
    Injected("half-frame", fault("half_frame"), Garbled, "pin_pad.garbled"),
    Injected("noise", fault("noise"), Garbled, "pin_pad.garbled"),
    Injected("unplugged-mid-entry", fault("unplugged_mid_entry"), Missing, "pin_pad.unplugged"),
    Injected("dead", fault("silence"), TimedOut, "pin_pad.silent", at_open=True),
    Injected("noisy", fault("noise"), Garbled, "pin_pad.garbled", at_open=True),
)


@contextmanager
def stripe_bench(where: list[str]) -> Iterator[Bench]:
    """A stripe reader through which somebody pulls a card."""
    with Simulated("drivers.bank_card.stripe_simulator", where) as sim:

        def work(device: Any) -> object:
            sim.tell("swipe")
            device.wait_for_card(3)
            return device.read()

        yield Bench(sim.address, {"must_answer": True}, nothing, work, sim.unplug, sim.replug, sim)


STRIPE_FAULTS = (
    Injected("wrong-lrc", fault("wrong_lrc"), Retry, "bank_card.unreadable"),
    Injected("broken-off", fault("broken_off"), Retry, "bank_card.unreadable"),
    Injected("reported", fault("reported"), Retry, "bank_card.unreadable"),
    Injected("wrong-check-digit", fault("wrong_check_digit"), Retry, "bank_card.unreadable"),
    Injected("noise", fault("noise"), Garbled, "bank_card_reader.garbled"),
    Injected("unplugged-mid-swipe", fault("unplugged_mid_swipe"), Missing, "bank_card_reader.unplugged"),
    Injected("silence", fault("silence"), TimedOut, "bank_card_reader.silent", at_open=True),
)


class CardInReader:
    """A bank card in the reader of the stand-in for PC/SC."""

    def __init__(self, card: SimulatedCard, reader: StandIn) -> None:
        self.reader = reader
        self._card = card

    def fault(self, name: str, times: int = 0) -> None:
        """Give the card a fault."""
        self._card.fault(name, times)

    def clear(self) -> None:
        """Take the faults of card and reader away."""
        self._card.clear()
        self.reader.clear()


@contextmanager
def chip_bench(contactless: bool) -> Iterator[Bench]:
    """A chip card in a reader, by a stand-in for pyscard."""
    card = SimulatedCard(contactless=contactless)
    with standing_in(card) as reader:  # type: ignore[arg-type]
        sim = CardInReader(card, reader)
        options = {"answer_ms": 1000}
        yield Bench("pcsc:", options, reader.insert, _read_chip, reader.unplug, reader.replug, sim)


@contextmanager
def pcscd_bench() -> Iterator[Bench]:
    """A chip card on the virtual reader of a real pcscd, which is unplugged by taking the readers away."""
    with PrivatePcscd() as daemon:
        arguments = ["--port", str(daemon.port)]
        with Simulated("drivers.bank_card.chip_simulator", arguments) as sim:
            plugged = [True]

            def unplug() -> None:
                daemon.unplug()
                plugged[0] = False

            def replug() -> None:
                if not plugged[0]:
                    daemon.start()
                    plugged[0] = True

            options = {"answer_ms": 1000}
            yield Bench("pcsc:Virtual", options, sim.replug, _read_chip, unplug, replug, sim)


def _read_chip(device: Any) -> object:
    device.wait_for_card(2.5)
    return device.read()


CHIP_FAULTS = (
    Injected("no-application", fault("no_application"), Unsupported, "bank_card.no_application"),
    Injected("options-refused", fault("options_refused"), Retry, "bank_card.unreadable"),
    Injected("wrong-check-digit", fault("wrong_check_digit"), Retry, "bank_card.unreadable"),
    Injected("contradiction", fault("contradiction"), Retry, "bank_card.unreadable"),
    Injected("mute", fault("mute"), TimedOut, "bank_card_reader.silent"),
)
CONTACT_FAULTS = (
    Injected("cut-record", fault("cut_record"), Retry, "bank_card.unreadable"),
    Injected("removed-mid-read", fault("removed_mid_read"), Retry, "bank_card.removed"),
)
READER_FAULTS = (
    Injected("no-card", lambda bench: bench.sim.reader.remove(), Retry, "bank_card.none"),
    Injected("service", lambda bench: bench.sim.reader.kill(), Missing, "bank_card_reader.no_service"),
)

BEEP = Sound(b"\x00\x10\x00\xf0" * 400)


def _beep(device: Any) -> object:
    device.play(BEEP)
    ends = time.monotonic() + 5
    while device.playing():
        assert time.monotonic() < ends, "it plays for ever"
        time.sleep(0.01)
    return device


@contextmanager
def sound_card_bench() -> Iterator[Bench]:
    """PortAudio on a sound card that is a file of ALSA's."""
    with sound_card() as card:
        yield Bench(alsa_file.NAME, {}, nothing, _beep, card.unplug, card.replug, card)


@contextmanager
def wav_bench() -> Iterator[Bench]:
    """A folder for WAV files, pulled out by taking it away."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "sound"
        folder.mkdir()

        def unplug() -> None:
            # At once, also while a sound is being written into it.
            shutil.rmtree(folder.rename(folder.with_name("pulled")))

        def replug() -> None:
            folder.mkdir(exist_ok=True)

        yield Bench(f"folder:{folder}", {}, nothing, _beep, unplug, replug, None)


def _pull(bench: Bench) -> None:
    assert bench.unplug is not None
    bench.unplug()


PULLED_OUT = Injected("pulled-out", _pull, Missing, "speaker.unplugged")
NO_FOLDER = Injected("not-there", _pull, Missing, "speaker.unplugged", at_open=True)
NO_CARD = Injected("not-there", _pull, Missing, "speaker.missing", at_open=True)

TCP = ["--tcp"]
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
    Rig("escpos", "tcp", lambda: printer_bench(TCP), PRINTER_FAULTS),
    Rig("pad-stream", "wacom-tcp", lambda: pad_bench("wacom-serial", TCP), PAD_FAULTS),
    Rig("pin-pad", "serial", lambda: pin_bench(PTY), PIN_FAULTS),
    Rig("pin-pad", "tcp", lambda: pin_bench(TCP, format="iso-0"), PIN_FAULTS[:6]),
    Rig("bank-card-stripe", "serial", lambda: stripe_bench(PTY), STRIPE_FAULTS),
    Rig("bank-card-stripe", "tcp", lambda: stripe_bench(TCP), STRIPE_FAULTS[4:]),
    Rig(
        "bank-card-pcsc", "stand-in", lambda: chip_bench(False), CHIP_FAULTS + CONTACT_FAULTS + READER_FAULTS
    ),
    Rig("bank-card-pcsc", "contactless", lambda: chip_bench(True), CHIP_FAULTS),
    Rig("bank-card-pcsc", "pcscd", pcscd_bench, CHIP_FAULTS[:1] + CONTACT_FAULTS[1:], pcscd.missing),
    Rig("sounddevice", "portaudio", sound_card_bench, (PULLED_OUT, NO_CARD), alsa_file.missing),
    Rig("speaker-file", "folder", wav_bench, (PULLED_OUT, NO_FOLDER)),
)
