"""``renzheng evaluate liveness --virtual``: seeded trials of attacks and genuine customers, in processes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.api import LiveAnswer

if TYPE_CHECKING:
    from models.evaluate.journal import Journal
    from models.evaluate.liveness import LivenessReport, Progress
    from terminal.virtual.trials import Range, Trial

TUNING_SEEDS = 10_000
"""From this seed on trials are for tuning; those below are for reports, and nothing may be set by them."""
KINDS = (
    "genuine",
    "print",
    "tablet_replay",
    "cut_out",
    "recorded_challenge",
    "frozen",
    "looped",
    "injected",
    "switched",
)
"""Names of `terminal.virtual.trials.Kind`, here so that the command's help needs no networks."""


def trials(count: int, kinds: tuple[str, ...], first: int = 0) -> list[Trial]:
    """`count` trials of each of `kinds`, of all when none is named, from the seed `first` on.

    They come in turn, kind by kind.
    """
    from terminal.virtual.trials import Kind, Trial

    wanted = [Kind(name) for name in kinds] or list(Kind)
    return [Trial(kind, first + number) for number in range(count) for kind in wanted]


def sources() -> tuple[list[Path], Path]:
    """The program's files that make and judge the presentations, and the folder they are in.

    They stand for the data of a run: one that was stopped does not go on with others.
    """
    base = Path(__file__).parents[2]
    return sorted(file for part in PARTS for file in base.glob(part)), base


PARTS = ("drivers/camera/*.py", "models/face/*.py", "terminal/virtual/*.py", "terminal/virtual/people.toml")


def run_trials(wanted: list[Trial], journal: Journal, jobs: int, progress: Progress | None) -> None:
    """Run what `journal` does not know yet; each result is noted as it comes."""
    todo = [trial for trial in wanted if trial.key not in journal]
    done = Counter(trial.kind for trial in wanted if trial.key in journal)
    sizes = Counter(trial.kind for trial in wanted)
    for trial, answer in _answers(todo, jobs):
        journal.note(trial.key, answer)
        done[trial.kind] += 1
        if progress is not None:
            progress(trial.kind.value, done[trial.kind], sizes[trial.kind])


def rates(wanted: list[Trial], journal: Journal, about: dict[str, Any]) -> LivenessReport:
    """The rates of all `wanted` trials, which `journal` knows."""
    from models.evaluate.liveness import Group, LivenessReport
    from terminal.virtual.trials import Kind

    answers: dict[Kind, Counter[LiveAnswer]] = {}
    for trial in wanted:
        answer = LiveAnswer(journal[trial.key]["answer"])
        answers.setdefault(trial.kind, Counter())[answer] += 1
    attacks = {kind.value: Group(found) for kind, found in answers.items() if kind is not Kind.GENUINE}
    live = Group(answers.get(Kind.GENUINE, Counter()))
    return LivenessReport(live, attacks, about["pack"], about["models"], about["seconds"])


def reasons(wanted: list[Trial], journal: Journal) -> dict[str, dict[str, int]]:
    """How often each reason was given, by kind."""
    found: dict[str, Counter[str]] = {}
    for trial in wanted:
        found.setdefault(trial.kind.value, Counter()).update(journal[trial.key]["reasons"])
    return {kind: dict(counts.most_common()) for kind, counts in found.items()}


def _answers(todo: list[Trial], jobs: int) -> Iterator[tuple[Trial, dict[str, Any]]]:
    if jobs <= 1 or len(todo) <= 1:
        for trial in todo:
            yield trial, _answer(trial)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(_answer, trial): trial for trial in todo}
        try:
            for finished in as_completed(waiting):
                yield waiting[finished], finished.result()
        finally:  # a trial that failed is told now, not after all the others
            pool.shutdown(wait=False, cancel_futures=True)


def _answer(trial: Trial) -> dict[str, Any]:
    """Run one trial in this process."""
    began = time.process_time()
    verdict = _range().run(trial)
    return {
        "answer": verdict.decision.value,
        "reasons": list(verdict.reasons),
        "asked": [kind.value for kind in verdict.challenges],
        "frames": verdict.frames,
        "signals": {name: round(value, 4) for name, value in verdict.signals.items()},
        "seconds": round(time.process_time() - began, 2),
    }


_made: dict[str, Range] = {}


def _range() -> Range:
    """This process's networks and people, loaded once."""
    if "range" not in _made:
        from config.paths import paths
        from drivers.camera.puppet import Puppet
        from terminal.commands.context import load_stack, settings
        from terminal.rules.today import rules_today
        from terminal.virtual.people import faces, prepare
        from terminal.virtual.trials import Range

        stack = load_stack(settings())
        folder: Path = paths().cache / "people"
        puppets = tuple(Puppet.load(prepare(each, stack, folder).puppet) for each in faces())
        _made["range"] = Range(stack, puppets, rules_today().liveness)
    return _made["range"]
