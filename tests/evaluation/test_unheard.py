"""A model says what it has heard, and a measurement on that is not taken for one on something new."""

import json
import shutil

import pytest

from bundles import write_sound
from cli_calls import isolate, output_of
from menura.errors import ModelError
from menura.inputs.digest import content_digests
from menura.model.bundle import Bundle
from menura.model.heard import CHOSEN, HEARD_FILE, TRAINED, Heard
from menura.training.heard import heard_files
from tiny_corpora import write_table


@pytest.fixture
def corpus(tmp_path, monkeypatch, in_one_process):
    """Six sounds, ranked together, and an imitation of each."""
    isolate(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pairs"
    for n in range(6):
        write_sound(folder / "recordings" / f"r{n}.wav", n)
        write_sound(folder / "imitations" / f"i{n}.wav", 100 + n)
    write_table(folder / "pairs.csv", ["imitation", "recording"], [(f"i{n}.wav", f"r{n}.wav") for n in range(6)])
    return folder


def test_what_was_heard_is_read_as_it_was_written(corpus, tmp_path):
    paths = sorted((corpus / "recordings").iterdir())
    heard = heard_files(paths[:3], paths[2:4], tmp_path / "cache")
    heard.put(tmp_path)
    assert len((tmp_path / HEARD_FILE).read_bytes()) < 200 + 5 * 5
    read = Heard.read(tmp_path)
    assert read == heard
    digests = content_digests(paths, tmp_path / "cache")
    assert [read.purpose(digest) for digest in digests] == [TRAINED] * 3 + [CHOSEN, None, None]
    assert read.purpose("unreadable") is None
    more = read.and_also(heard_files(paths[4:5], [], tmp_path / "cache"))
    assert [more.purpose(digest) for digest in digests] == [TRAINED] * 3 + [CHOSEN, TRAINED, None]
    assert read.and_also(None) == read


def test_it_belongs_to_the_bundle_and_leaves_its_fingerprint(corpus, tmp_path, random_bundle_folder, random_bundle):
    bundle = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    assert Heard.read(bundle) is None
    heard_files(sorted((corpus / "recordings").iterdir()), [], tmp_path / "cache").put(bundle)
    assert Bundle.load(bundle).fingerprint == random_bundle.fingerprint
    damaged = bytearray((bundle / HEARD_FILE).read_bytes())
    damaged[-1] ^= 1
    (bundle / HEARD_FILE).write_bytes(damaged)
    with pytest.raises(ModelError, match="damaged, or not the file that"):
        Heard.read(bundle)


def test_evaluate_warns_of_what_a_model_has_heard_and_can_leave_it_out(corpus, tmp_path, random_bundle_folder):
    bundle = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    arguments = ("evaluate", bundle, "--data", corpus, "--out", tmp_path / "out", "--baseline", "2dft")
    assert f"{bundle} does not say what it has heard" in output_of(*arguments)

    paths = sorted((corpus / "recordings").iterdir())
    other_name = shutil.copy(paths[0], tmp_path / "under-another-name.wav")
    heard_files([other_name, corpus / "imitations" / "i1.wav"], paths[2:3], tmp_path / "cache").put(bundle)
    printed = output_of(*arguments)
    assert "has heard 2 of 6 sounds and 1 of 6 imitations before (1 files chosen and calibrated by, 2 files" in printed
    written = json.loads((tmp_path / "out" / "table.json").read_text())
    assert written["heard_before"] == {str(bundle): {"sounds": 2, "imitations": 1}}
    assert {row["n_candidates"] for row in written["rows"]} == {6}

    printed = output_of(*arguments, "--unheard")
    assert "pairs, what they have not heard: 3 imitations of 3 sounds" in printed
    written = json.loads((tmp_path / "out" / "table.json").read_text())
    assert [(row["method"], row["n_candidates"]) for row in written["rows"]] == [(str(bundle), 3), ("2DFT", 3)]
    assert written["left_out"][0].startswith("heard before, left out: 3 (i1.wav, r0.wav, r2.wav)")
    assert [len(written["models"][str(bundle)]), written["protocol"], written["runs"]] == [64, "whole", 1]
    assert set(written["made_with"]) >= {"menura", "commit", "torch"}
    assert (tmp_path / "out" / "raw.npz").is_file()
