"""``python -m terminal`` is ``renzheng``."""

from terminal.cli import main

main()
