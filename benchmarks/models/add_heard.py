"""Have model bundles say what they heard, where they were made before models did.

    python -m benchmarks.models.add_heard src/menura/models/default src/menura/models/tl-iminet --data DATA --work RUNS

Which recordings those are follows from the recipe on the card and the folder of corpora, which has to be the one that
the model was trained from: a number of recordings that is not the card's is refused. Nothing else of a bundle changes,
and no index made with it becomes another's.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from menura.corpora.collections import load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.errors import DataError
from menura.model.heard import HEARD_FILE
from menura.training.heard import heard_by_default, heard_by_recipe


def add_heard(bundle: Path, data: Path, work: Path) -> int:
    """Write `heard.safetensors` into a bundle and its card; returns its size in bytes."""
    training = json.loads((bundle / "model.json").read_text(encoding="utf-8"))["training"]
    recipe, cache = training["recipe"], work / "features"
    recordings = load_recordings(data, recipe["seed"])
    if "heads" in recipe:
        recordings += load_collections(data)[0]
        _refuse_other_data(bundle, training, recordings)
        heard = heard_by_default(recordings, data / "voices", cache)
    else:
        _refuse_other_data(bundle, training, recordings)
        speech = recipe["hears_speech"] or recipe["real_voices"]
        heard = heard_by_recipe(recordings, data, environment=recipe["hears_environment"], speech=speech, cache=cache)
    heard.put(bundle)
    return (bundle / HEARD_FILE).stat().st_size


def _refuse_other_data(bundle: Path, training: dict[str, Any], recordings: list[Recording]) -> None:
    there = Counter((recording.corpus, recording.split.name.lower()) for recording in recordings)
    stated = {
        (corpus["folder"], split.name.lower()): corpus[split.name.lower()]
        for corpus in training["data"]
        for split in Split
        if split.name.lower() in corpus
    }
    for key in sorted(there.keys() | stated.keys()):
        if there.get(key, 0) != stated.get(key, 0):
            raise DataError(
                f"{bundle}: its card has {stated.get(key, 0):,} recordings of {key[0]} ({key[1]}), the data has "
                f"{there.get(key, 0):,}; name the folder that it was trained from"
            )


def main() -> None:
    """Add to the bundles that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    for bundle in arguments.bundles:
        print(f"{bundle}: {add_heard(bundle, arguments.data, arguments.work):,} bytes")


if __name__ == "__main__":
    main()
