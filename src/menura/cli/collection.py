"""`menura collection`: the collections that were made in the page, and their export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.advice import command
from menura.cli.common import expand
from menura.cli.serve import require_web
from menura.cli.text import count, printable
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.web.collections import Collections


def collection(
    name: Annotated[str | None, typer.Argument(help="The name of a collection; all are listed by default.")] = None,
    export: Annotated[
        Path | None, typer.Option(help="A folder in which a new one is made with its sounds.", callback=expand)
    ] = None,
    links: Annotated[bool, typer.Option("--links", help="Links to the sounds, and not copies.")] = False,
) -> None:
    """List the collections made in the page, or the sounds of one, or export one as a new folder."""
    require_web()
    from menura.index.homes import resolve_data_dir
    from menura.web.collections import Collections
    from menura.web.kept import Kept

    collections = Collections(Kept(resolve_data_dir()))
    if name is None:
        if export is not None or links:
            raise UsageError(f"which collection? {command('collection', 'NAME', '--export', 'FOLDER')}")
        for one in collections.all():
            print(f"{printable(one.name)}  ({count(one.n_sounds, 'sound')})")
        return
    _print_or_export(collections, name, export, links=links)


def _print_or_export(collections: Collections, name: str, into: Path | None, *, links: bool) -> None:
    from menura.web.export import export_sounds

    found = next((one for one in collections.all() if one.name.casefold() == name.casefold()), None)
    if found is None:
        raise UsageError(f"{name}: no such collection; {command('collection')} lists them")
    sounds = collections.sounds(found)
    if into is None:
        print(*(printable(str(sound.folder / sound.path)) for sound in sounds), sep="\n")
        return
    made = export_sounds(found, sounds, into.resolve(), links=links, follow_links=False)
    for sound, why in made.left_out:
        print(f"left out: {printable(sound.path)}: {why}")
    print(f"{count(made.n_sounds, 'sound')} and a table are in {printable(str(made.folder))}")
