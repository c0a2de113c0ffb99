"""The front door: the hits are those of the network itself, and every bad input is refused in one line."""

import contextlib
import os
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import menura
import menura.index.update
import menura.search.query
import menura.search.scan
from bundles import write_sound
from menura import Hit, Library
from menura.audio.files import read_audio
from menura.audio.hear import hear
from menura.errors import AudioError, LibraryError, MenuraError, ModelError, UsageError
from menura.model.bundle import Bundle
from menura.model.score import logits, sigmoid
from menura.model.steps import Steps
from menura.search.ranking import Only, Question

WINDOW_S = 3.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of eight sounds from 0.4 to 6 s, some in a folder."""
    folder = tmp_path_factory.mktemp("library") / "sounds"
    for seed in range(6):
        write_sound(folder / ("drums" if seed % 2 else "") / f"sound {seed}.wav", seed, duration_s=0.4 + seed * 1.13)
    write_sound(folder / "a sound.wav", 6, duration_s=4.92)
    write_sound(folder / "drums/Kick Électrique.ogg", 20, duration_s=3.2, rate_hz=22_050)
    return folder


@pytest.fixture(scope="module")
def library(folder: Path, tmp_path_factory: pytest.TempPathFactory, random_bundle: Bundle) -> Library:
    return Library.open(folder, random_bundle, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sound(tmp_path_factory.mktemp("queries") / "hum.wav", 99, duration_s=2, rate_hz=48_000)


def every_window(path: Path, bundle: Bundle, query: Path) -> list[tuple[float, float]]:
    """(score, start in seconds) of each window of a sound, computed without the index and its helpers."""
    samples = read_audio(path, 44_100)
    embedding = bundle.embed_query(hear(read_audio(query, 16_000), 16_000, longest_s=4.0).heard.samples)
    starts = range(0, max(1, len(samples) - 66_150), 66_150)
    clips = [samples[start : start + 132_300] for start in starts]
    rows = np.concatenate([bundle.project_recordings([clip - clip.mean()]) for clip in clips])
    scores = sigmoid(logits(embedding, rows, bundle.output_weight, bundle.output_bias))
    return [(float(score), start / 44_100) for score, start in zip(scores, starts, strict=True)]


def test_hits_are_the_best_window_of_every_sound_best_first(library, folder, query, random_bundle):
    hits = library.search(query, top=100)
    wanted = {
        path.relative_to(folder).as_posix(): max(every_window(path, random_bundle, query), key=lambda window: window[0])
        for path in folder.rglob("*.*")
    }
    assert {hit.path for hit in hits} == wanted.keys() and len(hits) == 8
    for hit in hits:
        score, start_s = wanted[hit.path]
        assert (hit.score, hit.start_s) == pytest.approx((score, start_s), abs=1e-6)
        assert hit.end_s == pytest.approx(min(start_s + WINDOW_S, soundfile.info(folder / hit.path).duration), abs=1e-4)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True) and 0 < scores[-1] < scores[0] < 1


@pytest.mark.parametrize("top", [1, 3, 8])
def test_top_is_the_beginning_of_the_whole_ranking(library, query, top):
    assert library.search(query, top=top) == library.search(query, top=1_000)[:top]


def test_text_narrows_the_search_and_changes_no_score(library, query):
    whole = library.search(query)
    drums = library.search(query, text="DRUM")
    assert drums == [hit for hit in whole if hit.path.startswith("drums/")] and len(drums) == 4
    assert [hit.path for hit in library.search(query, text="elec kick")] == ["drums/Kick Électrique.ogg"]
    assert library.search(query, text="drums 4") == []


def test_the_compiled_passes_give_the_same_hits(library, query, monkeypatch):
    wanted = [library.search(query, top=top, text=text) for top in (1, 3) for text in (None, "drums")]
    monkeypatch.setattr(menura.search.scan, "_SMALL_ROWS", 1)
    monkeypatch.setattr(menura.search.scan, "_MANY", 0)
    assert [library.search(query, top=top, text=text) for top in (1, 3) for text in (None, "drums")] == wanted


def test_four_seconds_of_a_query_count(library, tmp_path):
    long = write_sound(tmp_path / "long.wav", 98, duration_s=9, rate_hz=16_000)
    samples, rate_hz = soundfile.read(long)
    take = library.hear(long)
    assert take.duration_s == 9 and take.heard.end_s - take.heard.start_s == pytest.approx(4)
    start = round(take.heard.start_s * rate_hz)
    energy = np.convolve(np.square(samples), np.ones(64_000), "valid")
    assert energy[start] > 0.98 * energy.max()  # those of most energy


def test_a_query_is_heard_from_where_sound_begins(library, tmp_path):
    """Whatever silence comes before it, and however long."""
    samples, rate_hz = soundfile.read(write_sound(tmp_path / "at once.wav", 97, duration_s=2, rate_hz=16_000))
    wanted = None
    for silence_s in (0.05, 5, 30):
        path = tmp_path / f"after {silence_s}.wav"
        soundfile.write(path, np.concatenate([np.zeros(round(silence_s * rate_hz)), samples]), rate_hz)
        take = library.hear(path)
        assert take.heard.start_s == pytest.approx(silence_s - 0.03, abs=0.02)
        assert library.search(take) == library.search(path) == library.search(path.read_bytes())
        wanted = wanted or [(hit.path, pytest.approx(hit.logit, abs=2e-2)) for hit in library.search(path)]
        assert [(hit.path, hit.logit) for hit in library.search(path)] == wanted


def test_of_an_hour_the_first_minute_is_listened_to(library, tmp_path, monkeypatch):
    monkeypatch.setattr(menura.search.query, "LISTENED_S", 1.0)
    late = np.concatenate([np.zeros(24_000), 0.5 * np.ones(8_000) * np.tile([1, -1], 4_000)])
    soundfile.write(tmp_path / "late.wav", late, 16_000)
    with pytest.raises(AudioError, match=r"late\.wav: no imitation is heard in its first 1 s; cut it to the few"):
        library.search(tmp_path / "late.wav")
    soundfile.write(tmp_path / "long.wav", late[::-1], 16_000)
    assert library.hear(tmp_path / "long.wav").duration_s < 2


def test_hits_have_words_by_their_scores_alone_wherever_a_page_begins(folder, query, random_bundle, tmp_path):
    plain = Library.open(folder, random_bundle, tmp_path / "data").search(query)
    assert {hit.word for hit in plain} == {None}
    steps = Steps(likely=plain[3].score, close=plain[1].score)
    library = Library.open(folder, replace(random_bundle, steps=steps), tmp_path / "data")
    assert not library.is_new  # the index is that of the same model
    hits = library.search(query)
    assert [hit.word for hit in hits[:5]] == ["close", "close", "likely", "likely", "loose"]
    assert [replace(hit, word=None) for hit in hits] == plain
    asked = Question(random_bundle.embed_query(library.hear(query).heard.samples))
    for offset in range(len(hits)):
        page = library.page(asked, offset=offset, limit=2)
        assert (page.found, page.nearest) == (hits[offset : offset + 2], "close")
    only = Only(paths=[hit.path for hit in hits[4:]])
    assert library.page(replace(asked, only=only), offset=0, limit=9).nearest == "loose"
    judged = library.page(replace(asked, liked=[hits[0].sound.id]), offset=0, limit=9)
    assert (judged.nearest, {hit.word for hit in judged.found}) == (None, {None})
    assert library.page(Question(), offset=0, limit=9).nearest is None


def test_words_promise_no_more_in_a_larger_library(folder, query, random_bundle, tmp_path):
    plain = Library.open(folder, random_bundle, tmp_path / "data").search(query)
    steps = Steps(likely=plain[-1].score, measured_among=len(plain))
    here = Library.open(folder, replace(random_bundle, steps=steps), tmp_path / "data")
    assert {hit.word for hit in here.search(query)} == {"likely"}
    measured_among_few = replace(random_bundle, steps=replace(steps, measured_among=max(1, len(plain) // 4)))
    library = Library.open(folder, measured_among_few, tmp_path / "data")
    asked = Question(random_bundle.embed_query(library.hear(query).heard.samples))
    page = library.page(asked, offset=0, limit=len(plain))
    assert page.found[-1].word == "loose"
    assert page.nearest == "likely"  # how near the best is does not hang on how many there are


def test_a_hit_is_a_sound_a_logit_and_a_place(library, query, folder):
    for hit in library.search(query):
        assert hit.path == hit.sound.path == f"{hit.sound.folder}/{hit.sound.name}".removeprefix("/")
        assert hit.score == pytest.approx(1 / (1 + np.exp(-hit.logit)))
        assert hit.sound.stamp.size == (folder / hit.path).stat().st_size


def test_all_that_is_wrong_with_a_question_is_found_before_any_work(folder, query, tmp_path, random_bundle):
    library = Library.open(folder, random_bundle, tmp_path / "data")
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    for call in (
        lambda: library.search(tmp_path / "silent.wav"),
        lambda: library.search(tmp_path / "none.wav"),
        lambda: library.search(query, text="!!"),
        lambda: library.search(query, top=0),
        lambda: Library.open(folder, tmp_path / "no model", tmp_path / "data"),
    ):
        with pytest.raises(MenuraError):
            call()
    assert library.is_new and not (tmp_path / "data").exists()


def test_a_new_library_is_indexed_by_its_first_search_and_no_later_one(folder, query, tmp_path, random_bundle_folder):
    shutil.copytree(folder, tmp_path / "sounds")
    with Library.open(str(tmp_path / "sounds"), str(random_bundle_folder), tmp_path / "data") as library:
        assert library.is_new and not library.info().complete
        assert len(library.search(str(query))) == 8
        assert not library.is_new and library.info().complete
        write_sound(tmp_path / "sounds/new.wav", 50)
        assert len(library.search(query)) == 8
        library.index()
        assert len(library.search(query)) == 9


def test_an_index_is_found_again_by_whatever_path_the_folder_is_named(folder, tmp_path, random_bundle, monkeypatch):
    Library.open(folder, random_bundle, tmp_path / "data").index()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder / "drums")
    assert Library.open(tmp_path / "link", random_bundle, tmp_path / "data").info().sounds == 8
    assert Library.open("..", random_bundle, tmp_path / "data").info().sounds == 8


def test_info(library, folder, query):
    library.search(query)
    info = library.info()
    assert (info.folder, info.sounds, info.model, info.skipped) == (folder.resolve(), 8, "random", ())
    durations = [soundfile.info(path).duration for path in folder.rglob("*.*")]
    assert info.seconds == pytest.approx(sum(durations), abs=1e-2)
    assert info.windows > 8 and info.index_bytes > info.windows * 108 * 4


def test_the_users_data_directory_is_the_default(folder, random_bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    info = Library.open(folder, random_bundle).info()
    assert info.home.parent == tmp_path / "menura" / "libraries"


def test_searches_in_threads_agree(library, query):
    alone = library.search(query)
    with ThreadPoolExecutor(4) as pool:
        assert all(hits == alone for hits in pool.map(lambda _: library.search(query), range(12)))


def test_a_search_during_an_indexing_sees_what_is_committed(folder, query, tmp_path, random_bundle, monkeypatch):
    monkeypatch.setattr(menura.index.update, "_BATCH_CHANGES", 1)
    indexing, searching = (Library.open(folder, random_bundle, tmp_path / "data") for _ in range(2))
    found: list[tuple[int, int]] = []

    def search(progress: menura.index.update.IndexProgress) -> None:
        if progress.done in (4, 8) and not progress.measuring:
            found.append((progress.done, len(searching.search(query))))

    indexing.index(progress=search)
    (halfway, some), end = found
    assert halfway <= some <= 8 and end == (8, 8)


def test_a_compaction_between_two_searches_goes_unnoticed(folder, query, tmp_path, random_bundle):
    copy = Path(shutil.copytree(folder, tmp_path / "sounds"))
    library = Library.open(copy, random_bundle, tmp_path / "data")
    before = library.search(query)
    for path in copy.glob("sound *.wav"):
        path.unlink()
    shutil.rmtree(copy / "drums")
    Library.open(copy, random_bundle, tmp_path / "data").index()
    assert library.search(query) == [hit for hit in before if hit.path == "a sound.wav"]


# Refusals: one line each


def test_top_below_one_is_refused(library, query):
    with pytest.raises(UsageError, match=r"^top is 0: ask for 1 hit or more$"):
        library.search(query, top=0)


@pytest.mark.parametrize("text", ["", " \t", "?!"])
def test_text_without_a_word_is_refused(library, query, text):
    with pytest.raises(UsageError, match="holds no word to look for: give a letter or a digit"):
        library.search(query, text=text)


@pytest.mark.parametrize("text", ['"', "a AND", "NEAR(a b)", "name:x", "a*b^c", "(", "-a", "\ud800a"])
def test_no_text_is_a_syntax_error(library, query, text):
    with contextlib.suppress(UsageError):  # what holds no word is refused as such
        library.search(query, text=text)


def test_a_missing_query_is_refused(library, tmp_path):
    with pytest.raises(UsageError, match=r"^\S*nowhere.wav: no such file"):
        library.search(tmp_path / "nowhere.wav")


def bad_queries(folder: Path) -> dict[str, Path]:
    """One file for each way to be no query."""
    paths = {name: folder / f"{name}.wav" for name in ("empty", "text", "nan", "silent", "constant", "hiss")}
    paths["empty"].touch()
    paths["text"].write_text("these are words")
    soundfile.write(paths["nan"], np.array([0.1, np.nan, 0.1]), 44_100, subtype="FLOAT")
    soundfile.write(paths["silent"], np.zeros(44_100), 44_100)
    soundfile.write(paths["constant"], np.full(44_100, 0.3), 44_100)
    soundfile.write(paths["hiss"], np.tile([0, 1 / 32_768], 22_050), 44_100)  # the last bit of 16
    flac = write_sound(folder / "whole.flac", 1, duration_s=2).read_bytes()
    paths["cut"] = folder / "cut.flac"
    paths["cut"].write_bytes(flac[:6_000])
    return paths


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "empty.wav: is empty"),
        ("text", "text.wav: not a sound file"),
        ("nan", "nan.wav: holds samples that are not numbers"),
        ("cut", "cut.flac: damaged or cut off"),
        ("silent", "silent.wav: nothing is heard: check that the right microphone is chosen"),
        ("constant", "constant.wav: nothing is heard: check"),
        ("hiss", "hiss.wav: nothing is heard: check"),
    ],
)
def test_a_query_that_is_no_sound_is_refused(library, tmp_path, name, message):
    with pytest.raises(AudioError, match=message) as refusal:
        library.search(bad_queries(tmp_path)[name])
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("peak", [0.001, 1.0])
def test_a_quiet_or_a_very_short_query_is_still_a_query(library, tmp_path, peak):
    click = np.zeros(8_000)
    click[4_000:4_080] = peak * np.sin(np.arange(80))
    soundfile.write(tmp_path / "click.wav", click, 16_000, subtype="FLOAT")
    assert len(library.search(tmp_path / "click.wav")) == 8
    soundfile.write(tmp_path / "short.wav", click[4_000:4_080] / peak, 16_000, subtype="FLOAT")
    assert len(library.search(tmp_path / "short.wav")) == 8


@pytest.mark.parametrize("name", [None, "words.wav"])
def test_a_library_without_sounds_is_refused(tmp_path, query, random_bundle, name):
    (tmp_path / "sounds").mkdir()
    if name:
        (tmp_path / "sounds" / name).write_text("these are words")
    library = Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data")
    with pytest.raises(
        LibraryError,
        match=r"sounds: no sound in it can be read; menura info \S+sounds --skipped --model \S+ tells",
    ):
        library.search(query)


def test_a_missing_library_is_refused(tmp_path, random_bundle):
    with pytest.raises(UsageError, match=r"nowhere: no such folder; name a folder of sounds$"):
        Library.open(tmp_path / "nowhere", random_bundle)


def test_a_missing_model_is_refused(folder, tmp_path):
    with pytest.raises(ModelError, match="nowhere: no model there"):
        Library.open(folder, tmp_path / "nowhere")


def other_model(bundle: Bundle) -> Bundle:
    return Bundle(bundle.spec, {"name": "other"}, "0" * 64, bundle.imitation_tower, bundle.recording_tower, bundle.head)


def test_two_models_have_two_indexes_side_by_side(folder, query, tmp_path, random_bundle):
    first = Library.open(folder, random_bundle, tmp_path / "data")
    wanted = first.search(query)
    other = Library.open(folder, other_model(random_bundle), tmp_path / "data")
    assert other.is_new and [info.model for info in other.beside()] == ["random"]
    assert other.index().added == 8
    assert first.search(query) == wanted and other.info().model == "other"
    assert [(info.model, info.sounds) for info in first.beside()] == [("other", 8)]
    assert other.index(rebuild=True).added == 8 and first.index().unchanged == 8


def test_a_corrupt_index_is_refused_until_it_is_rebuilt(folder, query, tmp_path, random_bundle):
    library = Library.open(folder, random_bundle, tmp_path / "data")
    library.index()
    (library.info().home / "index.sqlite").write_bytes(os.urandom(5_000))
    again = Library.open(folder, random_bundle, tmp_path / "data")
    with pytest.raises(
        LibraryError, match=r"its index is damaged \(file is not a database\); make it anew with: menura"
    ):
        again.search(query)
    assert again.index(rebuild=True).added == 8
    assert len(again.search(query)) == 8


def test_two_models_index_at_once(folder, tmp_path, random_bundle, monkeypatch):
    monkeypatch.setattr(menura.index.update, "_BATCH_CHANGES", 1)
    other = Library.open(folder, other_model(random_bundle), tmp_path / "data")
    begun = threading.Event()

    def index_other(progress: menura.index.update.IndexProgress) -> None:
        if progress.done >= 3 and not begun.is_set():
            begun.set()
            other.index(rebuild=True)

    library = Library.open(folder, random_bundle, tmp_path / "data")
    assert library.index(progress=index_other).added == 8
    assert library.index().unchanged == other.index().unchanged == 8


# The package


def test_the_package_offers_the_front_door_and_nothing_else():
    assert menura.Hit is Hit and menura.Library is Library and menura.Bundle is Bundle
    assert set(menura.__all__) <= set(dir(menura))
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", menura.__version__)
    with pytest.raises(AttributeError, match="module 'menura' has no attribute 'nothing'"):
        _ = menura.nothing
