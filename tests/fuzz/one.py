"""Fuzzes one target with atheris: ``python -m tests.fuzz.one NAME RUNS FOLDER``; 0 when all held."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

LONGEST_INPUT = 4096
HANG_SECONDS = 5
MEMORY_MEGABYTES = 2048


def main() -> None:
    """Run; atheris ends the process."""
    name, runs, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    with atheris.instrument_imports(
        include=["drivers", "models", "terminal", "PIL"], enable_loader_override=False
    ):
        from tests.fuzz.targets import by_name
    target = by_name(name)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / f"seed{number}").write_bytes(seed)
        options = [f"-runs={runs}", f"-max_len={LONGEST_INPUT}", f"-timeout={HANG_SECONDS}"]
        options += [f"-rss_limit_mb={MEMORY_MEGABYTES}", f"-artifact_prefix={folder}/{name}-", "-verbosity=0"]
        atheris.Setup([sys.argv[0], corpus, *options, "-print_final_stats=1"], target.try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
