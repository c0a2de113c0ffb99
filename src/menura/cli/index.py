"""`menura index`."""

from __future__ import annotations

from typing import Annotated

import typer

from menura.cli.common import Folder, Model, NoMusic


def index(
    folder: Folder,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Start the index again from nothing.")] = False,
    model: Model = None,
    no_music: NoMusic = False,
) -> None:
    """Index a folder of sounds, or bring its index up to date; for each model it has an index of its own."""
    from menura.cli.progress import index_with_progress
    from menura.cli.report import print_index_report
    from menura.search.library import Library

    with Library.open(folder, bundle=model, music=not no_music) as library:
        print_index_report(folder, library, index_with_progress(library, rebuild=rebuild))
