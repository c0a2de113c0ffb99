"""How often the kinds that a model says of held-out recordings are right, beside mn04's own opinion of them.

    python -m benchmarks.models.kinds --data DATA --mn04 WEIGHTS --work RUNS [--model MODEL] [--write]

What a recording is, its name says; of ESC-50, the number of its class, which ends it. Right is also what it is as well:
a chainsaw has an engine, a snare is a drum. mn04 says a kind where one of its classes of AudioSet has a share of .3.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import write_result
from menura.corpora.collections import load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.corpora.sound_kinds import sound_kinds
from menura.model.bundle import Bundle
from menura.model.shipped import model_home
from menura.training.kind_hearing import Heard, hear
from menura.training.kind_labels import kinds_by_mn04, kinds_by_name

SETS = {
    "ESC-10, fold 5": "esc10",
    "ESC-50, its other classes": "esc50-free",
    "drum machines": "drum-machines",
    "body percussion": "body-percussion",
    "Sonic Pi": "sonic-pi",
    "orchestral notes": "philharmonia",
}
_MN04_SAYS = 0.3

_ESC50 = """
dog rooster pig cow frog cat rooster insect sheep crow rain waves fire insect bird drip wind water toilet thunder
baby sneeze applause breath cough footsteps laugh - snore - knock click typing creak - machine drill alarm clock
glass helicopter chainsaw siren horn engine train bell airplane fireworks saw
"""

AS_WELL = {
    "airplane": ("engine",),
    "alarm": ("beep", "bell", "clock"),
    "applause": ("clap", "crowd"),
    "bell": ("gong", "glockenspiel"),
    "chainsaw": ("engine", "drill", "motorcycle", "saw"),
    "clock": ("click",),
    "crow": ("bird",),
    "drip": ("water",),
    "engine": ("car", "motorcycle"),
    "fireworks": ("explosion", "gunshot"),
    "footsteps": ("crunch",),
    "frog": ("insect",),
    "gong": ("cymbal", "bell"),
    "helicopter": ("engine", "airplane"),
    "knock": ("door", "wood"),
    "rain": ("water",),
    "rooster": ("bird",),
    "thunder": ("rain", "explosion"),
    "toilet": ("water",),
    "train": ("engine", "horn", "car"),
    "typing": ("click",),
    "water": ("drip", "bubbles", "splash"),
    "waves": ("water", "wind"),
    "wind": ("waves",),
}


def main() -> None:
    """Measure every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mn04", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    options = parser.parse_args()
    home = model_home(options.model)
    bundle = Bundle.load(options.model)
    recordings = [*load_recordings(options.data, 0), *load_collections(options.data)[0]]
    held_out = [r for r in recordings if r.split is Split.HELD_OUT and r.corpus in SETS.values() and names_of(r)]
    heard = hear(home, held_out, options.mn04, options.work)
    said, by_mn04 = _said(heard, bundle), _by_mn04(heard, known={kind.name for kind in bundle.kinds.names})
    figures: dict[str, Any] = {
        "model": bundle.name,
        "kinds": [
            {key: kind[key] for key in ("name", "precision", "recall", "sounds")} for kind in bundle.card["kinds"]
        ],
        "sets": {},
    }
    for title, corpus in SETS.items():
        chosen = [row for row, recording in enumerate(held_out) if recording.corpus == corpus]
        if chosen:
            names = [names_of(held_out[row]) for row in chosen]
            figures["sets"][title] = {
                "sounds": len(chosen),
                "model": counted([said[row] for row in chosen], names),
                "mn04": counted([by_mn04[row] for row in chosen], names),
            }
    if options.write:
        write_result("kinds", data="held-out recordings that say what they are", seed=0, figures=figures)
    else:
        for title, found in figures["sets"].items():
            print(title, found)


def names_of(recording: Recording) -> set[str]:
    """The kinds that a recording's name says."""
    if recording.corpus == "esc50-free":
        return {_ESC50.split()[int(recording.path.stem.rpartition("-")[2])]} - {"-"}
    return {sound_kinds()[number].name for number in kinds_by_name(recording)}


def counted(said: Sequence[Collection[str]], names: Sequence[set[str]]) -> dict[str, float]:
    """What is said of sounds against what their names say.

    Returns:
        `with_kinds`, the share of sounds of which something is said; `found`, the share of which their own kind is
        said, or one that it is of; `right`, the share of what is said that is so.
    """
    right = sum(
        kind in known or any(kind in (*AS_WELL.get(name, ()), *_wider(name)) for name in known)
        for kinds, known in zip(said, names, strict=True)
        for kind in kinds
    )
    return {
        "with_kinds": round(float(np.mean([bool(kinds) for kinds in said])), 3),
        "found": round(float(np.mean([found_by(kinds, known) for kinds, known in zip(said, names, strict=True)])), 3),
        "right": round(right / max(1, sum(map(len, said))), 3),
        "said": sum(map(len, said)),
    }


def found_by(kinds: Collection[str], known: set[str]) -> bool:
    """Whether one of the kinds said is a kind that a sound is known to be, or a wider one."""
    return bool({*known, *(wider for name in known for wider in _wider(name))} & set(kinds))


def _wider(name: str) -> list[str]:
    """The kinds that a kind is of."""
    return [kind.name for kind in sound_kinds() if name in kind.of]


def _said(heard: Heard, bundle: Bundle) -> list[tuple[str, ...]]:
    assert bundle.kinds is not None
    return [bundle.kinds.likely(heard.windows[heard.owners == row]) for row in range(len(heard.recordings))]


def _by_mn04(heard: Heard, known: Collection[str]) -> list[tuple[str, ...]]:
    shares = kinds_by_mn04(heard.logits)
    names = [kind.name for kind in sound_kinds()]
    return [
        tuple(names[number] for number in np.flatnonzero(row >= _MN04_SAYS) if names[number] in known) for row in shares
    ]


if __name__ == "__main__":
    main()
