"""`menura watch`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from menura.cli.common import Folder, Model, NoMusic
from menura.cli.text import count, printable
from menura.errors import MenuraError

if TYPE_CHECKING:
    from menura.index.update import IndexReport


def watch(folder: Folder, model: Model = None, no_music: NoMusic = False) -> None:
    """Index a folder of sounds and follow its changes, until Ctrl-C."""
    from menura.cli.progress import index_with_progress
    from menura.index.watch import follow_changes
    from menura.search.library import Library

    with Library.open(folder, bundle=model, music=not no_music) as library:
        try:
            for outcome in follow_changes(library.folder, lambda: index_with_progress(library)):
                _print_line(folder, outcome)
        except KeyboardInterrupt:  # the way to end it; what is finished is kept
            return


def _print_line(folder: Path, outcome: IndexReport | MenuraError) -> None:
    """What an indexing did, and when: one line."""
    from menura.cli.report import changes_line

    now = time.strftime("%H:%M:%S")
    if isinstance(outcome, MenuraError):
        line = str(outcome)
    else:
        skipped = f"; {count(len(outcome.skipped), 'file')} could not be read" if outcome.skipped else ""
        skipped += "".join(f"; {away.what} absent" for away in outcome.absent)
        line = f"{folder}: {changes_line(outcome)}{skipped}"
    print(f"{now}  {printable(line)}", flush=True)
