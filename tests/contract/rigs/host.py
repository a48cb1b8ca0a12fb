"""A driver in a process of its own before the same simulator, and what only such a process can suffer."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping

from drivers.errors import Missing, TimedOut
from drivers.host.hosted import Hosted, Limits, host_device
from tests.contract.rig import Bench, Injected, Rig
from tests.contract.rigs import sdt

LIMITS = Limits(call_seconds=6, grace_seconds=0.5)
OF_ITS_OWN = {"unplugged_mid_read", "not_genuine", "read_failed", "silence", "wrong_checksum"}
"""Of the driver's own faults: one of each class, to see that they come through."""


class _Hosting:
    """Opens hosted devices, and knows the newest."""

    def __init__(self) -> None:
        self.newest: Hosted | None = None

    def __call__(self, driver: str, address: str, options: Mapping[str, object]) -> Hosted:
        self.newest = host_device(driver, address, options, LIMITS)
        return self.newest

    def signals(self, number: signal.Signals) -> Callable[[Bench], None]:
        def inject(bench: Bench) -> None:
            assert self.newest is not None
            os.kill(self.newest.process_id, number)

        return inject


def _rig() -> Rig:
    plain = next(each for each in sdt.RIGS if each.transport == "serial")
    hosting = _Hosting()
    own = tuple(each for each in plain.faults if each.name in OF_ITS_OWN)
    stopped = Injected("stopped", hosting.signals(signal.SIGSTOP), TimedOut, "device.hung")
    killed = Injected("killed", hosting.signals(signal.SIGKILL), Missing, "device.crashed")
    crashed = Injected("crashed", hosting.signals(signal.SIGSEGV), Missing, "device.crashed")
    return Rig("sdt", "serial-hosted", plain.start, (*own, stopped, killed, crashed), opens=hosting)


RIGS = (_rig(),)
