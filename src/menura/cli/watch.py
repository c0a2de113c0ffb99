"""`menura watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import expand


def watch(
    folder: Annotated[Path, typer.Argument(help="The folder of sounds.", callback=expand)],
    model: Annotated[
        Path | None, typer.Option(help="A model bundle instead of the one that Menura ships.", callback=expand)
    ] = None,
) -> None:
    """Index a folder of sounds and follow its changes, until Ctrl-C."""
    from menura.cli.progress import index_with_progress
    from menura.cli.report import print_watch_line
    from menura.index.watch import follow_changes
    from menura.search.library import Library

    with Library.open(folder, bundle=model) as library:
        try:
            for outcome in follow_changes(folder.resolve(), lambda: index_with_progress(library)):
                print_watch_line(folder, outcome)
        except KeyboardInterrupt:  # the way to end it; what is finished is kept
            return
