"""The command line: each command imports what it needs, so that `--help` and `--version` answer at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.adapt import adapt
from menura.cli.common import expand
from menura.cli.data import data_app
from menura.cli.evaluate import evaluate
from menura.cli.explain import explain
from menura.cli.health import check, doctor
from menura.cli.outcome import CommandLine
from menura.cli.reproduce import reproduce_app
from menura.cli.serve import serve
from menura.cli.simulate import simulate
from menura.cli.train import train_app
from menura.cli.visualise import visualise
from menura.cli.watch import watch
from menura.errors import UsageError

app = typer.Typer(
    name="menura",
    cls=CommandLine,
    help="Find a sound in a library by imitating it with your voice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(train_app, name="train")
app.add_typer(data_app, name="data")
app.add_typer(reproduce_app, name="reproduce")
app.command()(adapt)
app.command()(check)
app.command()(doctor)
app.command()(evaluate)
app.command()(explain)
app.command()(serve)
app.command()(simulate)
app.command()(visualise)
app.command()(watch)


def main() -> None:
    """The entry point of the `menura` command."""
    app(prog_name="menura")


Model = Annotated[
    Path | None, typer.Option(help="A model bundle instead of the one that Menura ships.", callback=expand)
]


def _print_version(wanted: bool) -> None:
    if wanted:
        import menura

        print(f"menura {menura.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def index(
    folder: Annotated[Path, typer.Argument(help="The folder of sounds.", callback=expand)],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Start the index again from nothing.")] = False,
    model: Model = None,
) -> None:
    """Index a folder of sounds, or bring its index up to date."""
    from menura.cli.progress import index_with_progress
    from menura.cli.report import print_index_report
    from menura.search.library import Library

    with Library.open(folder, bundle=model) as library:
        print_index_report(folder, index_with_progress(library, rebuild=rebuild))


@app.command()
def search(  # noqa: PLR0917  # typer makes options of arguments
    query: Annotated[Path, typer.Argument(help="A recording of your imitation.", callback=expand)],
    library: Annotated[Path, typer.Option("--library", "-l", help="The folder of sounds.", callback=expand)],
    top: Annotated[int, typer.Option(min=1, help="How many sounds to show.")] = 20,
    text: Annotated[str | None, typer.Option(help="Only sounds with these words in their name or folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    model: Model = None,
) -> None:
    """Find the sounds that a recording imitates, the best first; a new library is indexed on the way."""
    from menura.cli.first_search import index_before_search
    from menura.cli.report import print_hits, print_hits_json
    from menura.search.library import Library

    with Library.open(library, bundle=model) as opened:
        index_before_search(opened, library, query)
        hits = opened.search(query, top=top, text=text)
    if as_json:
        print_hits_json(query, hits)
    else:
        print_hits(hits)


@app.command()
def info(
    folder: Annotated[Path | None, typer.Argument(help="A folder of sounds.", callback=expand)] = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="List what could not be read, and why.")] = False,
) -> None:
    """Tell what is indexed of a folder; without one, which Menura and which model this is."""
    from menura.cli.report import print_library_info, print_model_info, print_skipped
    from menura.model.bundle import Bundle
    from menura.search.library import Library

    if folder is None:
        if skipped:
            raise UsageError("--skipped needs a folder: menura info FOLDER --skipped")
        print_model_info(Bundle.load())
        return
    with Library.open(folder) as library:
        if library.is_new:
            raise UsageError(f"{folder}: not indexed yet; menura index does it")
        found = library.info()
    if skipped:
        print_skipped(found.skipped)
    else:
        print_library_info(found)


@app.command()
def demo(
    library: Annotated[
        Path | None, typer.Option(help="Your own folder of sounds instead of the demo's.", callback=expand)
    ] = None,
    query: Annotated[
        Path | None, typer.Option(help="Your own imitation instead of a simulated one.", callback=expand)
    ] = None,
) -> None:
    """Search a small public-domain library with a simulated imitation, or your own with yours."""
    from menura.cli.demo import run_demo

    run_demo(library, query)
