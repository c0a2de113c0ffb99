"""Files that call themselves sounds, made to do harm: damaged, lying, absurd, or merely named so.

All of it follows from a random generator, so that a file that does harm can be made again.
"""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from benchmarks.robustness.seeds import Rng, Seed

HOSTILE_NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    255,
    1_000,
    0x7FFF,
    0x8000,
    0xFFFF,
    44_100,
    10_000_000,
    2**31 - 1,
    2**31,
    2**32 - 1,
)


class Hostile(NamedTuple):
    """A file to write: what was done to it, the ending of its name, its bytes, and what it was made from."""

    kind: str
    suffix: str
    content: bytes
    container: str


def damaged(rng: Rng, seeds: list[Seed]) -> Hostile:
    """A file that is wrong in one of the ways below, or in two of them."""
    ways = list(_WAYS)
    seed = seeds[rng.integers(len(seeds))]
    kind = ways[rng.integers(len(ways))]
    content = _WAYS[kind](rng, seed, seeds)
    suffix = seed.suffix
    if rng.random() < 0.1:  # damage upon damage
        content = _flip(rng, seed._replace(content=content), seeds)
    if rng.random() < 0.1:
        suffix = seeds[rng.integers(len(seeds))].suffix
    return Hostile(kind, suffix, content, seed.container)


def _truncate(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    return seed.content[: rng.integers(len(seed.content))]


def _flip(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    return _flipped(rng, seed.content, len(seed.content))


def _flip_header(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    return _resummed(_flipped(rng, seed.content, 200))


def _flipped(rng: Rng, content: bytes, within: int) -> bytes:
    spoiled = bytearray(content)
    for at in rng.integers(min(within, len(spoiled)), size=rng.integers(1, 30)) if spoiled else ():
        spoiled[at] ^= 1 << rng.integers(8)
    return bytes(spoiled)


def _overwrite(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    """Numbers that mean trouble, of any width and order of bytes, in the header: a rate, a length, a number of bits."""
    spoiled = bytearray(seed.content)
    for _ in range(rng.integers(1, 4)):
        number = int(rng.choice(HOSTILE_NUMBERS))
        form = str(rng.choice(["<H", ">H", "<I", ">I", "<Q", ">Q"]))
        width = struct.calcsize(form)
        at = int(rng.integers(4, max(5, min(120, len(spoiled) - width))))
        spoiled[at : at + width] = struct.pack(form, number % 2 ** (8 * width))
    return _resummed(bytes(spoiled))


def _splice(rng: Rng, seed: Seed, seeds: list[Seed]) -> bytes:
    other = seeds[rng.integers(len(seeds))].content
    return seed.content[: rng.integers(len(seed.content))] + other[rng.integers(len(other)) :]


def _repeat(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    first, last = sorted(rng.integers(len(seed.content), size=2))
    return seed.content[:last] + seed.content[first:last] * int(rng.integers(1, 6)) + seed.content[last:]


def _blank(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    first, last = sorted(rng.integers(len(seed.content), size=2))
    filler = bytes(last - first) if rng.random() < 0.5 else rng.bytes(last - first)
    return seed.content[:first] + filler + seed.content[last:]


def _cut_out(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    first, last = sorted(rng.integers(len(seed.content), size=2))
    return seed.content[:first] + seed.content[last:]


def _noise(rng: Rng, seed: Seed, _: list[Seed]) -> bytes:
    return seed.content[: rng.integers(64)] + rng.bytes(rng.integers(4_000))


def _not_finite(rng: Rng, _: Seed, __: list[Seed]) -> bytes:
    sound = rng.normal(0, 0.1, int(rng.integers(1, 4_000)))
    places = rng.integers(len(sound), size=rng.integers(1, 5))
    sound[places] = rng.choice([np.nan, np.inf, -np.inf, 1e300, -1e38, 1e-310], size=len(places))
    file = io.BytesIO()
    soundfile.write(file, sound, int(rng.choice([8_000, 44_100, 96_000])), format="WAV", subtype="DOUBLE")
    return file.getvalue()


def _few_samples(rng: Rng, _: Seed, __: list[Seed]) -> bytes:
    return plain_wav(np.zeros((rng.integers(4), rng.integers(1, 3)), np.int16), 44_100)


def _many_channels(rng: Rng, _: Seed, __: list[Seed]) -> bytes:
    channels = int(rng.choice([3, 8, 63, 64, 65, 255, 256, 1_000, 1_024, 1_025, 65_535]))
    return plain_wav(rng.integers(-99, 99, (rng.integers(1, 4), channels)).astype(np.int16), 44_100)


def _odd_rate(rng: Rng, _: Seed, __: list[Seed]) -> bytes:
    rate_hz = int(rng.choice([1, 7, 999, 1_000, 1_001, 7_919, 192_000, 999_983, 1_000_000, 1_000_001, 10_000_000]))
    return plain_wav(rng.integers(-9_999, 9_999, (rng.integers(1, 3_000), 1)).astype(np.int16), rate_hz)


def _claim_hours(rng: Rng, _: Seed, __: list[Seed]) -> bytes:
    """A header that promises four hours over some hundred bytes."""
    if rng.random() < 0.5:
        file = io.BytesIO()
        soundfile.write(file, rng.normal(0, 0.1, 300), 44_100, format="FLAC")
        flac = bytearray(file.getvalue())
        flac[21:26] = bytes([flac[21] & 0xF0]) + struct.pack(">I", 4 * 3_600 * 44_100)
        return bytes(flac[: rng.integers(60, len(flac))])
    content = bytearray(plain_wav(rng.integers(-99, 99, (30, 1)).astype(np.int16), 44_100))
    content[40:44] = struct.pack("<I", 4 * 3_600 * 44_100 * 2)
    return bytes(content)


def plain_wav(frames: np.ndarray, rate_hz: int) -> bytes:
    """A 16-bit wav of (n, channels) frames, of any rate and number of channels."""
    data = frames.tobytes()
    channels, frame_bytes = frames.shape[1], 2 * frames.shape[1]
    numbers = (16, 1, channels, rate_hz, rate_hz * frame_bytes % 2**32, frame_bytes % 2**16, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE"
        b"fmt " + struct.pack("<IHHIIHH", *numbers) + b"data" + struct.pack("<I", len(data)) + data
    )


_WAYS: dict[str, Callable[[Rng, Seed, list[Seed]], bytes]] = {
    "truncated": _truncate,
    "bits flipped": _flip,
    "bits of the header flipped": _flip_header,
    "numbers of the header overwritten": _overwrite,
    "spliced": _splice,
    "a part repeated": _repeat,
    "a part blanked": _blank,
    "a part cut out": _cut_out,
    "noise after a header": _noise,
    "NaN and infinity": _not_finite,
    "0 to 3 samples": _few_samples,
    "up to 65,535 channels": _many_channels,
    "1 Hz to 10 MHz": _odd_rate,
    "a claim of 4 hours": _claim_hours,
}

_OGG_POLYNOMIAL = 0x04C11DB7


def _ogg_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_OGG_POLYNOMIAL if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_OGG_TABLE = _ogg_table()


def _resummed(content: bytes) -> bytes:
    """An Ogg file with the checksum of its first pages right again, or its reader would throw them away unread."""
    mended, at = bytearray(content), 0
    for _ in range(2):
        if mended[at : at + 4] != b"OggS" or at + 27 > len(mended):
            break
        lengths = mended[at + 27 : at + 27 + mended[at + 26]]
        end = at + 27 + len(lengths) + sum(lengths)
        mended[at + 22 : at + 26] = bytes(4)
        value = 0
        for byte in mended[at:end]:
            value = ((value << 8) & 0xFFFFFFFF) ^ _OGG_TABLE[(value >> 24) ^ byte]
        mended[at + 22 : at + 26] = struct.pack("<I", value)
        at = end
    return bytes(mended)


# Names and what is no file

STEMS = (
    "plain", "дверь", "ドア", "门", "דלת", "باب", "दरवाज़ा", "문", "πόρτα", "cafe\u0301", "café", "🚪", "\u202etxt.exe",
    "line\nbreak", "carriage\rreturn", "tab\t", "\x1b[31mred", "-rf *", "'\"$(x)`", "a;b|c&d", "%s%n%x", " ", "~",
    "CON", "x" * 240, b"caf\xe9", b"\xff\xfe\x80", b"\xed\xa0\x80", "\ufeffbom", "a\\b", "{0}[bold]", "percent%2e%2e",
)  # fmt: skip


def names(rng: Rng, n: int) -> Iterator[str]:
    """N stems of file names: plain numbers, with something strange before every fourth."""
    for number in range(n):
        stem = STEMS[rng.integers(len(STEMS))] if rng.random() < 0.25 else ""
        yield f"{os.fsdecode(stem) if isinstance(stem, bytes) else stem} {number}"


def write_oddities(folder: Path, rng: Rng) -> list[str]:
    """What bears the name of a sound and is no file, or none that could be opened.

    Returns:
        The paths, relative to the folder, that an index has to skip with a reason.
    """
    os.mkfifo(folder / "pipe.wav")
    (folder / "loop.wav").symlink_to("loop.wav")
    (folder / "nowhere.flac").symlink_to("no such file")
    (folder / "folder.wav").mkdir()
    (folder / "up").symlink_to(folder)
    (folder / "folder.wav" / "round").symlink_to("../folder.wav")
    must_skip = ["pipe.wav", "loop.wav", "nowhere.flac"]
    with suppress(OSError), socket.socket(socket.AF_UNIX) as bound:  # its path may be too long for a socket
        bound.bind(str(folder / "socket.ogg"))
        must_skip.append("socket.ogg")
    with suppress(OSError):  # only root may
        os.mknod(folder / "device.mp3", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero, which never ends
        must_skip.append("device.mp3")
    deep = folder.joinpath(*["d" * 100] * 3)
    deep.mkdir(parents=True)
    (deep / "deep.wav").write_bytes(plain_wav(rng.integers(-999, 999, (500, 1)).astype(np.int16), 44_100))
    return must_skip
