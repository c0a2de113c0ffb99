"""The field's protocols on archives small enough to be worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from menura.corpora.catalogue import Catalogue, Imitation, Sound
from menura.corpora.qvim import load_qvim
from menura.corpora.registry import load_imitations
from menura.errors import DataError, UsageError
from menura.evaluation.evaluate import Evaluated
from menura.evaluation.protocols import own_protocol, parts_of
from menura.evaluation.ranking import rank_part
from menura.evaluation.raw import write_raw, write_similarities
from menura.evaluation.tables import make_table
from tiny_corpora import qvim, touch, vocal_imitation_set, write_table


def catalogue(labels, takes=1, *, within=False):
    """A sound of each label, with takes; no files."""
    sounds = tuple(Sound(f"s{n}", Path(f"s{n}.wav"), label, "all") for n, label in enumerate(labels))
    imitations = tuple(
        Imitation(f"i{n}-{t}", Path(f"i{n}-{t}.wav"), f"s{n}") for n in range(len(labels)) for t in range(takes)
    )
    return Catalogue("tiny", sounds, imitations, ranked_within_category=within)


def table_of(scores, whole, parts):
    (row,) = make_table({"ours": [rank_part(np.array(scores), whole, part) for part in parts]}, [], {}).rows
    return row


def test_qvim_counts_the_class_and_not_the_label(tmp_path):
    whole = load_qvim(qvim(tmp_path))
    assert own_protocol(whole) == "qvim"
    assert [sound.id for sound in whole.sounds] == ["Dog/bark.wav", "Dog/whine.wav", "Door/bell.wav"]
    assert [item.id for item in whole.imitations][:2] == ["Dog/q1.wav", "Dog/q2.wav"]
    # Of the first query the bark comes third, after a whine and a bell; all others find their own sound and class.
    right = {"Dog/bark.wav": [0.9, 0.8, 0.1], "Dog/whine.wav": [0.8, 0.9, 0.1], "Door/bell.wav": [0.1, 0.2, 0.9]}
    scores = [[0.5, 0.9, 0.7], *(right[item.sound_id] for item in whole.imitations[1:])]
    row = table_of(scores, whole, parts_of(whole, "qvim", runs=1))
    assert row.mrr == pytest.approx((1 / 3 + 5) / 6)
    assert row.class_mrr == pytest.approx(((1 + 1 / 3) / (1 + 1 / 2) + 5) / 6)
    assert row.ndcg == pytest.approx(((1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3)) + 5) / 6)
    assert (row.recall_at_1, row.recall_at_5) == (pytest.approx(5 / 6), None)  # among three, five say nothing


def test_similarities_are_by_the_file_names_that_the_evaluator_reads(tmp_path):
    rows = [["bark", "Dog", "bark.wav", "a.wav", "b.wav", ""], ["bell", "Door", "bell.wav", "c.wav", "", ""]]
    for _, category, item, *queries in rows:
        touch(tmp_path / "Items" / category / item)
        for query in filter(None, queries):
            touch(tmp_path / "Queries" / category / query)
    columns = ["Label", "Class", "Items", "Query 1", "Query 2", "Query 3"]
    write_table(tmp_path / "DEV Dataset.csv", columns, rows, above="QVIM development set,,,,,\r\n")
    scores = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert write_similarities(scores, load_qvim(tmp_path), tmp_path / "out") == "similarities.json"
    assert json.loads((tmp_path / "out" / "similarities.json").read_text()) == {
        "a.wav": {"bark.wav": 1.0, "bell.wav": 2.0},
        "b.wav": {"bark.wav": 3.0, "bell.wav": 4.0},
        "c.wav": {"bark.wav": 5.0, "bell.wav": 6.0},
    }
    twice = load_qvim(qvim(tmp_path / "twice"))
    said = write_similarities(np.zeros((6, 3)), twice, tmp_path / "none")
    assert said.startswith("no similarities.json: several queries are called q1.wav")
    assert not (tmp_path / "none").exists()


def test_published_folds_rank_each_imitation_among_the_recordings_of_its_fold(tmp_path):
    whole = catalogue([f"kind {n}" for n in range(21)])
    for fold in range(10):  # two recordings each; the last recording is in no fold
        lines = [f"{n}\tvocal_imitations/i{fold + 10 * n}-0.wav\t00{n}A" for n in range(2)]
        file = touch(tmp_path / f"fold{fold}" / "test.csv")
        file.write_text("\tfilename\tscene_label\n" + "\n".join(lines) + "\n")
    parts = parts_of(whole, "folds", runs=1, folds=tmp_path)
    assert [[sound.id for sound in part.sounds] for part in parts][:2] == [["s0", "s10"], ["s1", "s11"]]
    scores = np.eye(21)
    scores[0, 10] = 2.0  # the first imitation finds the other recording of its fold
    scores[0, 5] = scores[1, 5] = 9.0  # what is in another fold is no candidate
    row = table_of(scores, whole, parts)
    assert row.mrr == pytest.approx((0.75 + 9 * 1) / 10)
    assert row.std == pytest.approx(np.std([0.75] + [1] * 9, ddof=1))
    assert (row.n_candidates, row.chance_mrr) == (2, 0.75)
    (tmp_path / "fold7" / "test.csv").unlink()
    with pytest.raises(
        DataError, match=r"fold7/test\.csv is not here; here are folders 10 \(fold0, fold1, fold2, \.\.\.\)"
    ):
        parts_of(whole, "folds", runs=1, folds=tmp_path)


def test_drawn_folds_share_out_all_recordings():
    whole = catalogue(["x"] * 25)
    parts = parts_of(whole, "folds", runs=1)
    assert sorted(len(part.sounds) for part in parts) == [2] * 5 + [3] * 5
    assert sorted(sound.id for part in parts for sound in part.sounds) == sorted(sound.id for sound in whole.sounds)
    with pytest.raises(DataError, match="fold 1 has 1 recordings here; each needs two"):
        parts_of(catalogue(["x"] * 11), "folds", runs=1)


def test_fine_grained_is_within_the_class_and_counts_each_class_once():
    whole = catalogue(["dog", "dog", "dog", "bell", "bell", "alone"], takes=2)
    scores = np.repeat(np.eye(6), 2, axis=0)
    scores[:, 5] = 9.0  # a class of one is never a candidate
    scores[6:8, 4] = 2.0  # both takes of the first bell find the other
    row = table_of(scores, whole, parts_of(whole, "fine", runs=1))
    assert row.mrr == pytest.approx(((1 + 1 + 0.5 + 0.5) / 4 + 1) / 2)  # not (2 * .5 + 8) / 10
    assert row.chance_mrr == pytest.approx(((1 + 1 / 2 + 1 / 3) / 3 + 0.75) / 2)
    with pytest.raises(DataError, match="no class has several recordings"):
        parts_of(catalogue(["a", "b"]), "fine", runs=1)


def test_recordings_that_nobody_imitated_are_candidates_of_the_vocal_imitation_set(tmp_path):
    whole = load_imitations(vocal_imitation_set(tmp_path))
    assert (len(whole.sounds), len(whole.imitations), own_protocol(whole)) == (6, 6, "fine")
    assert whole.missing == ()
    parts = parts_of(whole, "fine", runs=1)
    assert [(len(part.sounds), len(part.imitations)) for part in parts] == [(3, 2), (2, 2)]  # none to tell apart in 002
    ids = [sound.id for sound in whole.sounds]
    scores = np.zeros((6, 6))
    for row, item in enumerate(whole.imitations):
        scores[row, ids.index(item.sound_id)] = 1.0
    scores[0, ids.index("original_recordings/non_reference/000Animal/1.wav")] = (
        2.0  # of its class: it comes before the reference
    )
    scores[1, ids.index("original_recordings/non_reference/001Music/0.wav")] = 2.0  # of another class: no candidate
    row = table_of(scores, whole, parts)
    assert row.mrr == pytest.approx(((1 / 2 + 1) / 2 + 1) / 2)
    assert row.chance_mrr == pytest.approx(((1 + 1 / 2 + 1 / 3) / 3 + 0.75) / 2)
    left = whole.leave_out({whole.sounds[0].path}, "heard before")
    assert (len(left.sounds), len(left.imitations)) == (5, 6)
    first_version = load_imitations(vocal_imitation_set(tmp_path / "first", version_1_0=True))
    assert own_protocol(first_version) == "whole"


def test_another_protocol_is_refused():
    with pytest.raises(UsageError, match="halves: no such protocol; the names are paper, whole, qvim, folds, fine"):
        parts_of(catalogue(["a"]), "halves", runs=1)


def test_raw_results_are_enough_to_work_out_every_rank(tmp_path):
    whole = catalogue(["a", "b", "c", "d", "e", "f"], takes=2, within=True)
    parts = parts_of(whole, "paper", runs=3)
    scores = np.random.default_rng(0).standard_normal((2, 12, 6))
    methods = {
        name: Evaluated(of_method, [rank_part(of_method, whole, part) for part in parts])
        for name, of_method in zip(("ours", "a/b"), scores, strict=True)
    }
    assert write_raw(methods, whole, parts, tmp_path) == ["raw.npz", "queries.csv"]
    raw = np.load(tmp_path / "raw.npz", allow_pickle=False)
    assert list(raw["methods"]) == ["ours", "a/b"]
    np.testing.assert_allclose(raw["scores"], scores, rtol=1e-6)
    n_ranked = 0
    for method, run, query in np.ndindex(raw["ranks"].shape):
        target = raw["target"][query]
        among = raw["candidates"][run] & (raw["group"][run] == raw["group"][run, target])
        of_query = raw["scores"][method, query]
        wanted = (of_query[among] >= of_query[target]).sum() if raw["candidates"][run, target] else 0
        assert raw["ranks"][method, run, query] == wanted
        n_ranked += wanted > 0
    assert len((tmp_path / "queries.csv").read_text().splitlines()) == 1 + n_ranked == 1 + 2 * 3 * 3 * 2
