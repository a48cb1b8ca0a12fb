"""The face step: wait for one usable face, ask for unpredictable actions, judge whether it is alive."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from drivers.api import About
from models.api import ChallengeKind, Embedding, LiveAnswer, Liveness
from models.face.limits import limited
from models.face.liveness import LivenessCheck
from models.face.opinions import PassiveSettings
from models.face.problems import NO_FACE, ONE_PERSON
from models.face.sequence import random_challenges
from models.protect import wipe
from terminal.control import Control
from terminal.holder.events import Challenged, FaceCaptured, Stumbled
from terminal.holder.values import HolderCheck
from terminal.pictures import cut_like_chip
from terminal.rules.pack import RulePack
from terminal.sight import Listener, Seen
from terminal.view import Image

if TYPE_CHECKING:
    from terminal.flow import Equipment

SLICE_SECONDS = 0.5
STEADY_FRAMES = 3
"""Usable frames in a row before the challenge is asked, so that it is not asked of somebody sitting down."""
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Captured:
    """A complete look at the person."""

    event: FaceCaptured
    frames: tuple[Seen, ...] = field(repr=False)
    templates: tuple[Embedding, ...] = field(repr=False)
    """The template of each frame, for `comparing.compare`, which overwrites them; none of an attack."""
    live_face: Image | None = field(repr=False)


@dataclass(slots=True)
class _Watch:
    """What one look has gathered so far."""

    listener: Listener
    control: Control
    frames: int
    """As many as are kept: a frame of a good camera takes six megabytes."""
    live_from: float
    best: tuple[Seen, ...] = ()
    """The usable frames that should compare best by their score, each live on its own, the best first.

    A photo of the card's holder, held up for a moment between frames of somebody else, is none of them.
    """
    longest: str | None = None
    """What kept the person waiting for the longest time."""
    last_at: float = 0.0

    def next(self) -> Seen | None:
        """The next observation, counted and judged; None on a quiet half second."""
        self.control.check()
        seen = self.listener.next(SLICE_SECONDS)
        if seen is None:
            return None
        self.last_at = seen.frame.at
        self.longest = seen.guidance.longest
        if _usable(seen) and (seen.observation.passive_live or 0.0) >= self.live_from:
            self.best = tuple(sorted((*self.best, seen), key=_rank)[: self.frames])
        return seen

    def restart(self) -> None:
        """Only what is seen from now on may be compared: nothing before it is judged for liveness."""
        self.best = ()


def look(equipment: Equipment, rules: RulePack, holder: HolderCheck, control: Control) -> Captured | Stumbled:
    """A complete look, or `Stumbled` with the hint for the next try. Faults raise their errors."""
    equipment.sight.require_networks()
    with equipment.sight.listening() as listener:
        watch = _Watch(listener, control, rules.face.good_frames, PassiveSettings().live_from)
        if not _steady(watch, rules):
            hint = _hint(watch)
            return Stumbled(at_ms=control.elapsed_ms(), code=hint, max_tries=rules.face.max_tries)
        liveness, templates = _judged(equipment, rules, watch, holder)
        last_try = holder.tries + 1 >= rules.face.max_tries
        if liveness.decision is LiveAnswer.CANNOT_TELL and not last_try:
            wipe(*templates)
            code = liveness.reasons[0] if liveness.reasons else "liveness.cannot_tell"
            control.apply(Challenged(at_ms=control.elapsed_ms(), challenge=None))
            return Stumbled(at_ms=control.elapsed_ms(), code=code, max_tries=rules.face.max_tries)
        camera = equipment.sight.about() or About("unknown", "")
        event = FaceCaptured(
            at_ms=control.elapsed_ms(), liveness=liveness, camera=camera, good_frames=len(watch.best)
        )
        return Captured(event, watch.best, templates, _live_face(watch.best))


def templates_of(equipment: Equipment, frames: Sequence[Seen]) -> tuple[Embedding, ...]:
    """The template of the face in each of these usable frames."""
    faces = [(seen.frame.image, seen.observation.face) for seen in frames]
    with equipment.sight.stack() as stack:
        _, templates = stack.embed_together((), [(image, face) for image, face in faces if face is not None])
    return tuple(templates)


def _steady(watch: _Watch, rules: RulePack) -> bool:
    """True once a usable face has stayed for a few frames; guides the person until then."""
    deadline = time.monotonic() + rules.face.capture_seconds
    in_a_row = 0
    while in_a_row < STEADY_FRAMES:
        if time.monotonic() > deadline:
            return False
        seen = watch.next()
        if seen is None:
            continue
        in_a_row = in_a_row + 1 if _usable(seen) else 0
        watch.control.hint(seen.guidance.instruction or "face.look")
    return True


def _judged(
    equipment: Equipment, rules: RulePack, watch: _Watch, holder: HolderCheck
) -> tuple[Liveness, tuple[Embedding, ...]]:
    """Whether the person who did what was asked is alive, and the templates of the best frames of them.

    The actions are drawn at random, the first another than before in this case.
    """
    kinds = [each for each in map(ChallengeKind, rules.liveness.challenges) if each not in holder.left_out]
    drawn = random_challenges(_random, kinds, rules.liveness.count, holder.challenges)
    asked = rules.liveness
    settings = limited(
        equipment.liveness, least_frames=asked.passive_frames, action_seconds=asked.challenge_seconds
    )
    check = LivenessCheck(settings, drawn, rng=_random)
    try:
        _challenge(equipment, watch, check, drawn, settings.longest_seconds(len(drawn)))
        liveness = check.verdict()
        if liveness.decision is LiveAnswer.ATTACK:
            return liveness, ()
        templates = templates_of(equipment, watch.best)
        if liveness.decision is LiveAnswer.LIVE and not all(map(check.same_person, templates)):
            changed = ("liveness.face_changed",)
            liveness = replace(liveness, decision=LiveAnswer.CANNOT_TELL, reasons=changed)
        return liveness, templates
    finally:
        check.wipe()


def _challenge(
    equipment: Equipment,
    watch: _Watch,
    check: LivenessCheck,
    drawn: Sequence[ChallengeKind],
    longest_seconds: float,
) -> None:
    """Ask for what was `drawn` and watch until all is settled."""
    watch.control.apply(Challenged(at_ms=watch.control.elapsed_ms(), challenge=None))
    watch.restart()
    deadline = time.monotonic() + longest_seconds
    while not check.enough and time.monotonic() < deadline:
        seen = watch.next()
        if seen is None:
            continue
        before = check.done
        check.add(seen.observation, seen.frame.image)
        _look_closer(equipment, check, seen)
        if before < check.done < len(drawn):
            watch.control.apply(Challenged(at_ms=watch.control.elapsed_ms(), challenge=None))
            equipment.sight.tell("face.look")
        kind = check.due()
        if kind is not None:
            watch.control.apply(Challenged(at_ms=watch.control.elapsed_ms(), challenge=kind))
            equipment.sight.tell(f"challenge.{kind.value}")


def _look_closer(equipment: Equipment, check: LivenessCheck, seen: Seen) -> None:
    """Give the check what it wants of this frame beyond the usual: a template, the infrared picture."""
    face, infrared = seen.observation.face, seen.frame.infrared
    if face is None:
        return
    if check.wants_template(seen.observation):
        with equipment.sight.stack() as stack:
            check.compare(stack.embed(seen.frame.image, face))
    if infrared is not None and check.wants_infrared(seen.observation):
        with equipment.sight.stack() as stack:
            check.add_infrared(seen.observation, infrared, stack.detect(infrared))


def _usable(seen: Seen) -> bool:
    observation = seen.observation
    return seen.guidance.usable and observation.face is not None and observation.passive_live is not None


def _rank(seen: Seen) -> float:
    quality = seen.observation.quality
    return -quality.score if quality is not None else 0.0


def _hint(watch: _Watch) -> str:
    """Why no usable face stayed: nobody, several people, or what the person was told for longest."""
    longest = watch.longest or NO_FACE
    return {NO_FACE: "face.absent", ONE_PERSON: "face.several"}.get(longest, longest)


def _live_face(frames: tuple[Seen, ...]) -> Image | None:
    if not frames or frames[0].observation.face is None:
        return None
    return cut_like_chip(frames[0].frame.image, frames[0].observation.face)
