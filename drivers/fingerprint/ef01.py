"""Fingerprint modules of the EF01 family on a serial line or network (specs/fingerprint_serial_protocol.md).

Nothing is stored on the module: templates come from and go to whoever calls. What the module holds is
overwritten at opening, by `forget`, and at closing after a finger was on it.
"""

from __future__ import annotations

import contextlib
import time
from typing import Self

import structlog
from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.capture import Finger, FingerImage, FingerMatch, FingerTemplate, Grey, Progress
from drivers.errors import DeviceError, Garbled, TimedOut, Unsupported
from drivers.fingerprint import commands, confirmation, identity, picture
from drivers.fingerprint.channel import LINK, SILENT, Channel
from drivers.fingerprint.confirmation import Code
from drivers.fingerprint.ef01_memory import LIVE, Memory
from drivers.fingerprint.identity import Parameters, Product
from drivers.fingerprint.settings import FIRST_RATE, RATES, Ef01Settings
from drivers.kept import kept
from drivers.link.opening import has_rate, open_pipe
from drivers.link.pipe import Pipe
from drivers.link.ports import serial_ports
from drivers.registry import driver

log = structlog.get_logger(__name__)

FORMAT = "ef01"
CHECK_S = 0.8
"""How long a check waits for the module."""
LAST_ANSWER_S = 0.5
"""How long closing waits for each answer."""
DPI = 500

_TOUCH_AGAIN = frozenset(
    {
        Code.NO_FINGER,
        Code.NOT_CAPTURED,
        Code.TOO_DRY,
        Code.TOO_WET,
        Code.MESSY,
        Code.TOO_FEW_POINTS,
        Code.NOT_MOVED,
        Code.PARTIAL,
    }
)
_NO_SUCH_COMMAND = frozenset(
    {Code.PACKET_ERROR, Code.UNDEFINED, Code.BAD_REGISTER, Code.BAD_REGISTER_VALUE, Code.BAD_PAGE}
)
"""What makes answer to a command that they do not have."""


@driver(
    "ef01",
    Kind.FINGERPRINT,
    Ef01Settings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/ttyUSB0, serial:/dev/ttyS1, tcp:10.0.0.7:4001",
)
class Ef01Sensor:
    """Fingerprint module with packets EF 01 (R30x, R50x, AS60x, ZFM and kin)."""

    def __init__(self, pipe: Pipe, settings: Ef01Settings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._channel = Channel(pipe, settings)
        self._can = Can.NOTHING
        self._used = False
        """A finger was on the sensor, or a template in it, since it was emptied."""
        self._wake()
        self._parameters = Parameters.of(self._channel.demand(commands.PARAMETERS), pipe.address)
        self._product = self._ask_product()
        self._simulated = identity.is_simulated(self._parameters, self._product)
        self._memory = Memory(
            self._channel,
            pipe.address,
            self._parameters.packet_size,
            settings.touches,
            self._product.template_size,
        )
        self._used = self._memory.begin()
        self._can = Can.CAPTURE_IMAGE
        self._can |= Can.ENROL_TEMPLATE if self._memory.gives else Can.NOTHING
        self._can |= Can.MATCH_TEMPLATE if self._memory.takes else Can.NOTHING

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Serial ports of this machine, not opened: any of them may have a module on it."""
        return serial_ports("ef01")

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the module at `address`, searching its rate unless the settings name it; empties it."""
        knobs = Ef01Settings.model_validate(settings.model_dump())
        with kept(open_pipe(address, knobs.rate or FIRST_RATE, "fingerprint")) as pipe:
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the module is; `simulated` by what it says of itself or by a template it gave."""
        return About(
            driver="ef01",
            address=self._pipe.address,
            vendor="Simulated" if self._simulated else "",
            model=self._product.model or f"EF01 module, system {self._parameters.system:04X}",
            serial=self._product.serial,
            firmware=self._product.version,
            simulated=self._simulated,
        )

    @property
    def can(self) -> Can:
        """What the module was found able to do; loses CAPTURE_IMAGE when it declines to give a picture."""
        return self._can

    def wait_for_finger(self, seconds: float) -> bool:
        """True as soon as a finger lies on the sensor; False after `seconds` without one."""
        return self._poll(Code.OK, time.monotonic() + seconds) == Code.OK

    def capture(self, finger: Finger, seconds: float) -> FingerImage:
        """The picture of one finger, put on within `seconds`; giving it takes up to 7 s more at 57600.

        `Retry` ``finger.none``, ``finger.messy`` … when touching again may help; `Unsupported`
        ``fingerprint.no_picture``; `Garbled` ``fingerprint.incomplete``.
        """
        self._require(Can.CAPTURE_IMAGE, "fingerprint.no_picture")
        self._take(time.monotonic() + seconds)
        image = self._picture()
        # After the picture, which some makes overwrite with what they extract from it.
        self._channel.demand(commands.image_to_features(LIVE))
        return FingerImage(image, finger, DPI)

    def enrol(self, finger: Finger, seconds: float, progress: Progress) -> FingerTemplate:
        """A template of several touches, all within `seconds`.

        `Retry` as `capture`, and ``finger.differs`` when the touches were not of one finger.
        """
        self._require(Can.ENROL_TEMPLATE, "fingerprint.no_templates")
        ends = time.monotonic() + seconds
        touches = self._settings.touches
        for done in range(touches):
            if done:
                progress("finger.lift", done, touches)
                self._wait_until_lifted(ends)
            progress("finger.touch", done, touches)
            self._take(ends)
            self._channel.demand(commands.image_to_features(done + 1))
        progress("finger.enough", touches, touches)
        self._channel.demand(commands.REG_MODEL)
        data = self._memory.template()
        self._simulated = self._simulated or data.startswith(identity.SIMULATED_TEMPLATE)
        return FingerTemplate(data, FORMAT, finger)

    def match(self, template: FingerTemplate, seconds: float) -> FingerMatch:
        """Compare a finger, put on within `seconds`, with `template`.

        `Unsupported` ``fingerprint.other_template`` for one that this module cannot have made; `Garbled`
        ``fingerprint.template_lost`` when it did not reach the module whole.
        """
        self._require(Can.MATCH_TEMPLATE, "fingerprint.no_templates")
        if template.format != FORMAT or not self._memory.fits(template.data):
            raise self._error(Unsupported, "fingerprint.other_template", format=template.format)
        self._used = True
        self._memory.load(template.data)
        self._take(time.monotonic() + seconds)
        self._channel.demand(commands.image_to_features(LIVE))
        answer = self._channel.ask(commands.MATCH)
        if answer.code == Code.OK:
            score = int.from_bytes(answer.result, "big")
            return FingerMatch(score >= self._settings.least_score, score)
        if answer.code == Code.NO_MATCH:
            return FingerMatch(matched=False)
        raise confirmation.error(answer.code, self._pipe.address, commands.MATCH.name)

    def forget(self) -> None:
        """Empty library, buffers and picture. `Fault` ``fingerprint.not_emptied`` when it cannot."""
        self._used = self._memory.empty()

    def check(self) -> None:
        """Raise why the module cannot be used; asks it for its parameters."""
        self._pipe.check()
        if self._channel.once(commands.PARAMETERS, CHECK_S) is None:
            if self._channel.heard:
                raise self._error(Garbled, LINK, reason="no sensible answer to a check")
            raise self._error(TimedOut, SILENT, reason="no answer to a check")

    def close(self) -> None:
        """Empty the module when a finger was on it, and release the port. Safe twice; never raises."""
        if self._used:
            self._used = False
            self._channel.answer_s = min(self._channel.answer_s, LAST_ANSWER_S)
            with contextlib.suppress(DeviceError):
                self.forget()
        self._pipe.close()

    def _wake(self) -> None:
        """Find the rate at which the module takes the password."""
        heard = False
        question = commands.verify_password(self._settings.password_bytes)
        for rate in self._rates():
            self._pipe.set_rate(rate)
            answer = self._channel.once(question, self._settings.search_ms / 1000)
            if answer is not None and answer.code != Code.PACKET_ERROR:
                if answer.code != Code.OK:
                    raise confirmation.error(answer.code, self._pipe.address, question.name)
                if self._settings.has_factory_password:
                    log.warning("fingerprint.factory_password", device=self._pipe.address)
                return
            heard = heard or self._channel.heard or answer is not None
        if heard:
            raise self._error(Garbled, LINK, reason="noise at every rate")
        raise self._error(TimedOut, SILENT, reason="no answer at any rate, or not to this module address")

    def _rates(self) -> tuple[int, ...]:
        """Each rate to try; the first twice, because a module may be powering up."""
        if self._settings.rate is not None:
            return (self._settings.rate,) * 2
        if not has_rate(self._pipe.address):
            return (FIRST_RATE,) * 2
        return (*RATES, FIRST_RATE)

    def _ask_product(self) -> Product:
        """What the module tells of itself; older ones do not know the question and say so, or nothing."""
        answer = self._channel.once(commands.PRODUCT, self._settings.search_ms / 1000)
        return Product.of(answer.result) if answer is not None and answer.code == Code.OK else Product()

    def _picture(self) -> Grey:
        told = (self._product.width, self._product.height)
        if self._settings.picture:
            width, height = map(int, self._settings.picture.split("x"))
            told = (width, height)
        for _ in range(2):
            data = self._fetch_picture()
            size = picture.size_of(len(data), told)
            if size is not None:
                return picture.unpack(data, size)
        raise self._error(Garbled, "fingerprint.incomplete", length=len(data), told=told)

    def _fetch_picture(self) -> bytes:
        try:
            return self._channel.fetch(commands.UP_IMAGE)
        except DeviceError as error:
            code = error.facts.get("confirmation")
            if code in {f"{each:02X}" for each in _NO_SUCH_COMMAND}:
                self._can &= ~Can.CAPTURE_IMAGE
                raise self._error(Unsupported, "fingerprint.no_picture", confirmation=code) from error
            raise

    def _take(self, ends: float) -> None:
        """Have the module take a picture of a finger, or raise the `Retry` that says what was amiss last."""
        self._used = True
        code = self._poll(Code.OK, ends)
        if code != Code.OK:
            raise confirmation.error(code, self._pipe.address, commands.GEN_IMAGE.name)

    def _wait_until_lifted(self, ends: float) -> None:
        if self._poll(Code.NO_FINGER, ends) != Code.NO_FINGER:
            raise confirmation.error(Code.NOT_MOVED, self._pipe.address, commands.GEN_IMAGE.name)

    def _poll(self, wanted: Code, ends: float) -> int:
        """The code of the last look for a finger: `wanted` as soon as it is that, else after `ends`."""
        pace = self._settings.poll_ms / 1000
        while True:
            code = self._channel.ask(commands.GEN_IMAGE).code
            self._used = self._used or code != Code.NO_FINGER
            if code != Code.OK and code not in _TOUCH_AGAIN:
                raise confirmation.error(code, self._pipe.address, commands.GEN_IMAGE.name)
            left = ends - time.monotonic()
            if code == wanted or left <= 0:
                return code
            time.sleep(min(pace, left))

    def _require(self, ability: Can, code: str) -> None:
        self._pipe.check()
        if ability not in self._can:
            raise self._error(Unsupported, code)

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, **facts)
