"""``python -m ui``: the window at the counter."""

import sys

from ui.app import main

if __name__ == "__main__":
    sys.exit(main())
