"""`menura teach`: the takes that were taught in the page, and what is learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from menura.advice import command
from menura.cli.common import Folder, Model
from menura.cli.text import count, printable
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.personal.lessons import Lessons
    from menura.personal.takes import TaughtTakes
    from menura.search.library import Library


def teach(
    folder: Folder,
    model: Model = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="Delete a take, by its name; '*' is all, and what was learned.")
    ] = None,
    learn: Annotated[bool, typer.Option("--learn", help="Learn from the takes; kept only if it finds more.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Search as before anything was learned.")] = False,
) -> None:
    """List the takes that you taught in the page of `menura serve`, and where each would find its sound here."""
    from menura.index.homes import resolve_data_dir
    from menura.personal.takes import TaughtTakes
    from menura.search.library import Library
    from menura.search.voice import FOLDER

    takes = TaughtTakes(resolve_data_dir() / FOLDER)
    with Library.open(folder, bundle=model) as library:
        if remove:
            _remove(takes, library, remove)
        if forget:
            print("Forgotten." if library.voice.forget() else "Nothing was learned yet.")
        if learn:
            _learn(takes, library)
        if not (remove or forget or learn):
            _list(takes, library)


def _remove(takes: TaughtTakes, library: Library, names: list[str]) -> None:
    from fnmatch import fnmatchcase

    known = [take.imitation for take in takes.all()]
    gone = {take for take in known if any(take == name or fnmatchcase(take, name) for name in names)}
    if not gone:
        raise UsageError(f"{names[0]}: no such take; {command('teach', library.folder)} lists them")
    takes.remove(gone)
    print(f"{count(len(gone), 'take')} deleted.")
    if gone == set(known) and library.voice.forget():
        print("So is what was learned of them.")


def _learn(takes: TaughtTakes, library: Library) -> None:
    from menura.personal.telling import learn_and_keep

    told = learn_and_keep(_lessons(takes, library), library.bundle, library.voice)
    print(told["sentence"])
    if told["kept"]:
        print(f"In {told['seconds']:.1f} s. Searches use it from now on; {_advised(library, '--forget')} undoes it.")


def _list(takes: TaughtTakes, library: Library) -> None:
    from menura.personal.telling import found_of

    lessons = _lessons(takes, library)
    if not lessons.takes and not lessons.unheard:
        print(f"No take was taught yet: {command('serve', library.folder)} opens a page that does, under /teach.")
        return
    ranks = lessons.ranks(lessons.queries, library.bundle.output_weight)
    for take, rank in zip(lessons.takes, ranks, strict=True):
        print(printable(f"{rank:6,}  {take.label}  {take.imitation}"))
    for take, why in lessons.unheard:
        print(printable(f"        {take.label}  {take.imitation}: {why}"))
    found, n, among = found_of(ranks), len(lessons.takes), len(lessons.pool.sound_ids)
    print(f"{count(n, 'take')} in {printable(str(takes.folder))}, of {count(lessons.n_sounds, 'sound')}.")
    print(f"Of them {found['first']} find their sound first, {found['ten']} among the first ten of {among:,}.")
    told = library.voice.told
    print(f"{_advised(library, '--learn')} learns from them." if told is None else told["sentence"])


def _lessons(takes: TaughtTakes, library: Library) -> Lessons:
    from menura.personal.lessons import Ear, lessons_of

    if library.is_new:
        raise library.identity.not_indexed()
    with library.snapshot() as snapshot:
        return lessons_of(takes, snapshot, Ear(library.bundle))


def _advised(library: Library, option: str) -> str:
    return printable(library.identity.command("teach", option))
