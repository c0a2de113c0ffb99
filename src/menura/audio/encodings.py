"""The names of encodings in containers that libsndfile knows, where it does not know the encoding.

Wave format tags are those of Microsoft's mmreg.h; an Ogg stream names its encoding in its first packet (RFC 3533).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Literal

_READ_TAGS = frozenset({0x0001, 0x0002, 0x0003, 0x0006, 0x0007, 0x0011, 0x0031, 0x0040, 0x0055})
_EXTENSIBLE = 0xFFFE
_TAGS = {
    0x0008: "DTS",
    0x0010: "OKI ADPCM",
    0x0014: "G.723 ADPCM",
    0x0022: "TrueSpeech",
    0x0042: "G.723.1",
    0x0045: "G.726",
    0x0050: "MPEG",
    0x0061: "DK4 ADPCM",
    0x0062: "DK3 ADPCM",
    0x0064: "G.726",
    0x0075: "MetaSound",
    0x0083: "G.729",
    0x0092: "Dolby Digital",
    0x00FF: "AAC",
    0x0130: "Sipro ACELP",
    0x0160: "Windows Media Audio",
    0x0161: "Windows Media Audio",
    0x0162: "Windows Media Audio",
    0x0163: "Windows Media Audio",
    0x0270: "ATRAC3",
    0x1600: "AAC",
    0x1610: "AAC",
    0x2000: "Dolby Digital",
    0x2001: "DTS",
    0x674F: "Vorbis in wav",
    0x6750: "Vorbis in wav",
    0x6751: "Vorbis in wav",
    0x676F: "Vorbis in wav",
    0x6770: "Vorbis in wav",
    0x6771: "Vorbis in wav",
    0xA109: "Speex",
    0xF1AC: "FLAC in wav",
}
_OGG = {b"\x7fFLAC": "FLAC in Ogg", b"Speex   ": "Speex", b"\x80theora": "Theora", b"fishead": "an Ogg skeleton"}
_MAX_CHUNKS = 1_000


def unread_encoding(source: BinaryIO) -> str | None:
    """The name of the encoding of a file that libsndfile refuses, where that is why; otherwise None."""
    source.seek(0)
    head = source.read(64)
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"} and head[8:12] == b"WAVE":
        return _of_wave(source, "big" if head[:4] == b"RIFX" else "little")
    if head.startswith(b"OggS") and len(head) > 27:
        packet = head[27 + head[26] :]
        return next((name for sign, name in _OGG.items() if packet.startswith(sign)), None)
    return None


def riff_chunks(source: BinaryIO, order: Literal["little", "big"] = "little") -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a wav: the name of each, where its content begins, and the length that it states."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        source.seek(at)
        head = source.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], order)
        yield head[:4], at + 8, size
        at += 8 + size + size % 2


def _of_wave(source: BinaryIO, order: Literal["little", "big"]) -> str | None:
    for name, at, _ in riff_chunks(source, order):
        if name == b"fmt ":
            source.seek(at)
            content = source.read(40)
            tag = int.from_bytes(content[:2], order)
            if tag == _EXTENSIBLE:
                tag = int.from_bytes(content[24:26], order)
            return None if tag in _READ_TAGS else _TAGS.get(tag, f"number 0x{tag:04x}")
    return None
