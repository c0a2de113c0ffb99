"""What a search does before it searches; apart from the progress bars, which most searches never need."""

from __future__ import annotations

import sys
from pathlib import Path

from menura.audio.files import read_audio
from menura.cli.text import count, printable
from menura.search.library import Library
from menura.specs import IMITATION_FRONT_END


def index_before_search(library: Library, folder: Path, query: Path) -> None:
    """Indexes a library that never was, so that it can be searched."""
    if library.is_new:
        from menura.cli.progress import index_with_progress

        refuse_unreadable(query)
        report = index_with_progress(library)
        if report.skipped:
            _note(f"{count(len(report.skipped), 'file')} could not be read: see menura info {folder} --skipped")
    elif not library.info().complete:
        _note(f"the index of {folder} is not complete yet: menura index {folder} goes on with it")


def refuse_unreadable(query: Path) -> None:
    """Raises now what a search would raise once the library is indexed, which may take hours."""
    read_audio(query, IMITATION_FRONT_END.sample_rate_hz, duration_s=IMITATION_FRONT_END.duration_s)


def _note(line: str) -> None:
    print(printable(line), file=sys.stderr)
