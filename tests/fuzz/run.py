"""Fuzzes every target by its share of the inputs, two at a time, and says how many each withstood.

    python -m tests.fuzz.run [--inputs 1200000] [--only NAME] [--folder build/fuzz]

Ends with 1 when one failed; the input that did it lies in the folder.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 2400


@dataclass(frozen=True)
class Outcome:
    """What became of one target."""

    name: str
    inputs: int
    seconds: float
    complaint: str


def fuzz(target: Target, runs: int, folder: Path) -> Outcome:
    """Run one target in a process of its own."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz.one", target.name, str(runs), str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIMIT_SECONDS,
        check=False,
    )
    counted = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    inputs = int(counted[1]) if counted else 0
    (folder / f"{target.name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    fine = done.returncode == 0 and inputs >= runs
    complaint = "" if fine else _complaint(done.stdout + done.stderr)
    return Outcome(target.name, inputs, time.monotonic() - began, complaint)


def _complaint(text: str) -> str:
    telling = [line for line in text.splitlines() if re.search(r"Error|Exception|ERROR|timeout", line)]
    return telling[-1].strip()[:200] if telling else "it ended early; see its log"


@click.command()
@click.option("--inputs", default=1_200_000, show_default=True, help="Inputs in all.")
@click.option("--only", help="One target.")
@click.option(
    "--folder", default=ROOT / "build" / "fuzz", type=click.Path(path_type=Path), help="For findings."
)
def main(inputs: int, only: str | None, folder: Path) -> None:
    """Fuzz every parser that reads a device."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [each for each in TARGETS if only in (None, each.name)]
    shares = sum(each.share for each in chosen)
    outcomes = []
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(fuzz, each, int(inputs * each.share / shares) + 1, folder) for each in chosen]
        for waiting in started:
            outcome = waiting.result()
            outcomes.append(outcome)
            click.echo(f"{outcome.name:24} {outcome.inputs:>10,} inputs  {outcome.seconds:6.1f} s  "
                       f"{outcome.complaint or 'held'}")  # fmt: skip
    failed = sum(bool(each.complaint) for each in outcomes)
    click.echo(f"{sum(each.inputs for each in outcomes):,} inputs in all")
    click.echo(f"{len(outcomes) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
