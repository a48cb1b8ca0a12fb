"""Decodes a clip in a process of its own and writes its frames to standard output.

    python -I clip_child.py FILE RATE SECONDS LONG_SIDE MOST_PIXELS MOST_MEMORY

A frame is its seconds, height and width (``<dII``) and its BGR bytes. What a broken file does to the decoder
(crash, endless work, all memory) ends this process and nothing else. Ends with 2 when the clip cannot be
opened, 3 when its frames are too large. Stands alone: nothing of the program is imported.
"""

from __future__ import annotations

import resource
import struct
import sys
from pathlib import Path

HEADER = struct.Struct("<dII")
UNKNOWN_RATE = 25.0
"""Taken when a clip does not say how many frames a second it has."""
NOT_OPENED, TOO_LARGE = 2, 3
CPU_SECONDS = 120


def main() -> int:
    """Read the clip as the arguments say."""
    file = sys.argv[1]
    rate, seconds = (float(each) for each in sys.argv[2:4])
    long_side, most_pixels, most_memory = (int(each) for each in sys.argv[4:7])
    import cv2

    cv2.setNumThreads(1)
    _limit(most_memory)
    clip = cv2.VideoCapture(file, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    if not clip.isOpened():
        return NOT_OPENED
    if clip.get(cv2.CAP_PROP_FRAME_WIDTH) * clip.get(cv2.CAP_PROP_FRAME_HEIGHT) > most_pixels:
        return TOO_LARGE
    own = clip.get(cv2.CAP_PROP_FPS)
    own = own if 1 <= own <= 1000 else UNKNOWN_RATE
    every = max(1, round(own / rate))
    for index in range(int(seconds * own)):
        if not clip.grab():
            return 0
        if index % every:
            continue
        there, image = clip.retrieve()
        if not there or image is None:
            continue
        height, width = image.shape[:2]
        if height * width > most_pixels:
            return TOO_LARGE
        scale = long_side / max(height, width)
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        sys.stdout.buffer.write(HEADER.pack(index / own, *image.shape[:2]) + image.tobytes())
        sys.stdout.buffer.flush()
    return 0


def _limit(more_memory: int) -> None:
    """Let this process take so much more memory than now, and so much processor time."""
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more_memory, now + more_memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
