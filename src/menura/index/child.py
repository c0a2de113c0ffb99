"""Starting a Python process of one's own, which works for the one who asked and ends when its standard input does."""

from __future__ import annotations

import os
import subprocess
import sys

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start_child(program: str) -> subprocess.Popen[bytes]:
    """Start a process that is asked on its standard input and answers on its standard output, with one thread.

    Args:
        program: Its source, with `{path!r}` where the places go that it finds modules in.

    Raises:
        OSError: No process can be started.
    """
    return subprocess.Popen(
        [sys.executable, "-c", program.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | _ONE_THREAD,
        process_group=0,  # Ctrl-C in a terminal is for the one who asked alone
    )
