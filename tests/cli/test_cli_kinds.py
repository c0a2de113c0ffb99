"""Kinds of sounds on the command line."""

import json
import shutil

import numpy as np
import pytest

from cli_calls import RUNNER, isolate, output_of, refusal_of, write_sounds, write_tone
from indexes import contents
from kind_bundles import put_kinds
from menura import Library
from menura.cli import app


@pytest.fixture
def asked(tmp_path, monkeypatch, random_bundle_folder):
    """A search of three sounds, of which some are "low" and the others "high"."""
    isolate(tmp_path, monkeypatch)
    library = write_sounds(tmp_path / "sounds")
    with Library.open(library, random_bundle_folder, tmp_path / "other data") as opened:
        opened.index()
        firsts = sorted(rows[:, 0].mean() for rows in contents(opened).values())
    model = put_kinds(shutil.copytree(random_bundle_folder, tmp_path / "model"), 1_000, float(np.mean(firsts[:2])))
    query = write_tone(tmp_path / "hum.wav", 300)
    return ("search", query, "--library", library, "--model", model)


def test_a_search_for_a_kind_finds_that_kind_alone(asked):
    everything = {hit["path"]: hit["kinds"] for hit in json.loads(output_of(*asked, "--json"))["results"]}
    low = {path for path, kinds in everything.items() if "low" in kinds}
    assert 0 < len(low) < len(everything) == 3
    found = json.loads(output_of(*asked, "--kind", "Deep", "--json"))["results"]
    assert {hit["path"] for hit in found} == low
    both = json.loads(output_of(*asked, "--kind", "low", "--kind", "high", "--json"))["results"]
    assert {hit["path"] for hit in both} == everything.keys()


def test_the_table_says_kinds_where_there_are_any(asked):
    heading = next(line.split() for line in output_of(*asked).splitlines() if "score" in line)
    assert "kinds" in heading
    assert "likely" not in heading  # it is what a score may be
    assert "low" in output_of(*asked)
    without = output_of(*asked, "--no-kinds")
    assert "kinds" not in without
    assert "low" not in without


def test_a_narrow_terminal_keeps_names_whole_and_leaves_kinds_out(asked):
    narrow = RUNNER.invoke(app, [str(argument) for argument in asked], env={"COLUMNS": "80"})
    assert "creak.wav" in narrow.stdout
    assert "low" not in narrow.stdout


def test_kinds_that_are_not_known_are_refused_in_one_line(asked):
    assert "'dog' is no kind of sound that this model knows" in refusal_of(*asked, "--kind", "dog", code=2)
    line = refusal_of(*asked, "--no-kinds", "--kind", "low", code=2)
    assert line == "menura: no kinds of sounds are known with random; ask without low"


def test_a_model_says_which_kinds_it_knows(asked, random_bundle_folder):
    assert "high, low, wide" in output_of("info", "--model", asked[-1])
    assert "none known" in output_of("info", "--model", random_bundle_folder)
