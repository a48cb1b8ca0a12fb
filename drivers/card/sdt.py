"""ID-card readers that speak the SDT protocol: serial, USB, HID, network (specs/id_reader_protocol.md)."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import date
from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, IdCard, Kind
from drivers.card import channel, content, discovery, layout, photo, reading, sam, sw3, waking
from drivers.card.channel import Channel
from drivers.card.content import ManagementNumber
from drivers.card.frame import Answer
from drivers.card.hid_wrapping import Marks, WrappingPipe
from drivers.card.settings import RATES, SdtSettings
from drivers.card.sw3 import NOT_SUPPORTED, PRESENT_AGAIN, Sw3
from drivers.errors import DeviceError, Garbled, Retry, TimedOut, Unsupported
from drivers.kept import kept
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.registry import driver

GRACE_S = 0.2
"""A look for a card is given at least this long, a little more than a reader needs to answer."""

SHORTEST_WAIT_S = 0.01
"""So that a wait of no time looks once."""

_NO_CARD = PRESENT_AGAIN | {Sw3.NOT_FOUND}
_OUT_OF_SERVICE = frozenset({Sw3.SELF_TEST_FAILED, Sw3.NOT_AUTHORISED})


@driver(
    "sdt",
    Kind.CARD_READER,
    SdtSettings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/ttyUSB0, usb:0400:c35a, hid:VVVV:PPPP, tcp:192.0.2.7:4001",
)
class SdtReader:
    """ID-card reader with a security module (SDT protocol), on a serial port, USB, HID or the network."""

    def __init__(self, pipe: Pipe, settings: SdtSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._channel = Channel(pipe, settings)
        self._next_look = 0.0
        self._found = False
        self._used = False
        """A card was read, wholly or in part, and was not seen to be lifted since."""
        self._cannot = Can.NOTHING
        """What the module said it does not know."""
        waking.wake(pipe, self._channel, settings)
        self._module_id = self._identify()
        waking.limit_rf_frame(pipe, self._channel, settings)
        self._about = self._describe(simulated=sam.is_simulated(self._module_id))

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Where a reader may be: serial ports, USB and HID devices by their descriptors; opens none."""
        return discovery.candidates("sdt")

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the reader at `address`, searching its serial rate unless the settings name it."""
        knobs = SdtSettings.model_validate(settings.model_dump())
        pipe = open_pipe(address, knobs.rate or RATES[0], "card_reader")
        if address.startswith("hid:"):
            marks = Marks(knobs.hid_request_flag, knobs.hid_response_flag, knobs.hid_command)
            pipe = WrappingPipe(pipe, marks)
        with kept(pipe):
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the reader is; `simulated` by its module identity or by the photo of a card it read."""
        return self._about

    @property
    def can(self) -> Can:
        """What the reader is able to do, less what its module was found not to know."""
        identify = Can.IDENTIFY_MODULE if self._module_id else Can.NOTHING
        fingers = Can.READ_FINGERPRINTS if self._settings.fingerprints else Can.NOTHING
        always = Can.DETECT_REMOVAL | Can.READ_ADDITIONAL_ADDRESS | Can.READ_MANAGEMENT_NUMBER
        return (always | identify | fingers) & ~self._cannot

    def wait_for_card(self, seconds: float) -> bool:
        """True as soon as a card lies on the reader that was not read yet; False after `seconds`.

        Looks every `poll_ms`. A call may last half a second longer when the reader fell silent and is
        asked whether it lives.
        """
        ends = time.monotonic() + max(seconds, SHORTEST_WAIT_S)
        while self._pause_before_look(ends):
            until = max(ends, time.monotonic() + GRACE_S)
            if self._used and not self._lifted(until):
                continue
            if self._find(until):
                return True
        return False

    def read(self) -> IdCard:
        """Read text, photo and, as set, fingerprints of the card on the reader.

        `Retry` ``card.none``, ``card.present_again`` or ``card.removed``; `Refused` ``card.not_genuine``;
        `Unsupported` ``card.unsupported_kind``; else a fault of the reader.
        """
        if self._used and not self._lifted(math.inf):
            raise self._error(Retry, "card.present_again", reason="already read")
        begun = time.monotonic()
        self._approach()
        failure = self._try_chip()
        for _ in range(1, self._settings.read_attempts):
            late = time.monotonic() - begun > self._settings.read_limit_ms / 1000
            if not isinstance(failure, Retry) or late:
                break
            if not (self._find(math.inf) and self._select()):
                break
            failure = self._try_chip()
        if isinstance(failure, IdCard):
            return failure
        raise self._explained(failure)

    def card_still_there(self) -> bool:
        """True while the card that was read has not been lifted."""
        self._pipe.check()
        return self._used and not self._lifted(math.inf)

    def additional_address(self) -> str | None:
        """The newest additional address on the card just read; None when the card holds none."""
        self._pipe.check()
        if not self._used:
            raise self._error(Retry, "card.none")
        answer = self._channel.answer(channel.ADDITIONAL_ADDRESS)
        if answer.status == Sw3.OK:
            return layout.decode(answer.data[: layout.ADDITIONAL_ADDRESS_SIZE]) or None
        if answer.status == Sw3.NOT_STORED:
            return None
        if answer.status in PRESENT_AGAIN:
            raise self._error(Retry, "card.removed")
        raise self._meaning(answer, channel.ADDITIONAL_ADDRESS)

    def management_number(self) -> ManagementNumber | None:
        """The number of the chip just read (needs Can.READ_MANAGEMENT_NUMBER); None when it gives none.

        Read the text first: some modules give no text after this (spec §8.4).
        """
        self._pipe.check()
        if not self._used:
            raise self._error(Retry, "card.none")
        answer = self._channel.answer(channel.MANAGEMENT_NUMBER)
        if answer.status == Sw3.OK:
            return content.management_number(answer.data)
        if answer.status in NOT_SUPPORTED:
            self._cannot |= Can.READ_MANAGEMENT_NUMBER
        elif answer.status in PRESENT_AGAIN:
            if self._lifted(math.inf):
                raise self._error(Retry, "card.removed")
        elif answer.status != Sw3.NOT_STORED:
            raise self._meaning(answer, channel.MANAGEMENT_NUMBER)
        return None

    def reset(self) -> None:
        """Start the security module anew and hear its self-test; a card must then be found again."""
        self._pipe.check()
        waking.reset(self._pipe, self._channel)
        self._found = False

    def check(self) -> None:
        """Raise `Missing` when the reader has gone."""
        self._pipe.check()

    def close(self) -> None:
        """Release the port. Safe twice; never raises."""
        self._pipe.close()

    def _identify(self) -> str:
        answer = self._channel.answer(channel.SAM_ID)
        if answer.status == Sw3.OK:
            return sam.show(answer.data)
        if answer.status in NOT_SUPPORTED:
            return ""
        raise self._meaning(answer, channel.SAM_ID)

    def _describe(self, simulated: bool) -> About:
        vendor = "Simulated" if simulated else ""
        return About(
            driver="sdt",
            address=self._pipe.address,
            vendor=vendor,
            model="SDT security module",
            serial=self._module_id,
            simulated=simulated,
        )

    def _pause_before_look(self, ends: float) -> bool:
        """Wait until the next look is due; False when that is not before `ends`. `Missing` when unplugged."""
        self._pipe.check()
        now = time.monotonic()
        due = max(now, self._next_look)
        if due > ends:
            time.sleep(max(0.0, ends - now))
            self._pipe.check()
            return False
        time.sleep(due - now)
        self._next_look = due + self._settings.poll_ms / 1000
        return True

    def _find(self, until: float) -> bool:
        """Look for a card that was not read yet, once more at once as vendors do."""
        self._found = False
        for _ in range(2):
            answer = self._channel.ask(channel.FIND, until)
            if answer is None:
                return False
            if answer.status == Sw3.FOUND:
                self._found = True
                return True
            if answer.status not in _NO_CARD:
                raise self._meaning(answer, channel.FIND)
        return False

    def _select(self) -> bool:
        """Select the card that was found, once more at once as vendors do."""
        self._found = False
        for _ in range(2):
            answer = self._channel.answer(channel.SELECT)
            if answer.status == Sw3.OK:
                return True
            if answer.status not in _NO_CARD:
                raise self._meaning(answer, channel.SELECT)
        return False

    def _lifted(self, until: float) -> bool:
        """True once the used card is gone: the additional address can no longer be asked for (spec §8.5)."""
        for _ in range(2):
            answer = self._channel.ask(channel.ADDITIONAL_ADDRESS, until)
            if answer is None or answer.status in {Sw3.OK, Sw3.NOT_STORED}:
                return False
            if answer.status in _OUT_OF_SERVICE:
                raise self._meaning(answer, channel.ADDITIONAL_ADDRESS)
        self._used = False
        return True

    def _approach(self) -> None:
        """Bring a card to the state in which its chip can be read, or raise what the person should do."""
        expected = self._found
        if expected and self._select():
            return
        if not self._find(math.inf):
            raise self._error(Retry, "card.removed" if expected else "card.none")
        if not self._select():
            raise self._error(Retry, "card.present_again")

    def _try_chip(self) -> IdCard | DeviceError:
        """What the selected card holds, or why it is not known."""
        command = channel.READ_WITH_FINGERPRINTS if Can.READ_FINGERPRINTS in self.can else channel.READ
        try:
            answer = self._channel.answer(command)
        except (TimedOut, Garbled) as error:
            return error
        finally:
            self._used = True
        if command is channel.READ_WITH_FINGERPRINTS and answer.status in NOT_SUPPORTED:
            self._cannot |= Can.READ_FINGERPRINTS
            return self._try_chip()
        if answer.status != Sw3.OK:
            return self._meaning(answer, command)
        return self._card(answer.data, command is channel.READ_WITH_FINGERPRINTS)

    def _explained(self, failure: DeviceError) -> DeviceError:
        """`failure`, or the removal of the card that led to it."""
        passing = isinstance(failure, Retry | TimedOut | Garbled) and failure.code != channel.SILENT
        if passing and self._lifted(math.inf):
            return self._error(Retry, "card.removed", after=failure.code)
        return failure

    def _card(self, data: bytes, with_fingerprints: bool) -> IdCard | DeviceError:
        try:
            areas = content.split(data, with_fingerprints)
            card = reading.parse(areas.text, date.today())
        except content.WrongLengths as error:
            return self._error(Garbled, "card_reader.layout", lengths=error.args)
        except layout.UnknownFlag as error:
            return self._error(Unsupported, "card.unsupported_kind", flag=str(error))
        if photo.is_simulated(areas.photo):
            self._about = self._describe(simulated=True)
        return replace(card, photo=areas.photo, fingerprints=areas.fingerprints, module_id=self._module_id)

    def _meaning(self, answer: Answer, command: channel.Command) -> DeviceError:
        return sw3.error(answer.status, self._pipe.address, command.name, command.about_card)

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, **facts)
