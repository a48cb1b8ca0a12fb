"""``renzheng liveness``: is a live person in a picture, a clip, or in front of a camera?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.api import LiveAnswer, Liveness
from terminal.commands.context import explain, load_stack, settings, telling
from terminal.commands.output import (
    EX_CANNOT_TELL,
    EX_NO,
    EX_UNAVAILABLE,
    EX_YES,
    Failure,
    err,
    json_option,
    out,
    print_json,
)

if TYPE_CHECKING:
    from drivers.api import Camera
    from models.face.liveness import LivenessCheck
    from models.face.stack import FaceStack

CAMERAS = ("v4l2:", "http:", "https:", "virtual:")
EXITS = {LiveAnswer.LIVE: EX_YES, LiveAnswer.ATTACK: EX_NO, LiveAnswer.CANNOT_TELL: EX_CANNOT_TELL}
FRAME_SECONDS = 5.0


@click.command("liveness")
@click.argument("source")
@json_option
def command(source: str, as_json: bool) -> int:
    """Judge SOURCE: a picture, a clip (file:CLIP), or a camera (v4l2:/dev/video0, http://…).

    A camera is judged with random actions the person must do; files by the passive network alone, which
    is weaker. Exit 0: live. 1: attack. 2: cannot tell.
    """
    began = time.monotonic()
    verdict = _camera(source) if source.startswith(CAMERAS) else _file(Path(source.removeprefix("file:")))
    answer: dict[str, Any] = {
        "decision": verdict.decision.value,
        "signals": dict(verdict.signals),
        "reasons": list(verdict.reasons),
        "frames": verdict.frames,
        "challenges": [kind.value for kind in verdict.challenges],
        "model_pack": settings().models.pack,
        "elapsed_ms": round((time.monotonic() - began) * 1000, 1),
    }
    if as_json:
        print_json(answer)
    else:
        _tell(verdict)
    return EXITS[verdict.decision]


def _file(path: Path) -> Liveness:
    from models.evaluate.liveness import judge_file
    from models.face.limits import limited

    if not path.exists():
        raise Failure("picture.missing", explain("picture.missing", source=path.name))
    stack = load_stack(settings())
    try:
        with telling():
            return judge_file(path, stack, limited(settings().liveness))
    finally:
        stack.close()


def _camera(source: str) -> Liveness:
    from drivers.errors import DeviceError
    from drivers.registry import open_device

    check, stack = _check(), load_stack(settings())
    try:
        camera = open_device("camera-virtual" if source.startswith("virtual:") else "opencv", source, {})
        try:
            while not check.enough:
                _look(check, stack, camera)
        finally:
            camera.close()
    except DeviceError as error:
        raise Failure(error.code, explain(error.code, device=error.device), "", EX_UNAVAILABLE) from error
    finally:
        stack.close()
    return check.verdict()


def _check() -> LivenessCheck:
    """A check by the rules of today, with actions nobody can foresee."""
    import secrets

    from models.api import ChallengeKind
    from models.face.limits import limited
    from models.face.liveness import LivenessCheck
    from models.face.sequence import random_challenges
    from terminal.rules.today import rules_today

    asked, random = rules_today().liveness, secrets.SystemRandom()
    kinds = [ChallengeKind(name) for name in asked.challenges]
    chosen = limited(
        settings().liveness, least_frames=asked.passive_frames, action_seconds=asked.challenge_seconds
    )
    return LivenessCheck(chosen, random_challenges(random, kinds, asked.count), rng=random)


def _look(check: LivenessCheck, stack: FaceStack, camera: Camera) -> None:
    """One frame: judged, compared with the others, and answered with what is due."""
    from drivers.api import follows_instructions

    frame = camera.frame(FRAME_SECONDS)
    seen = stack.observe(frame.image, frame.number, frame.at)
    before = check.done
    check.add(seen, frame.image)
    if check.done > before and follows_instructions(camera):
        camera.hear("face.look")
    if seen.face is not None and check.wants_template(seen):
        check.compare(stack.embed(frame.image, seen.face))
    if (kind := check.due()) is not None:
        err.print(explain(f"challenge.{kind.value}"))
        if follows_instructions(camera):
            camera.hear(f"challenge.{kind.value}")


def _tell(verdict: Liveness) -> None:
    out.print(f"[bold]{explain('liveness.' + verdict.decision.value)}[/bold]")
    if not verdict.challenges:
        out.print("  Judged from the pictures alone, without a challenge: weaker than at the terminal.")
    for reason in verdict.reasons:
        out.print(f"  {explain(reason)} [dim]({reason})[/dim]")
    for name, value in verdict.signals.items():
        out.print(f"  {name:20} {value:.3f}", style="dim")
