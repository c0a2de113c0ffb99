"""How well a model, or a system that is no network, finds the sounds of a corpus, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.corpora.catalogue import Catalogue
from menura.evaluation.protocols import own_protocol, parts_of
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.scoring import score_all
from menura.evaluation.system_scores import system_scores
from menura.evaluation.systems import System
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.network.dual_encoder import DualEncoder
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


def evaluate_network(
    network: IMINET | DualEncoder, catalogue: Catalogue, parts: Sequence[Catalogue], cache: Path
) -> Evaluated:
    """The scores of a network, and its ranks in each part; inputs are kept in `cache`."""
    inputs = load_catalogue_inputs(catalogue, network.spec, cache)
    scores = score_all(network, inputs.imitations, inputs.recordings)
    return Evaluated(scores, [rank_part(scores, catalogue, part) for part in parts])


def evaluate_system(system: System, catalogue: Catalogue, parts: Sequence[Catalogue], cache: Path) -> Evaluated:
    """The same of a system; one that learns, learns from the recordings it is to find, as a search engine could."""
    recordings = [sound.path for sound in catalogue.sounds]
    scores = system_scores(system, catalogue, learns_from=recordings, seed=0, cache=cache)
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
