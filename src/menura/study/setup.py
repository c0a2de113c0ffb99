"""Beginning a study, or going on with one: what was asked for has to be what it began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from menura.corpora.vocalsketch import STUDY_FILE
from menura.errors import DataError, UsageError
from menura.search.library import Library
from menura.study.plan import Candidate, Plan, System, choose_sounds
from menura.study.store import Study
from menura.study.words import consent_words, questions_of

SOUNDS = 16
"""How many sounds each person imitates, unless they are fewer or more by request."""


@dataclass(frozen=True)
class Wanted:
    """What decides a study when it begins; all of it is None where nobody said anything.

    Attributes:
        models: The systems, by what names them to `Bundle.load`.
        sounds: How many sounds each person imitates.
        seed: Decides which, and who hears what.
        consent: A file with what people agree to.
        questions: A file with what they are asked.
    """

    models: tuple[str, ...] | None = None
    sounds: int | None = None
    seed: int | None = None
    consent: Path | None = None
    questions: Path | None = None


def systems_of(folder: Path, wanted: Wanted) -> tuple[str, ...]:
    """The names of the systems: those that were asked for, or those of the study that is in the folder.

    Raises:
        UsageError: A study is there already, and something else is asked for; or a system is named twice.
    """
    models = wanted.models or ("default",)
    if len(set(models)) < len(models):
        raise UsageError(f"--model {', '.join(models)}: names a system twice; a study compares different ones")
    if not (folder / STUDY_FILE).exists():
        return models
    plan = Study.open(folder).plan
    names = tuple(system.name for system in plan.systems)
    settled = (wanted.sounds, wanted.seed, wanted.consent, wanted.questions)
    if any(one is not None for one in settled) or wanted.models not in (None, names):
        raise UsageError(
            f"{folder}: this study has begun, and its systems ({', '.join(names)}), sounds, consent and questions "
            "stay; leave out what would change them, or name another folder with --out"
        )
    return names


def begun_study(folder: Path, libraries: Sequence[Library], names: Sequence[str], wanted: Wanted) -> Study:
    """The study in a folder, begun now if it is not there.

    Args:
        folder: Where it is or goes: nowhere inside the library, whose sounds it would become.
        libraries: The library as each system has it, indexed.
        names: What the systems are called.
        wanted: What was asked for.

    Raises:
        UsageError: The library has too few sounds, or the folder is inside it.
        DataError: The folder cannot be written, or a model is another one than it was when the study began.
    """
    systems = tuple(System(name, one.bundle.fingerprint) for name, one in zip(names, libraries, strict=True))
    if (folder / STUDY_FILE).exists():
        study = Study.open(folder)
        changed = [one.name for one, now in zip(study.plan.systems, systems, strict=True) if one != now]
        if changed:
            raise DataError(
                f"{folder}: {', '.join(changed)} is another model now than when this study began; put back the one "
                "that it was, or begin another study"
            )
        return study
    library = libraries[0]
    if folder.resolve().is_relative_to(library.folder):
        raise UsageError(f"{folder}: is inside the library, and takes would become sounds of it; name another --out")
    plan = _plan(library, systems, wanted)
    try:
        return Study.make(folder, plan, library.folder)
    except OSError as error:
        raise DataError(
            f"{folder}: the study cannot be begun ({error.strerror}); make room, or name another"
        ) from error


def _plan(library: Library, systems: tuple[System, ...], wanted: Wanted) -> Plan:
    count = SOUNDS if wanted.sounds is None else wanted.sounds
    seed = wanted.seed or 0
    with library.snapshot() as snapshot:
        sounds = snapshot.sounds(snapshot.table.sound_ids.tolist())
    candidates = [Candidate(one.path, one.duration_s, one.sha256.hex()) for one in sounds]
    chosen, practice = choose_sounds(candidates, count, seed)
    return Plan(
        seed=seed,
        systems=systems,
        sounds=chosen,
        practice=practice,
        consent=consent_words(wanted.consent, count),
        questions=questions_of(wanted.questions),
    )
