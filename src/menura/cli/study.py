"""`menura study`: a study with people of how well a search finds what they imitate, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from menura.cli.common import Folder, expand, expand_model
from menura.cli.serve import Host, NoOpen, Port, PublicUrl, open_in_browser, require_web
from menura.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from menura.study.report import Report
    from menura.study.setup import Wanted
    from menura.web.settings import Settings

_RUN = "run"
_HEADS = ("MRR", "first", "top 5", "top 10", "rating", "found")  # of the measures, in their order


class _RunsByDefault(TyperGroup):
    """`menura study FOLDER` is `menura study run FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # as the method that it replaces
        """Puts the command in where none is named."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


study_app = typer.Typer(
    cls=_RunsByDefault,
    help="Study with people how well a search finds what they imitate: `menura study FOLDER --out STUDY`.",
    no_args_is_help=True,
)


def _expand_models(models: list[str] | None) -> list[str] | None:
    return [expand_model(model) or model for model in models] if models else None


Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A system, as for the other commands; two are compared.", callback=_expand_models),
]
StudyFolder = Annotated[Path, typer.Argument(help="The folder of the study: what was given as --out.", callback=expand)]


@study_app.command()
def run(  # noqa: PLR0917  # typer makes options of arguments
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The folder of the study, which is made or gone on with.", callback=expand)],
    model: Models = None,
    sounds: Annotated[int | None, typer.Option(min=2, max=500, help="How many each person imitates; 16.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Decides which sounds, and who hears what; 0.")] = None,
    consent: Annotated[Path | None, typer.Option(help="A text that people agree to.", callback=expand)] = None,
    questions: Annotated[Path | None, typer.Option(help="TOML with questions of your own.", callback=expand)] = None,
    port: Port = None,
    host: Host = "127.0.0.1",
    public_url: PublicUrl = None,
    no_open: NoOpen = False,
) -> None:
    """Open a page on which people imitate sounds of this folder and say what a search found; Ctrl-C ends it."""
    require_web()
    from menura.index.homes import resolve_folder
    from menura.study.setup import Wanted
    from menura.web.serve import serve
    from menura.web.settings import DEFAULT_PORT, PublicAddress, Settings

    wanted = Wanted(tuple(model) if model else None, sounds, seed, consent, questions)
    library = resolve_folder(folder)
    public = None if public_url is None else PublicAddress.of(public_url)
    serve(
        Settings((library,), host=host, port=port or DEFAULT_PORT, public=public),
        lambda addresses: _tell(addresses, open_page=not no_open),
        any_port=port is None,
        make=_indexed(library, out, wanted),
    )


def _indexed(library: Path, out: Path, wanted: Wanted) -> Callable[[Settings], FastAPI]:
    """Bring the library up to date for each system, begin the study or go on with it; what makes its app."""
    from menura.cli.progress import index_with_progress
    from menura.index.homes import resolve_data_dir
    from menura.model.bundle import Bundle
    from menura.search.library import Library
    from menura.study.setup import begun_study, systems_of
    from menura.web.study.app import create_study_app
    from menura.web.study.server import StudyServer

    data_dir = resolve_data_dir()
    bundles = {name: Bundle.load(name) for name in systems_of(out, wanted)}
    libraries = [Library(library, bundle, data_dir) for bundle in bundles.values()]
    for one in libraries:
        index_with_progress(one)
    study = begun_study(out, libraries, list(bundles), wanted)
    return lambda settings: create_study_app(StudyServer.of(study, library, bundles, data_dir, settings))


@study_app.command()
def report(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where the report goes; STUDY/report by default.", callback=expand)
    ] = None,
) -> None:
    """Say what a study comes to, with figures, pictures and a table for R; needs the study extra."""
    _require_analysis()
    from menura.study.report import report_of, write_report
    from menura.study.store import Study

    found = Study.open(study)
    made = report_of(found)
    folder = out or study / "report"
    names = write_report(found, made, folder)
    _print_report(made)
    print(f"Written to {folder}: {', '.join(names)}.")


def _tell(addresses: list[str], *, open_page: bool) -> None:
    """Print where people find the study, this machine's address first, and open that."""
    pages = [address.replace("/#", "/study#") for address in addresses]
    here, *elsewhere = pages
    print(f"The study is at {here}  (Ctrl-C ends it; the same command goes on)", *elsewhere, sep="\n", flush=True)
    if open_page:
        open_in_browser(here)


def _print_report(made: Report) -> None:
    """The means by system and category, and below them what may be claimed."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from menura.cli.text import count
    from menura.study.trials import MEASURES

    people = made.people
    print(
        f"{count(people.begun, 'person') if people.begun == 1 else f'{people.begun:,} people'} began, "
        f"{len(people.counted):,} rated half of the sounds or more and count. The MRR of a guess is {made.chance:.3f}."
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for head in ("", *_HEADS):
        table.add_column(head, no_wrap=True)
    categories = sorted({trial.category for trial in made.trials})
    for category in (None, *(categories if len(categories) > 1 else [])):
        table.add_row(Text("all sounds" if category is None else category, style="bold"))
        for system in made.systems:
            cells = [made.mean(measure, system, category=category) for measure in MEASURES]
            table.add_row(Text(f"  {system}"), *("" if cell is None else f"{cell.mean:.3f}" for cell in cells))
            if category is None:
                limits = [None if cell is None else cell.interval for cell in cells]
                table.add_row("    95 %", *("" if one is None else "{:.2f}-{:.2f}".format(*one) for one in limits))
    Console(highlight=False).print(table)
    for one in made.comparisons:
        print(one.words)


def _require_analysis() -> None:
    """Refuse, with what to install, if the study extra is not there."""
    try:
        import matplotlib  # noqa: F401
        import statsmodels  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(f'the report of a study needs {error.name}: pip install "menura[study]"') from error
