"""Networks, and what their numbers mean."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
"""onnxruntime reports to its maker unless told otherwise before it is loaded: a device number, the program's
path, its networks and how they run. Nothing leaves a terminal but to the bank's centre (ADR 35)."""
