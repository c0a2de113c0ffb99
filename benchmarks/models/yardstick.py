"""The shipped model and the baselines on imitations by real voices that no training heard.

    python -m benchmarks.models.yardstick --yardstick YARDSTICK --work RUNS [--model NAME=BUNDLE ...]

YARDSTICK is what `corpora/voice_yardstick.py` made. Every imitation is ranked among all its recordings. Writes
`docs/results/yardstick.json` and draws `docs/pictures/yardstick.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.results import DOCS, write_result
from menura.corpora.plain import load_plain
from menura.evaluation.baseline_scores import baseline_scores
from menura.evaluation.baselines import BASELINES
from menura.evaluation.evaluate import rank_catalogue
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.table_picture import draw_table
from menura.evaluation.tables import make_table
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network

DEFAULT = "Menura's default model"
SHIPPED = model_home()


def main() -> None:
    """Rank with every model and baseline, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--model", action="append", default=[], metavar="NAME=BUNDLE")
    arguments = parser.parse_args()
    catalogue = load_plain(arguments.yardstick)
    named = (model.partition("=") for model in arguments.model)
    models = {DEFAULT: SHIPPED} | {name: model_home(bundle) for name, _, bundle in named}
    ranked: dict[str, list[list[Ranked]]] = {
        name: rank_catalogue(load_network(bundle), catalogue, runs=1, cache=arguments.work / "features")
        for name, bundle in models.items()
    }
    for name in BASELINES:
        scores = baseline_scores(name, catalogue, arguments.work / "features")
        ranked[name] = [rank_part(scores, catalogue, catalogue)]
    table = make_table(ranked, [(DEFAULT, other) for other in ranked if other != DEFAULT], {})
    write_result(
        "yardstick",
        data=f"held-out recordings imitated by held-out real voices (mosaics of speech): {catalogue.summary}",
        seed=0,
        figures={
            "rows": {
                row.method: {
                    "mrr": round(row.mrr, 4),
                    "interval": [round(limit, 4) for limit in row.interval],
                    "recall_at_1": round(row.recall_at_1, 4),
                    "recall_at_10": round(row.recall_at_10, 4),
                    "ndcg": round(row.ndcg, 4),
                }
                for row in table.rows
            },
            "candidates": table.rows[0].n_candidates,
            "chance_mrr": round(table.rows[0].chance_mrr, 4),
            "p_values": {names: round(value, 4) for names, value in table.p_values.items()},
        },
        command="python -m benchmarks.models.yardstick --yardstick YARDSTICK --work RUNS",
    )
    draw_table(table, DOCS / "pictures" / "yardstick.png")


if __name__ == "__main__":
    main()
