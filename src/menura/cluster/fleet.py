"""Filling a whole cluster library: the list made, every shard set to its part, and what they did told as one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from menura.cluster.card import Card, keep_model
from menura.cluster.listing import Listing
from menura.cluster.reach import Reach
from menura.cluster.source import Source
from menura.cluster.store import Store
from menura.cluster.told import merged_info, merged_progress, merged_report
from menura.errors import LibraryError, UsageError
from menura.index.update import IndexProgress, IndexReport
from menura.model.bundle import Bundle

DEFAULT_SHARDS = 8

_TOLD_S = 0.5
_STOP_S = 60.0


def fill_library(
    store: Store,
    source: Source,
    model: str | Path | None,
    bundle: Bundle,
    reach_of: Callable[[Card, str], Reach],
    *,
    shards: int | None = None,
    listed: Callable[[int], None],
    progress: Callable[[IndexProgress], None],
) -> IndexReport:
    """Bring a cluster library up to date with its source; where there is none yet, make one.

    With another model than the one that answers, a second generation is filled, which answers once it is whole.

    Args:
        store: Where the library is kept.
        source: Its sounds.
        model: What the bundle was loaded by.
        bundle: The model.
        reach_of: The shards of a library by the model of this fingerprint.
        shards: How many shards there are to be; what there are, or else 8, by default.
        listed: Called with how many files were found so far.
        progress: Called with how far all shards are.

    Raises:
        UsageError: The source cannot be listed, or the store holds another library.
        LibraryError: The store cannot be written, the source is suddenly empty, or a shard is lost for good.
    """
    started = time.monotonic()
    walk = source.walk()
    card = _card_of(store, source, shards, bundle)
    keep_model(store, model, bundle)
    reach = reach_of(card, bundle.fingerprint)
    listing = Listing.made(walk, card, store, listed)
    filling = {shard: reach.ask(shard, "fill", listing.key, reach.tasks) for shard in range(card.shards)}
    try:
        _watch(filling, reach, listing.n_files, progress)
    except KeyboardInterrupt:
        for shard in filling:
            reach.ask(shard, "stop", listing.key)
        wait(filling.values(), _STOP_S)
        raise
    finally:
        store.delete(listing.key)
    reports = [_report(shard, future) for shard, future in filling.items()]
    if bundle.fingerprint != card.model:
        if not merged_info(reach.all("info").values(), card.shards).complete:
            raise LibraryError(f"{store.address}: not every shard is complete, so the old model goes on; fill again")
        replace(card, model=bundle.fingerprint).replace(store)
    return merged_report(reports, time.monotonic() - started)


def _card_of(store: Store, source: Source, shards: int | None, bundle: Bundle) -> Card:
    card = Card.read(store)
    if card is None:
        new = Card.new(source.address, DEFAULT_SHARDS if shards is None else shards, bundle.fingerprint)
        card = new if new.create(store) else Card.known(store)  # somebody else may have been faster
    if card.source != source.address:
        raise UsageError(f"{store.address}: holds the library of {card.source}, not of {source.address}; name another")
    if shards not in (None, card.shards):
        raise UsageError(
            f"{store.address}: has {card.shards} shards, and their number never changes; leave --shards out, or name "
            "another store"
        )
    return card


def _watch(
    filling: dict[int, Future[Any]], reach: Reach, n_files: int, progress: Callable[[IndexProgress], None]
) -> None:
    """Tell how far the shards are, until all have ended."""
    seen: dict[int, IndexProgress] = {}
    asked: dict[int, Future[Any]] = {}
    while wait(filling.values(), _TOLD_S).not_done:
        for shard, answer in asked.items():
            if answer.done() and answer.exception() is None and answer.result() is not None:
                seen[shard] = answer.result()
        for shard, future in filling.items():
            if future.done() and shard in seen:
                seen[shard] = replace(seen[shard], done=seen[shard].total)
            elif not future.done() and (shard not in asked or asked[shard].done()):
                asked[shard] = reach.ask(shard, "progress")
        if seen:
            progress(merged_progress(seen.values(), n_files))


def _report(shard: int, future: Future[Any]) -> IndexReport:
    try:
        report: IndexReport = future.result()
    except ConnectionError as error:
        raise LibraryError(
            f"shard {shard}: lost ({error}); menura cluster status says what runs; fill again, and it goes on"
        ) from error
    return report
