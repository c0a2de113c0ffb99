"""The two source tasks measured: environmental sounds over ESC-10's folds, languages on synthetic speech.

    python -m benchmarks.models.pretraining --data DATA --spoken SPOKEN --work RUNS

DATA is the folder of corpora, SPOKEN what `corpora/spoken_languages.py` made, RUNS the work folder; what is trained
there already is not trained again. Writes `docs/results/pretraining.json`.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.results import write_result
from menura.corpora.esc import load_esc10
from menura.corpora.voxforge import load_voxforge
from menura.training.pretraining import ENVIRONMENT, LANGUAGE, cross_validate, pretrain_by_speaker
from menura.training.settings import PreTraining


def main() -> None:
    """Train what is not trained yet, and write the accuracies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--spoken", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    settings = PreTraining()
    esc10, spoken = load_esc10(arguments.data / "esc10"), load_voxforge(arguments.spoken)
    folds = cross_validate(esc10, ENVIRONMENT, settings, arguments.work, told=print)
    language = pretrain_by_speaker(spoken, LANGUAGE, settings, arguments.work, told=print)
    training, testing = spoken.split_speakers(settings.seed)
    write_result(
        "pretraining",
        data="ESC-10, its five folds; 2,800 clips of seven languages spoken by espeak-ng (synthetic), split by speaker",
        seed=settings.seed,
        figures={
            "settings": asdict(settings),
            "esc10": {
                "accuracy_by_fold": [round(fold, 4) for fold in folds],
                "mean": round(float(np.mean(folds)), 4),
                "std": round(float(np.std(folds, ddof=1)), 4),
            },
            "synthetic_languages": {
                "accuracy": round(language, 4),
                "training_clips": len(training.clips),
                "test_clips": len(testing.clips),
                "test_speakers": len({clip.speaker for clip in testing.clips}),
            },
        },
        command="python -m benchmarks.models.pretraining --data DATA --spoken SPOKEN --work RUNS",
    )


if __name__ == "__main__":
    main()
