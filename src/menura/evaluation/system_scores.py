"""The systems that are no networks, over a whole corpus: what they hear, what they learn, and how they rank.

What a system hears of every file, what it learned and how it scored are kept, each under a name of all that decides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from menura.audio.files import read_audio
from menura.corpora.catalogue import Catalogue
from menura.errors import DataError
from menura.evaluation import systems
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.systems import Describe, Descriptor, Hearing, Learned, SupervisedSystem, System
from menura.inputs.arrays import in_parallel, save_array
from menura.inputs.digest import INPUT_CODE, content_digests, run_digest
from menura.whole import written_whole

RATE_HZ = 22_050
FOLDS = 5


def rank_halves(system: System, catalogue: Catalogue, *, runs: int, cache: Path) -> list[list[Ranked]]:
    """The ranks that a system gives the testing half of each of so many splits, having learned from the other half.

    Args:
        system: One that learns without labels, or not at all.
        catalogue: What is split.
        runs: How many splits.
        cache: A folder for descriptors and scores.
    """
    halves = [catalogue.split_half(run) for run in range(runs)]
    if system.learn is None:  # then a score does not depend on the split
        scores = system_scores(system, catalogue, learns_from=(), seed=0, cache=cache)
        return [rank_part(scores, catalogue, testing) for _, testing in halves]
    ranked = []
    for run, (training, testing) in enumerate(halves):
        scores = system_scores(system, testing, learns_from=training.paths, seed=run, cache=cache)
        ranked.append(rank_part(scores, testing, testing))
    return ranked


def system_scores(
    system: System, catalogue: Catalogue, *, learns_from: Sequence[Path], seed: int, cache: Path
) -> NDArray[np.float64]:
    """(imitations, sounds) scores of all imitations of a catalogue with all its sounds.

    Args:
        system: The system.
        catalogue: What is scored.
        learns_from: The files that a system that learns hears first.
        seed: Of its learning.
        cache: A folder for descriptors, what was learned, and scores.
    """
    n = len(catalogue.sounds)
    heard_first = tuple(learns_from) if system.learn else ()
    file = cache / f"scores-{_digest(system.name, n, seed, (*catalogue.paths, *heard_first), cache)}.npy"
    if not file.exists():
        kept = keep_all(system, catalogue.paths, learned(system, heard_first, seed, cache), cache)
        save_array(file, system.scores(kept[n:], kept[:n]))
    scores: NDArray[np.float64] = np.load(file)
    return scores


def supervised_scores(
    system: SupervisedSystem,
    shown: Catalogue,
    testing: Catalogue,
    *,
    learns_from: Sequence[Path],
    seed: int,
    cache: Path,
) -> NDArray[np.float64]:
    """(imitations, sounds) scores of a testing half, by a machine that was shown the imitations of some sounds.

    If these are the sounds that are tested, every imitation is scored by a machine that was shown the other imitations
    of its sound: each sound's are dealt out into `FOLDS` parts, or as many as there are of the sound that has fewest.
    A sound that the machine was shown nothing of is below all that it was shown, and as high as all others like it.

    Raises:
        DataError: A sound that is tested and shown has a single imitation.
    """
    shown_what = [(imitation.id, imitation.sound_id) for imitation in shown.imitations]
    key = (shown_what, [sound.id for sound in testing.sounds])
    paths = (*testing.paths, *shown.paths, *learns_from)
    file = cache / f"scores-{_digest(system.name, key, seed, paths, cache)}.npy"
    if not file.exists():
        heard = learned(system, learns_from, seed, cache)
        vectors = np.stack(keep_all(system, [item.path for item in testing.imitations], heard, cache))
        if shown is testing:
            scores = _cross_validated(system, vectors, testing)
        else:
            examples = np.stack(keep_all(system, [item.path for item in shown.imitations], heard, cache))
            scores = _decided(system, examples, [item.sound_id for item in shown.imitations], vectors, testing)
        save_array(file, scores)
    found: NDArray[np.float64] = np.load(file)
    return found


def learned(system: Hearing, paths: Sequence[Path], seed: int, cache: Path) -> Learned:
    """What a system learns from files, from the cache or now; nothing of one that learns nothing."""
    if system.learn is None:
        return {}
    file = cache / f"learned-{_digest(system.learn.__module__, 0, seed, tuple(paths), cache)}.safetensors"
    if not file.exists():
        found = system.learn(descriptors(system, paths, cache), seed)
        with written_whole(file) as unfinished:
            save_file({name: np.ascontiguousarray(array) for name, array in found.items()}, unfinished)
    stored: Learned = load_file(file)
    return stored


def keep_all(system: Hearing, paths: Sequence[Path], heard: Learned, cache: Path) -> list[Descriptor]:
    """What a system keeps of files."""
    return [system.keep(descriptor, heard) for descriptor in descriptors(system, paths, cache)]


def descriptors(system: Hearing, paths: Sequence[Path], cache: Path) -> list[Descriptor]:
    """A system's descriptors of files, from the cache or computed now.

    Two systems that describe alike share them, and so do two halves of a corpus: each is kept by its file's content.
    """
    folder = cache / f"described-{_digest(system.describe.__module__, 0, 0, (), cache)}"
    files = [folder / f"{content}.npy" for content in content_digests(paths, cache)]
    absent = {file: path for file, path in zip(files, paths, strict=True) if not file.exists()}
    describe = partial(_describe, system.describe)
    for file in list(absent)[:1]:  # alone: numba mixes up what processes compile at once, and crashes (its issue 10128)
        save_array(file, describe(absent.pop(file)))
    if absent:
        for file, descriptor in zip(absent, in_parallel(describe, list(absent.values()), system.name), strict=True):
            save_array(file, descriptor)
    return [np.load(file) for file in files]


def _describe(describe: Describe, path: Path) -> Descriptor:
    return describe(read_audio(path, RATE_HZ), RATE_HZ)


def _cross_validated(system: SupervisedSystem, vectors: NDArray[np.float32], testing: Catalogue) -> NDArray[np.float64]:
    places: dict[str, int] = {}
    place = np.empty(len(vectors), np.intp)  # of each imitation among those of its sound
    for row, imitation in enumerate(testing.imitations):
        place[row] = places[imitation.sound_id] = places.get(imitation.sound_id, -1) + 1
    fewest = 1 + min(places.values())
    if fewest < 2:
        lonely = next(sound for sound, last in places.items() if last == 0)
        raise DataError(f"{testing.name}: one imitation of {lonely}; a supervised system must have heard another one")
    fold = place % min(FOLDS, fewest)
    scores = np.empty((len(vectors), len(testing.sounds)))
    classes = np.array([imitation.sound_id for imitation in testing.imitations])
    for tested in range(fold.max() + 1):
        others = fold != tested
        scores[~others] = _decided(system, vectors[others], classes[others], vectors[~others], testing)
    return scores


def _decided(
    system: SupervisedSystem,
    examples: NDArray[np.float32],
    classes: Sequence[str] | NDArray[np.str_],
    queries: NDArray[np.float32],
    testing: Catalogue,
) -> NDArray[np.float64]:
    """(queries, sounds of the catalogue) scores of a machine that is shown these examples."""
    names, numbers = np.unique(np.asarray(classes), return_inverse=True)
    decisions = system.train(examples, numbers).decide(queries)
    column = {str(name): number for number, name in enumerate(names)}
    unknown = decisions.min(axis=1) - 1
    return np.stack(
        [decisions[:, column[sound.id]] if sound.id in column else unknown for sound in testing.sounds], axis=1
    )


def _digest(name: str, key: object, seed: int, paths: Sequence[Path], cache: Path) -> str:
    return run_digest(RATE_HZ, name, key, seed, paths=paths, cache=cache, code=(*INPUT_CODE, systems))
