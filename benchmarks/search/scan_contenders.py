"""The ways to score a library that `scan.py` times: functions that do all the work of one query, or of a batch."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura import Bundle
from menura.index.snapshot import Table
from menura.model.score import logits, top_positions
from menura.search.scan import Scanner

Floats = NDArray[np.float32]
Contenders = dict[str, Callable[[], object]]

TOP = 20
THREADS = os.cpu_count() or 1
PAIRS = 8_192  # of the network pair by pair, for which time is in proportion to the library
WHOLE = 32  # of the whole network, likewise

_PIECE_BYTES = 1 << 25
_PAIRS_AT_ONCE = 1_024
_MOST_TEMPORARIES = 1_000_000  # rows, of which NumPy would make two more copies


def read_all(content: NDArray[Any]) -> object:
    """Read every byte once with all threads, and add them up as integers: the least that any scan does."""
    words = np.asarray(content).reshape(-1).view(np.int64)
    piece = _PIECE_BYTES // 8
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(lambda start: words[start : start + piece].sum(), range(0, len(words), piece)))


def contenders(table: Table, queries: Floats, bundle: Bundle) -> Contenders:
    """What is timed on a library: by name, one query or (`..., 16 at once`) the batch. Names as in the picture."""
    weight, bias = bundle.output_weight, bundle.output_bias
    projections, query = np.asarray(table.projections), queries[0]
    named: Contenders = {
        **ours(table, queries, bundle),
        "NumPy in blocks": lambda: top_positions(logits(query, projections, weight, bias), TOP),
    }
    if len(projections) <= _MOST_TEMPORARIES:
        named["NumPy"] = lambda: np.argpartition(np.maximum(projections + query, 0) @ weight + bias, -TOP)[-TOP:]
    return named | _others(projections, queries)


def _others(projections: Floats, queries: Floats) -> Contenders:
    """Flat search by inner product, as libraries offer it, which come with the `bench` extra."""
    import faiss  # noqa: PLC0415  # the rest needs neither
    from usearch.index import MetricKind  # noqa: PLC0415
    from usearch.index import search as usearch_exact  # noqa: PLC0415

    named: Contenders = {}
    flat = faiss.IndexFlatIP(projections.shape[1])
    flat.add(projections)
    named["faiss flat"] = lambda: flat.search(queries[:1], TOP)
    named[f"faiss flat, {len(queries)} at once"] = lambda: flat.search(queries, TOP)
    named["usearch exact"] = lambda: usearch_exact(
        projections, queries[0], TOP, MetricKind.IP, exact=True, threads=THREADS
    )
    return named


def ours(table: Table, queries: Floats, bundle: Bundle) -> Contenders:
    """Menura's own scan with codes and without, and reading the bytes that each has to read."""
    assert table.codes is not None
    plain = Table(table.sound_ids, table.first_rows, table.n_windows, table.projections)
    blocks, projections = table.codes.blocks, table.projections
    named: Contenders = {
        "reading float32": lambda: read_all(projections),
        "reading the codes": lambda: read_all(blocks),
    }
    for name, library in (("Menura, float32", plain), ("Menura, codes", table)):
        scanner = Scanner(bundle.output_weight, bundle.output_bias)
        named[name] = lambda scanner=scanner, library=library: scanner.best(queries[:1], library, TOP)
        named[f"{name}, {len(queries)} at once"] = lambda scanner=scanner, library=library: scanner.best(
            queries, library, TOP
        )
    return named


def check(table: Table, queries: Floats, bundle: Bundle) -> None:
    """Both of Menura's scans find what the plain computation finds."""
    for name, scan in ours(table, queries[:2], bundle).items():
        if name.startswith("Menura") and name.endswith("at once"):
            for query, found in zip(queries, scan(), strict=False):  # type: ignore[call-overload]
                reference = logits(query, table.projections, bundle.output_weight, bundle.output_bias)
                wanted = top_positions(reference, TOP)
                order = np.isin(found.rows, wanted)
                assert set(found.rows[order]) == set(wanted), name
                assert np.array_equal(found.logits, reference[found.rows]), name


def pair_by_pair(bundle: Bundle, rng: np.random.Generator) -> Callable[[], object]:
    """FC1 and FC2 on the concatenated features of each of `PAIRS` pairs, the towers' outputs being given, in torch."""
    head = bundle.head
    imitation = torch.from_numpy(rng.standard_normal((1, head.imitation_weight.shape[1]), dtype=np.float32))
    recordings = torch.from_numpy(rng.standard_normal((PAIRS, head.recording_weight.shape[1]), dtype=np.float32))
    joint = torch.from_numpy(np.concatenate((head.imitation_weight, head.recording_weight), axis=1))
    hidden_bias, weight = torch.from_numpy(head.hidden_bias), torch.from_numpy(head.output_weight)

    def run() -> object:
        with torch.inference_mode():
            parts = []
            for batch in recordings.split(_PAIRS_AT_ONCE):
                pairs = torch.cat([imitation.expand(len(batch), -1), batch], dim=1)
                parts.append(torch.relu(torch.nn.functional.linear(pairs, joint, hidden_bias)) @ weight)
            return torch.cat(parts).topk(TOP)

    return run


def whole_network(bundle: Bundle, rng: np.random.Generator) -> Callable[[], object]:
    """The recording tower and the projection of each of `WHOLE` sounds, from their log-mel spectrograms."""
    shape = (WHOLE // THREADS, 1, *bundle.spec.recording.front_end.shape)
    parts = [rng.standard_normal(shape, dtype=np.float32) for _ in range(THREADS)]

    def run() -> object:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(lambda mels: bundle.recording_features(mels) @ bundle.head.recording_weight.T, parts))

    return run
