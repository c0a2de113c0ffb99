"""The evaluation of table 1: splits, ranks, intervals, and a reproduction that goes on where it was stopped."""

import json

import numpy as np
import pytest
import soundfile

from menura.data.catalogue import Imitation, Sound, pair
from menura.errors import UsageError
from menura.training import reproduce, table1
from menura.training.pairwise import FineTuning
from menura.training.ranking import Ranked, bootstrap_interval, paired_p_value, rank_within_categories, summarise
from menura.training.reproduce import reproduce_table1, write_rows
from menura.training.settings import load_settings
from menura.training.table1 import Configuration, configurations
from toy import SPEC, toy_network


def test_imitations_are_ranked_within_their_category():
    scores = np.array([[3, 2, 9, 9], [5, 4, 9, 9], [9, 9, 1, 2]], float)
    ranked = rank_within_categories(
        scores, np.array([0, 1, 2]), ["a", "b", "c", "d"], ["X", "X", "Y", "Y"], ["p", "q", "r", "r"]
    )
    assert [(item.sound_id, item.category, item.rank, item.n_candidates) for item in ranked] == [
        ("a", "X", 1, 2),
        ("b", "X", 2, 2),
        ("c", "Y", 2, 2),
    ]
    assert [item.ndcg for item in ranked] == pytest.approx([1, 1 / np.log2(3), 1])  # c and d are of one label


def test_a_summary_is_the_mean_over_imitations():
    ranked = [Ranked("a", "X", 1, 4, 1.0), Ranked("a", "X", 2, 4, 0.5), Ranked("b", "X", 4, 4, 0.2)]
    summary = summarise(ranked, seed=0)["X"]
    assert summary.mrr == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert summary.chance_mrr == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert (summary.hit_at_1, summary.hit_at_5) == (pytest.approx(1 / 3), 1)
    assert summary.mrr_interval[0] == pytest.approx(0.25)  # only the sound b drawn
    assert summary.mrr_interval[1] == pytest.approx(0.75)  # only the sound a drawn


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        values = rng.normal(0, 1, (40, 1)) + 0.1 * rng.normal(0, 1, (40, 5))  # imitations of one sound go together
        low, high = bootstrap_interval(values.ravel(), np.repeat(np.arange(40), 5), seed=trial, n_resamples=400)
        covered += low <= 0 <= high
    assert 0.88 < covered / 200 <= 1


def test_the_paired_test_knows_chance_from_difference():
    rng = np.random.default_rng(0)
    one = rng.random(60)
    assert paired_p_value(one, one + rng.normal(0, 0.1, 60), seed=0) > 0.02
    assert paired_p_value(one + 0.2, one + rng.normal(0, 0.1, 60), seed=0) < 0.001
    assert paired_p_value(one, one, seed=0) == 1


@pytest.fixture
def catalogue(tmp_path):
    rng = np.random.default_rng(0)
    sounds, imitations = [], []
    for number in range(8):
        sound = rng.standard_normal(2_000)
        path = tmp_path / f"s{number}.wav"
        soundfile.write(path, 0.1 * sound, 8_000)
        category = ("acoustic instruments", "everyday sounds")[number % 2]
        sounds.append(Sound(f"s{number}", path, f"label {number}", category))
        for take in range(3):
            path = tmp_path / f"i{number}-{take}.wav"
            soundfile.write(path, 0.1 * sound + 0.02 * rng.standard_normal(2_000), 8_000)
            imitations.append(Imitation(f"i{number}-{take}", path, f"s{number}"))
    return pair("toy", tmp_path, sounds, imitations)


@pytest.fixture
def toys(monkeypatch):
    names = list(table1.PUBLISHED)
    monkeypatch.setattr(reproduce, "configurations", lambda _: [Configuration(name, toy_network) for name in names[:2]])
    assert toy_network().spec == SPEC


SETTINGS = FineTuning(epochs=2, batch_size=8, imitations_per_sound=2)


@pytest.mark.usefixtures("toys")
def test_a_reproduction_fills_the_table_and_goes_on_where_it_was_stopped(catalogue, tmp_path, monkeypatch):
    told: list[str] = []
    rows, p_values = reproduce_table1(catalogue, None, SETTINGS, runs=2, work=tmp_path / "work", told=told.append)
    assert "4 of 4 trainings to do, 4 steps each: about" in told[0]
    assert {(row.method, row.category) for row in rows} == {
        (method, category)
        for method in [*list(table1.PUBLISHED)[:2], *reproduce.BASELINES]
        for category in ("AI", "ED")
    }
    for row in rows:
        assert row.interval[0] <= row.mrr <= row.interval[1]
        assert row.chance_mrr == 0.75  # two candidates
    assert all(row.mrr > 0.9 for row in rows if row.method in reproduce.BASELINES)  # a copy with noise is easy
    assert list(p_values) == ["TL-IMINET without pre-training against Tied-IMINET"]

    told.clear()
    monkeypatch.setattr(table1, "fit", lambda *_, **__: pytest.fail("trained again"))
    again, _ = reproduce_table1(catalogue, None, SETTINGS, runs=2, work=tmp_path / "work", told=told.append)
    assert again == rows
    assert "0 of 4 trainings to do" in told[0]
    write_rows(rows, tmp_path / "table.csv")
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 1 + len(rows)


@pytest.mark.usefixtures("toys")
def test_runs_differ_in_their_split(catalogue, tmp_path):
    reproduce_table1(catalogue, None, SETTINGS, runs=2, work=tmp_path / "work", told=lambda _: None)
    tested = []
    for run in range(2):
        file = next((tmp_path / "work" / f"run-{run:02d}").glob("Tied*/ranks.json"))
        tested.append({item["sound_id"] for item in json.loads(file.read_text())})
        assert len(tested[-1]) == 4
    assert tested[0] != tested[1]


def test_the_last_configuration_needs_pretrained_towers():
    assert [configuration.name for configuration in configurations(None)] == list(table1.PUBLISHED)[:2]


def test_settings_from_a_file_replace_the_papers(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("epochs = 3\nlearning_rate = 1\n")
    assert load_settings(file) == FineTuning(epochs=3, learning_rate=1.0)
    assert load_settings(None) == FineTuning()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch = 3", r"no setting is called epoch; the names are learning_rate, .*epochs"),
        ("epochs = 2.5", r"epochs is 2\.5; it must be a whole number from 1"),
        ("batch_size = 0", "batch_size is 0; it must be a whole number from 1"),
        ("momentum = 'high'", "momentum is 'high'; it must be a number from 0"),
        ("momentum", "not TOML"),
    ],
)
def test_bad_settings_are_refused(tmp_path, text, message):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_settings(file)


def test_missing_settings_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load_settings(tmp_path / "none.toml")
