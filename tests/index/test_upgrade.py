"""What Menura 0.1 left in the data directory: indexes are made anew without being asked for, favourites stay.

`menura-0.1.zip` is the data directory of Menura 0.1, as it was at commit 07b25a0, after `menura index` of the sounds
that `write_sounds` makes, in /tmp/v01/home/sounds, two of which were then marked by its `Favourites`. The folder has
another place here, so the home of its index and the folder of the favourites are renamed.
"""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from indexes import counts
from menura import Library
from menura.errors import UsageError
from menura.index.homes import index_home, libraries_home
from menura.index.identity import IndexIdentity
from menura.index.update import IndexProgress
from menura.web.collections import Collected, Collections
from menura.web.favourites import Favourites
from menura.web.kept import Kept
from stores import MODEL

MADE_AT = b"/tmp/v01/home/sounds"
PATHS = {"drums/OpenHat.wav", "drums/kick.wav", "siren.wav"}


def write_sounds(folder: Path) -> Path:
    """The sounds that the files of 0.1 are of, and a file that is none."""
    t, noise = np.arange(6_400) / 16_000, np.random.default_rng(1)
    (folder / "drums").mkdir(parents=True)
    for name, sound in {
        "drums/kick.wav": np.sin(2 * np.pi * 60 * t * np.exp(-4 * t)) * np.exp(-9 * t),
        "drums/OpenHat.wav": noise.standard_normal(len(t)) * np.exp(-7 * t),
        "siren.wav": np.sin(2 * np.pi * (400 * t + 300 * t * t)),
    }.items():
        soundfile.write(folder / name, 0.4 * sound, 16_000, subtype="PCM_16")
    (folder / "notes.wav").write_text("no sound")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sounds(tmp_path / "sounds")


@pytest.fixture
def data_dir(folder: Path, tmp_path: Path) -> Path:
    """The data directory of 0.1."""
    data_dir = tmp_path / "data/menura"
    with zipfile.ZipFile(Path(__file__).with_name("menura-0.1.zip")) as archive:
        archive.extractall(tmp_path / "data")
    (home,) = libraries_home(data_dir).iterdir()
    home.rename(old_home(folder, data_dir))
    with closing(sqlite3.connect(data_dir / "favourites.sqlite", isolation_level=None)) as db:
        moved = db.execute("UPDATE favourites SET folder = ? WHERE folder = ?", (bytes(folder), MADE_AT))
        assert moved.rowcount == 2
    return data_dir


def old_home(folder: Path, data_dir: Path) -> Path:
    home = index_home(IndexIdentity(folder, MODEL), data_dir)
    return home.with_name(home.name.partition("-")[0])


def test_a_library_of_0_1_is_indexed_anew_by_the_first_who_searches_it(folder, data_dir, random_bundle):
    library, old = Library.open(folder, random_bundle, data_dir), old_home(folder, data_dir)
    assert library.is_new and old.is_dir()
    with pytest.raises(UsageError, match=r"not indexed with .* yet; menura index .*sounds .*does it"):
        library.check()
    assert {hit.path for hit in library.search(folder / "siren.wav")} == PATHS
    assert library.check(everything=True).whole
    assert not old.exists() and counts(library.index()) == {"unchanged": 3, "skipped": 1}


def test_what_0_1_made_stays_until_the_library_is_indexed_anew(folder, data_dir, random_bundle):
    old, before = old_home(folder, data_dir), files(old_home(folder, data_dir))

    def stop_at_two(progress: IndexProgress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    library = Library.open(folder, random_bundle, data_dir)
    with pytest.raises(KeyboardInterrupt):
        library.index(progress=stop_at_two)
    assert files(old) == before
    library.index(rebuild=True)
    assert not old.exists() and library.info().sounds == 3


def test_favourites_of_0_1_stay_and_collections_come_beside_them(folder, data_dir, random_bundle):
    library = Library.open(folder, random_bundle, data_dir)
    library.index()
    kept = Kept(data_dir)
    favourites, collections = Favourites(kept), Collections(kept)
    assert favourites.of(folder) == {"drums/kick.wav", "siren.wav"} <= PATHS
    collection = collections.get(collections.make("drums"))
    collections.put(collection, [Collected(folder, "drums/kick.wav")])
    favourites.remove(folder, "siren.wav")
    assert Favourites(Kept(data_dir)).of(folder) == {"drums/kick.wav"} == collections.paths(collection, folder)


def test_0_1_still_finds_its_favourites(folder, data_dir):
    """As its own `Favourites` asks for them."""
    kept = Kept(data_dir)
    Collections(kept)
    Favourites(kept).add(folder, "drums/OpenHat.wav")
    with closing(sqlite3.connect(data_dir / "favourites.sqlite")) as db:
        rows = db.execute("SELECT path FROM favourites WHERE folder = ?", (bytes(folder),))
        assert {path.decode() for (path,) in rows} == PATHS


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
