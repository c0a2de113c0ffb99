"""Which files of a corpus can be read, found out before anything is trained on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from menura.audio.files import read_audio
from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.errors import AudioError
from menura.inputs.arrays import in_parallel
from menura.inputs.digest import run_digest
from menura.whole import written_whole

_LONGEST_INPUT_S = 4.0
_RATE_HZ = 16_000

AnyCatalogue = TypeVar("AnyCatalogue", Catalogue, ClassCatalogue)


def leave_out_unreadable(catalogue: AnyCatalogue, cache: Path, told: Callable[[str], None]) -> AnyCatalogue:
    """The catalogue without the files that cannot be read, having said what it holds and what it lacks."""
    left: AnyCatalogue = catalogue.without(unreadable_files(catalogue.paths, cache))
    for line in (left.summary, *left.missing):
        told(f"{left.name}: {line}")
    return left


def unreadable_files(paths: Sequence[Path], cache: Path) -> dict[Path, str]:
    """Those whose beginning, as long as a tower's input, cannot be decoded, with the reason; remembered in `cache`."""
    file = cache / f"unreadable-{run_digest(_LONGEST_INPUT_S, _RATE_HZ, paths=paths, cache=cache)}.json"
    if not file.exists():
        reasons = list(in_parallel(_reason, paths, "reading"))
        found = {str(index): reason for index, reason in enumerate(reasons) if reason is not None}
        with written_whole(file) as unfinished:
            unfinished.write_text(json.dumps(found), encoding="utf-8")
    return {paths[int(index)]: reason for index, reason in json.loads(file.read_text(encoding="utf-8")).items()}


def _reason(path: Path) -> str | None:
    try:
        read_audio(path, _RATE_HZ, duration_s=_LONGEST_INPUT_S)
    except (AudioError, OSError) as error:
        return str(error)
    return None
