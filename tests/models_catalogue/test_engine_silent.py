"""The library that runs the networks leaves nothing behind and opens no line: ADR 35."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.paths import HOME, paths

RUN = """
import os, sys
from pathlib import Path
import numpy as np
from models.face.stack import load
stack = load("open", Path(sys.argv[1]))
stack.observe(np.zeros((480, 640, 3), np.uint8), 1, 0.1)
print(sum(os.readlink(f"/proc/self/fd/{fd}").startswith("socket:") for fd in os.listdir("/proc/self/fd")
          if os.path.islink(f"/proc/self/fd/{fd}")))
stack.close()
"""


def test_networks_report_to_nobody(stack, tmp_path: Path) -> None:
    """A process that ran every network: no file in an empty home, no socket."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    told |= {"HOME": str(tmp_path), HOME: str(tmp_path / "ours"), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", RUN, str(paths().models)], env=told, capture_output=True, text=True, check=True
    )
    assert [str(file) for file in tmp_path.rglob("*") if file.is_file()] == []
    assert int(ran.stdout) == 0
