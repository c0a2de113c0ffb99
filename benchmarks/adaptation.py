"""The shipped model adapted to a library that no training saw: Sonic Pi's held-out samples.

    python benchmarks/adaptation.py --data DATA --work RUNS

Of these samples `menura adapt` keeps a fifth out of its own training too, and measures by them, before and after. Here
each is imitated by 20 people rather than 5, since they are few. Writes `docs/results/adaptation.json`.
"""

from __future__ import annotations

import argparse
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from menura.data.recordings import Split, load_recordings
from menura.search.runtime import shipped_model
from menura.training.adapt import AdaptRecipe, adapt
from results import write_result

SHIPPED = Path(str(shipped_model()))


def main() -> None:
    """Adapt, and write what it gained and took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    home = arguments.work / "adaptation"
    library = home / "sonic-pi-held-out"
    shutil.rmtree(home, ignore_errors=True)  # the time of a training that is found done would be none
    library.mkdir(parents=True)
    for recording in load_recordings(arguments.data, 0):
        if recording.corpus == "sonic-pi" and recording.split is Split.HELD_OUT:
            shutil.copy(recording.path, library)
    recipe = AdaptRecipe(n_test_imitations=20)
    started = time.perf_counter()
    done = adapt(SHIPPED, library, home / "adapted", work=home, recipe=recipe, told=print)
    write_result(
        "adaptation",
        data="Sonic Pi's samples that the shipped model was not trained on, as a library",
        seed=recipe.seed,
        figures={
            **{name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(done).items()},
            "minutes": round((time.perf_counter() - started) / 60, 1),
            "recipe": asdict(recipe),
        },
        command="python benchmarks/adaptation.py --data DATA --work RUNS",
    )


if __name__ == "__main__":
    main()
