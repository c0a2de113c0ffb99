"""Several takes of one sound as one query: the mean of their embeddings.

A take is the sound, and whatever voice and breath made of it that time. What differs between takes goes towards its
mean, which tells the sounds of a library apart no more than silence does, and what they share stays. So the mean of
three takes by one person found a sound more often than any one of them, and more often than the one whose own first hit
scored highest (`benchmarks/search/several_takes.py`). The mean of the scores did hardly better, and is no embedding: it
would take a scan for every take, and no bound could spare any of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from menura.audio.hear import Take
from menura.model.bundle import Bundle


def together(embeddings: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(h,) what to search with for takes, at least one, of these embeddings, (h,) each."""
    mean: NDArray[np.float32] = np.mean(embeddings, axis=0, dtype=np.float32)
    return mean if len(embeddings) > 1 else embeddings[0]


def embedded(takes: Sequence[Take], bundle: Bundle) -> NDArray[np.float32]:
    """The same, of what is heard of the takes."""
    return together([bundle.embed_query(take.heard.samples) for take in takes])
