"""The layout: like sounds near each other, the same at every call, and steady when sounds are added."""

import os
import subprocess
import sys

import numpy as np
import pytest

import menura.map.layout
from menura.errors import UsageError
from menura.index.snapshot import Table
from menura.index.twins import Twins
from menura.map.layout import lay_out
from menura.map.sounds import features_of, shown_by

LAID_OUT = """
import hashlib, sys
import numpy as np
from menura.map.layout import lay_out
features = np.random.default_rng(3).standard_normal((300, 108)).astype(np.float32)
print(hashlib.sha256(lay_out(features, seed=int(sys.argv[1])).tobytes()).hexdigest())
"""


def clusters(n: int, *, n_clusters: int = 6, seed: int = 0):
    """(n, 108) features about so many centres, and (n,) which centre each is about."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((n_clusters, 108))
    of = rng.integers(n_clusters, size=n)
    return (centres[of] + 0.3 * rng.standard_normal((n, 108))).astype(np.float32), of


def share_of_like_neighbours(places, of):
    distances = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((of[distances.argmin(axis=1)] == of).mean())


@pytest.fixture(scope="module")
def laid_out():
    features, of = clusters(400)
    return features, of, lay_out(features)


def test_like_sounds_are_near_each_other(laid_out):
    _, of, places = laid_out
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert share_of_like_neighbours(places, of) > 0.98


def test_the_same_from_process_to_process_whatever_the_threads():
    def digest(seed, threads):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        told = os.environ | dict.fromkeys(names, str(threads)) | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", LAID_OUT, str(seed)]
        return subprocess.run(command, env=told, check=True, capture_output=True, text=True).stdout

    first = digest(0, 1)
    assert digest(0, 1) == digest(0, 2) == first
    assert digest(1, 1) != first


def test_sounds_that_are_added_leave_the_others_where_they_were(laid_out):
    features, of, before = laid_out
    more, of_more = clusters(60, seed=1)
    known = np.concatenate([before, np.full((60, 2), np.nan, np.float32)])
    after = lay_out(np.concatenate([features, more]), known)
    moved = np.linalg.norm(after[:400] - before, axis=1)
    extent = np.ptp(before, axis=0).max()
    assert np.median(moved) < 0.05 * extent
    assert share_of_like_neighbours(after, np.concatenate([of, of_more])) > 0.98
    # Without the layout before, t-SNE would have put them elsewhere.
    anew = lay_out(np.concatenate([features, more]))[:400]
    assert np.median(np.linalg.norm(anew - before, axis=1)) > 2 * np.median(moved)


def test_where_most_are_new_it_begins_anew(laid_out):
    features, _, places = laid_out
    known = np.full((400, 2), np.nan, np.float32)
    known[:100] = places[:100]
    np.testing.assert_array_equal(lay_out(features, known), places)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 11, 12, 13, 40])
def test_few_sounds(n):
    places = lay_out(clusters(n)[0])
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == n


@pytest.mark.parametrize("n", [2, 30])
def test_sounds_that_are_all_the_same(n):
    assert np.isfinite(lay_out(np.ones((n, 108), np.float32))).all()
    assert np.isfinite(lay_out(np.zeros((n, 108), np.float32))).all()


def test_it_says_how_far_it_is():
    told = []
    lay_out(clusters(50)[0], progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 750)
    assert told[-1] == (750, 750)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(menura.map.layout, "has_openTSNE", lambda: False)
    with pytest.raises(UsageError, match=r'pip install "menura\[map\]"'):
        lay_out(clusters(12)[0])
    assert lay_out(clusters(5)[0]).shape == (5, 2)


def test_a_sound_is_the_mean_of_its_windows():
    projections = np.random.default_rng(0).standard_normal((9, 4)).astype(np.float32)
    ids, firsts, counts = (np.array(column) for column in ([7, 3, 5], [0, 4, 7], [3, 1, 2]))
    features = features_of(Table(ids, firsts, counts, projections))
    wanted = [projections[first : first + n].mean(axis=0) for first, n in zip(firsts, counts, strict=True)]
    np.testing.assert_allclose(features, wanted, rtol=1e-6)


def test_twins_stand_where_the_first_of_them_does():
    ids, ones = np.array([4, 1, 9, 2, 7]), np.ones(5, np.int64)
    twins = Twins(np.array([9, 1, 7, 2]), np.array([3, 3, 5, 5]))
    table = Table(ids, np.arange(5), ones, np.zeros((5, 4), np.float32), None, twins)
    distinct = table.distinct.sound_ids.tolist()
    assert [distinct[at] for at in shown_by(table)] == [4, 9, 9, 7, 7]
    alone = Table(ids, np.arange(5), ones, np.zeros((5, 4), np.float32))
    assert shown_by(alone).tolist() == [0, 1, 2, 3, 4]
