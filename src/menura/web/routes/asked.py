"""What a search is asked, as it comes with a request: takes, and what narrows the sounds that are looked among."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from numpy import float32, int64
from numpy.typing import NDArray

from menura.search.ranking import Only
from menura.search.together import together
from menura.search.voice import Voice
from menura.web.errors import refuse
from menura.web.names import named
from menura.web.served import ServedLibrary
from menura.web.server import LARGEST_ID, Server, ServerOf
from menura.web.takes import KnownTake

MOST_JUDGED = 64
_MOST_TEXT = 1_000
_MOST_KINDS = 32
_MOST_TAKES = 8

SoundId = Annotated[int, Query(ge=0, le=LARGEST_ID)]
_Text = Annotated[str, Query(max_length=_MOST_TEXT)]
_Folder = Annotated[str, Query(description="only in this folder and below it", max_length=10_000)]
_FavouritesOnly = Annotated[bool, Query(description="only favourites")]
_CollectionId = Annotated[
    int | None, Query(ge=0, le=LARGEST_ID, description="id of a collection: only sounds that are in it")
]
_Kind = Annotated[str, Query(max_length=100)]
_Kinds = Annotated[list[_Kind], Query(description="only what is likely of one of these kinds", max_length=_MOST_KINDS)]
_Length = Annotated[float | None, Query(ge=0, le=10**9, allow_inf_nan=False, description="in seconds")]
_Pitch = Annotated[str, Query(max_length=40, description="only what surely has this pitch: F#3, C3-B3, 200-400 Hz")]
_Tempo = Annotated[str, Query(max_length=40, description="only loops of this tempo, its half or double: 120, 118-124")]
_TakeIds = Annotated[
    list[Annotated[str, Query(max_length=100)]],
    Query(alias="take", description="ids of takes; several are one query", max_length=_MOST_TAKES),
]


@dataclass(frozen=True)
class Filters:
    """What narrows the sounds of each library that is searched: by name, folder and mark; by length and kind.

    Attributes:
        server: The server that was asked.
        text: As in `Only`; empty for any.
        folder: As in `Only`.
        favourites: Whether favourites alone are meant.
        collection: Id of a collection that they are in; None for any.
        longer_s: As in `Only`.
        shorter_s: As in `Only`.
        kinds: As in `Only`.
        pitch: As in `Only`; empty for any.
        tempo: As in `Only`; empty for any.
    """

    server: Server
    text: str = ""
    folder: str = ""
    favourites: bool = False
    collection: int | None = None
    longer_s: float | None = None
    shorter_s: float | None = None
    kinds: Sequence[str] = ()
    pitch: str = ""
    tempo: str = ""

    def only(self, library: ServedLibrary, *, ids: NDArray[int64] | None = None) -> Only:
        """Which sounds of a library these are; of those with these ids, where some are given.

        Raises:
            HTTPException: 404, there is no such collection.
            UsageError: As for `Only`.
        """
        return Only(
            self.text.strip() or None,
            named(self.folder),
            self.server.narrowed(library.folder, favourites=self.favourites, collection=self.collection),
            ids=ids,
            kinds=self.kinds,
            longer_s=self.longer_s,
            shorter_s=self.shorter_s,
            pitch=self.pitch.strip() or None,
            tempo=self.tempo.strip() or None,
        )


async def _filters(  # noqa: PLR0917  # FastAPI makes parameters of arguments
    server: ServerOf,
    text: _Text = "",
    folder: _Folder = "",
    favourites: _FavouritesOnly = False,
    collection: _CollectionId = None,
    longer: _Length = None,
    shorter: _Length = None,
    kind: _Kinds = [],  # noqa: B006  # FastAPI copies it
    pitch: _Pitch = "",
    tempo: _Tempo = "",
) -> Filters:
    return Filters(server, text, folder, favourites, collection, longer, shorter, kind, pitch, tempo)


async def _filters_before_kinds(
    server: ServerOf,
    text: _Text = "",
    folder: _Folder = "",
    favourites: _FavouritesOnly = False,
    collection: _CollectionId = None,
) -> Filters:
    return Filters(server, text, folder, favourites, collection)


FiltersOf = Annotated[Filters, Depends(_filters)]
FiltersBeforeKinds = Annotated[Filters, Depends(_filters_before_kinds)]
"""Those that narrow a library before its kinds do."""


@dataclass(frozen=True)
class AskedTakes:
    """The takes that are searched for, which are one query.

    Attributes:
        takes: The takes.
        voice: What was learned of the voice of whoever asks; None where others than its owner may ask.
    """

    takes: Sequence[KnownTake]
    voice: Voice | None = None

    @property
    def embedding(self) -> NDArray[float32] | None:
        """(h,) what to search with; None without a take."""
        if not self.takes:
            return None
        said = together([one.embedding for one in self.takes])
        return said if self.voice is None else self.voice.moved(said)

    @property
    def embed_ms(self) -> float:
        """How long they took to embed, in milliseconds."""
        return sum(take.embed_ms for take in self.takes)


async def _takes(server: ServerOf, takes: _TakeIds = []) -> AskedTakes:  # noqa: B006
    known = [found for found in map(server.takes.get, takes) if found is not None]
    if len(known) < len(takes):
        raise refuse(404, "take unknown")
    return AskedTakes(known, server.voice if server.settings.may_manage else None)


TakesOf = Annotated[AskedTakes, Depends(_takes)]
