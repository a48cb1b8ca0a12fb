"""A driver in a process of its own before the same simulator, and what only such a process can suffer."""

from __future__ import annotations

import signal

from drivers.errors import Missing, TimedOut
from drivers.host.hosted import Limits
from tests.contract.hosting import Hosting
from tests.contract.rig import Injected, Rig
from tests.contract.rigs import sdt

LIMITS = Limits(call_seconds=6, grace_seconds=0.5)
OF_ITS_OWN = {"unplugged_mid_read", "not_genuine", "read_failed", "silence", "wrong_checksum"}
"""Of the driver's own faults: one of each class, to see that they come through."""


def _rig() -> Rig:
    plain = next(each for each in sdt.RIGS if each.transport == "serial")
    hosting = Hosting(LIMITS)
    own = tuple(each for each in plain.faults if each.name in OF_ITS_OWN)
    stopped = Injected("stopped", hosting.signals(signal.SIGSTOP), TimedOut, "device.hung")
    killed = Injected("killed", hosting.signals(signal.SIGKILL), Missing, "device.crashed")
    crashed = Injected("crashed", hosting.signals(signal.SIGSEGV), Missing, "device.crashed")
    return Rig("sdt", "serial-hosted", plain.start, (*own, stopped, killed, crashed), opens=hosting)


RIGS = (_rig(),)
