"""`menura cluster`: past one machine, on Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from menura.advice import command
from menura.cli.common import Model
from menura.cli.search import KindsAsked, Longer, Query, Shorter, Text, Top, note, print_json
from menura.cli.serve import Host, NoOpen, Port, PublicUrl, require_web, tell_address
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.cluster.front import Front
    from menura.cluster.rebalance import Move
    from menura.cluster.shard import ShardState
    from menura.index.changes import Skipped

cluster_app = typer.Typer(
    help='Fill and search a library on several machines; needs the cluster extra: pip install "menura\\[cluster]".',
    no_args_is_help=True,
)

StoreAddress = Annotated[
    str, typer.Option("--store", "-s", help="Where the library is kept: a folder that all machines see, or s3://...")
]
Address = Annotated[str | None, typer.Option(help="The head of a running cluster, HOST:PORT.")]


@cluster_app.command()
def up(
    address: Address = None,
    host: Annotated[str | None, typer.Option(help="This machine's address in a private network.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="How many tasks run here at once.")] = None,
) -> None:
    """Start Ray on this machine, with two workers; with --address, as one more machine of a running cluster."""
    from menura.cluster.nodes import start, token_file

    node = start(address=address, host=host, workers=workers)
    print(f"Ray runs on this machine; the head of its cluster is at {node.address}.")
    if host is not None and address is None:
        print(f"Copy {token_file()} to other machines; there: menura cluster up --address {node.address}")


@cluster_app.command()
def down() -> None:
    """End the Ray that was started on this machine; libraries stay as they are published."""
    from menura.cluster.nodes import stop

    node = stop()
    print("Nothing runs on this machine." if node is None else f"Ended; this machine has left {node.address}.")


@cluster_app.command()
def fill(
    source: Annotated[str, typer.Argument(help="The sounds: a folder that all machines see, or an address: s3://...")],
    store: StoreAddress,
    shards: Annotated[int | None, typer.Option(help="In how many shards to keep a new library; 8 by default.")] = None,
    model: Model = None,
    address: Address = None,
) -> None:
    """Fill a library on all machines, or bring it up to date; what was finished before is not done again."""
    from menura.cli.progress import filling_bar
    from menura.cli.report import print_report

    with _front(store, address) as front:
        from menura.cluster.fleet import fill_library
        from menura.cluster.source import Source

        bundle = front.bundle(model)
        with filling_bar() as (listed, progress):
            report = fill_library(
                front.store,
                Source(source),
                model,
                bundle,
                front.reach,
                shards=shards,
                listed=listed,
                progress=progress,
            )
        oddities = front.oddities()
    print_report(front.store.address, report, command("cluster", "status", "--store", store, "--skipped"))
    for line in oddities:
        note(line)


@cluster_app.command()
def search(  # noqa: PLR0917  # typer makes options of arguments
    query: Query,
    store: StoreAddress,
    top: Top = 20,
    text: Text = None,
    kind: KindsAsked = None,
    longer: Longer = None,
    shorter: Shorter = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    address: Address = None,
) -> None:
    """Find the sounds that a recording imitates, the best first, in all shards of a library."""
    from menura.cli.report import print_hits

    with _front(store, address) as front:
        library = front.library()
        takes = [library.hear(recording) for recording in query]
        page = library.search(takes, top, text, kinds=kind or (), longer_s=longer, shorter_s=shorter)
    hits = page.hits
    if as_json:
        print_json(query, takes, hits, page.nearest, missing=page.missing)
    else:
        print_hits(hits, page.nearest)
    if page.lacks is not None:
        note(page.lacks)


@cluster_app.command()
def serve(  # noqa: PLR0917  # typer makes options of arguments
    store: StoreAddress,
    port: Port = None,
    host: Host = "127.0.0.1",
    public_url: PublicUrl = None,
    no_open: NoOpen = False,
    address: Address = None,
) -> None:
    """Open the page on a library in shards; Ctrl-C ends it."""
    require_web()
    at = _head(address)
    from menura.cluster.actors import connect
    from menura.cluster.front import Front
    from menura.cluster.nodes import disk
    from menura.cluster.served import ServedShards
    from menura.web.app import create_app
    from menura.web.serve import serve
    from menura.web.settings import DEFAULT_PORT, PublicAddress, Settings

    connect(at)
    front = Front(store)
    library = front.library()
    settings = Settings(
        (),
        host=host,
        port=port or DEFAULT_PORT,
        model=disk() / "models" / library.card.model,
        public=None if public_url is None else PublicAddress.of(public_url),
        music=False,
    )
    make = partial(create_app, also=[ServedShards(library, front.store.address)])
    serve(settings, partial(tell_address, open_page=not no_open), any_port=port is None, make=make)


@cluster_app.command()
def status(
    store: Annotated[str | None, typer.Option("--store", "-s", help="A library, to say how its shards are.")] = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="List what is not read, and why.")] = False,
    address: Address = None,
) -> None:
    """Tell which machines there are and, of a library, how each of its shards is."""
    from menura.cli.report import print_skipped
    from menura.cli.text import printable

    left_out: tuple[Skipped, ...] | None = None
    with _joined(address):
        from menura.cluster.actors import machines
        from menura.cluster.front import Front

        lines = machines()
        front = None if store is None else Front(store)
        lines += [] if front is None else front.oddities()
        if front is not None and skipped:
            left_out = front.library().info().skipped
        elif front is not None:
            lines += [f"shard {shard}: {_told(state)}" for shard, state in front.states().items()]
    for line in lines:
        print(printable(line))
    if left_out is not None:
        print_skipped(left_out)


def _told(state: ShardState | None) -> str:
    """What there is to say about a shard."""
    from menura.cli.text import count, size

    if state is None:
        return "does not answer"
    info = state.info
    held = f"{count(info.sounds, 'sound')}, {count(info.windows, 'window')}, {size(info.index_bytes)}"
    published = "nothing published" if state.published is None else f"revision {state.published.number} published"
    filling = "" if state.progress is None else f", filling {state.progress.done:,} of {state.progress.total:,}"
    whole = "" if info.complete or state.progress else ", not complete"
    return f"on {state.host}, {held}, {published}{filling}{whole}"


@cluster_app.command()
def rebalance(store: StoreAddress, address: Address = None) -> None:
    """Move whole shards to the machines that hold fewest, as after one has joined."""
    from menura.cli.text import printable

    moved: list[Move] = []
    try:
        with _front(store, address) as front:
            moved.extend(front.rebalanced())
    finally:  # what was moved stays moved
        for one in moved:
            print(printable(f"shard {one.shard}: moved from {one.source} to {one.target}"))
    if not moved:
        print("Nothing is moved: no machine holds two shards more than another.")


@cluster_app.command()
def check(store: StoreAddress, address: Address = None) -> None:
    """Prove that the shards of a library and what they published are whole, or say what is wrong."""
    from menura.cli.text import printable

    with _front(store, address) as front:
        faults = front.faults()
    for fault in faults:
        print(f"wrong: {printable(fault)}")
    if faults:
        raise typer.Exit(1)
    print(f"{printable(store)}: every shard and what it published is whole.")


@contextmanager
def _front(store: str, address: str | None) -> Iterator[Front]:
    """A library on the cluster that this machine is of, or on the one at an address; stdout as for `_joined`."""
    with _joined(address):
        from menura.cluster.front import Front

        yield Front(store)


@contextmanager
def _joined(address: str | None) -> Iterator[None]:
    """While it lasts, this process is of that cluster, and what is printed goes to stderr: answers come afterwards."""
    at = _head(address)
    from menura.cluster.apart import stdout_apart

    with stdout_apart():
        from menura.cluster.actors import connect, leave

        connect(at)
        try:
            yield
        finally:
            leave()


def _head(address: str | None) -> str:
    """Where the head of the cluster is."""
    from menura.cluster.nodes import environment, known, require_ray

    require_ray()
    if address is None:
        node = known()
        if node is None:
            raise UsageError("no Ray runs on this machine: menura cluster up starts it; or name a head with --address")
        address = node.address
    os.environ.update(environment(address))  # before Ray is imported
    return address
