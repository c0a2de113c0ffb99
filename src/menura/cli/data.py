"""`menura data`: what corpora are on disk, and getting those that are not; and mn04's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

data_app = typer.Typer(
    help="Corpora of recordings, imitations and speech, to train and measure on.", no_args_is_help=True
)

Folder = Annotated[
    Path | None, typer.Option(help="The folder of all corpora; by default in the user's data directory.")
]


@data_app.command("list")
def list_all(folder: Folder = None) -> None:
    """Tell what of every corpus is on disk, and on which terms it is published."""
    from menura.cli.text import printable, size
    from menura.corpora.obtain import list_corpora

    for status in list_corpora(_folder(folder)):
        corpus = status.corpus
        state = status.found or (
            f"{size(status.waiting_bytes)} downloaded so far" if status.waiting_bytes else "absent"
        )
        print(f"{corpus.folder}: {state}")
        print(f"    {corpus.title}; licence: {corpus.licence}; {corpus.source}")
        if status.path is not None:
            print(f"    in {printable(str(status.path))}")
        for line in status.missing:
            print(f"    missing: {printable(line)}")


@data_app.command()
def get(
    name: Annotated[str, typer.Argument(help="A name that `menura data list` shows.")], folder: Folder = None
) -> None:
    """Download a corpus, its licence stated first; started again after an interruption, it goes on.

    mn04 is no corpus, but the weights that a model's towers begin with; it needs the train extra.
    """
    from menura.cli.common import require_training
    from menura.cli.progress import growing_download
    from menura.corpora import mn04
    from menura.corpora.obtain import get_corpus

    if name == mn04.NAME:
        require_training()
        from menura.training.mn04 import get_mn04

        with growing_download() as progress:
            path = get_mn04(_folder(folder), announce=print, progress=progress)
    else:
        with growing_download() as progress:
            path = get_corpus(name, _folder(folder), announce=print, progress=progress)
    print(f"{name} is in {path}")


def _folder(folder: Path | None) -> Path:
    import platformdirs

    if folder is None:
        return platformdirs.user_data_path("menura", appauthor=False) / "corpora"
    return folder.expanduser()
