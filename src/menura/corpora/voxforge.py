"""VoxForge: read speech in many languages, of which the paper's source task tells seven apart (section 3.1).

A folder a language; in it a folder a submission, named SPEAKER-DATE-CODE, with `wav/*.wav`, or the submission's archive
SPEAKER-DATE-CODE.tgz as it is downloaded. Whole submissions, in an order that a seed decides, make up 8,000 clips a
language; an archive is unpacked only when its turn comes, to a cache of ours.

Everybody who submitted as 'anonymous' counts as one speaker, since two such submissions may be of one person.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import platformdirs

from menura.corpora.classes import ClassCatalogue, Clip, collect
from menura.corpora.fetch import Progress, RemoteFile, fetch
from menura.corpora.http import at_mirror, get_text
from menura.corpora.layout import held_by, named
from menura.corpora.unpack import DamagedArchiveError, unpack
from menura.errors import DataError, UsageError

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "ru")
CLIPS_A_LANGUAGE = 8_000
PAGE = "http://www.voxforge.org"
ADDRESS = "http://www.repository.voxforge1.org/downloads/{language}/Trunk/Audio/Main/16kHz_16bit/"
ARCHIVE_SUFFIX = ".tgz"
DOWNLOADS = ".downloads"


def load_voxforge(
    folder: Path, *, clips_per_language: int = CLIPS_A_LANGUAGE, seed: int = 0, unpacked: Path | None = None
) -> ClassCatalogue:
    """Clips of the seven languages with their speakers; a class is a language's two-letter code.

    Args:
        folder: The folder with the languages' folders.
        clips_per_language: How many of each, or all where there are fewer.
        seed: Decides which; 0 or more.
        unpacked: Where archives are unpacked to; by default a folder of the user's cache.

    Raises:
        UsageError: No such folder.
        DataError: No clip of any language.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name one with the folders {', '.join(LANGUAGES)}")
    cache = unpacked or _cache(folder)
    clips: list[Clip] = []
    missing: list[str] = []
    absent = [language for language in LANGUAGES if not (folder / language).is_dir()]
    if len(absent) == len(LANGUAGES):
        raise DataError(f"{folder}: none of the folders {', '.join(LANGUAGES)} is here; {held_by(folder)}")
    if absent:
        missing.append(f"languages not on disk: {named(absent)}")
    for index, language in enumerate(LANGUAGES):
        if language in absent:
            continue
        unusable: list[str] = []
        chosen = _choose(folder / language, cache / language, clips_per_language, [seed, index], unusable)
        clips += (Clip(path, language, speaker=_speaker(path.parent.parent.name)) for path in chosen)
        if unusable:
            missing.append(f"{language}: submissions without wav/*.wav: {named(unusable)}")
        if len(chosen) < clips_per_language:
            missing.append(f"{language}: {len(chosen):,} clips of the {clips_per_language:,} asked for")
    return collect("VoxForge", folder, clips, missing=missing)


def survey_voxforge(folder: Path) -> tuple[str, tuple[str, ...]]:
    """What is on disk, in a few words, and what is not, without unpacking anything."""
    counts = {language: len(_submissions(folder / language)) for language in LANGUAGES}
    found = ", ".join(f"{language} {n:,}" for language, n in counts.items() if n)
    absent = [language for language, n in counts.items() if not n]
    return found and f"submissions: {found}", (f"languages not on disk: {named(absent)}",) if absent else ()


def fetch_voxforge(
    folder: Path,
    *,
    clips_per_language: int = CLIPS_A_LANGUAGE,
    seed: int = 0,
    base_url: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Download submissions, in an order that `seed` decides, until there are enough clips of each language.

    What is there counts and stays as it is, and nothing is asked for a language that has enough. There are no
    published sizes or checksums; an archive that cannot be unpacked is left out.

    Args:
        folder: Gets a folder a language, in it a folder a submission.
        clips_per_language: How many clips are enough.
        seed: 0 or more.
        base_url: A mirror, http://HOST.
        progress: Called with the bytes fetched so far; nobody knows how many there will be.

    Raises:
        DataError: As `fetch` does; finished submissions are kept.
    """
    fetched = 0

    def advance(done: int, _total: int | None) -> None:
        if progress is not None:
            progress(fetched + done, None)

    for index, language in enumerate(LANGUAGES):
        cache = _cache(folder) / language
        n = len(_choose(folder / language, cache, clips_per_language, [seed, index], []))
        if n < clips_per_language:
            for archive in _archives_to_fetch(folder / language, [seed, index], base_url):
                path = fetch(archive, folder / language / DOWNLOADS, progress=advance)
                fetched += path.stat().st_size
                n += len(_unpacked(path, folder / language / path.stem))
                path.unlink()
                if n >= clips_per_language:
                    break
            shutil.rmtree(folder / language / DOWNLOADS, ignore_errors=True)


def _archives_to_fetch(folder: Path, seed: list[int], base_url: str | None) -> Iterator[RemoteFile]:
    """The submissions of a language that are listed and not there, in seeded order."""
    address = at_mirror(ADDRESS.format(language=folder.name), base_url)
    there = _submissions(folder)
    listed = [name for name in _listed(address) if name not in there]
    for position in np.random.default_rng(seed).permutation(len(listed)):
        file = listed[position] + ARCHIVE_SUFFIX
        yield RemoteFile(file, address + quote(file))


def _choose(folder: Path, cache: Path, wanted: int, seed: list[int], unusable: list[str]) -> list[Path]:
    """The wav files of whole submissions, in seeded order, cut off at `wanted`; names of useless ones are collected."""
    submissions = _submissions(folder)
    names = sorted(submissions)
    chosen: list[Path] = []
    for position in np.random.default_rng(seed).permutation(len(names)):
        if len(chosen) >= wanted:
            break
        name = names[position]
        path = submissions[name]
        wavs = _wavs(path) if path.is_dir() else _unpacked(path, cache / name)
        if not wavs:
            unusable.append(name)
        chosen += wavs
    return chosen[:wanted]


def _submissions(folder: Path) -> dict[str, Path]:
    """The submissions of a language by name: a folder, or else an archive."""
    if not folder.is_dir():
        return {}
    paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    archives = {path.stem: path for path in paths if path.suffix == ARCHIVE_SUFFIX}
    return archives | {path.name: path for path in paths if path.is_dir()}


def _wavs(submission: Path) -> list[Path]:
    return sorted(path for path in submission.glob("wav/*") if path.suffix.lower() == ".wav")


def _unpacked(archive: Path, folder: Path) -> list[Path]:
    """The wav files of an archive, unpacked to `folder`; none if it is damaged."""
    try:
        return _wavs(unpack(archive, folder))
    except DamagedArchiveError:
        return []


def _cache(folder: Path) -> Path:
    """A cache folder of its own for every folder of archives."""
    of_folder = sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("menura", appauthor=False) / "voxforge" / of_folder


def _speaker(submission: str) -> str:
    """SPEAKER of SPEAKER-YYYYMMDD-CODE; a name of another form is a speaker by itself."""
    return re.sub(r"-\d{8}-[^-]*$", "", submission)


def _listed(address: str) -> list[str]:
    """The names of the submissions in a web server's listing of a folder, sorted."""
    links = re.findall(r'href="([^"/?]+)\.tgz"', get_text(address))
    names = sorted({unquote(unescape(link)) for link in links})
    # What a link says becomes a file name here.
    names = [name for name in names if "/" not in name and "\\" not in name and not name.startswith(".")]
    if not names:
        raise DataError(f"{address}: lists no archives; look at {PAGE} for where they are now")
    return names
