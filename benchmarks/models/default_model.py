"""The paper's network, as it ships, measured again on recordings that no training saw, and its learning curve drawn.

    python -m benchmarks.models.default_model --data DATA --work RUNS

DATA is the folder that `menura train default` was given, RUNS its work folder.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np

from benchmarks.results import DOCS, write_result
from menura.corpora.recordings import Split, load_recordings
from menura.evaluation.metrics import chance_mrr, recall_at_k, target_ranks
from menura.evaluation.scoring import score_features
from menura.inputs.pair_features import load_pair_features
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.training.curves import draw_learning_curves
from menura.training.recipe import Recipe

BUNDLE = model_home("tl-iminet")


def main() -> None:
    """Measure, write `docs/results/default_model.json` and draw `docs/pictures/default_training.png`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    recipe = Recipe()
    held_out = [r for r in load_recordings(arguments.data, recipe.seed) if r.split is Split.HELD_OUT]
    features = load_pair_features(
        [recording.path for recording in held_out],
        n_imitations=recipe.n_test_imitations,
        seed=recipe.seed + 1,
        cache=arguments.work / "features",
    )
    logits, target = score_features(load_network(BUNDLE), features, np.arange(len(held_out)))
    ranks = target_ranks(logits, target)
    corpora = np.repeat([recording.corpus for recording in held_out], recipe.n_test_imitations)
    figures = {"all": summary(ranks, len(held_out))}
    figures |= {corpus: summary(ranks[corpora == corpus], len(held_out)) for corpus in dict.fromkeys(corpora.tolist())}
    write_result(
        "default_model",
        data="held-out recordings (ESC-10 fold 5 and a seeded fifth of the other corpora), each imitated by five "
        "simulated people that no training heard and ranked against all held-out recordings",
        seed=recipe.seed,
        figures=figures,
        command="python -m benchmarks.models.default_model --data DATA --work RUNS",
    )
    copy_learning_curve(arguments.work, DOCS / "pictures" / "default_training.png")


def summary(ranks: np.ndarray, n_candidates: int) -> dict[str, float]:
    """Means over the imitations whose ranks these are, with chance."""
    return {
        "imitations": len(ranks),
        "candidates": n_candidates,
        "mrr": round(float((1 / ranks).mean()), 4),
        "chance_mrr": round(chance_mrr(n_candidates), 4),
        "recall_at_1": round(recall_at_k(ranks, 1), 4),
        "recall_at_10": round(recall_at_k(ranks, 10), 4),
        "median_rank": float(np.median(ranks)),
    }


def copy_learning_curve(work: Path, picture: Path) -> None:
    """Draw the learning curve of the latest training under `work` again."""
    logs = sorted(work.glob(f"{Recipe().name}-*/csv/*/metrics.csv"), key=lambda path: path.stat().st_mtime)
    if logs and (drawn := draw_learning_curves(logs[-1].parents[2])):
        shutil.copy(drawn, picture)


if __name__ == "__main__":
    main()
