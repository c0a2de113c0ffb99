"""`menura evaluate` ranks a corpus as its published figures do, and goes on without the files that it cannot read."""

import csv
import json

import numpy as np
import pytest
import soundfile

from bundles import random_network
from cli_calls import isolate, output_of, refusal_of, run
from menura.corpora.registry import load_imitations
from menura.errors import DataError
from menura.evaluation.evaluate import rank_catalogue
from menura.evaluation.metrics import chance_mrr
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from tiny_corpora import plain, qvim, vimsketch, vocal_imitation_set, vocalsketch, write_table

N_SOUNDS, N_TAKES = 8, 2
COLUMNS = ["imitation", "recording", "category"]


def rows(category_of):
    return [(f"{i}-{take}.wav", f"{i}.wav", category_of(i)) for i in range(N_SOUNDS) for take in range(N_TAKES)]


@pytest.fixture(autouse=True)
def _isolated(tmp_path, monkeypatch, in_one_process):
    isolate(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def corpus(tmp_path):
    """Eight tones and two imitations of each, in two categories."""
    rows = [
        (f"{i}-{take}.wav", f"{i}.wav", "low" if i < 4 else "high") for i in range(N_SOUNDS) for take in range(N_TAKES)
    ]
    folder = plain(tmp_path / "pairs", rows, ["imitation", "recording", "category"])
    rng = np.random.default_rng(0)
    for path in sorted(folder.rglob("*.wav")):
        hz = 200 * 1.5 ** int(path.stem.partition("-")[0])
        tone = np.sin(2 * np.pi * hz * np.arange(8_000) / 16_000)
        soundfile.write(path, 0.3 * tone + 0.01 * rng.standard_normal(8_000), 16_000)
    return folder


def test_a_model_is_measured_beside_another(corpus, tmp_path, random_bundle_folder):
    arguments = ("--against", "default", "--data", corpus, "--runs", 3, "--out", tmp_path / "out")
    printed = output_of("evaluate", random_bundle_folder, *arguments)
    assert "pairs: 16 imitations of 8 sounds in 2 categories" in printed
    for where in ("", ", high", ", low"):
        line = next(line for line in printed.splitlines() if f"{random_bundle_folder} against default{where}: " in line)
        assert "corrected for 3 tests" in line
    result = json.loads((tmp_path / "out" / "table.json").read_text())
    assert (result["runs"], result["protocol"]) == (3, "paper")
    assert [(test["category"], test["other"]) for test in result["tests"]] == [
        ("all", "default"),
        ("high", "default"),
        ("low", "default"),
    ]
    assert all(row["recall_at_5"] is None for row in result["rows"])  # among two candidates
    assert [(row["method"], row["category"]) for row in result["rows"]] == [
        (method, category) for method in (str(random_bundle_folder), "default") for category in ("high", "low")
    ]
    assert all(row["chance_mrr"] == chance_mrr(2) for row in result["rows"])
    with (tmp_path / "out" / "table.csv").open() as lines:
        assert [float(row["mrr"]) for row in csv.DictReader(lines)] == [row["mrr"] for row in result["rows"]]
    assert (tmp_path / "out" / "table.png").read_bytes().startswith(b"\x89PNG")


def test_systems_that_are_no_networks_stand_beside_a_model(corpus, tmp_path, random_bundle_folder):
    named = ("--baseline", "2dft", "--baseline", "helen-virtanen", "--baseline", "2dft")
    arguments = ("--data", corpus, "--runs", 2, "--out", tmp_path / "out")
    printed = output_of("evaluate", random_bundle_folder, *arguments, *named)
    result = json.loads((tmp_path / "out" / "table.json").read_text())
    systems = ["2DFT", "Helén-Virtanen, Euclidean", "Helén-Virtanen, KL"]
    assert [row["method"] for row in result["rows"]][::2] == [str(random_bundle_folder), *systems]
    assert list(result["p_values"]) == [f"{random_bundle_folder} against {system}" for system in systems]
    assert "Helén-Virtanen, KL" in printed
    line = refusal_of("evaluate", random_bundle_folder, *arguments, "--baseline", "tl-iminet", code=2)
    assert "tl-iminet: no such system; the names are mfcc-dtw, 2dft, helen-virtanen, imisound" in line


def test_ranks_are_those_of_the_network_itself(corpus, tmp_path):
    import torch

    network, catalogue = random_network(), load_imitations(corpus)
    inputs = load_catalogue_inputs(catalogue, network.spec, tmp_path / "cache")
    (ranked,) = rank_catalogue(network, catalogue, runs=1, cache=tmp_path / "cache")
    _, testing = catalogue.split_half(0)
    assert [item.sound_id for item in ranked] == [
        imitation.sound_id
        for category in ("high", "low")
        for imitation in testing.imitations
        if imitation.sound_id in {sound.id for sound in testing.sounds_in(category)}
    ]
    row_of = {item.id: row for row, item in enumerate(catalogue.imitations)}
    columns = {sound.id: column for column, sound in enumerate(catalogue.sounds)}
    of_sound = {item.sound_id: item for item in testing.imitations}  # the last imitation of each
    for sound in testing.sounds:
        rivals = testing.sounds_in(sound.category)
        row = row_of[of_sound[sound.id].id]
        with torch.no_grad():  # the whole network, pair by pair, as the paper has it
            imitation = torch.from_numpy(inputs.imitations[row].astype(np.float32))[None, None]
            scores = [
                float(
                    network(
                        imitation, torch.from_numpy(inputs.recordings[columns[rival.id]].astype(np.float32))[None, None]
                    )
                )
                for rival in rivals
            ]
        own = scores[[rival.id for rival in rivals].index(sound.id)]
        assert [item.rank for item in ranked if item.sound_id == sound.id][-1] == sum(score >= own for score in scores)


def test_unreadable_files_are_left_out_and_said(corpus, tmp_path, random_bundle_folder):
    (corpus / "recordings" / "1.wav").write_bytes(b"no sound")
    (corpus / "imitations" / "2-0.wav").write_bytes(b"")
    arguments = ("--data", corpus, "--runs", 1, "--out", tmp_path / "out")
    printed = output_of("evaluate", random_bundle_folder, *arguments)
    assert "pairs: 13 imitations of 7 sounds in 2 categories" in printed
    assert "files that cannot be read: 2 (1.wav, 2-0.wav) of 24 (first: " in printed
    (corpus / "recordings" / "1.wav").unlink()
    assert "13 imitations of 7 sounds" in output_of("evaluate", random_bundle_folder, *arguments)


def test_a_category_of_one_sound_is_refused(tmp_path, random_bundle_folder, corpus):
    write_table(corpus / "pairs.csv", COLUMNS, rows(lambda i: "low" if i else "alone"))
    result = run("evaluate", random_bundle_folder, "--data", corpus)
    assert result.exit_code == 1
    assert "category 'alone' has one sound (0.wav)" in result.stderr


def test_what_is_no_model_or_no_corpus_is_refused(tmp_path, corpus, random_bundle_folder):
    assert "none" in refusal_of("evaluate", tmp_path / "none", "--data", corpus, code=1)
    (tmp_path / "empty").mkdir()
    line = refusal_of("evaluate", random_bundle_folder, "--data", tmp_path / "empty", code=1)
    assert "no corpus of vocal imitations is here; one of these tells what it is: sound_recordings.csv" in line
    line = refusal_of("evaluate", random_bundle_folder, "--data", tmp_path / "nowhere", code=2)
    assert "nowhere: no such folder" in line


@pytest.mark.parametrize(
    ("make", "n_sounds", "by_category"),
    [(vocalsketch, 8, True), (vimsketch, 2, False), (vocal_imitation_set, 6, False), (qvim, 3, False)],
)
def test_corpora_are_told_apart(tmp_path, make, n_sounds, by_category):
    for folder in (tmp_path / "c" / "inner", tmp_path / "c"):
        catalogue = load_imitations(make(folder) if folder.name == "inner" else folder)
        assert (len(catalogue.sounds), catalogue.ranked_within_category) == (n_sounds, by_category)
    with pytest.raises(DataError, match="no corpus of vocal imitations"):
        load_imitations(tmp_path)
