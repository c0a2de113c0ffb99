"""The fast passes find what the reference finds: the same windows, with the same logits, whatever the numbers."""

import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import menura.search
from menura.index.codes import Codes
from menura.index.snapshot import Table
from menura.model.quantiser import BLOCK_ROWS, MAX_CODE, MAX_COLUMNS, Quantiser
from menura.model.score import logits, rounding_error
from menura.search import scan
from menura.search.scan import Scanner

BIAS = 0.25


@pytest.fixture(autouse=True)
def always_compiled(monkeypatch):
    """No library is too small for the compiled passes."""
    monkeypatch.setattr(scan, "_SMALL_ROWS", 1)
    monkeypatch.setattr(scan, "_MANY", 0)


def coded(projections, weight, sample=None):
    quantiser = Quantiser.fit(projections if sample is None else sample, weight)
    starts = range(0, len(projections) - BLOCK_ROWS + 1, BLOCK_ROWS)
    blocks = [quantiser.encoded(projections[start : start + BLOCK_ROWS]) for start in starts]
    return Codes(quantiser, np.array(blocks))


def library(projections, n_windows=None, codes=None):
    """A table of sounds that lie one after the other; of one window each by default."""
    n_windows = np.ones(len(projections), np.int64) if n_windows is None else n_windows
    firsts = np.cumsum(n_windows) - n_windows
    return Table(np.arange(len(n_windows)) + 7, firsts, n_windows, projections, codes)


def check(scanner, weight, queries, table, count, *, correction=0.0):
    """Nothing missing, nothing foreign, every logit the reference's; returns how many windows were found."""
    rows = np.flatnonzero(table.live)
    sounds = np.searchsorted(table.first_rows, rows, side="right") - 1
    found = scanner.best(queries, table, count)
    assert len(found) == len(queries)
    for query, windows in zip(queries, found, strict=True):
        reference = logits(query, table.projections, weight, BIAS)
        reference[rows] -= np.array([correction * np.log(n) for n in table.n_windows[sounds].tolist()], np.float32)
        best = np.full(len(table.sound_ids), -np.inf)
        np.maximum.at(best, sounds, reference[rows])
        least = np.sort(best)[::-1][min(count, len(best)) - 1] if len(best) else np.inf
        wanted = rows[reference[rows] >= least]
        assert set(wanted) <= set(windows.rows)
        assert np.all(np.diff(windows.rows) > 0) and np.all(table.live[windows.rows])
        np.testing.assert_array_equal(windows.logits, reference[windows.rows])
    return [len(windows.rows) for windows in found]


def leading(windows, count):
    """The first windows, best first; how many more were found depends on which thread was ahead."""
    order = np.argsort(-windows.logits)[:count]
    return list(zip(windows.rows[order].tolist(), windows.logits[order].tolist(), strict=True))


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.fixture(scope="module")
def ordinary():
    """Queries, weights, more than two blocks of projections, and their codes."""
    weight, projections = normal(108, seed=1), normal(2 * BLOCK_ROWS + 777, 108, seed=2)
    return normal(16, 108, seed=3), weight, projections, coded(projections, weight)


@pytest.mark.parametrize("with_codes", [False, True])
@pytest.mark.parametrize("count", [1, 20, 300])
def test_the_best_are_found_and_few_others(ordinary, count, with_codes):
    queries, weight, projections, codes = ordinary
    table = library(projections, codes=codes if with_codes else None)
    found = check(Scanner(weight, BIAS), weight, queries, table, count)
    assert max(found) <= 3 * count + 10


def test_codes_spare_most_of_the_projections(ordinary):
    """With the projections of hopeless rows replaced, nothing changes: they are not even read."""
    (query, *_), weight, projections, codes = ordinary
    scored = logits(query, projections, weight, BIAS)
    hopeless = np.flatnonzero(scored < np.quantile(scored, 0.6))
    hopeless = hopeless[hopeless < len(codes.blocks) * BLOCK_ROWS]
    blinded = projections.copy()
    blinded[hopeless[hopeless >= 512]] = 1_000 * np.sign(weight)  # the first rows are read before anything is known
    scanner = Scanner(weight, BIAS)
    (seen,) = scanner.best(query[None], library(projections, codes=codes), 5)
    (blind,) = scanner.best(query[None], library(blinded, codes=codes), 5)
    assert leading(seen, 5) == leading(blind, 5)


@pytest.mark.parametrize("with_codes", [False, True])
def test_a_batch_finds_what_each_query_finds(ordinary, with_codes):
    queries, weight, projections, codes = ordinary
    table, scanner = library(projections, codes=codes if with_codes else None), Scanner(weight, BIAS)
    for query, together in zip(queries, scanner.best(queries, table, 10), strict=True):
        (alone,) = scanner.best(query[None], table, 10)
        assert leading(alone, 10) == leading(together, 10)


@pytest.mark.parametrize("with_codes", [False, True])
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.0, 0.001, 0.05, 0.5, 0.99]),
    count=st.integers(1, 40),
    correction=st.sampled_from([0.0, 0.5, 1.0, 30.0]),
)
def test_sounds_of_many_windows_and_filters(ordinary, *, with_codes, seed, share, count, correction):
    """Sounds of 1 to 60 windows, a share of them chosen, some rows in between of no sound at all."""
    queries, weight, projections, codes = ordinary
    rng = np.random.default_rng(seed)
    n_windows = rng.choice([1, 2, 7, 60], p=[0.7, 0.15, 0.1, 0.05], size=4_000)
    n_windows = n_windows[np.cumsum(n_windows) <= len(projections)]
    whole = library(projections, n_windows, codes if with_codes else None)
    table = whole.only(whole.sound_ids[rng.random(len(n_windows)) < share])
    check(Scanner(weight, BIAS, correction), weight, queries[:3], table, count, correction=correction)


def test_codes_of_long_sounds_spare_as_much_as_those_of_short_ones(ordinary):
    """What is taken off all of a block's sounds is known before any of its projections is read."""
    queries, weight, projections, codes = ordinary
    found = {}
    for n in (1, 64):
        table = library(projections, np.full(len(projections) // n, n), codes)
        found[n] = check(Scanner(weight, BIAS, 2.0), weight, queries[:4], table, 5, correction=2.0)
    assert sum(found[64]) < 3 * sum(found[1]) + 40


def test_the_best_windows_of_one_sound_do_not_crowd_out_others(ordinary):
    """A hundred windows of the same sound come before any other sound's best."""
    queries, weight, _, _ = ordinary
    projections = normal(2 * BLOCK_ROWS, 108, seed=9)
    ranked = np.argsort(logits(queries[0], projections, weight, BIAS))
    projections = np.concatenate((projections[ranked[-100:]], projections[ranked[:-100]]))
    n_windows = np.array([100] + [1] * (len(projections) - 100))
    for codes in (None, coded(projections, weight)):
        (found, *_) = check(Scanner(weight, BIAS), weight, queries[:1], library(projections, n_windows, codes), 3)
        assert found >= 102


# Adversaries

weights = {
    "ordinary": lambda rng, v: v,
    "one huge": lambda rng, v: np.where(np.arange(len(v)) == 3, 1e6, v),
    "one huge and negative": lambda rng, v: np.where(np.arange(len(v)) == 3, -1e6, v),
    "all positive": lambda rng, v: np.abs(v),
    "all negative": lambda rng, v: -np.abs(v),
    "many zero": lambda rng, v: np.where(rng.random(len(v)) < 0.8, 0, v),
    "all zero": lambda rng, v: v * 0,
    "denormal": lambda rng, v: v * 1e-40,
    "of every size": lambda rng, v: v * 10.0 ** rng.integers(-30, 12, len(v)),
}
libraries = {
    "ordinary": lambda rng, p: p,
    "constant columns": lambda rng, p: np.where(np.arange(p.shape[1]) % 2, p, 5.5),
    "outliers": lambda rng, p: np.where(rng.random(p.shape) < 1e-4, p * 1e5, p),
    "enormous outliers": lambda rng, p: np.where(rng.random(p.shape) < 1e-4, p * 1e35, p),
    "denormal": lambda rng, p: p * 1e-41,
    "large and close": lambda rng, p: 1e6 + p,
    "few values": lambda rng, p: np.rint(p),
    "all equal": lambda rng, p: np.broadcast_to(p[0], p.shape),
    "of every size": lambda rng, p: p * 10.0 ** rng.integers(-20, 12, p.shape[1]),
    "sorted": lambda rng, p: np.sort(p, axis=0),
}


@settings(max_examples=120, deadline=None)
@given(
    of_weights=st.sampled_from(sorted(weights)),
    of_libraries=st.sampled_from(sorted(libraries)),
    width=st.sampled_from([1, 5, 20, 130]),
    size=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    correction=st.sampled_from([0.0, 1e-9, 0.5, 1e6]),
    seed=st.integers(0, 2**32),
)
def test_adversaries_are_ranked_as_the_reference_ranks_them(*, of_weights, of_libraries, width, size, correction, seed):
    rng = np.random.default_rng(seed)
    with np.errstate(under="ignore"):
        projections = rng.standard_normal((BLOCK_ROWS + 100, width), dtype=np.float32)
        projections = np.ascontiguousarray(libraries[of_libraries](rng, projections), np.float32)
        weight = np.asarray(weights[of_weights](rng, rng.standard_normal(width)), np.float32)
    queries = np.float32(size) * rng.standard_normal((2, width), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for codes in (None, coded(projections, weight), coded(projections, weight, sample=projections[:50] / 2)):
            check(Scanner(weight, BIAS), weight, queries, library(projections, codes=codes), 10)
            n_windows = rng.choice([1, 2, 2, 50], size=len(projections))
            table = library(projections, n_windows[np.cumsum(n_windows) <= len(projections)], codes)
            check(Scanner(weight, BIAS, correction), weight, queries, table, 10, correction=correction)


@pytest.mark.parametrize("with_codes", [False, True])
def test_every_sound_that_ties_with_the_last_is_found(ordinary, with_codes):
    """Copies of the fifth best, wherever they are, tie with it."""
    (query, *_), weight, projections, _ = ordinary
    projections = projections.copy()
    fifth = np.argsort(logits(query, projections, weight, BIAS))[-5]
    copies = [fifth, 0, 1, 4_095, 4_096, 8_191, 8_192, len(projections) - 1]
    projections[copies] = projections[fifth]
    table = library(projections, codes=coded(projections, weight) if with_codes else None)
    check(Scanner(weight, BIAS), weight, query[None], table, 5)


def test_what_is_almost_a_tie_is_decided_as_the_reference_decides(ordinary):
    """Rows that differ in their last bits, so that the order of a sum decides which is ahead."""
    (query, *_), weight, projections, _ = ordinary
    rng = np.random.default_rng(4)
    near = projections[:1] * (1 + rng.integers(-2, 3, projections.shape) * np.float32(2**-23))
    near = near.astype(np.float32)
    assert len(np.unique(logits(query, near, weight, BIAS))) > 5
    for codes in (None, coded(near, weight)):
        check(Scanner(weight, BIAS), weight, query[None], library(near, codes=codes), 7)


# Bounds


@settings(max_examples=40, deadline=None)
@given(
    of_weights=st.sampled_from(sorted(weights)),
    of_libraries=st.sampled_from(sorted(libraries)),
    seed=st.integers(0, 2**32),
)
def test_bounds_from_codes_are_bounds(of_weights, of_libraries, seed):
    """Computed here from the codes in plain NumPy, and held against the score in float64."""
    rng = np.random.default_rng(seed)
    with np.errstate(under="ignore"):
        projections = rng.standard_normal((BLOCK_ROWS, 11), dtype=np.float32)
        projections = np.ascontiguousarray(libraries[of_libraries](rng, projections), np.float32)
        weight = np.asarray(weights[of_weights](rng, rng.standard_normal(11)), np.float32)
    query = rng.standard_normal(11, dtype=np.float32)
    codes = coded(projections, weight)
    (block,) = codes.blocks
    assert len(block) <= MAX_COLUMNS
    cuts = codes.quantiser.cuts(query, BIAS)
    sums = np.maximum(block[cuts.columns].astype(int) - cuts.levels[:, None], 0)
    bounds = sums[: cuts.n_added].sum(0) - sums[cuts.n_added :].sum(0) + block[-1] + cuts.offset
    exact = np.maximum(query.astype(np.float64) + projections, 0) @ weight.astype(np.float64)
    bounded = block[-1] < MAX_CODE
    assert np.all((bounds * codes.quantiser.step >= exact)[bounded])
    assert of_libraries == "enormous outliers" or np.mean(bounded) > 0.9


def test_bounds_are_close(ordinary):
    """Within a fifth of the scores' own deviation, on average: otherwise codes would spare nothing."""
    (query, *_), weight, projections, codes = ordinary
    cuts = codes.quantiser.cuts(query, BIAS)
    sums = np.maximum(codes.blocks[0][cuts.columns].astype(int) - cuts.levels[:, None], 0)
    bounds = sums[: cuts.n_added].sum(0) - sums[cuts.n_added :].sum(0) + codes.blocks[0][-1] + cuts.offset
    exact = logits(query, projections[:BLOCK_ROWS], weight, 0)
    assert 0 < np.mean(bounds * codes.quantiser.step - exact) < 0.2 * exact.std()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2, 108, 500]))
def test_the_rounding_error_of_a_logit_is_within_its_bound(seed, width):
    """Products that nearly cancel, in the reference's order and in others, against the sum in float64."""
    rng = np.random.default_rng(seed)
    query, weight = rng.standard_normal((2, width)).astype(np.float32)
    projections = rng.standard_normal((50, width), dtype=np.float32) * np.float32(100)
    hidden = np.maximum(query + projections, 0).astype(np.float64)
    exact, size = hidden @ weight.astype(np.float64) + BIAS, hidden @ np.abs(weight.astype(np.float64)) + BIAS
    relative, absolute = rounding_error(width)
    order = rng.permutation(width)
    shuffled = logits(query[order], projections[:, order], weight[order], BIAS)
    in_turn = np.cumsum(np.float32(hidden) * weight, axis=1, dtype=np.float32)[:, -1] + np.float32(BIAS)
    for computed in (logits(query, projections, weight, BIAS), shuffled, in_turn):
        assert np.all(np.abs(computed - exact) <= relative * size + absolute)


# Circumstances


def test_nothing_to_look_among_gives_nothing(ordinary):
    queries, weight, projections, codes = ordinary
    for table in (library(projections[:0]), library(projections, codes=codes).only(np.array([], np.int64))):
        assert check(Scanner(weight, BIAS), weight, queries[:2], table, 5) == [0, 0]


def test_more_wanted_than_there_are_gives_all(ordinary):
    queries, weight, projections, codes = ordinary
    table = library(projections[:BLOCK_ROWS], codes=Codes(codes.quantiser, codes.blocks[:1]))
    assert check(Scanner(weight, BIAS), weight, queries[:1], table, BLOCK_ROWS + 1) == [BLOCK_ROWS]


def test_searches_in_many_threads_agree(ordinary):
    queries, weight, projections, codes = ordinary
    table, scanner = library(projections, codes=codes), Scanner(weight, BIAS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: check(scanner, weight, queries[i % 16 :][:1], table, 20), range(64)))


def test_numpy_finds_the_same_where_nothing_is_compiled(ordinary, monkeypatch):
    queries, weight, projections, codes = ordinary
    table, scanner = library(projections, codes=codes), Scanner(weight, BIAS)
    compiled = scanner.best(queries, table, 20)
    monkeypatch.setattr(scan, "COMPILED", False)
    for fast, (query, slow) in zip(compiled, zip(queries, scanner.best(queries, table, 20), strict=True), strict=True):
        assert len(slow.rows) == len(projections) > 10 * len(fast.rows)
        assert leading(fast, 20) == leading(slow, 20), query


def test_what_was_compiled_of_another_version_is_not_used(monkeypatch):
    def compiled(said):
        monkeypatch.setattr(menura.search, "_kernels", SimpleNamespace(**said))
        spec = util.spec_from_file_location("menura.search.scan", scan.__file__)
        anew = util.module_from_spec(spec)
        spec.loader.exec_module(anew)
        return anew.COMPILED

    said = {name: getattr(scan._kernels, name) for name in scan._SAID}
    assert said == scan._SAID and said["BLOCK_ROWS"] == BLOCK_ROWS and compiled(said)
    assert not compiled({})
    for name in said:
        assert not compiled(said | {name: -1})


def test_arrays_that_do_not_go_together_are_refused(ordinary):
    """Machine code would read what is not theirs."""
    queries, weight, projections, codes = ordinary
    n, b = len(codes.blocks) * BLOCK_ROWS, len(queries)
    sounds = [projections[:n], np.ones(n, bool), np.arange(n), np.zeros(n)]
    found = [np.full((b, 5), -np.inf), np.zeros((b, 5), np.int64), np.full(b, -np.inf)]
    arrays = [*sounds, queries, weight, *found, codes.blocks, *scan._cuts(queries, codes.quantiser, BIAS)]
    numbers = rounding_error(len(weight))

    def scanned(arrays, stop=n, n_codes=codes.quantiser.width):
        codes_read = (arrays[9], n_codes, codes.quantiser.step, *arrays[10:])
        asked = (*arrays[4:6], *numbers, 0.0)
        return scan._kernels.scan(0, stop, codes_read, tuple(arrays[:4]), asked, tuple(arrays[6:9]))

    assert scanned(arrays)
    wrong = [[*arrays[:at], array[:-1].copy(), *arrays[at + 1 :]] for at, array in enumerate(arrays)]
    wrong += [[array + 200 if at == 10 else array for at, array in enumerate(arrays)]]  # columns that there are not
    wrong += [[array + 1 if at == 2 else array for at, array in enumerate(arrays)]]  # a row of no sound
    wrong += [[array - np.inf if at == 3 else array for at, array in enumerate(arrays)]]  # sounds of no window
    for one in wrong:
        with pytest.raises(ValueError, match="these arrays do not go together"):
            scanned(one)
    with pytest.raises(ValueError, match="these arrays do not go together"):
        scanned(arrays, stop=n + BLOCK_ROWS)
    with pytest.raises(ValueError, match="these arrays do not go together"):
        scanned(arrays, n_codes=2**52)
    with pytest.raises(TypeError, match="tuple"):
        scan._kernels.scan(0, n, list(arrays[9:]), tuple(arrays[:4]), (*arrays[4:6], *numbers, 0.0), tuple(arrays[6:9]))


def test_bytes_that_mean_true_and_numbers_of_another_order_are_read_as_numpy_reads_them(ordinary):
    queries, weight, projections, codes = ordinary
    table = library(projections, codes=codes)
    few = table.only(table.sound_ids[::9])  # of a block, so few that each is read for itself
    for one in (table, few):
        swapped = library(projections.astype(">f4"), codes=codes).only(one.sound_ids)
        swapped.__dict__["live"] = (one.live * np.uint8(255)).view(bool)
        check(Scanner(weight, BIAS), weight, queries[:2], swapped, 5)


@pytest.mark.parametrize("width", [108, 5])
def test_rows_that_are_no_numbers_take_no_places(ordinary, width, monkeypatch):
    query, weight = ordinary[0][:1, :width], ordinary[1][:width]
    projections = ordinary[2][:, :width].copy()
    projections[::50] = 1_000 * np.sign(weight)
    projections[::50, 3] = np.nan
    scanner, ways = Scanner(weight, BIAS), []
    for codes, compiled in ((None, True), (coded(projections, weight), True), (None, False)):
        monkeypatch.setattr(scan, "COMPILED", compiled)
        (found,) = scanner.best(query, library(projections, codes=codes), 5)
        assert not np.isnan(found.logits).any() and np.all(found.logits[found.rows % 50 == 0] == -np.inf)
        ways.append(leading(found, 5))
    assert ways[0] == ways[1] == ways[2] and np.isfinite([logit for _, logit in ways[0]]).all()


NO_MEMORY = """
#include <stdlib.h>
static int n_asked;
static void *now_and_then(void *memory, size_t size)
{
    return getenv("NO_MEMORY") && n_asked++ % 2 == 0 ? NULL : realloc(memory, size);
}
#define realloc now_and_then
"""


@pytest.fixture(scope="module")
def otherwise_compiled(tmp_path_factory):
    """The compiled code for any processor of this family; with NO_MEMORY set, there is memory only now and then."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "no_memory.h").write_text(NO_MEMORY)
    source, compiled = Path(scan.__file__).parent / "kernels.c", folder / "_kernels.abi3.so"
    compiler = [*sysconfig.get_config_var("CC").split(), "-O1", "-shared", "-fPIC", "-DFOR_EACH_PROCESSOR="]
    headers = ["-I", sysconfig.get_path("include"), "-include", folder / "no_memory.h"]
    subprocess.run([*compiler, *headers, source, "-o", compiled], check=True)
    spec = util.spec_from_file_location("menura.search._kernels", compiled)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_code_for_any_processor_finds_the_same(ordinary, otherwise_compiled, monkeypatch):
    queries, weight, projections, codes = ordinary
    monkeypatch.setattr(scan, "_kernels", otherwise_compiled)
    for one in (None, codes):
        check(Scanner(weight, BIAS, 0.5), weight, queries[:3], library(projections, codes=one), 20, correction=0.5)


def test_memory_that_was_lacking_once_is_told(ordinary, otherwise_compiled, monkeypatch):
    queries, weight, projections, _ = ordinary
    table = library(np.repeat(projections[:1], BLOCK_ROWS, axis=0))  # all of them are kept
    monkeypatch.setattr(scan, "_kernels", otherwise_compiled)
    monkeypatch.setenv("NO_MEMORY", "1")
    with pytest.raises(MemoryError):
        Scanner(weight, BIAS).best(queries[:1], table, 5)
