"""A library in shards answers as one machine does, to the last bit; it is filled once, whatever is lost meanwhile."""

import shutil
from concurrent.futures import Future
from itertools import product

import fsspec
import numpy as np
import pytest
import soundfile

from indexes import counts, everything_in
from menura import Bundle, Library, LibraryError, UsageError
from menura.cluster import library as library_module
from menura.cluster.copies import Copies
from menura.cluster.source import Source
from menura.search.ranking import Only, Question
from menura.search.together import embedded
from shards import Shards, told

ASKED = [
    Only(),
    Only(folder="b"),
    Only("copy"),
    Only("kick"),
    Only("-copy"),
    Only(kinds=["cymbal"]),
    Only(shorter_s=1.0),
    Only(paths=["a/hat_raw.flac", "b/copy hat_raw.flac", "b/copy elec_bell.flac"]),
]
PAGES = [(0, 5), (0, 100), (3, 4), (20, 10), (40, 5)]


@pytest.fixture(scope="module")
def bundle():
    return Bundle.load()


@pytest.fixture(scope="module")
def sounds(real_clips, tmp_path_factory):
    """Real sounds, each with a copy in another folder, some of them also in another format or long, and no sound."""
    folder = tmp_path_factory.mktemp("sounds")
    for name in "ab":
        (folder / name).mkdir()
    for clip in real_clips:
        shutil.copy(clip, folder / "a" / clip.name)
        shutil.copy(clip, folder / "b" / f"copy {clip.name}")
    samples, rate_hz = soundfile.read(folder / "a" / "hat_raw.flac")
    soundfile.write(folder / "hat as wav.wav", samples, rate_hz, subtype="PCM_24")
    soundfile.write(folder / "long.wav", np.tile(samples, (40,) + (1,) * (samples.ndim - 1)), rate_hz)
    (folder / "b" / "no sound.wav").write_bytes(b"none")
    (folder / "a" / "link.flac").symlink_to(folder / "a" / "elec_bell.flac")
    return folder


@pytest.fixture(scope="module")
def one_machine(sounds, bundle, tmp_path_factory):
    library = Library.open(sounds, bundle, tmp_path_factory.mktemp("data"), music=False)
    library.index()
    return library


@pytest.fixture(scope="module")
def embedding(one_machine, real_clips, bundle):
    return embedded([one_machine.hear(real_clips[0])], bundle)


@pytest.fixture(scope="module", params=[1, 2, 7])
def shards(request, sounds, bundle, tmp_path_factory):
    place = tmp_path_factory.mktemp("cluster")
    made = Shards(place / "store", sounds, place / "disk", bundle)
    made.fill(request.param)
    return made


@pytest.fixture
def small(sounds, bundle, tmp_path):
    """A folder of its own with a few of the sounds, and a library of it in three shards that is not filled yet."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    for path in sorted((sounds / "a").glob("*.flac"))[:5]:
        shutil.copy(path, folder / path.name)
    return folder, Shards(tmp_path / "store", folder, tmp_path / "disk", bundle)


def test_every_answer_is_that_of_one_machine(shards, one_machine, embedding):
    library = shards.library()
    for only, (offset, limit) in product(ASKED, PAGES):
        for question in (Question(embedding, only=only), Question(only=only)):
            found = library.page(question, offset=offset, limit=limit)
            wanted = one_machine.page(question, offset=offset, limit=limit)
            assert told(found) == told(wanted), (only, offset, limit)
            assert found.lacks is None
    twins = {hit.path: hit.alike for hit in library.page(Question(embedding), offset=0, limit=100).found}
    assert twins["a/hat_raw.flac"] == ("b/copy hat_raw.flac", "hat as wav.wav")


def test_a_deep_page_of_a_list_is_that_of_one_machine(shards, one_machine, monkeypatch):
    monkeypatch.setattr(library_module, "_SHALLOW", 0)
    monkeypatch.setattr(library_module, "_KEYS", 3)
    library, asked = shards.library(), []
    ask = library._reach.ask
    library._reach.ask = lambda shard, method, *rest: (asked.append((method, rest)), ask(shard, method, *rest))[1]
    for only, (offset, limit) in product(ASKED, PAGES):
        found = library.page(Question(only=only), offset=offset, limit=limit)
        assert told(found) == told(one_machine.page(Question(only=only), offset=offset, limit=limit)), (only, offset)
    assert max(rest[2] for method, rest in asked if method == "page") == 100  # of the deepest too the page alone


def test_what_is_said_of_it_is_what_one_machine_says(shards, one_machine):
    library = shards.library()
    assert library.folder_counts() == one_machine.folder_counts()
    assert library.kind_counts(Question()) == one_machine.kind_counts(Question())
    found, wanted = library.info(), one_machine.info()
    for what in ("sounds", "windows", "complete", "skipped", "not_read", "absent"):
        assert getattr(found, what) == getattr(wanted, what), what
    assert found.seconds == pytest.approx(wanted.seconds)
    assert [shards.shard(number).check() for number in range(shards.card.shards)] == [[]] * shards.card.shards


def test_judged_sounds_count_in_every_shard(shards, one_machine, embedding):
    library = shards.library()
    hits = {hit.path: hit.sound.id for hit in library.page(Question(embedding), offset=0, limit=100).found}
    unliked = [hits["a/hat_raw.flac"]]
    found = library.page(Question(embedding, (), unliked), offset=0, limit=100)
    with one_machine.snapshot() as snapshot:
        theirs = snapshot.named(["a/hat_raw.flac"]).tolist()
    assert told(found) == told(one_machine.page(Question(embedding, (), theirs), offset=0, limit=100))
    liked = library.page(Question(liked=[hits["long.wav"]]), offset=0, limit=1)
    assert liked.found[0].path == "long.wav"
    assert liked.found[0].word is None
    sound = library.sound(hits["long.wav"])
    assert sound.path == "long.wav"
    assert library.near(embedding, sound.id, 0.0).path == "long.wav"


def test_a_shard_that_does_not_answer_is_named(shards, one_machine, embedding):
    n_shards = shards.card.shards
    shards.lost = {0}
    try:
        if n_shards == 1:
            with pytest.raises(LibraryError, match="no shard answers; menura cluster status says what runs"):
                shards.library().page(Question(embedding), offset=0, limit=5)
            return
        for offset in (0, 2):
            page = shards.library().page(Question(embedding), offset=offset, limit=100)
            assert page.missing == (0,)
            assert page.lacks.startswith(f"shard 0 of {n_shards} does not answer: what would be found there is missing")
            # What is there is found, even where the first of its twins is in the shard that is away.
            every = {path for hit in page.found for path in (hit.path, *hit.alike)}
            there = {path for path in every_path(one_machine) if shards.card.shard_of(path) != 0}
            assert every == there if offset == 0 else every < there
    finally:
        shards.lost = set()


def every_path(library):
    with library.snapshot() as snapshot:
        return snapshot.paths(snapshot.table.sound_ids.tolist())


def test_sounds_and_store_in_object_storage(sounds, bundle, one_machine, embedding, tmp_path):
    """In fsspec's own, in memory; `test_ray.py` has S3."""
    memory = fsspec.filesystem("memory")
    for path in every_path(one_machine):
        memory.pipe_file(f"/sounds/{path}", (sounds / path).read_bytes())
    memory.pipe_file("/sounds/.hidden/left out.wav", b"none")
    memory.pipe_file("/sounds/bad.wav", b"none")
    memory.pipe_file("/sounds/list.sfz", b"none")
    shards = Shards("memory://store", "memory://sounds", tmp_path / "disk", bundle)
    n_sounds = one_machine.info().sounds
    report = shards.fill(3)
    assert counts(report) == {"added": n_sounds, "skipped": 1}
    assert report.skipped[0].path == "bad.wav"
    assert report.skipped[0].reason.startswith("not a sound file that can be read")
    assert report.not_read[0].suffix == ".sfz"
    wanted = one_machine.page(Question(embedding), offset=0, limit=100)
    assert told(shards.library().page(Question(embedding), offset=0, limit=100)) == told(wanted)
    shards.restart(tmp_path / "another disk")
    assert told(shards.library().page(Question(embedding), offset=0, limit=100)) == told(wanted)
    memory.pipe_file("/sounds/bad.wav", (sounds / "long.wav").read_bytes())
    assert counts(shards.fill()) == {"added": 1, "unchanged": n_sounds}
    memory.rm("/sounds/bad.wav")
    assert counts(shards.fill()) == {"removed": 1, "unchanged": n_sounds}
    with Copies(Source("memory://sounds")).open("long.wav") as stream:
        assert stream.read() == (sounds / "long.wav").read_bytes()
    with pytest.raises(UsageError, match=r"memory://nowhere: cannot be listed \(/?nowhere\); check the address"):
        Source("memory://nowhere").walk()


def test_filling_again_does_what_has_changed(small):
    folder, shards = small
    assert counts(shards.fill(3)) == {"added": 5}
    before = everything_in(folder)
    assert counts(shards.fill()) == {"unchanged": 5}
    assert everything_in(folder) == before
    (folder / "drum_cowbell.flac").unlink()
    shutil.copy(folder / "elec_bell.flac", folder / "new.flac")
    (folder / "bad.wav").write_bytes(b"none")
    assert counts(shards.fill()) == {"added": 1, "removed": 1, "unchanged": 4, "skipped": 1}
    assert not shards.store.names("listings")


def test_a_library_is_of_one_source_in_so_many_shards(small, tmp_path, bundle):
    _, shards = small
    shards.fill(3)
    with pytest.raises(UsageError, match="has 3 shards, and their number never changes; leave --shards out"):
        shards.fill(4)
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match=r"holds the library of .*sounds, not of .*other; name another"):
        Shards(tmp_path / "store", tmp_path / "other", tmp_path / "disk", bundle).fill()
    with pytest.raises(UsageError, match="no cluster library there; menura cluster fill SOURCE --store"):
        Shards(tmp_path / "empty", tmp_path, tmp_path / "disk", bundle).library()
    with pytest.raises(UsageError, match="0 shards: ask for 1 to 4,096"):
        Shards(tmp_path / "zero", tmp_path / "other", tmp_path / "disk", bundle).fill(0)


def test_files_of_a_lost_task_are_examined_again_and_a_deadly_one_is_named(small):
    _, shards = small
    submitted = []

    def submit(files):
        submitted.append([file.path for file, _ in files])
        if len(submitted) > 1 and "elec_bell.flac" not in submitted[-1]:
            return shards.examine(files)
        answer = Future()
        answer.set_exception(RuntimeError("the worker died"))
        return answer

    report = shards.fill(1, submit=submit)
    assert counts(report) == {"added": 4, "skipped": 1}
    assert report.skipped[0].path == "elec_bell.flac"
    assert "whatever examined it came to its end, 3 times (the worker died)" in report.skipped[0].reason
    assert counts(shards.fill()) == {"unchanged": 4, "skipped": 1}
    shards.restart()
    assert counts(shards.fill()) == {"added": 1, "unchanged": 4}


def test_a_second_model_answers_once_its_generation_is_whole(small, random_bundle, random_bundle_folder, real_clips):
    _, shards = small
    shards.fill(2)
    old = shards.library()
    shards.bundle, shards.model = random_bundle, random_bundle_folder
    assert counts(shards.fill()) == {"added": 5}
    assert shards.card.model == random_bundle.fingerprint
    new = shards.library()
    for library in (old, new):
        page = library.search([library.hear(real_clips[0])])
        assert page.total == 5
