"""The loops of a scan, compiled of `kernels.c` when the package is built. Where that was without a compiler: none."""

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float32]
_Doubles = NDArray[np.float64]
_Integers = NDArray[np.int64]

def scan(
    start: int,
    stop: int,
    codes: tuple[NDArray[np.uint8], int, float, _Integers, NDArray[np.uint8], _Integers, _Doubles] | tuple[()],
    sounds: tuple[_Floats, NDArray[np.bool_], _Integers, _Doubles],
    asked: tuple[_Floats, _Floats, float, float, float],
    found: tuple[_Doubles, _Integers, _Doubles],
) -> bytes:
    """Find the windows from row `start` to `stop` that may be among the best, for b queries.

    Args:
        start: The first row; of a block, where codes are read.
        stop: The row after the last, likewise.
        codes: Blocks (blocks, columns, 4096), their number of columns, the step; the `Cuts` of the queries: columns and
            levels, (b, m), how many columns each adds and how many it has, (b, 2), and offsets, (b,). Empty:
            the projections are read.
        sounds: Projections (rows, h), whether each row is to be found, (rows,), and of the sounds, (s,) in the order of
            their rows: the first row and the logarithm of the number of windows.
        asked: Queries (b, h), weights (h,), the two parts of the rounding error, the correction for chance.
        found: What is known of the best sounds, and is made better: scores that they reach, (b, count), their numbers,
            from 1, and scores that `count` of them are known to reach, (b,).

    Returns:
        What is kept, of 24 bytes each: its query and its row as int64, and what its logit less the bias is at most, as
        a float64.

    Raises:
        ValueError: The arrays do not go together, or rows to be found are no sound's.
    """
