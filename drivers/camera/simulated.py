"""Starts a simulated network camera (`drivers.camera.http_simulator`) for tests, demonstration, training."""

from __future__ import annotations

from drivers.camera.http_simulator import Fault
from drivers.sim.handle import Simulated


def start_camera(
    *,
    width: int = 320,
    height: int = 240,
    fps: float = 25.0,
    infrared: bool = False,
    alternate: bool = False,
    recording: str = "",
) -> SimulatedCamera:
    """A simulated camera, ready soon; open its `address` with driver ``opencv`` and close it after use.

    `infrared` serves grey pictures, `alternate` lights every second one only, `recording` is a clip to serve
    in place of the test picture. Raises `TimedOut` or `Missing` when the process does not come up.
    """
    options = ["--width", str(width), "--height", str(height), "--fps", str(fps)]
    options += ["--infrared"] if infrared else []
    options += ["--alternate"] if alternate else []
    options += ["--recording", recording] if recording else []
    return SimulatedCamera("drivers.camera.http_simulator", options)


class SimulatedCamera(Simulated):
    """The running simulator. `address` stays the same when it is unplugged and plugged in again."""

    def fault(self, name: Fault | str, times: int = 0) -> None:
        """Give the camera a fault until `clear`, or for `times` pictures or requests."""
        super().fault(Fault(name), times)
