"""The evaluation of table 1: splits, ranks, intervals, and a reproduction that goes on where it was stopped."""

import csv
import json

import numpy as np
import pytest
import soundfile
import torch

from menura.corpora.catalogue import Imitation, Sound, pair
from menura.errors import UsageError
from menura.evaluation.ranking import Ranked, bootstrap_interval, paired_p_value, rank_within_categories, summarise
from menura.evaluation.table_picture import draw_table
from menura.evaluation.tables import compare, write_table
from menura.network.checkpoint import load_network
from menura.paper import reproduce, table1
from menura.paper.reproduce import reproduce_table1, unbeaten_baselines
from menura.paper.table1 import Configuration, configurations
from menura.training.curves import read_learning_curves
from menura.training.pairwise import FineTuning
from menura.training.settings import Settings, load_settings
from menura.training.source_tasks import PreTraining
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
    work = tmp_path / "work"
    table = reproduce_table1(catalogue, None, SETTINGS, runs=2, work=work, told=told.append)
    assert "4 of 4 trainings to do, 4 steps each: about" in told[0]
    tied, scratch = list(table1.PUBLISHED)[:2]
    assert {(row.method, row.category) for row in table.rows} == {
        (method, category) for method in (tied, scratch, *reproduce.BASELINES) for category in ("AI", "ED")
    }
    for row in table.rows:
        assert row.interval[0] <= row.mrr <= row.interval[1]
        assert (row.chance_mrr, row.n_candidates) == (0.75, 2)
    assert all(row.mrr > 0.9 for row in table.rows if row.method in reproduce.BASELINES)  # a copy with noise is easy
    assert list(table.p_values) == [
        f"{scratch} against {tied}",
        *(f"{scratch} against {baseline}" for baseline in reproduce.BASELINES),
    ]

    worse = [row for row in table.rows if row.method == tied and row.mrr < 0.9]
    assert bool(worse) == any(line.startswith(f"{tied} does not beat 2DFT") for line in unbeaten_baselines(table))

    told.clear()
    monkeypatch.setattr(table1, "fit", lambda *_, **__: pytest.fail("trained again"))
    again = reproduce_table1(catalogue, None, SETTINGS, runs=2, work=work, told=told.append)
    assert again == table
    assert "0 of 4 trainings to do" in told[0]

    with pytest.raises(UsageError, match="holds a reproduction with another corpus or other settings"):
        reproduce_table1(catalogue, None, FineTuning(epochs=3), runs=2, work=work, told=told.append)


@pytest.mark.usefixtures("toys")
def test_a_table_is_written_and_drawn(catalogue, tmp_path):
    table = reproduce_table1(catalogue, None, SETTINGS, runs=2, work=tmp_path / "work", told=lambda _: None)
    write_table(table, tmp_path / "out", {"corpus": "toy"})
    written = json.loads((tmp_path / "out" / "table.json").read_text())
    assert written["corpus"] == "toy"
    assert [row["mrr"] for row in written["rows"]] == [row.mrr for row in table.rows]
    with (tmp_path / "out" / "table.csv").open() as lines:
        cells = list(csv.DictReader(lines))
    assert [float(row["interval_low"]) for row in cells] == [row.interval[0] for row in table.rows]
    draw_table(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.rglob(".table*"))


@pytest.mark.usefixtures("toys")
def test_early_stopping_goes_by_sounds_kept_aside(catalogue, tmp_path):
    patient = FineTuning(
        learning_rate=0.0, epochs=30, batch_size=8, imitations_per_sound=2, validation_sounds=2, patience=2
    )
    reproduce_table1(catalogue, None, patient, runs=1, work=tmp_path / "work", told=lambda _: None)
    home = tmp_path / "work" / "run-00" / "Tied-IMINET"
    steps, _ = read_learning_curves(home)["validation_loss"]
    assert len(steps) == 3  # at a learning rate of 0 nothing gets better: the first epoch and two more
    many = FineTuning(epochs=1, imitations_per_sound=2, validation_sounds=3)
    with pytest.raises(UsageError, match="validation_sounds is 3 of 4"):
        reproduce_table1(catalogue, None, many, runs=1, work=tmp_path / "other", told=lambda _: None)


def test_a_sound_counts_once_in_the_paired_test_however_many_runs_it_is_in():
    def runs(*ranks_by_run):
        return [[Ranked(f"s{i}", "X", rank, 4, 1.0) for i, rank in enumerate(ranks)] for ranks in ranks_by_run]

    ours, theirs = runs([1, 1, 1, 1, 1, 1]), runs([2, 2, 2, 2, 2, 2])
    assert compare(ours, theirs) == pytest.approx(compare(ours * 5, theirs * 5))
    assert compare(ours, theirs) == pytest.approx(2 / 2**6, abs=0.01)  # all signs alike, by chance


@pytest.mark.usefixtures("toys")
def test_runs_differ_in_their_split(catalogue, tmp_path):
    reproduce_table1(catalogue, None, SETTINGS, runs=2, work=tmp_path / "work", told=lambda _: None)
    tested = []
    for run in range(2):
        file = next((tmp_path / "work" / f"run-{run:02d}").glob("Tied*/ranks.json"))
        tested.append({item["sound_id"] for item in json.loads(file.read_text())})
        assert len(tested[-1]) == 4
    assert tested[0] != tested[1]


def test_the_networks_of_the_figures_are_those_of_the_first_run(catalogue, tmp_path, monkeypatch):
    names = list(table1.PUBLISHED)
    monkeypatch.setattr(reproduce, "configurations", lambda _: [Configuration(name, toy_network) for name in names])
    work = tmp_path / "work"
    reproduce_table1(catalogue, None, SETTINGS, runs=1, work=work, told=lambda _: None)
    monkeypatch.setattr(table1, "fit", lambda *_, **__: pytest.fail("trained again"))
    networks = reproduce.three_networks(catalogue, None, SETTINGS, work, lambda _: None)
    assert list(networks) == list(reproduce.THREE)
    for name, network in networks.items():
        kept = load_network(work / reproduce.THREE[name])
        assert torch.equal(kept.fc1.weight, network.fc1.weight)
    weights = [network.fc1.weight.tolist() for network in networks.values()]
    assert weights[0] != weights[1] == weights[2]  # the toys of both trainings are alike


def test_the_last_configuration_needs_pretrained_towers():
    assert [configuration.name for configuration in configurations(None)] == list(table1.PUBLISHED)[:2]


def test_settings_from_a_file_replace_the_defaults(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[fine_tuning]\nepochs = 3\nlearning_rate = 1\nprecision = 'bf16'\n[pretraining]\nseed = 0\n")
    assert load_settings(file) == Settings(fine_tuning=FineTuning(epochs=3, learning_rate=1.0, precision="bf16"))
    assert load_settings(None) == Settings(PreTraining(), FineTuning())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fine_tuning]\nepoch = 3", r"no setting is called epoch; the names are learning_rate, .*epochs"),
        ("[pretraining]\nepochs = 2.5", r"epochs is 2\.5; it must be a whole number from 1"),
        ("[fine_tuning]\nbatch_size = 0", "batch_size is 0; it must be a whole number from 1"),
        ("[fine_tuning]\nmomentum = 'high'", "momentum is 'high'; it must be a number from 0"),
        ("[fine_tuning]\nprecision = 'fp8'", "precision is 'fp8'; it must be fp32 or bf16"),
        ("[fine_tuning]\npatience = 3", "patience needs validation_sounds"),
        ("epochs = 3", r"epochs is no table of settings; the tables are \[pretraining\], \[fine_tuning\]"),
        ("momentum", "not TOML"),
    ],
)
def test_bad_settings_are_refused(tmp_path, text, message):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as refusal:
        load_settings(file)
    assert str(file) in str(refusal.value)


def test_missing_settings_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load_settings(tmp_path / "none.toml")
