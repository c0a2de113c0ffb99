"""`menura teach` lists what was taught in the page, learns from it, forgets that, and deletes takes."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from bundles import write_sound
from cli_calls import isolate, output_of, refusal_of
from menura.audio.files import read_audio
from menura.personal.takes import AskedSound, Clip, TaughtTakes
from menura.search.voice import Voice, VoiceMap

RATE_HZ = 44_100


@pytest.fixture
def model(random_bundle_folder) -> tuple[str, Path]:
    return ("--model", random_bundle_folder)


@pytest.fixture
def library(tmp_path, monkeypatch, model):
    isolate(tmp_path, monkeypatch)
    folder = tmp_path / "My Samples"
    for seed in range(11):
        write_sound(folder / f"sound {seed}.wav", seed)
    output_of("index", folder, *model)
    return folder


def data_dir() -> Path:
    return platformdirs.user_data_path("menura", appauthor=False)


def taught(library: Path, n: int) -> TaughtTakes:
    takes = TaughtTakes(data_dir() / "voice")
    for seed in range(n):
        file = library / f"sound {seed}.wav"
        noise = np.random.default_rng(90 + seed).normal(0, 0.1, RATE_HZ).astype(np.float32)
        clip = Clip(read_audio(file, RATE_HZ), RATE_HZ)
        asked = AskedSound(str(library.resolve()), file.name, sha256(file.read_bytes()).digest(), clip)
        takes.keep(Clip(noise, RATE_HZ), asked)
    return takes


def test_takes_are_listed_with_where_a_search_would_find_their_sound(library, model):
    takes = taught(library, 2)
    *rows, where, found, advice = output_of("teach", library, *model).splitlines()
    for row, take in zip(rows, takes.all(), strict=True):
        hits = json.loads(output_of("search", takes.imitation(take), "-l", library, "--json", *model))["results"]
        rank = [hit["path"] for hit in hits].index(take.path) + 1
        assert row.split() == [str(rank), *take.label.split(), take.imitation]
    assert where == f"2 takes in {takes.folder}, of 2 sounds."
    assert found.endswith("among the first ten of 11.")
    assert advice == f"menura teach '{library}' --learn --model {model[1]} learns from them."


def test_takes_are_deleted_by_name_and_all_at_once(library, model):
    first, *_ = taught(library, 3).all()
    assert output_of("teach", library, "--remove", first.imitation, *model) == "1 take deleted.\n"
    assert "no such take" in refusal_of("teach", library, "--remove", first.imitation, *model, code=2)
    assert output_of("teach", library, "--remove", "*", *model) == "2 takes deleted.\n"
    assert "No take was taught yet" in output_of("teach", library, *model)


def test_what_is_learned_is_told_and_forgotten(library, model, random_bundle):
    taught(library, 10)
    told = output_of("teach", library, "--learn", *model)
    voice = Voice.of(random_bundle, data_dir().resolve())
    assert (voice.told is not None) == told.startswith("Learned from 10 takes of 10 sounds.")
    assert voice.told is not None or told.startswith("Nothing was learned:")
    width = random_bundle.spec.n_hidden
    zeros = np.zeros(width, np.float32)
    voice.keep(VoiceMap(zeros, zeros + 1, np.zeros((width, width), np.float32)), {"sentence": "Learned."})
    assert output_of("teach", library, *model).endswith("Learned.\n")
    assert output_of("teach", library, "--forget", *model) == "Forgotten.\n"
    assert output_of("teach", library, "--forget", *model) == "Nothing was learned yet.\n"
    assert voice.told is None


def test_deleting_every_take_deletes_what_was_learned(library, model, random_bundle):
    taught(library, 1)
    width = random_bundle.spec.n_hidden
    ones = np.ones(width, np.float32)
    voice = Voice.of(random_bundle, data_dir().resolve())
    voice.keep(VoiceMap(ones, ones, np.zeros((width, width), np.float32)), {})
    assert output_of("teach", library, "--remove", "*", *model).endswith("So is what was learned of them.\n")
    assert voice.told is None


def test_too_few_takes_and_a_library_that_is_no_index_are_said(library, model, tmp_path):
    taught(library, 2)
    assert "takes of 2 sounds" in refusal_of("teach", library, "--learn", *model, code=2)
    write_sound(tmp_path / "other" / "a.wav")
    assert "not indexed" in refusal_of("teach", tmp_path / "other", *model, code=2)
