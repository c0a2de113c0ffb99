"""What of a corpus a model has heard already: figures on that say how well it remembers, not how well it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from menura.corpora.catalogue import Catalogue
from menura.inputs.digest import content_digests
from menura.model.heard import Heard


@dataclass(frozen=True)
class Known:
    """The files of a catalogue that a model has heard, each with what it was for; None where that is not said."""

    model: str
    files: dict[Path, str] | None

    def line(self, catalogue: Catalogue) -> str:
        """How much of the catalogue the model has heard, in a line; empty where it is nothing."""
        if self.files is None:
            return f"{self.model} does not say what it has heard: whether it learned from this corpus is not known"
        if not self.files:
            return ""
        counts = self.counts(catalogue)
        return (
            f"{self.model} has heard {counts['sounds']:,} of {len(catalogue.sounds):,} sounds and "
            f"{counts['imitations']:,} of {len(catalogue.imitations):,} imitations before ("
            f"{', '.join(f'{n:,} files {purpose}' for purpose, n in sorted(Counter(self.files.values()).items()))}): "
            "figures on them say how well it remembers; --unheard leaves them out"
        )

    def counts(self, catalogue: Catalogue) -> dict[str, Any]:
        """How many sounds and imitations it has heard, for the table's JSON; None where that is not said."""
        if self.files is None:
            return {"sounds": None, "imitations": None}
        return {
            "sounds": sum(sound.path in self.files for sound in catalogue.sounds),
            "imitations": sum(item.path in self.files for item in catalogue.imitations),
        }


def known_of(model: str, home: Path, catalogue: Catalogue, cache: Path) -> Known:
    """Which files of a catalogue the model in a folder has heard, by their contents."""
    heard = Heard.read(home)
    if heard is None:
        return Known(model, None)
    paths = catalogue.paths
    purposes = map(heard.purpose, content_digests(paths, cache))
    return Known(model, {path: purpose for path, purpose in zip(paths, purposes, strict=True) if purpose})


def without_heard(catalogue: Catalogue, models: Iterable[Known]) -> Catalogue:
    """What is left of a catalogue without all that any of the models has heard.

    Raises:
        DataError: Nothing is left.
    """
    return catalogue.leave_out({path for known in models for path in known.files or ()}, "heard before, left out")
