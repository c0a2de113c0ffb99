"""What comes of learning a voice: kept or not, and told in the same words in the page and on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.model.bundle import Bundle
from menura.personal import learning
from menura.personal.asking import FOUND_RANK
from menura.personal.lessons import Lessons
from menura.search.voice import Voice

FEWEST_SOUNDS = 10
"""From fewer no more than a shift is learned: of five, what held for each left out by the others too often held for
them alone."""


def enough_takes(bundle: Bundle) -> int:
    """From how many takes on it is worth saying how often they would have found their sound, and to learn."""
    return 8 if bundle.usual is not None else 15


def learn_and_keep(lessons: Lessons, bundle: Bundle, voice: Voice) -> dict[str, Any]:
    """Learn, and search with what was learned from now on if it is better than nothing, and with nothing if not.

    Returns:
        What there is to say of it, in plain JSON values.

    Raises:
        UsageError: There are too few takes.
        LibraryError: It cannot be written.
    """
    fewest = FEWEST_SOUNDS if bundle.usual is None else learning.FEWEST_SOUNDS
    if lessons.n_sounds < fewest:
        raise UsageError(
            f"takes of {lessons.n_sounds} sounds are too few to tell a habit from chance: "
            f"teach {fewest} at least, and better {enough_takes(bundle)}"
        )
    learned = learning.learn(lessons, bundle.output_weight, bundle.usual)
    told = {
        "kept": learned.map is not None,
        "takes": len(lessons.takes),
        "sounds": lessons.n_sounds,
        "among": learned.n_among,
        "before": found_of(learned.before),
        "after": found_of(learned.after),
        "seconds": round(learned.seconds, 2),
        "learned": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    told["sentence"] = _sentence(told)
    if learned.map is None:
        voice.forget()
    else:
        voice.keep(learned.map, told)
    return told


def found_of(ranks: NDArray[np.intp]) -> dict[str, float]:
    """How many of (t,) ranks are the first and how many are on the first page, and the mean reciprocal rank."""
    mrr = float((1 / ranks).mean()) if len(ranks) else 0.0
    return {"first": int((ranks == 1).sum()), "ten": int((ranks <= FOUND_RANK).sum()), "mrr": round(mrr, 4)}


def _sentence(told: dict[str, Any]) -> str:
    before, after = told["before"], told["after"]
    if not told["kept"]:
        return (
            f"Nothing was learned: of your {told['takes']} takes {before['ten']} are found among the first "
            f"{FOUND_RANK} of {told['among']:,} sounds, and what the others teach does not find a sound surely better. "
            "More takes of other sounds may help."
        )
    return (
        f"Learned from {told['takes']} takes of {told['sounds']} sounds. Judged by sounds left out: among the first "
        f"{FOUND_RANK} of {told['among']:,} for {after['ten']} takes, {before['ten']} before; first for "
        f"{after['first']}, {before['first']} before."
    )
