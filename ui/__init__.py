"""Qt: draws cases and forwards intents; it decides nothing."""

import builtins
from importlib import import_module

import_module("PySide6")
# From here on PySide6 would read the source of every module that is imported, looking for features that
# nobody here selects, and keep 40 MB of lines. The import it found, and left beside its own, goes back.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
