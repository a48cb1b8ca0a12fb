"""How long a process needs until all networks are ready, and what memory it takes, step by step.

``python -m models.bench_start PACK FOLDER`` prints JSON; it must be a fresh process to say anything.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
FRAMES = 10
SIZES = ((480, 640), (720, 1280))


def measure(pack: str, folder: Path) -> dict[str, Any]:
    """``cold_start_s`` from the start of this process' Python, ``peak_mb``, and ``steps``.

    Each step has ``what``, ``seconds`` it took, and ``mb`` of memory in use after it.
    """
    began = time.perf_counter()
    steps: list[dict[str, Any]] = [{"what": "Python", "seconds": 0.0, "mb": _memory("VmRSS")}]

    def done(what: str) -> None:
        past = sum(step["seconds"] for step in steps)
        steps.append({"what": what, "seconds": time.perf_counter() - began - past, "mb": _memory("VmRSS")})

    import numpy as np

    from models.face.stack import load

    done("libraries")
    stack = load(pack, folder)
    done("networks loaded")
    stack.warm_up()
    done("each run once")
    ready = time.perf_counter() - began
    for height, width in SIZES:
        frame = np.full((height, width, 3), 128, np.uint8)
        for number in range(FRAMES):
            stack.observe(frame, number, float(number))
    done("looking at frames")
    return {"cold_start_s": ready, "peak_mb": _memory("VmHWM"), "steps": steps}


def _memory(field: str) -> float:
    """Megabytes of this process: ``VmRSS`` now, ``VmHWM`` at most (Linux, proc(5))."""
    line = next(line for line in STATUS.read_text("ascii").splitlines() if line.startswith(field))
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))) + "\n")
