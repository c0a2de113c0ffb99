"""The scripts that make corpora: whole, in the published layouts, and going on after a kill."""

import importlib
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.corpora.stand_in import SIZES, choose_sounds
from menura.audio.files import read_audio
from menura.corpora.recordings import load_recordings
from menura.corpora.vocalsketch import load_vocalsketch
from menura.corpora.voxforge import LANGUAGES, load_voxforge
from menura.simulate import simulate_imitation

ROOT = Path(__file__).parents[2]
GROUPS = ["acoustic instruments", "commercial synthesizers", "everyday sounds", "single synthesizer"]
ONE_SOUND_A_GROUP = ["--sounds-per-group", "1", "1", "1", "1"]


@pytest.fixture
def call(monkeypatch, capsys):
    """Runs a script in this process; returns its exit code and what it wrote to stderr."""

    def run(script, *arguments):
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        code = 0
        try:
            importlib.import_module(f"benchmarks.corpora.{script}").main()
        except SystemExit as exit_:
            code = exit_.code
        return code, capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def stand_in(shared_data, tmp_path_factory):
    """A corpus of four sounds, made by a run that was killed and one that finished; and what the first had left."""
    out = tmp_path_factory.mktemp("corpus") / "stand-in"
    command = [sys.executable, "-m", "benchmarks.corpora.stand_in", "--data", shared_data, "--out", out]
    command += ONE_SOUND_A_GROUP
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while first.poll() is None and not list(out.glob("vocal_imitations/included/*.wav")):
        assert time.monotonic() < deadline, "no imitation within five minutes"
        time.sleep(0.02)
    first.kill()
    assert first.wait() == -9, "finished before it could be killed"
    left = {path: path.stat().st_mtime_ns for path in out.glob("vocal_imitations/included/[!.]*.wav")}
    assert not (out / "vocal_imitations.csv").exists()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    return out, left


def test_a_killed_run_is_gone_on_with(stand_in):
    out, left = stand_in
    assert left
    assert {path: path.stat().st_mtime_ns for path in left} == left
    assert not list(out.rglob(".*"))


def test_the_stand_in_reads_as_vocalsketch(stand_in):
    out, _ = stand_in
    catalogue = load_vocalsketch(out)
    assert catalogue.missing == ()
    assert sorted(sound.category for sound in catalogue.sounds) == GROUPS
    assert all(len(catalogue.imitations_of(sound.id)) == 10 for sound in catalogue.sounds)
    assert all(len({i.speaker for i in catalogue.imitations_of(sound.id)}) == 10 for sound in catalogue.sounds)


def test_its_tables_have_the_published_columns(stand_in):
    out, _ = stand_in
    sounds = (out / "sound_recordings.csv").read_text().splitlines()
    imitations = (out / "vocal_imitations.csv").read_text().splitlines()
    assert sounds[0] == "id,filename,sound_label,sound_label_id,audio_concept_subset"
    assert imitations[0] == (
        "id,filename,stimulus_type,included,draft,training,participant_id,satisfaction,sound_label,sound_label_id,"
        "sound_recording,sound_recording_id,audio_concept_subset,participants_sound_recording_description,"
        "participants_sound_recording_description_confidence,description_match"
    )
    ids = {line.split(",")[1]: line.split(",")[0] for line in sounds[1:]}
    for line in imitations[1:]:
        cells = dict(zip(imitations[0].split(","), line.split(","), strict=True))
        kind = [cells[column] for column in ("stimulus_type", "included", "draft", "training")]
        assert kind == ["sound recording", "True", "False", "False"]
        assert cells["filename"] == f"{cells['sound_label']} - {cells['id']}.wav"
        assert cells["sound_recording_id"] == ids[cells["sound_recording"]]
        assert len(cells["id"]) == len(cells["participant_id"]) == 16


def test_an_imitation_is_what_its_participant_makes_of_the_recording_and_some_are_mosaics(stand_in, shared_data):
    out, _ = stand_in
    sources = dict(line.split(",")[::2] for line in (out / "sources.csv").read_text().splitlines()[1:])
    corpus = load_vocalsketch(out)
    sound = corpus.imitations[0].sound_id
    samples = read_audio(next(shared_data.rglob(sources[sound])), 44_100, duration_s=10)
    off = []
    for imitation in [one for one in corpus.imitations if one.sound_id == sound]:
        written, rate_hz = soundfile.read(imitation.path, dtype="float32")
        assert rate_hz == 16_000
        simulated = simulate_imitation(samples, 44_100, int(imitation.speaker))
        size = max(len(written), len(simulated))
        both = [np.pad(one, (0, size - len(one))) for one in (written, simulated)]
        off.append(np.linalg.norm(both[0] - both[1]) / np.linalg.norm(simulated))
    # Not sample by sample: rounding differs with the number of threads that linear algebra uses.
    assert sum(one < 0.01 for one in off) in range(3, 8)
    assert sum(one > 0.5 for one in off) == 10 - sum(one < 0.01 for one in off)


def test_it_says_what_it_is_and_whose_the_recordings_are(stand_in):
    readme = (stand_in[0] / "README.md").read_text()
    for words in ("No person made these imitations", "CC BY-SA 3.0", "Not to be passed on"):
        assert words in readme


def test_other_settings_are_refused_in_one_line(stand_in, shared_data, call):
    out, _ = stand_in
    code, said = call("stand_in", "--data", shared_data, "--out", out, "--seed", 1, *ONE_SOUND_A_GROUP)
    assert code == 2
    assert said == f"{out}: was begun with other settings, data or code; name another folder or delete it\n"


def test_no_corpus_is_made_in_the_repository(shared_data, call):
    inside = ROOT / "benchmarks" / "corpus"
    code, said = call("stand_in", "--data", shared_data, "--out", inside, *ONE_SOUND_A_GROUP)
    assert (code, inside.exists()) == (2, False)
    assert said.endswith("lies in the repository, where no corpus belongs; name a folder outside\n")


def test_a_folder_with_other_things_is_left_alone(shared_data, call, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    code, said = call("stand_in", "--data", shared_data, "--out", tmp_path, *ONE_SOUND_A_GROUP)
    assert (code, said) == (2, f"{tmp_path}: is not an empty folder; name another\n")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_more_sounds_than_there_are_is_an_error(shared_data, call, tmp_path):
    sizes = ["--sounds-per-group", "1", "1", "1", "5000"]
    code, said = call("stand_in", "--data", shared_data, "--out", tmp_path / "out", *sizes)
    assert code == 2
    assert said.startswith("5000 sounds for 'single synthesizer' asked for, there are 151")


def test_the_full_corpus_is_varied(shared_data):
    sounds = choose_sounds(load_recordings(shared_data, 0), SIZES, 0)
    assert Counter(sound.group for sound in sounds) == dict(zip(GROUPS, (40, 40, 120, 40), strict=True))
    assert len({sound.filename.casefold() for sound in sounds}) == 240
    everyday = Counter(sound.recording.corpus for sound in sounds if sound.group == "everyday sounds")
    assert everyday == {"esc10": 40, "minetest": 40, "freedoom": 40}
    assert set(Counter(person for sound in sounds for person in sound.participants).values()) == {10}


@pytest.fixture
def espeak():
    if shutil.which("espeak-ng") is None:
        pytest.skip("needs espeak-ng: apt-get install espeak-ng")


def test_spoken_languages_read_as_voxforge(espeak, call, tmp_path):
    out = tmp_path / "spoken"
    assert call("spoken_languages", "--out", out, "--clips-per-language", 3)[0] == 0
    catalogue = load_voxforge(out, clips_per_language=3)
    assert catalogue.missing == ()
    assert Counter(clip.label for clip in catalogue.clips) == dict.fromkeys(LANGUAGES, 3)
    speakers = {label: {c.speaker for c in catalogue.clips if c.label == label} for label in LANGUAGES}
    assert all(who == speakers["de"] for who in speakers.values())
    assert len(speakers["de"]) == 3
    for clip in catalogue.clips:
        samples, rate_hz = soundfile.read(clip.path)
        assert rate_hz == 16_000
        assert 1 < len(samples) / rate_hz < 15
        assert 0.05 < np.abs(samples).max() <= 1
    assert "Synthetic speech" in (out / "README.md").read_text()

    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*.wav")}
    lost = catalogue.clips[7].path
    lost.unlink()
    assert call("spoken_languages", "--out", out, "--clips-per-language", 3)[0] == 0
    assert lost.read_bytes() == before.pop(lost)[1]
    assert all(path.stat().st_mtime_ns == written for path, (written, _) in before.items())


def test_without_espeak_it_says_how_to_get_it(call, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = call("spoken_languages", "--out", tmp_path / "out")
    assert code == 2
    assert said == "espeak-ng is not installed; install it, on Debian or Ubuntu with: apt-get install espeak-ng\n"
