"""Which files are sounds, by their endings, and what those are that look like sounds and are none that can be read."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import NamedTuple

_ENDINGS = """
    wav wave bwf rf64 w64 flac ogg oga opus mp3 mp2 aiff aif aifc caf au snd
    voc avr paf pvf sds sf ircam nist sph svx 8svx iff wve xi
"""
AUDIO_SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
"""Endings, in lower case, of the files that are read whatever is installed."""

FORMATS_SUFFIXES = frozenset({".m4a", ".m4b", ".mp4", ".aac", ".wma", ".webm", ".3gp", ".amr"})
"""Endings, in lower case, of the files that are read where PyAV is installed."""

_CONVERT = "convert it to wav or flac"
_EXPORT = "export its sounds as wav"
_NONE_INSIDE = "it holds no sound; nothing is lost"
_NEEDS_FORMATS = f'pip install "menura[formats]" to have it read, or {_CONVERT}'

_OTHERS = {
    "ape": ("Monkey's Audio", _CONVERT),
    "wv": ("WavPack", _CONVERT),
    "tta": ("True Audio", _CONVERT),
    "mpc": ("Musepack", _CONVERT),
    "ac3": ("Dolby Digital", _CONVERT),
    "dts": ("DTS", _CONVERT),
    "dsf": ("DSD", _CONVERT),
    "dff": ("DSD", _CONVERT),
    "ra": ("RealAudio", _CONVERT),
    "mka": ("Matroska", _CONVERT),
    "mov": ("a film", _CONVERT),
    "sd2": ("Sound Designer II", _CONVERT),
    "rx2": ("REX loops", _EXPORT),
    "rex": ("REX loops", _EXPORT),
    "rcy": ("REX loops", _EXPORT),
    "nki": ("a Kontakt instrument", _EXPORT),
    "nkx": ("Kontakt samples", _EXPORT),
    "nks": ("Kontakt samples", _EXPORT),
    "ncw": ("Kontakt samples", _EXPORT),
    "sf2": ("a SoundFont", _EXPORT),
    "sf3": ("a SoundFont", _EXPORT),
    "dls": ("a bank of samples", _EXPORT),
    "gig": ("a GigaStudio instrument", _EXPORT),
    "xrni": ("a Renoise instrument", _EXPORT),
    "alp": ("an Ableton Live pack", _EXPORT),
    "sfz": ("a list of samples", _NONE_INSIDE),
    "exs": ("a list of samples for Logic", _NONE_INSIDE),
    "akp": ("a list of samples for Akai", _NONE_INSIDE),
    "asd": ("Ableton Live's analysis", _NONE_INSIDE),
    "als": ("an Ableton Live set", _NONE_INSIDE),
    "adv": ("an Ableton Live preset", _NONE_INSIDE),
    "adg": ("an Ableton Live preset", _NONE_INSIDE),
    "mid": ("notes", _NONE_INSIDE),
    "midi": ("notes", _NONE_INSIDE),
    "zip": ("an archive", "unpack it"),
    "rar": ("an archive", "unpack it"),
    "7z": ("an archive", "unpack it"),
}


class NotRead(NamedTuple):
    """Files of one kind that no search finds.

    Attributes:
        suffix: Their ending, in lower case.
        n_files: How many there are.
        example: The path of one of them.
    """

    suffix: str
    n_files: int
    example: str

    @property
    def what(self) -> str:
        """How many of which kind, and one of them."""
        files = "file" if self.n_files == 1 else "files"
        return f"{self.n_files:,} {self.suffix} {files}, such as {self.example}"

    @property
    def reason(self) -> str:
        """What such a file is, and what to do about it."""
        return reason_not_read(self.suffix) or "not read"


class CountedNotRead:
    """Files that look like sounds and are of kinds that are not read, as a walk comes by them."""

    def __init__(self) -> None:
        self._by_suffix: dict[str, NotRead] = {}

    def add(self, path: str) -> None:
        """Count a file, if it is of such a kind."""
        suffix = suffix_of(path)
        if reason_not_read(suffix) is not None:
            known = self._by_suffix.get(suffix, NotRead(suffix, 0, path))
            self._by_suffix[suffix] = known._replace(n_files=known.n_files + 1)

    def most_frequent_first(self) -> tuple[NotRead, ...]:
        """The kinds that it came by so far."""
        return tuple(sorted(self._by_suffix.values(), key=lambda kind: (-kind.n_files, kind.suffix)))


def suffix_of(path: str) -> str:
    """A path's ending in lower case, as the tables here have it."""
    return PurePath(path).suffix.lower()


@cache
def has_formats() -> bool:
    """Whether PyAV works, which `menura[formats]` brings; asked only where there is something for it to read."""
    try:
        import_module("av")
    except (ImportError, OSError):  # not there, or broken
        return False
    return True


def is_read(path: str) -> bool:
    """Whether a file of this name is taken for a sound."""
    suffix = suffix_of(path)
    return suffix in AUDIO_SUFFIXES or (suffix in FORMATS_SUFFIXES and has_formats())


def reason_not_read(suffix: str) -> str | None:
    """Why files with this ending are not read, and what to do; None where they are, or are nothing like sounds."""
    if suffix in FORMATS_SUFFIXES:
        return None if has_formats() else _NEEDS_FORMATS
    what, advice = _OTHERS.get(suffix.removeprefix("."), (None, None))
    return None if what is None else f"{what}, no recording that can be read; {advice}"


def needs_formats(kind: str) -> str:
    """Why a file of such a kind, which PyAV reads, is not read without it."""
    return f"{kind} is not read by this installation; {_NEEDS_FORMATS}"
