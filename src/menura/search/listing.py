"""A library's sounds by path, where nothing is asked that a score could answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Snapshot, Table
from menura.index.sound import Sound
from menura.search.known_kinds import KnownKinds
from menura.search.ranking import Only


class Listing:
    """Lists the sounds of a library; their order is read anew only after a commit."""

    def __init__(self) -> None:
        self._known: tuple[Table, NDArray[np.int64]] | None = None

    def page(
        self, snapshot: Snapshot, only: Only, known: KnownKinds, *, offset: int, limit: int
    ) -> tuple[int, list[Sound]]:
        """How many sounds are listed, and those from `offset` on, with their likely kinds."""
        ids = self.ids(snapshot, only, known)
        return len(ids), known.told(snapshot.table, snapshot.sounds(ids[offset : offset + limit]))

    def ids(self, snapshot: Snapshot, only: Only, known: KnownKinds) -> NDArray[np.int64]:
        """Ids of the sounds that are listed, in their order.

        Those that a text finds by name come before those that it finds by kind: a name is what somebody wrote there.
        """
        kept = self._known
        if kept is None or kept[0] is not snapshot.table:  # there is a new table after every commit
            kept = self._known = (snapshot.table, snapshot.by_path())
        ids, chosen = kept[1], only.choose(snapshot, known)
        if chosen is not None:
            ids = ids[np.isin(ids, chosen)]
        if only.text is not None:
            ids = ids[np.argsort(np.isin(ids, snapshot.matching(only.text), invert=True), kind="stable")]
        return ids

    def release(self) -> None:
        """Let go of what is kept."""
        self._known = None
