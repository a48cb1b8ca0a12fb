"""``python -m sync.centre``."""

from sync.centre.cli import main

main(prog_name="python -m sync.centre")
