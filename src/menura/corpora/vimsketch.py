"""VimSketch (Kim, Cartwright, Pishdadian and Pardo 2019): VocalSketch 1.1 and the Vocal Imitation Set as one.

542 references and 12,543 imitations. An imitation belongs to the reference whose name, after its first `_`, equals its
own after its first `_`. The corpus has no groups, so all its sounds are one category.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root, named, read_names

NAME = "VimSketch"
REFERENCES_CSV = "reference_file_names.csv"
IMITATIONS_CSV = "vocal_imitation_file_names.csv"


def load_vimsketch(folder: Path) -> Catalogue:
    """All pairs; a sound's id is its name after the first `_`.

    Args:
        folder: The folder with `references/` and `vocal_imitations/`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: A list of names is missing, or no pair is complete.
    """
    root = corpus_root(folder, REFERENCES_CSV)
    references = read_names(root / REFERENCES_CSV)
    times = Counter(_key(name) for name in references)
    ambiguous = [name for name in references if times[_key(name)] > 1]
    missing = [f"references left out because others have the same name: {named(ambiguous)}"] if ambiguous else []
    sounds = [
        Sound(_key(name), root / "references" / name, Path(_key(name)).stem, NAME)
        for name in references
        if times[_key(name)] == 1
    ]
    imitations = [
        Imitation(name, root / "vocal_imitations" / name, _key(name)) for name in read_names(root / IMITATIONS_CSV)
    ]
    return pair(NAME, root, sounds, imitations, missing=missing, ranked_within_category=False)


def _key(name: str) -> str:
    return name.partition("_")[2]
