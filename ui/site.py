"""Where the window stands: the terminal, its branch, and what the branch must show the public."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """Set by the bank; what is not set is left out of the screen."""

    branch: str = ""
    terminal: str = ""
    service_standard: str = ""
    """One item a line."""
    negative_list: str = ""
    """One item a line."""
    supervision_phone: str = ""
    larger_type: bool = False
