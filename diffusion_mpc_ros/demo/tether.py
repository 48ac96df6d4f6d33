"""Ties a process to the life of the one that started it: ``python tether.py PARENT COMMAND...``.

The kernel kills the tethered process when its parent ends, even by SIGKILL, which no clean-up code survives. This is a
program of its own, standard library only, because running Python between fork and exec is unsafe in a parent that
already has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``: the signal this process gets when its parent ends. An exec keeps it."""


def main(parent: int, command: list[str]) -> None:
    """Ties this process to ``parent`` and becomes ``command``.

    Raises:
        OSError: the kernel refused, or the command cannot be run.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it ended before the tie was made
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
