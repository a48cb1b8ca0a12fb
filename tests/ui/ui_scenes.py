"""A door that plays what a test tells it, and every moment of a case as hand-made snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from case_scenes import case_scenes
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from models.api import Answer, PhotoKind
from models.face.pairing import pairings
from terminal.asking import Label, Reply
from terminal.caseview import BusinessLine
from terminal.view import (
    Action,
    CardView,
    Decision,
    DeviceView,
    Health,
    Image,
    PairView,
    Preview,
    Result,
    Shown,
    Snapshot,
    Stage,
    Status,
    StepState,
    StepView,
)
from ui.widgets.glyphs import GlyphText
from ui.widgets.keys import KeyButton


class PlayedDoor:
    """A Door whose snapshots and pictures are given by the test; it writes down every intent."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.now = snapshot or Snapshot()
        self.picture: Preview | None = None
        self.begun: list[str] = []
        self.acted: list[Action] = []
        self.listeners: list[Callable[[Snapshot], None]] = []
        self.replied: list[Reply] = []
        self.resumed: list[str] = []
        self.passed: list[str] = []
        self.offered: tuple[BusinessLine, ...] = (
            BusinessLine("verify_identity", Label("business.verify_identity")),
        )

    def begin(self, business: str) -> None:
        self.begun.append(business)

    def act(self, action: Action) -> None:
        self.acted.append(action)

    def reply(self, reply: Reply) -> None:
        self.replied.append(reply)

    def resume(self, case_id: str) -> None:
        self.resumed.append(case_id)

    def hand_over(self, case_id: str) -> None:
        self.passed.append(case_id)

    def take_over(self) -> None:
        self.passed.append("")

    def snapshot(self) -> Snapshot:
        return self.now

    def subscribe(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def preview(self) -> Preview | None:
        return self.picture

    def businesses(self) -> tuple[BusinessLine, ...]:
        return self.offered

    def play(self, snapshot: Snapshot) -> None:
        """Publish from the calling thread."""
        self.now = snapshot
        for listener in tuple(self.listeners):
            listener(snapshot)

    def play_elsewhere(self, *snapshots: Snapshot) -> None:
        """Publish from another thread and wait for it to end."""
        thread = threading.Thread(target=lambda: [self.play(each) for each in snapshots], name="session")
        thread.start()
        thread.join(10)
        assert not thread.is_alive()


@cache
def portrait(who: str) -> Image:
    """A public-domain portrait from an installed package: ``astronaut`` or ``hopper``; BGR."""
    import matplotlib
    import skimage.data
    from matplotlib.image import imread

    if who == "astronaut":
        rgb = skimage.data.astronaut()
    else:
        path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
        rgb = imread(path)
    return np.ascontiguousarray(rgb[:, :, 2::-1])


FACES = {"astronaut": (172, 66, 108, 138), "hopper": (158, 76, 200, 250)}


def photo(who: str) -> Image:
    """A chip-like crop, 102:126."""
    image = portrait(who)
    x, y, wide, tall = FACES[who]
    height = tall * 1.75
    width = height * 102 / 126
    top, left = int(max(0, y - tall * 0.4)), int(x + wide / 2 - width / 2)
    return np.ascontiguousarray(image[top : top + int(height), max(0, left) : left + int(width)])


def frame(
    who: str = "astronaut", *, number: int = 1, good: bool = True, guidance: str | None = None
) -> Preview:
    """A 640×480 camera picture with the portrait's face framed."""
    image = portrait(who)
    x, y, wide, tall = FACES[who]
    scale = 480 / min(image.shape[0], 512)
    rows = (np.arange(480) / scale).astype(int)
    columns = ((np.arange(640) - 320) / scale + x + wide / 2).round().astype(int).clip(0, image.shape[1] - 1)
    picture = np.ascontiguousarray(image[rows][:, columns])
    box = (320 - wide * scale / 2, y * scale, wide * scale, tall * scale)
    return Preview(picture, number, box, guidance, good)


STATUS = Status(
    devices=(
        DeviceView("card_reader", "Simulated SDT reader", Health.HEALTHY, simulated=True),
        DeviceView("camera", "Virtual customer", Health.HEALTHY, simulated=True),
    ),
    online=True,
    simulated=True,
)
OFFLINE = replace(STATUS, online=False, offline_since="10:42", waiting=7, rejected=1)

CARD = CardView(
    kind="card_kind.resident",
    name="\u5f20\u4e09\u4e30",
    latin_name="",
    sex="sex.2",
    nation="\u6c49",
    birth="1985-06-12",
    address="\u6d59\u6c5f\u7701\u676d\u5dde\u5e02\u897f\u6e56\u533a\u6587\u4e00\u897f\u8def\u4e00\u767e\u516b\u5341\u516b\u53f7\u7fe1\u7fe0\u57ce\u4e09\u5e62\u4e8c\u5355\u5143\u4e00\u4e00\u96f6\u4e00\u5ba4",
    number_masked="330106********1225",
    issuer="\u676d\u5dde\u5e02\u516c\u5b89\u5c40\u897f\u6e56\u5206\u5c40",
    valid_from="2019-03-04",
    valid_to="2039-03-04",
)

NAMES = ("consent", "card", "face", "liveness", "match", "decision", "record", "sync")
TIMES = (3120, 1480, 4350, 2210, 86, 3, 12, 41)


def steps(done: int, last: StepState = StepState.DOING) -> tuple[StepView, ...]:
    """The first `done` steps done, the next one in state `last`."""
    made = []
    for number, name in enumerate(NAMES):
        if number < done:
            made.append(StepView(f"step.{name}", StepState.DONE, TIMES[number]))
        elif number == done:
            elapsed = TIMES[number] if last is StepState.FAILED else None
            made.append(StepView(f"step.{name}", last, elapsed))
        else:
            state = StepState.SKIPPED if last is StepState.FAILED and number < 5 else StepState.WAITING
            made.append(StepView(f"step.{name}", state))
    return tuple(made)


RUN = Snapshot(
    case_id="0192f6",
    business="business.verify_identity",
    max_tries=3,
    status=STATUS,
    actions=(Action.CANCEL,),
)
RECORD = "0193c2a4-5b1e-7d30-9a44-1f6f2f9f0c51"
PACK = "cn-counter-2026 r1"


def finished(decision: Decision, *codes: str, **more: object) -> Result:
    """A result with these reasons."""
    return Result(
        decision,
        tuple(Shown(code) for code in codes),
        record_id=RECORD,
        rule_pack=PACK,
        elapsed_ms=11_480,
        threshold=0.363,
        refer_from=0.3,
        **more,  # type: ignore[arg-type]
    )


def each_pair() -> Iterator[PairView]:
    """Every comparison of three photos and the live face; one photo is of somebody else."""
    for pairing in pairings((PhotoKind.CHIP, PhotoKind.RETURNED, PhotoKind.PORTRAIT)):
        kinds = pairing.photo, pairing.other
        other = PhotoKind.RETURNED in kinds
        unclear = Answer.CANNOT_TELL if kinds[0] is PhotoKind.PORTRAIT else Answer.MATCH
        answer = Answer.NO_MATCH if other else unclear
        names = (f"photo_kind.{kind}" for kind in kinds)
        yield PairView(*names, f"answer.{answer}", 0.08 if other else 0.61, 0.42)


def scenes() -> dict[str, tuple[Snapshot, Preview | None]]:
    """Every moment worth a picture."""
    chip, other = photo("astronaut"), photo("hopper")
    done = tuple(StepView(f"step.{n}", StepState.DONE, t) for n, t in zip(NAMES, TIMES, strict=True))
    face = replace(
        RUN, stage=Stage.FACE, card=CARD, chip_photo=chip, prompt=Shown("face.look"), steps=steps(2)
    )
    end = replace(RUN, stage=Stage.DONE, card=CARD, chip_photo=chip, steps=done, actions=(Action.FINISH,))
    kept = [
        StepView(s.name, StepState.WAITING if s.name == "step.sync" else s.state, s.elapsed_ms) for s in done
    ]
    return {
        **{name: (snapshot, None) for name, snapshot in case_scenes(STATUS).items()},
        "waiting": (Snapshot(status=STATUS), frame()),
        "consent": (
            replace(
                RUN,
                stage=Stage.CONSENT,
                steps=steps(0),
                prompt=Shown("consent.ask"),
                actions=(Action.CONSENT, Action.DECLINE, Action.CANCEL),
            ),
            frame(),
        ),
        "card-wanted": (replace(RUN, stage=Stage.CARD, steps=steps(1), prompt=Shown("card.place")), None),
        "card-read": (
            replace(face, prompt=Shown("face.look")),
            frame(good=False, guidance="guide.come_closer"),
        ),
        "capturing": (replace(face, tries=1), frame(good=True, guidance="guide.hold_still")),
        "challenge": (replace(face, challenge="turn_left", steps=steps(3)), frame()),
        "challenge-blink": (replace(face, challenge="blink", steps=steps(3)), frame()),
        "several photos": (
            replace(
                end,
                live_face=chip,
                result=finished(
                    Decision.REFER,
                    *(
                        f"match.no_match.{each}"
                        for each in ("returned", "chip_returned", "returned_portrait")
                    ),
                    score=0.62,
                    false_match_rate=1e-5,
                    interval=(0.0, 2e-5),
                    liveness="live",
                    pairs=tuple(each_pair()),
                ),
            ),
            frame(),
        ),
        "accepted": (
            replace(
                end,
                live_face=chip,
                result=finished(
                    Decision.ACCEPT,
                    "case.all_checks_passed",
                    score=0.62,
                    false_match_rate=1 / 412_000,
                    interval=(1 / 1_900_000, 1 / 120_000),
                    liveness="live",
                    synced=True,
                ),
            ),
            frame(),
        ),
        "referred": (
            replace(
                end,
                live_face=chip,
                steps=tuple(kept),
                status=OFFLINE,
                card=replace(CARD, name="\u5f20\U00020bb7\ue863", doubts=("card.doubt.check_digit",)),
                result=finished(
                    Decision.REFER,
                    "match.cannot_tell",
                    "card.doubt.check_digit",
                    score=0.33,
                    false_match_rate=1 / 2_300,
                    interval=(1 / 3_100, 1 / 1_700),
                    liveness="live",
                ),
            ),
            frame(),
        ),
        "refused": (
            replace(
                end,
                live_face=other,
                result=finished(
                    Decision.REFUSE,
                    "match.no_match",
                    score=0.08,
                    false_match_rate=0.31,
                    interval=(0.28, 0.34),
                    liveness="live",
                    synced=True,
                ),
            ),
            frame("hopper"),
        ),
        "device-fault": (
            replace(
                RUN,
                stage=Stage.FAULT,
                steps=steps(1, StepState.FAILED),
                shown=Shown("card_reader.unplugged", {"device": "card_reader"}, "K7Q2"),
                actions=(Action.RETRY, Action.CANCEL),
                status=replace(
                    STATUS, devices=(replace(STATUS.devices[0], health=Health.LOST), STATUS.devices[1])
                ),
            ),
            None,
        ),
    }


@dataclass
class Heard:
    """Writes down what a signal carried."""

    values: list[object] = field(default_factory=list)

    def note(self, value: object) -> None:
        self.values.append(value)


def cut_text(widget: QWidget) -> str:
    """What of a widget's text does not fit, or stands outside its parent; empty when all is well."""
    if not widget.isVisible() or not isinstance(widget, QLabel | GlyphText | KeyButton):
        return ""
    text = widget.text if isinstance(widget, GlyphText) else widget.accessibleName()
    if isinstance(widget, QLabel):
        text = widget.text()
    wraps = isinstance(widget, GlyphText) or (isinstance(widget, QLabel) and widget.wordWrap())
    if wraps and widget.heightForWidth(widget.width()) > widget.height() + 1:
        return f"too low: {text} {widget.heightForWidth(widget.width())} > {widget.height()}"
    if not wraps and widget.sizeHint().width() > widget.width() + 1:
        return f"too narrow: {text}"
    return _outside(widget, text)


def _outside(widget: QWidget, text: str) -> str:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent.parentWidget(), QScrollArea):
            return ""
        spot = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(spot):
            return f"outside {parent.objectName() or type(parent).__name__}: {text}"
        parent = parent.parentWidget()
    return ""
