"""Measures presentation attack detection on files whose truth is known (ISO/IEC 30107-3).

Each picture or clip is one presentation. APCER = share of attacks called live, for each kind of attack by
itself; BPCER = share of live people called attacks. What the system cannot tell goes to a person, so it is
reported apart; the strict rates count it as an error on both sides.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.api import LiveAnswer, Liveness, PictureError
from models.evaluate.clips import CLIPS, clip_frames
from models.evaluate.folder import FolderError
from models.evaluate.journal import Journal
from models.evaluate.metrics import Interval, clopper_pearson
from models.face.liveness import LivenessCheck, LivenessSettings
from models.face.stack import FaceStack
from models.picture import read_picture

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".jp2"})
LIVE = "live"
"""Name of the live group in the report."""

Progress = Callable[[str, int, int], None]
"""Told after each file: the group's name, files done, files in all."""


@dataclass(frozen=True, slots=True)
class Group:
    """The answers to the presentations of one kind."""

    answers: Mapping[LiveAnswer, int]
    failed: Mapping[str, str] = field(default_factory=dict)
    """Files that could not be read → message key; not presentations."""

    @property
    def presentations(self) -> int:
        """Files answered."""
        return sum(self.answers.values())

    def count(self, *answers: LiveAnswer) -> int:
        """Presentations with one of `answers`."""
        return sum(self.answers.get(answer, 0) for answer in answers)

    def share(self, *answers: LiveAnswer) -> float:
        """Their share; 0 without presentations."""
        return self.count(*answers) / self.presentations if self.presentations else 0.0

    def interval(self, *answers: LiveAnswer) -> Interval:
        """The share's 95 % Clopper-Pearson interval."""
        return clopper_pearson(self.count(*answers), self.presentations)


@dataclass(frozen=True, slots=True)
class LivenessReport:
    """What a run of `evaluate_liveness` found."""

    live: Group
    attacks: Mapping[str, Group]
    """By kind of attack."""
    model_pack: str
    models: Mapping[str, str]
    elapsed_seconds: float

    def as_json(self) -> dict[str, Any]:
        """The figures by name; rates between 0 and 1."""
        groups = {LIVE: self.live, **self.attacks}
        return {
            "apcer": {kind: group.share(LiveAnswer.LIVE) for kind, group in self.attacks.items()},
            "bpcer": self.live.share(LiveAnswer.ATTACK),
            "cannot_tell": {name: group.share(LiveAnswer.CANNOT_TELL) for name, group in groups.items()},
            "strict": {
                "apcer": {kind: group.share(*NOT_ATTACK) for kind, group in self.attacks.items()},
                "bpcer": self.live.share(*NOT_LIVE),
            },
            "intervals": {
                "apcer": {
                    kind: list(group.interval(LiveAnswer.LIVE)) for kind, group in self.attacks.items()
                },
                "bpcer": list(self.live.interval(LiveAnswer.ATTACK)),
                "strict_apcer": {
                    kind: list(group.interval(*NOT_ATTACK)) for kind, group in self.attacks.items()
                },
                "strict_bpcer": list(self.live.interval(*NOT_LIVE)),
            },
            "presentations": {name: group.presentations for name, group in groups.items()},
            "failed": {name: dict(group.failed) for name, group in groups.items() if group.failed},
            "model_pack": self.model_pack,
            "models": dict(self.models),
            "elapsed_seconds": round(self.elapsed_seconds, 1),
        }

    def lines(self) -> list[str]:
        """The report for people, one line each."""
        lines = [f"model pack {self.model_pack}, {self.elapsed_seconds:.0f} s", ""]
        for kind, group in self.attacks.items():
            lines.append(f"APCER {_rate(group, LiveAnswer.LIVE)} {kind}; {_rest(group)}")
        lines.append(f"BPCER {_rate(self.live, LiveAnswer.ATTACK)} live; {_rest(self.live)}")
        lines.append("")
        lines.append("counting what it cannot tell as an error:")
        lines += [f"APCER {_rate(group, *NOT_ATTACK)} {kind}" for kind, group in self.attacks.items()]
        lines.append(f"BPCER {_rate(self.live, *NOT_LIVE)} live")
        for group in (self.live, *self.attacks.values()):
            lines += [f"not read: {name}: {code}" for name, code in group.failed.items()]
        return lines


def evaluate_liveness(
    live_dir: Path,
    attack_dir: Path,
    stack: FaceStack,
    *,
    settings: LivenessSettings | None = None,
    progress: Progress | None = None,
    run: Journal | None = None,
) -> LivenessReport:
    """Judge every picture and clip below the two folders.

    Sub-folders of `attack_dir` are kinds of attack; files lying in it directly are of the kind it is named
    after. Files of other types are passed over, and what `run` knows already is not judged again. Raises
    FolderError.
    """
    started = time.monotonic()
    chosen = settings or LivenessSettings()
    kinds = attack_kinds(attack_dir)
    live_files = presentations(live_dir)
    if not live_files:
        raise FolderError("evaluate.empty_folder", live_dir, "no picture or clip in it")
    noted = run or Journal()
    live = _judge_all(LIVE, live_files, stack, chosen, progress, noted)
    attacks = {
        kind: _judge_all(f"attack {kind}", found, stack, chosen, progress, noted)
        for kind, found in kinds.items()
    }
    return LivenessReport(live, attacks, stack.pack, dict(stack.about), time.monotonic() - started)


def attack_kinds(attack_dir: Path) -> dict[str, list[Path]]:
    """Files by kind of attack, in the order of names. Raises FolderError if there are none."""
    _require(attack_dir)
    kinds = {attack_dir.resolve().name: presentations(attack_dir, deep=False)}
    for folder in sorted(entry for entry in attack_dir.iterdir() if entry.is_dir()):
        kinds[folder.name] = [*kinds.get(folder.name, []), *presentations(folder)]
    found = {kind: names for kind, names in kinds.items() if names}
    if not found:
        raise FolderError("evaluate.empty_folder", attack_dir, "no picture or clip in it or its sub-folders")
    return found


def judge_file(file: Path, stack: FaceStack, settings: LivenessSettings) -> Liveness:
    """The verdict on one picture or clip, without any challenge. Raises PictureError."""
    check = LivenessCheck(settings)
    if file.suffix.lower() in CLIPS:
        for number, (at, image) in enumerate(clip_frames(file)):
            check.add(stack.observe(image, number, at, eyes=False), image)
    else:
        image = read_picture(file)
        check.add(stack.observe(image, 0, 0.0, eyes=False), image)
    return check.verdict()


NOT_LIVE = (LiveAnswer.ATTACK, LiveAnswer.CANNOT_TELL)
NOT_ATTACK = (LiveAnswer.LIVE, LiveAnswer.CANNOT_TELL)


def _judge_all(
    name: str,
    found: list[Path],
    stack: FaceStack,
    settings: LivenessSettings,
    progress: Progress | None,
    run: Journal,
) -> Group:
    """The answers to all files of one group."""
    answers: Counter[LiveAnswer] = Counter()
    failed: dict[str, str] = {}
    for count, file in enumerate(found, start=1):
        key = f"{name}:{file}"
        if key not in run:
            run.note(key, _judged(file, stack, settings))
        answer, code = run[key]
        if code:
            failed[str(file)] = code
        else:
            answers[LiveAnswer(answer)] += 1
        if progress is not None:
            progress(name, count, len(found))
    return Group(answers, failed)


def _judged(file: Path, stack: FaceStack, settings: LivenessSettings) -> tuple[str, str]:
    """The answer to one file, or why it could not be read."""
    try:
        return judge_file(file, stack, settings).decision.value, ""
    except PictureError as error:
        return "", error.code


def presentations(folder: Path, *, deep: bool = True) -> list[Path]:
    """Pictures and clips in `folder`, in the order of names."""
    _require(folder)
    entries = folder.rglob("*") if deep else folder.glob("*")
    return sorted(entry for entry in entries if entry.suffix.lower() in PICTURES | CLIPS and entry.is_file())


def _require(folder: Path) -> None:
    """Refuse what is not a folder."""
    if not folder.is_dir():
        raise FolderError("evaluate.no_folder", folder, "there is no such folder")


def _rate(group: Group, *answers: LiveAnswer) -> str:
    """A rate with its interval for people."""
    low, high = group.interval(*answers)
    return f"{group.share(*answers):6.2%} [{low:.2%}, {high:.2%}] n={group.presentations}"


def _rest(group: Group) -> str:
    """The share that goes to a person."""
    return f"cannot tell {group.share(LiveAnswer.CANNOT_TELL):.2%}"
