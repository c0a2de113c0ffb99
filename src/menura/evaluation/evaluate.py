"""How well a model finds the sounds of a corpus, ranked as that corpus's published figures are."""

from __future__ import annotations

from pathlib import Path

from menura.corpora.catalogue import Catalogue
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.scoring import score_all
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.network.iminet import IMINET


def rank_catalogue(network: IMINET, catalogue: Catalogue, *, runs: int, cache: Path) -> list[list[Ranked]]:
    """The ranks that a network gives, run by run.

    Args:
        network: The network.
        catalogue: If it is ranked within categories, each run ranks the testing half of a split of its own among that
            half's recordings of the same category, as in the paper's section 3.3; otherwise all imitations are ranked
            among all recordings, once.
        runs: How many splits; 10 in the paper.
        cache: A folder for the inputs.
    """
    inputs = load_catalogue_inputs(catalogue, network.spec, cache)
    scores = score_all(network, inputs.imitations, inputs.recordings)
    parts = [catalogue]
    if catalogue.ranked_within_category:
        parts = [catalogue.split_half(run)[1] for run in range(runs)]
    return [rank_part(scores, catalogue, part) for part in parts]
