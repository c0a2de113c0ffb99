"""Made-up takes by somebody with a habit, of sounds that are numbers alone."""

import numpy as np

from menura.personal.lessons import Lessons, Pool
from menura.search.feedback import Feedback, refine

N, WIDTH = 150, 24
RNG = np.random.default_rng(0)
ROWS = RNG.normal(0, 3, (N, WIDTH)).astype(np.float32)
WEIGHT = RNG.normal(0, 1, WIDTH).astype(np.float32)
IDEAL = np.stack([refine(None, Feedback([row[None]], [], ROWS), WEIGHT) for row in ROWS])
HABIT = RNG.normal(0, 2.5, WIDTH).astype(np.float32)
POOL = Pool(np.arange(N), ROWS, np.ones(N, np.int64))


def lessons(queries: np.ndarray, sounds: np.ndarray) -> Lessons:
    """Each query a take of the sound of this number, which is in the pool."""
    same = sounds[:, None] == np.arange(N)
    _, numbers = np.unique(sounds, return_inverse=True)
    takes = tuple(range(len(sounds)))
    return Lessons(takes, queries.astype(np.float32), numbers, tuple(ROWS[[sound]] for sound in sounds), POOL, same)


def taken(sounds: np.ndarray, habit: np.ndarray, seed: int = 1) -> Lessons:
    """What somebody with a habit makes of sounds."""
    blurred = IDEAL[sounds] + np.random.default_rng(seed).normal(0, 0.7, (len(sounds), WIDTH))
    return lessons(blurred + habit, sounds)


def mrr(ranks: np.ndarray) -> float:
    return float((1 / ranks).mean())
