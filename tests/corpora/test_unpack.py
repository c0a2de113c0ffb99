"""Archives are unpacked whole or not at all, never outside their folder, and go on after a kill."""

import io
import struct
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.corpora.unpack import DamagedArchiveError, unpack
from menura.errors import DataError

FILES = {"Corpus/list.csv": b"a,b\n", "Corpus/audio/one.wav": b"RIFF" * 1_000, "Corpus/audio/two.wav": b""}
KINDS = ("zip", "tar.gz")


def make(folder: Path, kind: str, files: dict[str, bytes]) -> Path:
    path = folder / f"made.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_only_top_folder_becomes_the_folder(tmp_path, kind):
    archive = make(tmp_path, kind, FILES | {"__MACOSX/Corpus/._list.csv": b"?", ".DS_Store": b"?"})
    folder = unpack(archive, tmp_path / "new" / "corpus")
    assert content_of(folder) == {"list.csv": b"a,b\n", "audio/one.wav": b"RIFF" * 1_000, "audio/two.wav": b""}
    assert [path.name for path in folder.parent.iterdir()] == ["corpus"]
    assert archive.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_several_top_folders_stay(tmp_path, kind):
    files = {"Items/a.wav": b"1", "Queries/b.wav": b"2", "list.csv": b"3"}
    assert content_of(unpack(make(tmp_path, kind, files), tmp_path / "corpus")) == files


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_file_stays_in_a_folder(tmp_path, kind):
    assert content_of(unpack(make(tmp_path, kind, {"a.wav": b"1"}), tmp_path / "corpus")) == {"a.wav": b"1"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["../evil", "Corpus/../../evil", "/evil", "..\\evil", "C:\\evil", "C:evil", "\\\\host\\evil"]
)
def test_what_would_leave_the_folder_is_refused(tmp_path, kind, name):
    archive = make(tmp_path, kind, {**FILES, name: b"evil"})
    before = content_of(tmp_path)
    with pytest.raises(DamagedArchiveError, match=r"refused, for it would write outside its folder \('"):
        unpack(archive, tmp_path / "here" / "corpus")
    assert content_of(tmp_path) == before
    assert not (tmp_path / "here" / "corpus").exists()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="./\\:aC", min_size=1, max_size=8), min_size=1, max_size=4), st.sampled_from(KINDS))
def test_no_name_leaves_the_folder(names, kind):
    with tempfile.TemporaryDirectory() as sandbox:
        outer = Path(sandbox)
        archive = make(outer, kind, dict.fromkeys(names, b"x"))
        with suppress(DataError):
            unpack(archive, outer / "inner" / "corpus")
        assert {path.name for path in outer.iterdir()} <= {archive.name, "inner"}
        assert {path.name for path in (outer / "inner").iterdir()} <= {"corpus", ".corpus.unpacking"}


def test_links_are_left_out(tmp_path):
    tar_path = tmp_path / "links.tar.gz"
    with tarfile.open(tar_path, "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo(f"Corpus/link{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("Corpus/a.wav")
        archive.addfile(info, io.BytesIO())
    zip_path = tmp_path / "links.zip"
    with zipfile.ZipFile(zip_path, "w") as archive:
        info = zipfile.ZipInfo("Corpus/link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("Corpus/a.wav", b"")
    for path in (tar_path, zip_path):
        assert content_of(unpack(path, tmp_path / path.suffix)) == {"a.wav": b""}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_off_archive_is_refused_whole(tmp_path, kind):
    archive = make(tmp_path, kind, {f"Corpus/{n}.wav": bytes([n]) * 50_000 for n in range(20)})
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedArchiveError, match=r"damaged or cut off \(.*\); delete it and get it again"):
        unpack(archive, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_noticed(tmp_path, kind):
    archive = make(tmp_path, kind, {"Corpus/a.wav": bytes(range(256)) * 40})
    content = bytearray(archive.read_bytes())
    # The checksum is 8 bytes before a gzip file's end, and 16 bytes into the entry of a zip file's directory.
    content[-8 if kind == "tar.gz" else content.index(b"PK\x01\x02") + 16] ^= 1
    archive.write_bytes(content)
    with pytest.raises(DamagedArchiveError, match="CRC"):
        unpack(archive, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_without_files_is_refused(tmp_path, kind):
    with pytest.raises(DamagedArchiveError, match="holds no files"):
        unpack(make(tmp_path, kind, {}), tmp_path / "corpus")


def test_something_else_is_no_archive(tmp_path):
    path = tmp_path / "page.tar.gz"
    path.write_text("<html>Too many requests</html>")
    with pytest.raises(DamagedArchiveError, match="damaged or cut off"):
        unpack(path, tmp_path / "corpus")


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_after_a_kill(tmp_path, kind):
    archive = make(tmp_path, kind, FILES)
    left = tmp_path / ".corpus.unpacking" / "Corpus" / "audio"
    left.mkdir(parents=True)
    done = left / "one.wav"
    done.write_bytes(b"RIFF" * 1_000)
    inode = done.stat().st_ino
    (left / ".two.wav.part").write_bytes(b"half")
    folder = unpack(archive, tmp_path / "corpus")
    assert (folder / "audio" / "one.wav").stat().st_ino == inode
    assert set(content_of(folder)) == {"list.csv", "audio/one.wav", "audio/two.wav"}
    assert (folder / "audio" / "two.wav").read_bytes() == b""


def test_what_is_unpacked_is_not_unpacked_again(tmp_path):
    archive = make(tmp_path, "zip", FILES)
    folder = unpack(archive, tmp_path / "corpus")
    (folder / "list.csv").write_bytes(b"mine")
    assert (unpack(archive, folder) / "list.csv").read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    archive = make(tmp_path, "zip", FILES)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"made\.zip: cannot be unpacked to .*file \(Not a directory\); make room"):
        unpack(archive, tmp_path / "file" / "corpus")


def test_names_that_macos_wrote_are_read_as_utf8(tmp_path):
    name = "Corpus/g\u00fciro.wav"
    archive = make(tmp_path, "zip", {name: b"1", "Corpus/a.wav": b"2"})
    content = archive.read_bytes()
    # Clear the flag that says UTF-8 (bit 11), in the local header and in the directory.
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        flags = struct.unpack_from("<H", content, place)[0]
        assert flags & 0x800
        content = content[:place] + struct.pack("<H", flags & ~0x800) + content[place + 2 :]
    archive.write_bytes(content)
    assert set(content_of(unpack(archive, tmp_path / "corpus"))) == {"g\u00fciro.wav", "a.wav"}


def test_an_archive_of_macos_beyond_4_gib_is_read(tmp_path):
    """Offsets modulo 2^32 and no zip64; the gap is a hole in the file, which takes no room on disk."""
    files = {f"Corpus/{n}.wav": bytes([n]) * 1_000 for n in range(4)}
    small = make(tmp_path, "zip", files)
    content = small.read_bytes()
    directory = content.index(b"PK\x01\x02")
    third = content.index(b"PK\x03\x04", content.index(b"2.wav") - 40)
    gap = 2**32 - third + 7  # so that the third member is at 2^32 + 7
    moved = bytearray(content[directory:])
    place = 0
    for n in range(4):
        place = moved.index(b"PK\x01\x02", place)
        offset = struct.unpack_from("<I", moved, place + 42)[0]
        struct.pack_into("<I", moved, place + 42, (offset + gap * (n >= 2)) % 2**32)
        place += 4
    struct.pack_into("<I", moved, moved.rindex(b"PK\x05\x06") + 16, (directory + gap) % 2**32)
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.write(content[:third])
        file.seek(third + gap)
        file.write(content[third:directory] + moved)
    with zipfile.ZipFile(large) as archive, pytest.raises(zipfile.BadZipFile):
        archive.read("Corpus/0.wav")
    assert content_of(unpack(large, tmp_path / "corpus")) == {name[7:]: content for name, content in files.items()}
