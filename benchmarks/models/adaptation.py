"""The paper's network, as it ships, adapted to libraries that no training saw, and measured by real voices too.

    python -m benchmarks.models.adaptation --data DATA --yardstick YARDSTICK --work RUNS

The libraries are Sonic Pi's held-out samples, a small one, and all recordings of YARDSTICK, which
`corpora/voice_yardstick.py` made: there the real voices, whom no training heard, imitate the very sounds that were
learned, as a user does who adapts the model to a library and then searches it. Of the small library each sound is
imitated by 20 people rather than 3, since they are few. Writes `docs/results/adaptation.json`.
"""

from __future__ import annotations

import argparse
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.results import write_result
from menura.corpora.plain import load_plain
from menura.corpora.recordings import Split, load_recordings
from menura.evaluation.evaluate import rank_catalogue
from menura.evaluation.ranking import ALL, summarise
from menura.evaluation.tables import compare
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.training.adapt import adapt
from menura.training.course import AdaptRecipe

SHIPPED = model_home("tl-iminet")


def main() -> None:
    """Adapt to both libraries, and write what it gained and took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    home = arguments.work / "adaptation"
    small = home / "sonic-pi-held-out"
    shutil.rmtree(home, ignore_errors=True)  # the time of a training that is found done would be none
    small.mkdir(parents=True)
    for recording in load_recordings(arguments.data, 0):
        if recording.corpus == "sonic-pi" and recording.split is Split.HELD_OUT:
            shutil.copy(recording.path, small)
    large = arguments.yardstick / "recordings"
    figures = {
        "Sonic Pi's held-out samples": adapted(small, home / "small", AdaptRecipe(n_test_imitations=20)),
        "all held-out recordings": adapted(large, home / "large", AdaptRecipe()),
    }
    figures["all held-out recordings"]["real_voices"] = by_real_voices(
        home / "large" / "adapted", arguments.yardstick, arguments.work
    )
    write_result(
        "adaptation",
        data="recordings that the shipped model was not trained on, as libraries; the real voices are the yardstick's",
        seed=AdaptRecipe().seed,
        figures={**figures, "recipe": asdict(AdaptRecipe())},
        command="python -m benchmarks.models.adaptation --data DATA --yardstick YARDSTICK --work RUNS",
    )


def adapted(library: Path, home: Path, recipe: AdaptRecipe) -> dict[str, Any]:
    """What an adaptation to a library does."""
    started = time.perf_counter()
    done = adapt(SHIPPED, library, home / "adapted", work=home, recipe=recipe, told=print).to_dict()
    for name in ("before", "after"):
        done[name] = {kind: round(mrr, 4) for kind, mrr in done[name].items()}
    return {
        **{name: round(value, 4) if isinstance(value, float) else value for name, value in done.items()},
        "minutes": round((time.perf_counter() - started) / 60, 1),
    }


def by_real_voices(bundle: Path, yardstick: Path, work: Path) -> dict[str, Any] | None:
    """The yardstick before and after; None if the adapted model was not kept."""
    if not bundle.exists():
        return None
    catalogue = load_plain(yardstick)
    before, after = (
        rank_catalogue(load_network(model), catalogue, runs=1, cache=work / "features") for model in (SHIPPED, bundle)
    )
    mrr = {name: summarise(ranked[0], seed=0)[ALL].mrr for name, ranked in (("before", before), ("after", after))}
    return {**{name: round(value, 4) for name, value in mrr.items()}, "p_value": round(compare(after, before), 4)}


if __name__ == "__main__":
    main()
