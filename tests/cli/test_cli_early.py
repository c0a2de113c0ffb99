"""A call that names what is not there is refused before torch is loaded, which takes many seconds."""

import json
import subprocess
import sys

import pytest

from menura.corpora.vocalsketch import load_vocalsketch
from menura.paper.decided import all_that_decides, remember
from menura.training.settings import FineTuning, Settings
from tiny_corpora import touch, vocalsketch

CHECK = "import sys; from menura.cli import app; sys.modules['torch'] = None; app(prog_name='menura')"


def refusal(*arguments):
    """The one line of a call in a process in which torch cannot be imported."""
    command = [sys.executable, "-c", CHECK, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode != 0, done.stdout) == (True, ""), done
    (line,) = done.stderr.splitlines()
    assert "training needs torch" not in line
    return line


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with a corpus in VocalSketch's layout, and one with nothing that fits."""
    folder = tmp_path_factory.mktemp("early")
    vocalsketch(folder / "corpus")
    touch(folder / "other" / "kicks" / "a.wav")
    (folder / "other" / "notes.txt").write_text("no corpus")
    (folder / "bad.toml").write_text("[fine_tuning]\nepoch = 3\n")
    return folder


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("evaluate", "default", "--data", "nowhere"), "nowhere: no such folder"),
        (("evaluate", "nomodel", "--data", "corpus"), "nomodel: no model there"),
        (("evaluate", "default", "--against", "other", "--data", "corpus"), "other: the network cannot be loaded"),
        (
            ("evaluate", "default", "--data", "other"),
            "no corpus of vocal imitations is here; one of these tells what it is: sound_recordings.csv, "
            "reference_file_names.csv, vocal_imitations.txt, DEV Dataset.csv, pairs.csv; here are folders 1 (kicks) "
            "and files 1 (notes.txt)",
        ),
        (("reproduce", "table1", "--vocalsketch", "other"), "sound_recordings.csv is not here; here are folders 1"),
        (("reproduce", "table1", "--vocalsketch", "corpus", "--settings", "bad.toml"), "no setting is called epoch"),
        (("reproduce", "table1", "--vocalsketch", "corpus", "--settings", "none.toml"), "none.toml: no such file"),
        (("reproduce", "systems", "--data", "corpus", "--mn04", "none"), "none: no such file; `menura data get mn04`"),
        (("reproduce", "findings", "--model", "nomodel"), "nomodel: no model there"),
        (("reproduce", "figure2", "--vocalsketch", "corpus"), "give either --model, or all of --vocalsketch"),
        (("train", "language", "--data", "other"), "none of the folders de, en, es, fr, it, nl, ru is here; here are"),
        (("train", "environment", "--data", "other"), "nor folders like '001 - Dog bark'; here are folders 1 (kicks)"),
        (("train", "default", "--data", "nowhere", "--out", "o"), "nowhere: no such folder"),
        (("train", "default", "--data", "other", "--out", "o"), "no recordings here; expected at least one of"),
        (("train", "default", "--data", "other", "--out", "o", "--recipe", "x"), "x: no such recipe; the names are"),
        (("train", "kinds", "default", "--data", "other"), "weights.safetensors: no such file; `menura data get mn04"),
        (("visualise", "nomodel", "--out", "o"), "nomodel: no model there"),
        (("visualise", "default", "--out", "o", "--sounds", "nowhere"), "nowhere: cannot be listed"),
        (("adapt", "nowhere"), "nowhere: cannot be listed"),
        (("adapt", "other", "--takes", "nowhere"), "nowhere: no takes here; the page of `menura serve` keeps those"),
        (
            ("adapt", "other", "--model", "tl-iminet", "--takes", "other"),
            "only the default model, and those adapted from it, learn from your own takes",
        ),
    ],
)
def test_a_mistake_is_said_before_torch_is_loaded(here, monkeypatch, arguments, says):
    monkeypatch.chdir(here)
    assert says in refusal(*arguments)


def test_a_table_that_is_laid_out_otherwise_is_said_with_the_columns_that_it_lacks(here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.csv").write_text("take,sound\n1.wav,2.wav\n")
    assert "has no column imitation, recording" in refusal("evaluate", "default", "--data", ".")


def test_a_file_that_is_missing_from_a_corpus_is_a_line(tmp_path):
    corpus = vocalsketch(tmp_path / "corpus")
    (corpus / "vocal_imitations.csv").unlink()
    line = refusal("evaluate", "default", "--data", corpus)
    assert line == f"menura: {corpus / 'vocal_imitations.csv'}: no such file; get the corpus again"


def test_what_has_changed_since_the_last_call_is_told(tmp_path):
    told: list[str] = []
    catalogue = load_vocalsketch(vocalsketch(tmp_path / "corpus"))

    def again(settings):
        corpora = {"imitations": catalogue, "voxforge": None}
        remember(all_that_decides(settings, corpora, 2, tmp_path / "cache"), tmp_path / "work", told.append)

    again(Settings())
    again(Settings())
    assert told == []
    again(Settings(fine_tuning=FineTuning(epochs=3, batch_size=8)))
    (line,) = told
    assert "settings.fine_tuning.batch_size 128 -> 8, settings.fine_tuning.epochs 30 -> 3; what was made" in line
    catalogue.sounds[0].path.write_bytes(b"RIFF, and other content")
    again(Settings(fine_tuning=FineTuning(epochs=3, batch_size=8)))
    assert "corpora.imitations.content '" in told[-1]
    assert "epochs" not in told[-1]
    written = json.loads((tmp_path / "work" / "experiment.json").read_text())
    assert written["settings"]["fine_tuning"]["epochs"] == 3
    assert set(written["made_with"]) >= {"menura", "commit", "torch", "numpy"}
