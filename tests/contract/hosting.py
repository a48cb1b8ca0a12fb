"""Opens devices in processes of their own, to do to them what only a process can suffer."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping

from drivers.host.hosted import Hosted, Limits, host_device
from tests.contract.rig import Bench


class Hosting:
    """Opens hosted devices, and knows the newest."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.newest: Hosted | None = None

    def __call__(self, driver: str, address: str, options: Mapping[str, object]) -> Hosted:
        self.newest = host_device(driver, address, options, self._limits)
        return self.newest

    def signals(self, number: signal.Signals) -> Callable[[Bench], None]:
        """Sends `number` to the process."""

        def inject(bench: Bench) -> None:
            assert self.newest is not None
            os.kill(self.newest.process_id, number)

        return inject
