"""Getting a corpus: the licence first, then the archive, verified, unpacked and readable; and what is on disk."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

import tiny_corpora
from menura.corpora.classes import ClassCatalogue
from menura.corpora.obtain import get_corpus, list_corpora
from menura.corpora.registry import PUBLISHED, find_corpus
from menura.corpora.voxforge import LANGUAGES, fetch_voxforge, load_voxforge
from menura.corpora.zenodo import ZenodoRecord
from menura.errors import DataError, UsageError
from tiny_corpora import submission

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def packed(folder: Path, kind: str = "zip") -> bytes:
    """An archive with the folder as its only top folder."""
    made = shutil.make_archive(str(folder.parent / "packed"), kind, folder.parent, folder.name)
    return Path(made).read_bytes()


def publish_on_zenodo(server, number: int, key: str, content: bytes, **altered) -> None:
    served = server.publish(f"/records/{number}/files/{key}", content)
    entry = {"key": key, "size": len(content), "checksum": served.checksum} | altered
    record = {"files": [entry, {"key": "README.md"}], "metadata": {"license": {"id": "cc-by-4.0"}}}
    server.publish(f"/api/records/{number}", json.dumps(record).encode())


def test_vocalsketch_comes_from_zenodo_with_its_licence_first(server, tmp_path):
    root = tiny_corpora.vocalsketch(tmp_path / "made" / "interactiveaudiolab-VocalSketchDataSet-6c9f381", set2=True)
    key = "interactiveaudiolab/VocalSketchDataSet-v1.1.2.zip"
    publish_on_zenodo(server, 1251982, key, packed(root))
    told, asked_when_told, progress = [], [], []

    def announce(line):
        told.append(line)
        asked_when_told.append(len(server.asked))

    folder = tmp_path / "data"
    path = get_corpus(
        "vocalsketch-1.1",
        folder,
        announce=announce,
        base_url=server.url,
        progress=lambda *state: progress.append(state),
    )
    assert path == folder / "vocalsketch-1.1"
    assert re.match(r"VocalSketch 1\.1 .*; licence: .*'everyday sounds' are not distributed", told[0])
    assert asked_when_told[0] == 0
    assert told[1] == "licence in Zenodo's record: cc-by-4.0"
    assert re.fullmatch(r"VocalSketchDataSet-v1\.1\.2\.zip: 0\.0 MB, md5:[0-9a-f]{32}", told[2])
    assert progress[-1][0] == progress[-1][1]
    catalogue = find_corpus("vocalsketch-1.1").load(path)
    assert len(catalogue.sounds) == 8
    assert [item.name for item in path.parent.iterdir() if not item.name.startswith(".")] == ["vocalsketch-1.1"]
    assert not list((folder / ".downloads").rglob("*"))


def test_a_second_call_asks_nobody(server, tmp_path):
    tiny_corpora.esc50(tmp_path / "esc50")
    told = []
    assert get_corpus("esc50", tmp_path, announce=told.append, base_url=server.url) == tmp_path / "esc50"
    assert told == [f"ESC-50 (Piczak 2015) is there: {tmp_path / 'esc50'}"]
    assert server.asked == []


def test_refusing_the_licence_fetches_nothing(server, tmp_path):
    def refuse(_line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get_corpus("urbansound8k", tmp_path, announce=refuse, base_url=server.url)
    assert server.asked == []
    assert list(tmp_path.iterdir()) == []


def test_urbansound8k_that_is_not_the_published_one_is_refused(server, tmp_path):
    content = packed(tiny_corpora.urbansound8k(tmp_path / "made" / "UrbanSound8K"), "gztar")
    server.publish("/records/1203745/files/UrbanSound8K.tar.gz", content)
    told = []
    with pytest.raises(DataError, match=r"UrbanSound8K\.tar\.gz.* is not the published file: its MD5 differs"):
        get_corpus("urbansound8k", tmp_path / "data", announce=told.append, base_url=server.url)
    assert told[-1] == "UrbanSound8K.tar.gz: size unknown, md5:9aa69802bbf37fb986f71ec1483a196e"
    assert not (tmp_path / "data" / "urbansound8k").exists()


def test_an_archive_without_a_published_checksum_says_so(server, tmp_path):
    root = tiny_corpora.esc50(tmp_path / "made" / "ESC-50-master")
    server.publish("/karolpiczak/ESC-50/archive/refs/heads/master.zip", packed(root), ranges=False)
    told = []
    path = get_corpus("esc50", tmp_path / "data", announce=told.append, base_url=server.url)
    assert told[1:] == ["ESC-50.zip: size unknown, no published checksum", "unpacking ESC-50.zip"]
    assert "not for commercial use" in told[0]
    assert len(find_corpus("esc50").load(path).clips) == 15


def test_an_archive_that_cannot_be_unpacked_does_not_stand_in_the_way(server, tmp_path):
    root = tiny_corpora.esc50(tmp_path / "made" / "ESC-50-master")
    whole = packed(root)
    address = "/karolpiczak/ESC-50/archive/refs/heads/master.zip"
    server.publish(address, whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"ESC-50\.zip: damaged or cut off"):
        get_corpus("esc50", tmp_path / "data", announce=lambda _line: None, base_url=server.url)
    server.publish(address, whole)
    path = get_corpus("esc50", tmp_path / "data", announce=lambda _line: None, base_url=server.url)
    assert len(find_corpus("esc50").load(path).clips) == 15


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    names = r"vocalsketch-1\.0\.4, .*esc10, mn04"
    with pytest.raises(UsageError, match=rf"vocalsketch: no such corpus; the names are {names}$"):
        get_corpus("vocalsketch", tmp_path, announce=print)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"files": [{"key": "a.zip"}]}',
        b'{"files": [], "metadata": {}}',
        b'{"files": 7}',
        b'{"files": [{"key": "a.zip", "size": "many", "checksum": ""}]}',
        b'{"files": [{"key": "a.zip", "size": 1, "checksum": "crc:1"}]}',
    ],
)
def test_an_answer_of_zenodo_that_cannot_be_read_names_the_page(server, answer):
    server.publish("/api/records/7", answer)
    with pytest.raises(DataError, match=r"^https://zenodo\.org/records/7: .*download it from there by hand$"):
        ZenodoRecord(7).look_up(server.url)


def listing(server, language: str, folder: Path) -> None:
    address = f"/downloads/{language}/Trunk/Audio/Main/16kHz_16bit/"
    links = ['<a href="?C=N;O=D">Name</a> <a href="/downloads/">Parent Directory</a> <a href="../../evil.tgz">evil</a>']
    for path in sorted(folder.glob("*.tgz")):
        links.append(f'<a href="{path.name}">{path.name}</a>')
        server.publish(address + path.name, path.read_bytes())
    server.publish(address, "\n".join(links).encode())


def test_voxforge_comes_by_submission_until_there_is_enough(server, tmp_path):
    for language in LANGUAGES:
        for speaker in "abcdef":
            submission(tmp_path / "made" / language, f"{speaker}-20140101-xyz", 4, archived=True)
        listing(server, language, tmp_path / "made" / language)
    progress = []
    folder = tmp_path / "voxforge"
    fetch_voxforge(folder, clips_per_language=10, base_url=server.url, progress=lambda *state: progress.append(state))
    assert Counter(path.parent.name for path in folder.glob("*/*")) == dict.fromkeys(LANGUAGES, 3)
    assert Counter(path.relative_to(folder).parts[0] for path in folder.rglob("*.wav")) == dict.fromkeys(LANGUAGES, 12)
    assert not list(folder.rglob("*.tgz"))
    done = [state[0] for state in progress]
    assert done == sorted(done)
    assert {state[1] for state in progress} == {None}
    server.asked.clear()
    fetch_voxforge(folder, clips_per_language=10, base_url=server.url)
    assert server.asked == []
    found = load_voxforge(folder, clips_per_language=10)
    assert Counter(clip.label for clip in found.clips) == dict.fromkeys(LANGUAGES, 10)
    # One submission more is asked for when one is gone; the others are not fetched again.
    shutil.rmtree(next((folder / "nl").iterdir()))
    fetch_voxforge(folder, clips_per_language=10, base_url=server.url)
    listed, fetched = (path for path, _ in server.asked)
    assert listed.endswith("/nl/Trunk/Audio/Main/16kHz_16bit/")
    assert fetched.startswith(listed)


def test_voxforge_passes_over_an_archive_that_is_damaged(server, tmp_path):
    made = tmp_path / "made"
    submission(made, "a-20140101-xyz", 2, archived=True)
    (made / "b-20140101-xyz.tgz").write_bytes(b"no archive")
    for language in LANGUAGES:
        listing(server, language, made)
    fetch_voxforge(tmp_path / "voxforge", clips_per_language=2, base_url=server.url)
    assert {path.name for path in (tmp_path / "voxforge").glob("*/*")} == {"a-20140101-xyz"}
    # In one language at least the damaged one had its turn first.
    assert any(path.endswith("b-20140101-xyz.tgz") for path, _ in server.asked)


def test_archives_of_ones_own_stay_and_count(server, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "voxforge"
    mine = [submission(folder / language, "mine-20140101-xyz", 4, archived=True) for language in LANGUAGES]
    for language in LANGUAGES:
        submission(tmp_path / "made" / language, "mine-20140101-xyz", 4, archived=True)
        submission(tmp_path / "made" / language, "other-20140101-xyz", 4, archived=True)
        listing(server, language, tmp_path / "made" / language)
    fetch_voxforge(folder, clips_per_language=4, base_url=server.url)
    assert server.asked == []
    fetch_voxforge(folder, clips_per_language=6, base_url=server.url)
    assert all(path.is_file() for path in mine)
    assert not any("mine" in path for path, _ in server.asked)
    assert Counter(clip.label for clip in load_voxforge(folder).clips) == dict.fromkeys(LANGUAGES, 8)


def test_a_listing_without_archives_is_an_error(server, tmp_path):
    server.publish("/downloads/de/Trunk/Audio/Main/16kHz_16bit/", b"<html>moved</html>")
    with pytest.raises(DataError, match=r"/downloads/de/.*: lists no archives; look at"):
        get_corpus("voxforge", tmp_path, announce=lambda _line: None, base_url=server.url)


def test_what_is_on_disk(tmp_path):
    tiny_corpora.vocalsketch(tmp_path / "vocalsketch-1.0.4", everyday=False)
    tiny_corpora.urbansound8k(tmp_path / "UrbanSound8K")
    submission(tmp_path / "voxforge" / "de", "a-20140101-xyz", 2)
    (tmp_path / "esc50").mkdir()
    part = tmp_path / ".downloads" / "vimsketch" / "Vim_Sketch_Dataset.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1_000)
    status = {status.corpus.folder: status for status in list_corpora(tmp_path)}
    assert list(status) == [*(published.corpus.folder for published in PUBLISHED), "mn04"]
    assert status["vocalsketch-1.0.4"].found == "18 imitations of 6 sounds in 3 categories"
    assert len(status["vocalsketch-1.0.4"].missing) == 3
    assert status["urbansound8k"].path == tmp_path / "UrbanSound8K"
    assert status["urbansound8k"].found == "20 clips of 2 classes in 10 folds"
    assert status["urbansound8k"].corpus.licence.startswith("CC BY-NC")
    assert status["voxforge"].found == "submissions: de 1"
    assert not status["esc50"].on_disk
    assert "meta/esc50.csv is not here" in status["esc50"].missing[0]
    assert (status["vimsketch"].path, status["vimsketch"].waiting_bytes) == (None, 1_000)
    assert {name for name, corpus in status.items() if corpus.on_disk} == {
        "vocalsketch-1.0.4",
        "urbansound8k",
        "voxforge",
    }


def test_the_real_esc10_is_listed(shared_data):
    status = {status.corpus.folder: status for status in list_corpora(shared_data)}
    assert status["esc10"].found == "400 clips of 10 classes in 5 folds"
    assert status["esc10"].missing == ()
    assert isinstance(find_corpus("esc10").load(shared_data / "esc10"), ClassCatalogue)
