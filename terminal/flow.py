"""Drives devices and networks through one case, and feeds what happens into the pure `step`.

Runs on the session thread alone. Waiting is done in slices of at most a second, so that a person's wish
to stop is heard; a device fault pauses the case and names the device, it never ends it by itself.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
import uuid_utils

from config.liveness import LivenessLimits
from drivers.api import About, Camera, CardReader
from drivers.card.photo import Decoder
from drivers.errors import DeviceError, Retry
from models.api import ChallengeKind, LiveAnswer, ModelError
from sync.errors import StoreError
from terminal.calibrations import NOTHING_TRUSTED, Calibrations
from terminal.comparing import compare, decode_photo
from terminal.control import CannotDo, Control, Interrupted
from terminal.decide import decide
from terminal.devices import KeptDevice
from terminal.holder.events import (
    Begun,
    Broke,
    Cancelled,
    CardRead,
    Consented,
    Decided,
    Declined,
    Event,
    Excused,
    Kept,
    Resumed,
    Ruled,
    Stumbled,
    Synced,
)
from terminal.holder.session import OPEN, NotNow, step
from terminal.holder.values import CHECK_STEPS, HolderCheck
from terminal.leftcard import LeftCard
from terminal.looking import look
from terminal.photos import FurtherPhotos, none_further
from terminal.pictures import Pictures
from terminal.reading import read_card
from terminal.reference import new_reference
from terminal.rules.pack import RulePack
from terminal.sight import Sight
from terminal.supervisor import Supervisor
from terminal.view import Action, DeviceView, Stage

log = structlog.get_logger(__name__)
SYNC_SECONDS = 3.0
"""How long a finished case waits for the centre's receipt before it is shown as waiting."""


class Ledger(Protocol):
    """The book, as a case sees it."""

    def begun(self, holder: HolderCheck) -> None:
        """Note that a case was opened."""

    def keep(self, holder: HolderCheck, rules: RulePack, pictures: Pictures) -> str:
        """Keep the decided case for good; returns the record's id."""

    def wait_synced(self, record_id: str, seconds: float) -> bool:
        """True when the centre has the record within `seconds`."""


@dataclass(frozen=True, slots=True)
class Within:
    """What the whole case that a check belongs to brings to it."""

    rules: RulePack
    """The case's own; others may have come into force meanwhile."""
    consented: bool
    """The person agreed in the case, by its texts; they are not asked again."""
    face: bool = True
    """False: the person declined the comparison by face, and the camera does not look."""
    further_photos: FurtherPhotos = none_further
    """Gets the photo that the online check returns."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a case works with."""

    reader: KeptDevice[CardReader]
    camera: KeptDevice[Camera]
    sight: Sight
    allow_simulated: bool
    """False in production: a card of the simulator is refused."""
    supervisor: Supervisor | None = None
    """Looks after these and every other device; None where they are given ready."""
    decoder: Decoder | None = None
    """Opens the photos of real cards; None where no maker's library is set."""
    calibrations: Calibrations = NOTHING_TRUSTED
    """Says what a score means; without any, every comparison goes to a person."""
    further_photos: FurtherPhotos = none_further
    """Gets further photos of a card's holder."""
    liveness: LivenessLimits = field(default_factory=LivenessLimits)
    """What the camera's pictures must show."""

    def took_part(self) -> tuple[About, ...]:
        """Who the devices said they are, also of those that were lost since."""
        return tuple(each for each in (self.reader.about, self.camera.about) if each is not None)

    def views(self) -> tuple[DeviceView, ...]:
        """Every device for the status strip."""
        if self.supervisor is not None:
            return self.supervisor.views()
        return (self.reader.view(), self.camera.view())


class Flow:
    """One case after another."""

    def __init__(
        self,
        equipment: Equipment,
        rules: Callable[[], RulePack],
        ledger: Ledger,
        changed: Callable[[], None],
    ) -> None:
        self._equipment = equipment
        self._rules_in_force = rules
        self._ledger = ledger
        self._changed = changed
        self._actions: queue.Queue[Action] = queue.Queue()
        self._began = time.monotonic()
        self.pictures = Pictures()
        self._left_card = LeftCard()
        self._rules = rules()
        self._within: Within | None = None
        self.holder = HolderCheck()
        self.control = Control(self._actions, self._elapsed_ms, self.apply, self._hint)

    def act(self, action: Action) -> None:
        """Hand in what a person chose; taken up within a second."""
        self._actions.put(action)

    def stop(self) -> None:
        """Ask a running case to end; what is open is closed as interrupted."""
        self.control.stop()

    def run(self, business: str, consent_source: str, within: Within | None = None) -> HolderCheck:
        """Run one case of `business`, or the check of one person `within` a whole one, and return it."""
        self._within = within
        self._rules = within.rules if within else self._rules_in_force()
        self._began = time.monotonic()
        self._forget_pictures()
        self.control.reset()
        begun = Begun(at_ms=0, case_id=str(uuid_utils.uuid7()), business=business, required=CHECK_STEPS)
        self.apply(begun)
        self._ledger.begun(self.holder)
        while self.holder.stage in OPEN:
            self._advance_safely(consent_source)
        self._close()
        return self.holder

    def apply(self, event: Event) -> bool:
        """Move the case by `event`; an event that no longer fits is logged and dropped."""
        try:
            self.holder = step(self.holder, event)
        except NotNow:
            log.info("case.event_dropped", event_name=type(event).__name__, stage=self.holder.stage)
            return False
        log.info("case.event", event_name=type(event).__name__, stage=self.holder.stage, at_ms=event.at_ms)
        self._changed()
        return True

    def forget(self) -> None:
        """Drop the finished case and every picture of it."""
        self._equipment.sight.forbid()
        self.holder = HolderCheck()
        self._forget_pictures()
        self._changed()

    def _forget_pictures(self) -> None:
        pictures, self.pictures = self.pictures, Pictures()
        pictures.wipe()

    def synced_late(self) -> None:
        """The centre's receipt came after the case was over."""
        self.apply(Synced(at_ms=self._elapsed_ms(), accepted=True))

    def _elapsed_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    def _hint(self, code: str) -> None:
        """Show another instruction; not a happening of the case, so it leaves no event."""
        if self.holder.prompt != code:
            self.holder = replace(self.holder, prompt=code)
            self._changed()

    def _advance_safely(self, consent_source: str) -> None:
        at_ms = self._elapsed_ms
        try:
            self._advance(consent_source)
        except Interrupted as wish:
            self.apply(Cancelled(at_ms=at_ms(), findings=(*self._stumbled(), wish.finding)))
        except CannotDo:
            self._excuse()
        except Retry as hint:
            tries = self._rules.card.max_tries
            self.apply(Stumbled(at_ms=at_ms(), code=hint.code, max_tries=tries))
        except DeviceError as error:
            self._broke(error)
        except ModelError as error:
            log.error("case.model_error", code=error.code, model=error.model)
            self.apply(Ruled(at_ms=at_ms(), findings=(error.code,)))

    def _excuse(self) -> None:
        """Ask for something else from now on, or hand over to a person, as the rules say."""
        asked = self.holder.challenge
        if asked is None:
            return
        rules = self._rules.liveness
        name, rule = rules.exception_for(asked.value)
        left_out = tuple(ChallengeKind(action) for action in rule.actions)
        gone = {*self.holder.left_out, *left_out}
        remaining = [action for action in rules.challenges if ChallengeKind(action) not in gone]
        to_a_person = rule.then == "person" or len(remaining) < rules.least_kinds
        at_ms = self._elapsed_ms()
        self.apply(Excused(at_ms=at_ms, exception=name, left_out=left_out, to_a_person=to_a_person))

    def _stumbled(self) -> tuple[str, ...]:
        return self.holder.stumbles[-1:] if self.holder.tries else ()

    def _broke(self, error: DeviceError) -> None:
        if error.code.startswith("card."):
            self.apply(Ruled(at_ms=self._elapsed_ms(), findings=(error.code,)))
            return
        if self.holder.stage is Stage.CARD:  # the camera's own thread notices, and reopens it
            self._equipment.reader.lost(error)
        reference = new_reference()
        log.warning("case.interrupted", code=error.code, reference=reference)
        self.apply(Broke(at_ms=self._elapsed_ms(), code=error.code, device=error.device, reference=reference))

    def _advance(self, consent_source: str) -> None:
        match self.holder.stage:
            case Stage.CONSENT:
                self._ask_consent(consent_source)
            case Stage.CARD:
                self._read_card()
            case Stage.FACE:
                self._face()
            case Stage.FAULT:
                self.control.wait_for(Action.RETRY)
                self.apply(Resumed(at_ms=self._elapsed_ms()))
            case _:
                raise Interrupted("case.interrupted")

    def _ask_consent(self, source: str) -> None:
        given = self._within is not None and self._within.consented
        answer = Action.CONSENT if given else self.control.wait_for(Action.CONSENT, Action.DECLINE)
        if answer is Action.DECLINE:
            self.apply(Declined(at_ms=self._elapsed_ms()))
            return
        version = self._rules.consent.text_version
        self.apply(Consented(at_ms=self._elapsed_ms(), source=source, text_version=version))
        if self._within is None or self._within.face:
            self._equipment.sight.permit()

    def _read_card(self) -> None:
        event = read_card(self._equipment, self._rules, self.holder, self.control, self._left_card)
        if isinstance(event, CardRead):
            photo = decode_photo(event.card, self._equipment.allow_simulated, self._equipment.decoder)
            self.pictures = Pictures(chip_photo=photo, further=self._photos()(event.card))
        self.apply(event)

    def _photos(self) -> FurtherPhotos:
        return self._within.further_photos if self._within else self._equipment.further_photos

    def _face(self) -> None:
        if self._within is not None and not self._within.face:
            self.apply(Ruled(at_ms=self._elapsed_ms(), findings=("consent.declined",)))
            return
        camera = self._equipment.camera.about
        if camera is not None and camera.simulated and not self._equipment.allow_simulated:
            self.apply(Ruled(at_ms=self._elapsed_ms(), findings=("camera.simulated",)))
            return
        seen = look(self._equipment, self._rules, self.holder, self.control)
        if isinstance(seen, Stumbled):
            self.apply(seen)
            return
        self.pictures = replace(self.pictures, frames=seen.frames, live_face=seen.live_face)
        self.apply(seen.event)
        if seen.event.liveness.decision is LiveAnswer.ATTACK:
            self.apply(Ruled(at_ms=self._elapsed_ms(), findings=()))
            return
        self.apply(compare(self._equipment, self._rules, self.pictures, seen.templates, self.control))

    def _close(self) -> None:
        self._equipment.sight.forbid()
        verdict = decide(self.holder, self._rules)
        self.apply(
            Decided(
                at_ms=self._elapsed_ms(),
                decision=verdict.decision,
                findings=verdict.reasons,
                devices=self._equipment.took_part(),
            )
        )
        record_id = self._keep()
        if record_id is None:
            self.forget()
            return
        self.apply(Kept(at_ms=self._elapsed_ms(), record_id=record_id))
        accepted = self._ledger.wait_synced(record_id, SYNC_SECONDS)
        self.apply(Synced(at_ms=self._elapsed_ms(), accepted=accepted))

    def _keep(self) -> str | None:
        """Keep the record; while that fails somebody must help. None when they gave up: no decision."""
        while True:
            try:
                return self._ledger.keep(self.holder, self._rules, self.pictures)
            except StoreError as error:
                reference = new_reference()
                log.error("case.not_kept", code=error.code, reference=reference)
                at_ms = self._elapsed_ms()
                self.apply(Broke(at_ms=at_ms, code=error.code, device="store", reference=reference))
            try:
                self.control.wait_for(Action.RETRY)
            except Interrupted:
                self.apply(Cancelled(at_ms=self._elapsed_ms()))
                return None
            self.apply(Resumed(at_ms=self._elapsed_ms()))
