"""``renzheng bench --peers``: other face libraries and ours on the same pictures, in one run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from config.paths import paths
from config.settings import Settings
from models.api import ModelError
from models.evaluate.pairs import PairsError, read_pairs
from models.evaluate.peers import Measured, chosen_pairs, measure, pictures_of
from models.face.stack import FaceStack
from models.face.stack import load as load_networks
from terminal.commands.context import models_folder
from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, err, out, print_json

PACKS = ("open", "insightface")
DEVELOPMENT = Path(__file__).resolve().parents[3] / "shared" / "data" / "face"
"""Pictures that lie beside a working copy."""


def bench_peers(chosen: Settings, folder: Path | None, pictures: int | None, as_json: bool) -> int:
    """Measure all; exit 1 when a peer is faster than each of our packs that is as accurate."""
    source = (folder or DEVELOPMENT) / "pairs.csv"
    try:
        pairs = chosen_pairs(read_pairs(source), pictures)
    except PairsError as error:
        raise Failure(
            error.code, str(error), "Give a folder with a pairs.csv: --pictures-in", EX_USAGE
        ) from error
    if len({pair.same_person for pair in pairs}) < 2:
        raise Failure("pairs.one_sided", f"{source}: too few pairs of both kinds", exit_code=EX_USAGE)
    weights = models_folder(chosen)
    stacks = [stack for pack in PACKS if (stack := _ours(pack, weights)) is not None]
    try:
        ours, theirs = measure(stacks, pairs, paths().cache / "peers", weights, _say)
    finally:
        for stack in stacks:
            stack.close()
    same = sum(pair.same_person for pair in pairs)
    answer: dict[str, Any] = {
        "pictures": len(pictures_of(pairs)),
        "same_person": same,
        "different": len(pairs) - same,
        "rows": [each.as_json() for each in (*ours, *theirs)],
        "beaten": {each.name: _beaten(each, ours) for each in theirs if each.point is not None},
    }
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    return EX_YES if ours and all(answer["beaten"].values()) else EX_NO


def _ours(pack: str, weights: Path) -> FaceStack | None:
    """One of our packs, on all cores like the peers; None when its networks are absent or not accepted."""
    try:
        stack = load_networks(pack, weights, threads=len(os.sched_getaffinity(0)))
    except ModelError:
        _say(f"renzheng {pack}: its networks are not installed")
        return None
    stack.warm_up()
    return stack


def _beaten(peer: Measured, ours: list[Measured]) -> bool:
    """True when one of our packs is faster, at a share of true accepts no lower."""
    return any(
        mine.ms < peer.ms and mine.point.tar >= peer.point.tar
        for mine in ours
        if mine.point is not None and peer.point is not None
    )


def _say(text: str) -> None:
    err.print(text, style="dim", markup=False)


def _tell(answer: dict[str, Any]) -> None:
    out.print(
        f"{answer['pictures']} pictures, {answer['same_person']} pairs of one person, "
        f"{answer['different']} of two; true accepts at one false accept in 1,000 (95 % interval); "
        "milliseconds from file to template (median)"
    )
    for row in answer["rows"]:
        name = f"{row['name']} {row['version']}".strip()
        if "skipped" in row:
            out.print(f"  {name:28} passed over: {row['skipped']}", style="yellow", markup=False)
            continue
        low, high = row["interval"]
        note = "" if row["resolved"] else " (too few pairs to see one error in 1,000)"
        out.print(
            f"  {name:28} {row['tar']:7.2%} [{low:.2%}, {high:.2%}]  {row['ms']:7.1f} ms  "
            f"without a face {row['without_face']}{note}",
            markup=False,
        )
    for name, beaten in answer["beaten"].items():
        mark = "[green]ok[/green]" if beaten else "[red]no[/red]"
        out.print(f"{mark}  faster than {name} at no lower share of true accepts")
