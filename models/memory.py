"""What the C library keeps of memory that was freed, and how it is made to let go."""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
HEAPS = 1
KEPT_BYTES = 8 << 20
"""Free memory at the end of a heap beyond this is returned at once: a template needs more, a frame less."""
LARGE_BYTES = 32 << 20
"""Only pieces beyond this get pages of their own, which take longer; the C library would find its own limit
but for the line above, and allows no more."""


def give_back_memory() -> None:
    """Return to the system what was freed, by loading networks or by a case; keep little from now on.

    Each thread would have a heap of its own, none of which gives anything back: 30 MB more in a terminal.
    Where the C library knows neither (see mallopt(3), malloc_trim(3)), nothing happens.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        for option, value in (
            (M_ARENA_MAX, HEAPS),
            (M_MMAP_THRESHOLD, LARGE_BYTES),
            (M_TRIM_THRESHOLD, KEPT_BYTES),
        ):
            library.mallopt(option, value)
        library.malloc_trim(0)
