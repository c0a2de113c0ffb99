"""Keep the memory of one training step for the next, where the C library can be told to."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of glibc's mallopt, as malloc.h numbers them
_KEEP_BYTES = 2**30


def keep_freed_memory() -> bool:
    """Ask glibc not to give large blocks back to the system when they are freed.

    A training step on CPU frees and asks again for hundreds of megabytes; when each block comes fresh from the system,
    most of the step can go into its page faults.

    Returns:
        Whether it could be done: False where the C library is another than glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _KEEP_BYTES) and mallopt(_TRIM_THRESHOLD, _KEEP_BYTES))
