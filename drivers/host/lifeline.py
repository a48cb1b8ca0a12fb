"""Lets a child process die with its parent, whatever the child is doing.

The child holds the reading end of a pipe that nobody writes to. When the parent ends, however it ends, the
kernel sends the child SIGKILL by itself (F_SETSIG): that works even while an SDK hangs inside a call and no
Python code can run. PR_SET_PDEATHSIG would kill it too early, when the thread that opened the device ends.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal

F_SETSIG = 10
"""Not in Python's fcntl; linux/fcntl.h."""


def die_with(descriptor: int) -> None:
    """From now on this process is killed when the other end of the pipe `descriptor` closes."""
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0):  # the parent had gone before the kernel was asked
        os._exit(1)
