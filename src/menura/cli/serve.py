"""`menura serve`: the page with the microphone."""

from __future__ import annotations

import sys
import threading
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import Model, NoKinds, NoMusic, expand
from menura.errors import UsageError
from menura.web.settings import DEFAULT_PORT


def _expand_all(folders: list[Path] | None) -> list[Path]:
    return [expand(folder) or folder for folder in folders or ()]


Folders = Annotated[
    list[Path] | None,
    typer.Argument(help="The folders of sounds; those that Menura knows by default.", callback=_expand_all),
]
PublicUrl = Annotated[
    str | None, typer.Option(help="Where a proxy on this machine shows the page, such as https://studio.example/m.")
]
Port = Annotated[
    int | None, typer.Option(min=1, max=65_535, help=f"The port; {DEFAULT_PORT} or the next free one by default.")
]
Host = Annotated[str, typer.Option(help="The address to listen on; this machine alone can reach the default.")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Do not open the page in a browser.")]
Manage = Annotated[
    bool, typer.Option("--manage", help="Let the page add folders and write files although others can reach it.")
]


def serve(  # noqa: PLR0917  # typer makes options of arguments
    folders: Folders = None,
    port: Port = None,
    host: Host = "127.0.0.1",
    public_url: PublicUrl = None,
    model: Model = None,
    gallery: Annotated[
        Path | None, typer.Option(help="A folder that menura visualise made, to link to.", callback=expand)
    ] = None,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Play sounds, too, to which links in the folders lead.")
    ] = False,
    no_kinds: NoKinds = False,
    no_music: NoMusic = False,
    manage: Manage = False,
    no_open: NoOpen = False,
) -> None:
    """Open a page that records your voice, searches these folders and plays what it finds; Ctrl-C ends it."""
    require_web()
    _require_gallery(gallery)
    from menura.web.serve import serve
    from menura.web.settings import PublicAddress, Settings

    settings = Settings(
        tuple(folders) if folders else None,
        host=host,
        port=port or DEFAULT_PORT,
        model=model,
        public=None if public_url is None else PublicAddress.of(public_url),
        gallery=gallery,
        follow_links=follow_links,
        kinds=not no_kinds,
        music=not no_music,
        manage=manage,
    )
    serve(settings, partial(tell_address, open_page=not no_open), any_port=port is None)


def tell_address(addresses: list[str], *, open_page: bool) -> None:
    """Print where the page is, this machine's address first, and open that."""
    here, *elsewhere = addresses
    print(f"Menura is at {here}  (Ctrl-C ends it)", *(f"From other machines: {one}" for one in elsewhere), sep="\n")
    if elsewhere and sys.stdout.isatty():
        import segno

        print("The last of them, for a camera:")
        segno.make(elsewhere[-1], micro=False).terminal(compact=True)
    sys.stdout.flush()
    if open_page:
        open_in_browser(here)


def open_in_browser(address: str) -> None:
    """Open a page without waiting: a browser in the terminal would keep the server waiting."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _require_gallery(gallery: Path | None) -> None:
    """Refuse a folder that holds no gallery."""
    if gallery is not None and not (gallery / "index.html").is_file():
        raise UsageError(f"{gallery}: holds no page of menura visualise (no index.html); name the folder of --out")


def require_web() -> None:
    """Refuse, with what to install, if the web extra is not there."""
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(f'the page needs {error.name}: pip install "menura[web]"') from error
