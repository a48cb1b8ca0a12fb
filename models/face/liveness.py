"""Live, attack, or cannot tell: many frames, a passive network, actions asked for, and the stream itself.

No signal decides alone. A face is live only when nothing speaks against it; an attack needs the passive
network or the geometry to say so without the action speaking for a person; all else goes to a person. The
terms are those of ISO/IEC 30107-1.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from models.api import ChallengeKind, Embedding, Face, Image, Liveness, Observation
from models.face.actions import TURNS, MotionTracker
from models.face.challenge import ChallengeSettings, ChallengeState, Tracker
from models.face.fusion import Band, Facts, judge
from models.face.infrared import Infrared, InfraredSettings
from models.face.opinions import Opinions, PassiveSettings, together
from models.face.pictured import Pictured, PicturedSettings
from models.face.planar import planar_residual
from models.face.quality import pose_of_mesh
from models.face.sequence import Sequence
from models.face.stream import Stream, StreamSettings


class LivenessSettings(BaseModel):
    """When a sequence of frames is live, an attack, or left to a person. Numbers of the algorithms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passive: PassiveSettings = Field(default=PassiveSettings(), description="Passive network")
    challenge: ChallengeSettings = Field(default=ChallengeSettings(), description="Action asked for")
    stream: StreamSettings = Field(default=StreamSettings(), description="Frozen, looped or jumping pictures")
    pictured: PicturedSettings = Field(default=PicturedSettings(), description="The pictures themselves")
    infrared: InfraredSettings = Field(default=InfraredSettings(), description="Near-infrared pictures")
    least_frames: int = Field(default=8, ge=2, description="Scored frames needed for a verdict on a sequence")
    wanted_frames: int = Field(default=15, ge=2, description="Scored frames after which more change nothing")
    most_seconds: float = Field(
        default=15.0, gt=0, description="After this time, and not within an action, the verdict is due"
    )
    face_share: float = Field(default=0.5, gt=0, le=1, description="Least share of frames that show a face")
    other_face: float = Field(
        default=0.25, gt=0, le=1, description="A second face from this share of the first's area"
    )
    several_share: float = Field(
        default=0.3, gt=0, le=1, description="Share of frames with a second face that counts"
    )
    flat_below: float = Field(
        default=0.035,
        gt=0,
        description="A turn explained by one plane to within this (eye distances) is flat",
    )

    def longest_seconds(self, actions: int) -> float:
        """When a check of so many actions must have come to an end."""
        challenge = self.challenge
        each = challenge.limit_seconds + challenge.most_pause_seconds + challenge.rest_seconds
        still = challenge.most_still_seconds if actions > 1 else 0.0
        return self.most_seconds + actions * each + still


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check has come, for the screen."""

    frames: int
    scored: int
    """Frames that count for the passive network."""
    challenge: ChallengeState | None
    share: float
    """0 to 1: how much of what is needed has been seen."""


class LivenessCheck:
    """One check of one person: give it every observation in order, then ask for the verdict.

    With `challenges` the person must do them in order; ask `due` after each observation what to tell the
    person now. Without, and still more with a single picture, the passive network stands alone: a weaker
    check, for files and evaluation.
    """

    def __init__(
        self,
        settings: LivenessSettings | None = None,
        challenges: Ordered[ChallengeKind] = (),
        *,
        rng: random.Random | None = None,
    ) -> None:
        self.settings = settings or LivenessSettings()
        self._sequence = Sequence(challenges, self.settings.challenge, rng) if challenges else None
        self._stream = Stream(self.settings.stream)
        self._numbers: set[int] = set()
        self._opinions = Opinions(self.settings.passive, self.settings.least_frames)
        self._pictured = Pictured(self.settings.pictured)
        self._infrared = Infrared(self.settings.infrared)
        self._with_face = 0
        self._with_several = 0
        self._first_at: float | None = None
        self._last_at = 0.0

    def due(self) -> ChallengeKind | None:
        """What to tell the person now, once for each action; its time runs from the newest frame."""
        return self._sequence.due(self._last_at) if self._sequence else None

    def add(self, observation: Observation, image: Image | None = None) -> None:
        """Take in one frame; a frame number seen before is left out. `image` is kept only as a hash."""
        if observation.number in self._numbers:
            return
        self._numbers.add(observation.number)
        self._first_at = observation.at if self._first_at is None else self._first_at
        self._last_at = observation.at
        jumped = self._stream.add(observation, image)
        self._pictured.add(observation, image)
        if observation.faces:
            self._with_face += 1
            self._with_several += self._several(observation)
        self._track(observation, jumped)
        if observation.faces and not self._moving:
            yaw = pose_of_mesh(observation.mesh)[0] if observation.mesh is not None else 0.0
            self._opinions.add(observation, yaw)

    def wants_template(self, observation: Observation) -> bool:
        """True when the face of this frame should be compared with the sequence's others: see `compare`."""
        return self._stream.wants_template(observation, self._acting)

    def compare(self, template: Embedding) -> None:
        """Take in a template of the newest frame: everything must have been done by one person."""
        self._stream.compare(template)

    def same_person(self, template: Embedding) -> bool:
        """True when `template` is of the person who did what was asked."""
        return self._stream.same_person(template)

    def wipe(self) -> None:
        """Overwrite the templates taken in; the check is over."""
        self._stream.wipe()

    def wants_infrared(self, observation: Observation) -> bool:
        """True when the near-infrared picture of this frame should be looked at: see `add_infrared`."""
        return self._infrared.wants(observation)

    def add_infrared(self, observation: Observation, image: Image, faces: tuple[Face, ...]) -> None:
        """Take in the near-infrared picture of a frame and the faces found in it."""
        self._infrared.add(observation, image, faces)

    @property
    def _moving(self) -> bool:
        """True within an action: a face that turns or gapes is none the passive networks were made for."""
        state = self._sequence.state if self._sequence else ChallengeState.READY
        return state in {ChallengeState.WAITING, ChallengeState.ACTING}

    @property
    def _acting(self) -> bool:
        current = self._sequence.current if self._sequence else None
        return current is not None and current.state is ChallengeState.ACTING

    @property
    def hopeless(self) -> bool:
        """True when the verdict can no longer become "live"; the rest could only name more reasons."""
        return self._stream.frozen or self._stream.face_changed or self._pictured.looped

    @property
    def doubted(self) -> bool:
        """True when a passive network took every frame for an attack, after as many as change no more."""
        return self._opinions.doubted(self.settings.wanted_frames)

    @property
    def wants_eyes(self) -> bool:
        """True while what is asked for is judged by the eyes."""
        current = self._sequence.current if self._sequence else None
        return current is not None and current.kind is ChallengeKind.BLINK

    @property
    def done(self) -> int:
        """Actions done so far."""
        return self._sequence.done if self._sequence else 0

    @property
    def progress(self) -> Progress:
        """How far the check has come."""
        state = self._sequence.state if self._sequence else None
        share = min(1.0, self._opinions.frames / self._needed)
        if self._sequence is not None and state is not None:
            share = (share + (1.0 if state.settled else self._sequence.done / len(self._sequence.kinds))) / 2
        return Progress(len(self._numbers), self._opinions.frames, state, share)

    @property
    def enough(self) -> bool:
        """True when more frames would not change the verdict, or time is up."""
        waited = 0.0 if self._first_at is None else self._last_at - self._first_at
        sequence = self._sequence
        if sequence is not None and sequence.current is not None and not sequence.state.settled:
            return waited >= self.settings.longest_seconds(len(sequence.kinds))
        ended = sequence is None or sequence.state.settled
        return (ended and self._opinions.frames >= self._needed) or waited >= self.settings.most_seconds

    def verdict(self) -> Liveness:
        """What the frames so far say."""
        decision, reasons = judge(self._facts())
        kinds = self._sequence.kinds if self._sequence else ()
        return Liveness(decision, self._signals(), reasons, len(self._numbers), kinds)

    @property
    def _needed(self) -> int:
        """Scored frames wanted before the verdict."""
        return self.settings.least_frames if self._sequence else self.settings.wanted_frames

    def _several(self, observation: Observation) -> bool:
        """True when a second face is nearly as large as the first."""
        areas = [face.box[2] * face.box[3] for face in observation.faces[:2]]
        return len(areas) == 2 and areas[1] >= self.settings.other_face * areas[0]

    def _track(self, observation: Observation, jumped: bool) -> None:
        """Let the challenge see the frame; the first one with a face begins it."""
        if self._sequence is None or (self._sequence.current is None and not observation.faces):
            return
        if jumped:
            self._sequence.interrupt()
        self._sequence.add(observation)

    def _facts(self) -> Facts:
        """The sequence in terms that can be judged."""
        frames = max(len(self._numbers), 1)
        settings = self.settings
        residual = self._residual()
        one_picture = len(self._numbers) == 1 and self._sequence is None
        bands = self._opinions.bands(one_picture=one_picture)
        pictured = self._pictured
        return Facts(
            band=together(bands),
            doubting=sum(band is Band.ATTACK for band in bands.values()),
            one_picture=one_picture,
            challenge=self.progress.challenge,
            face_seen=self._with_face > 0 and self._with_face / frames >= settings.face_share,
            several_faces=self._with_several / max(self._with_face, 1) >= settings.several_share,
            flat=residual is not None and residual < settings.flat_below,
            frozen=self._stream.frozen,
            looped=self._stream.looped,
            again=pictured.looped,
            face_changed=self._stream.face_changed,
            still=pictured.still,
            no_noise=pictured.no_noise,
            stream_changed=pictured.changed or pictured.odd_timing or self._stream.stutters,
            border=pictured.border,
            moire=pictured.moire,
            infrared=self._infrared.against,
        )

    def _residual(self) -> float | None:
        """How far the turns done were from a plane's: the least of them."""
        found = [
            planar_residual(each.start, each.peak)
            for each in self._done()
            if each.kind in TURNS and each.start is not None and each.peak is not None
        ]
        return min(found, default=None)

    def _done(self) -> list[Tracker]:
        """The actions done."""
        trackers = self._sequence.trackers if self._sequence else []
        return [each for each in trackers if each.state is ChallengeState.DONE]

    def _signals(self) -> Mapping[str, float]:
        """The numbers behind the verdict."""
        frames = len(self._numbers)
        signals: dict[str, float] = {
            "frames": float(frames),
            "face_share": self._with_face / max(frames, 1),
            "several_share": self._with_several / max(self._with_face, 1),
            "repeated_share": self._stream.repeated_share,
            "looped_share": self._stream.looped_share,
            "face_jumps": float(self._stream.jumps),
        }
        signals |= {**self._opinions.signals(), **self._pictured.signals(), **self._infrared.signals()}
        if self._stream.least_same is not None:
            signals["same_person"] = self._stream.least_same
        for place, each in enumerate(self._done(), start=1):
            signals[f"action_{place}_seconds"] = each.seconds or 0.0
            if isinstance(each, MotionTracker):
                signals[f"action_{place}_{each.kind}"] = each.farthest
        if (residual := self._residual()) is not None:
            signals["motion"] = residual
        return signals
