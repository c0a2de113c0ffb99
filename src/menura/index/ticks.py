"""When a file that has just changed may be read, so that its stamp tells of every later change.

The clock that stamps files ticks: a file that is changed twice within a tick bears the same stamp both times. What is
read in that tick may be changed once more, and nobody would ever notice. So an indexing that finds such a young file
waits, before it reads any, until the tick is over: a moment where times are precise, and two seconds where they are
whole seconds, as on FAT. Whatever changes later has a later stamp. (git, which has the same trouble, reads files that
were young once more the next time.)

It waits from when the walk had seen the stamp, and not from the time in it: the clock of a share may go behind.
"""

from __future__ import annotations

import sqlite3
import time

_PRECISE_S = 0.02  # systems stamp by a clock that ticks every 1 to 10 ms, and exFAT keeps hundredths
_COARSE_S = 2.0  # FAT
_DAY_NS = 86_400 * 10**9  # by so much, a time zone among it, a share's clock may go behind
_TICKS = "SELECT max(found_mtime_ns % 1000000000 = 0) FROM to_examine WHERE found_mtime_ns > ?"


def wait_for_tick(db: sqlite3.Connection, seen_at: float) -> None:
    """Wait until no file that is to be examined can change without another stamp.

    Args:
        db: The connection of a plan, with its table `to_examine`.
        seen_at: When the walk had seen them all, by `time.monotonic`.
    """
    (is_coarse,) = db.execute(_TICKS, (time.time_ns() - _DAY_NS,)).fetchone()
    if is_coarse is None:  # all are old
        return
    left_s = seen_at + (_COARSE_S if is_coarse else _PRECISE_S) - time.monotonic()
    if left_s > 0:
        time.sleep(left_s)
