"""How well a model or a baseline finds the sounds of a corpus, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.corpora.catalogue import Catalogue
from menura.errors import UsageError
from menura.evaluation.baseline_scores import baseline_scores
from menura.evaluation.baselines import BASELINES
from menura.evaluation.protocols import own_protocol, parts_of
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.scoring import score_all
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.network.iminet import IMINET


@dataclass(frozen=True, eq=False)
class Evaluated:
    """One method on one corpus.

    Attributes:
        scores: (imitations, sounds) of the whole catalogue, in its order; higher is more similar.
        runs: The ranks, run by run.
    """

    scores: NDArray[np.floating]
    runs: list[list[Ranked]]


def evaluate_network(network: IMINET, catalogue: Catalogue, parts: Sequence[Catalogue], cache: Path) -> Evaluated:
    """The scores of a network, and its ranks in each part; inputs are kept in `cache`."""
    inputs = load_catalogue_inputs(catalogue, network.spec, cache)
    scores = score_all(network, inputs.imitations, inputs.recordings)
    return Evaluated(scores, [rank_part(scores, catalogue, part) for part in parts])


def evaluate_baseline(name: str, catalogue: Catalogue, parts: Sequence[Catalogue], cache: Path) -> Evaluated:
    """The same of a baseline, by its name in `BASELINES`."""
    scores = baseline_scores(name, catalogue, cache)
    return Evaluated(scores, [rank_part(scores, catalogue, part) for part in parts])


def rank_catalogue(network: IMINET, catalogue: Catalogue, *, runs: int, cache: Path) -> list[list[Ranked]]:
    """The ranks that a network gives, run by run, as the corpus's published figures rank.

    Args:
        network: The network.
        catalogue: If it is ranked within categories, each run ranks the testing half of a split of its own among that
            half's recordings of the same category, as in the paper's section 3.3; otherwise all imitations are ranked
            among all recordings, once.
        runs: How many splits; 10 in the paper.
        cache: A folder for the inputs.
    """
    parts = parts_of(catalogue, own_protocol(catalogue), runs=runs)
    return evaluate_network(network, catalogue, parts, cache).runs


def baseline_called(name: str) -> str:
    """The name in `BASELINES` of what a command line calls `2dft` or `mfcc-dtw`; a `UsageError` if it is none."""
    called = {_letters(known): known for known in BASELINES}
    if _letters(name) not in called:
        raise UsageError(f"{name}: no such baseline; the names are {', '.join(BASELINES)}")
    return called[_letters(name)]


def _letters(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
