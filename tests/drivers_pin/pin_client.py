"""A terminal that takes one PIN: the process whose memory the test looks through.

Prints the block as JSON, then waits for its end, as a program does that goes on with other work.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from drivers.link.traffic import TRAFFIC
from drivers.pin_pad.pad import OpenPinPad
from drivers.pin_pad.settings import PinPadSettings


def main() -> None:
    """Take one PIN."""
    address, account, log = sys.argv[1:4]
    logging.basicConfig(filename=Path(log), level=TRAFFIC)
    pad = OpenPinPad.open(address, PinPadSettings(fewest=12, most=12))
    block = pad.enter(account, 10)
    told = {"block": block.data.hex(), "serial": block.key_serial.hex(), "digits": block.digits}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    pad.close()


if __name__ == "__main__":
    main()
