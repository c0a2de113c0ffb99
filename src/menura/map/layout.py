"""Where each sound lies on the map: t-SNE of what the model has of it, by openTSNE.

A sound lies where the mean of its windows' projections puts it. The same sounds get the same places at every call,
whatever the number of processors: everything that is drawn at random follows a seed, and all is done in one thread,
which also leaves the others to those who search.

**Sounds that come later leave the others where they are.** Where half or more have a place already, the layout goes on
from these places: a new sound begins among those of its neighbours that have one, and the whole settles. Otherwise it
begins from the first two principal components, as openTSNE's authors advise.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.progress import Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SEED = 0
NEEDS_MAP = 'a map is laid out by openTSNE, which is not installed: pip install "menura[map]"'

_PERPLEXITY = 15.0  # some 45 neighbours
_FEWEST = 12  # of fewer sounds, the principal components say all there is to say
_GATHERING, _SPREADING, _SETTLING = 250, 500, 150  # iterations
_EXAGGERATION = 12.0
_TELL_EVERY = 5
_KEPT_SHARE = 0.5  # of the sounds, from which on a layout goes on from the one before
_FIRST_SPREAD = 1e-4  # of an initial layout, as t-SNE wants it
_TOGETHER = 1e-2  # how far apart sounds begin that begin at one place


@cache
def has_openTSNE() -> bool:  # noqa: N802  # its name
    """Whether openTSNE works, which `menura[map]` brings."""
    try:
        import_module("openTSNE")
    except (ImportError, OSError):  # not there, or broken
        return False
    return True


def lay_out(
    features: NDArray[np.float32],
    known: NDArray[np.float32] | None = None,
    *,
    seed: int = SEED,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """A place on the map for each sound.

    Args:
        features: (n, h) what the model has of each sound, finite; no two need differ.
        known: (n, 2) the places of an earlier layout, NaN where a sound had none; None where there is no earlier one.
        seed: What is drawn at random follows it.
        progress: Called with the iterations done and their number.

    Returns:
        (n, 2) places. Distances on the map have no unit; only who is near whom means something.

    Raises:
        UsageError: openTSNE is not installed, and there are 12 sounds or more.
    """
    n = len(features)
    if n < _FEWEST:
        return _principal(features).astype(np.float32)
    if not has_openTSNE():
        raise UsageError(NEEDS_MAP)
    from openTSNE import TSNEEmbedding  # noqa: PLC0415  # a second and 160 MB, for whoever makes a map
    from openTSNE.affinity import PerplexityBasedNN  # noqa: PLC0415

    perplexity = min(_PERPLEXITY, (n - 1) / 3)
    rng = np.random.default_rng(seed)
    # Alike to the last bit, sounds would have no neighbours but each other.
    spread = 1e-6 * float(np.abs(features).max()) * rng.standard_normal(features.shape, np.float32)
    told = progress or (lambda done, total: None)
    told(0, _GATHERING + _SPREADING)
    affinities = PerplexityBasedNN(features + spread, perplexity, n_jobs=1, random_state=seed)
    goes_on = known is not None and np.isfinite(known).all(axis=1).mean() >= _KEPT_SHARE
    start = _going_on(known, affinities.P, rng) if goes_on and known is not None else _beginning(features, rng)
    layout = TSNEEmbedding(start, affinities, n_jobs=1, random_state=seed)
    steps = [(_SETTLING, 1.0, 0.8)] if goes_on else [(_GATHERING, _EXAGGERATION, 0.5), (_SPREADING, 1.0, 0.8)]
    total, before = sum(n_iter for n_iter, *_ in steps), 0
    for n_iter, exaggeration, momentum in steps:
        layout = layout.optimize(
            n_iter,
            exaggeration=exaggeration,
            momentum=momentum,
            callbacks=lambda done, _, __, before=before: told(before + done, total),
            callbacks_every_iters=_TELL_EVERY,
        )
        before += n_iter
    return np.asarray(layout, np.float32)


def _beginning(features: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """(n, 2) the principal components, so small that t-SNE is free to move everything."""
    components = _principal(features)
    scale = float(components[:, 0].std()) or 1.0
    return _FIRST_SPREAD * (components / scale + _TOGETHER * rng.standard_normal(components.shape))


def _going_on(known: NDArray[np.float32], affinities: csr_matrix, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n, 2) the known places; a sound without one begins in the middle of its neighbours that have one."""
    start, placed = known.astype(np.float64), np.isfinite(known).all(axis=1)
    start[~placed] = 0
    while not placed.all():
        weights = affinities @ placed.astype(np.float64)
        reached = ~placed & (weights > 0)
        if not reached.any():  # sounds that have only each other: in the middle of everything
            start[~placed] = start[placed].mean(axis=0)
            break
        start[reached] = (affinities[reached][:, placed] @ start[placed]) / weights[reached, None]
        placed = placed | reached
    new = ~np.isfinite(known).all(axis=1)
    start[new] += _TOGETHER * rng.standard_normal((int(new.sum()), 2))
    return start


def _principal(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 2) the first two principal components, each with its sign such that its largest weight is positive."""
    if len(features) < 2:
        return np.zeros((len(features), 2))
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, :-3:-1]
    largest = np.abs(axes).argmax(axis=0)
    found: NDArray[np.float64] = centred @ (axes * np.sign(axes[largest, range(axes.shape[1])]))
    return found
