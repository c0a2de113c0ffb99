"""What the commands work with: a library that the cluster which they have joined has the shards of."""

from __future__ import annotations

from collections.abc import Iterator

from menura.cluster.actors import move, probes, reach, running
from menura.cluster.card import Card, fetched_model
from menura.cluster.library import ClusterLibrary
from menura.cluster.nodes import disk
from menura.cluster.probe import odd_machines
from menura.cluster.reach import Reach
from menura.cluster.rebalance import Move, moves
from menura.cluster.shard import ShardState
from menura.cluster.store import Store
from menura.errors import LibraryError
from menura.index.homes import resolve_data_dir
from menura.model.bundle import Bundle
from menura.search.voice import Voice

_PUBLISH_S = 600.0  # while which a shard may publish what it is asked to leave a machine with
_CHECK_S = 86_400.0  # while which a shard reads all that it has published; one that is lost is known sooner


class Front:
    """A library on the cluster that this process has joined.

    Args:
        store: Address of the library's store; there need be no library yet.

    Raises:
        UsageError: There is no such kind of address.
    """

    def __init__(self, store: str) -> None:
        self.store = Store(store)

    def reach(self, card: Card, model: str) -> Reach:
        """The shards of a generation, started where they do not run."""
        return reach(self.store, card, model)

    def bundle(self, model: str | None) -> Bundle:
        """The model to fill with: the one that is named, or else the library's own, or else the default one."""
        card = Card.read(self.store) if model is None else None
        return Bundle.load(model) if card is None else fetched_model(self.store, card.model, disk())

    def library(self) -> ClusterLibrary:
        """The library, searched by the model that answers.

        Raises:
            UsageError: There is none in the store.
        """
        card = Card.known(self.store)
        bundle = fetched_model(self.store, card.model, disk())
        return ClusterLibrary(card, bundle, self.reach(card, card.model), Voice.of(bundle, resolve_data_dir()))

    def states(self) -> dict[int, ShardState | None]:
        """What there is to say about each shard; None of one that does not answer."""
        card = Card.known(self.store)
        found = self.reach(card, card.model).all("state")
        return {shard: found.get(shard) for shard in range(card.shards)}

    def rebalanced(self) -> Iterator[Move]:
        """Move shards from machines that hold most to those that hold fewest, one by one; each, once it has moved.

        Raises:
            UsageError: There is no library in the store.
            LibraryError: A shard does not answer, is being filled, or cannot be published; it stays where it is.
        """
        card = Card.known(self.store)
        shards = self.reach(card, card.model)
        places, names = shards.all("machine"), running()
        if silent := shards.missing(places):
            raise LibraryError(f"shard {silent[0]} does not answer, so none is moved; menura cluster status says more")
        for one in moves(places, names):
            shards.each("retire", {one.shard: ()}, within_s=_PUBLISH_S)
            move(self.store, card, card.model, one.shard, one.target)
            shards.renew(one.shard)
            yield Move(one.shard, names[one.source], running()[shards.one(one.shard, "machine")])

    def oddities(self) -> list[str]:
        """A line for each machine that computes otherwise than the one that filled the library first."""
        model = Card.known(self.store).model
        return [
            f"{machine}: its projections differ by up to {most:.1g} from those that the library began with, so the "
            "last digits of scores depend on where a sound was filled"
            for machine, most in odd_machines(self.store, model, probes(self.store, model)).items()
        ]

    def faults(self) -> list[str]:
        """What is wrong with the shards and what they published; one that does not answer is a fault."""
        card = Card.known(self.store)
        found = self.reach(card, card.model).all("check", within_s=_CHECK_S)
        silent = [f"shard {shard} does not answer" for shard in range(card.shards) if shard not in found]
        return silent + [fault for faults in found.values() for fault in faults]
