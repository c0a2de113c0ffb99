"""The folder of a person's takes: whole whatever happens, theirs, and a corpus that anything reads."""

import csv
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from menura.audio.files import read_audio
from menura.corpora.plain import load_plain
from menura.errors import LibraryError
from menura.personal.takes import AskedSound, Clip, TaughtTakes
from small_disk import fill

RATE_HZ = 16_000


def noise(seed: int, seconds: float = 0.2) -> Clip:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)
    return Clip(samples, RATE_HZ)


def asked(path: str = "drums/kick 1.wav", content: bytes = b"1") -> AskedSound:
    return AskedSound("/sounds", path, content, noise(len(path)))


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def takes(tmp_path) -> TaughtTakes:
    return TaughtTakes(tmp_path / "voice")


def test_what_is_kept_is_a_corpus(takes):
    first, second = takes.keep(noise(1), asked()), takes.keep(noise(2), asked())
    third = takes.keep(noise(3), asked("door.flac"))
    assert takes.all() == [first, second, third]
    catalogue = load_plain(takes.folder)
    assert {(item.id, item.sound_id) for item in catalogue.imitations} == {
        (take.imitation, take.recording) for take in (first, second, third)
    }
    assert {sound.label for sound in catalogue.sounds} == {"kick 1", "door"}
    np.testing.assert_allclose(read_audio(takes.imitation(second), RATE_HZ), noise(2).samples, atol=1e-4)
    np.testing.assert_allclose(read_audio(takes.recording(third), RATE_HZ), asked("door.flac").clip.samples, atol=1e-4)


def test_a_sound_of_other_content_is_another_sound(takes):
    assert asked(content=b"1").recording != asked(content=b"2").recording
    assert takes.keep(noise(1), asked(content=b"1")).recording != takes.keep(noise(2), asked(content=b"2")).recording


def test_removing_takes_the_last_copy_of_the_sound_with_it(takes):
    first, second = takes.keep(noise(1), asked()), takes.keep(noise(2), asked())
    assert takes.remove({first.imitation, "unknown.wav"}) == 1
    assert takes.all() == [second]
    assert not takes.imitation(first).exists()
    assert takes.recording(second).exists()
    assert takes.remove({second.imitation}) == 1
    assert [file.name for file in takes.folder.rglob("*.wav")] == []
    assert takes.all() == []


def test_nothing_to_remove_where_nothing_was_taught(takes):
    assert takes.remove({"a.wav"}) == 0
    assert not takes.folder.exists()


def test_columns_and_rows_of_the_owners_stay(takes):
    kept = takes.keep(noise(1), asked())
    table = takes.folder / "pairs.csv"
    rows = rows_of(table)
    soundfile.write(takes.folder / "imitations" / "mine.wav", noise(5).samples, RATE_HZ)
    with table.open("w", newline="") as out:
        writer = csv.DictWriter(out, ["imitation", "recording", "mood"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(
            [rows[0] | {"mood": "glad"}, {"imitation": "mine.wav", "recording": kept.recording, "mood": "so"}]
        )
    takes.keep(noise(2), asked("door.flac"))
    assert [row["mood"] for row in rows_of(table)] == ["glad", "so", ""]
    assert [take.imitation for take in takes.all()][:2] == [kept.imitation, "mine.wav"]


def test_a_row_that_leads_elsewhere_is_no_take_and_deletes_nothing(takes, tmp_path):
    kept = takes.keep(noise(1), asked())
    other = tmp_path / "precious.wav"
    soundfile.write(other, noise(9).samples, RATE_HZ)
    with (takes.folder / "pairs.csv").open("a") as table:
        table.write(f"../../precious.wav,{kept.recording}\n{other},{kept.recording}\n")
    assert takes.all() == [kept]
    takes.remove({"../../precious.wav", str(other)})
    assert other.exists()


def test_a_take_whose_file_is_gone_is_none(takes):
    first, second = takes.keep(noise(1), asked()), takes.keep(noise(2), asked("door.flac"))
    takes.imitation(first).unlink()
    assert takes.all() == [second]


@pytest.mark.parametrize("what", ["_write_wav", "TaughtTakes._write"])
def test_a_full_disk_keeps_nothing_and_loses_nothing(takes, monkeypatch, what):
    kept = takes.keep(noise(1), asked())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"menura.personal.takes.{what}", full)
    with pytest.raises(LibraryError, match=r"the take was not kept \(No space left on device\)"):
        takes.keep(noise(2), asked())
    assert takes.all() == [kept]
    assert [file.name for file in (takes.folder / "imitations").iterdir()] == [kept.imitation]


@pytest.mark.parametrize("left_bytes", [0, 8_192, 16_384, 24_576])
def test_a_disk_that_is_full_in_the_middle(small_disk, left_bytes):
    takes = TaughtTakes(small_disk / "voice")
    kept = takes.keep(noise(1), asked())
    ballast = fill(small_disk, left_bytes)
    with pytest.raises(LibraryError, match=r"the take was not kept .* make room on the disk"):
        takes.keep(noise(2, seconds=1.0), asked("door.flac"))
    assert takes.all() == [kept]
    assert [file.name for file in (takes.folder / "imitations").iterdir()] == [kept.imitation]
    ballast.unlink()
    again = takes.keep(noise(2, seconds=1.0), asked("door.flac"))
    assert takes.all() == [kept, again]


def test_a_table_that_is_none_is_said(takes):
    takes.keep(noise(1), asked())
    (takes.folder / "pairs.csv").write_text("nothing,of,it\n1,2,3\n")
    with pytest.raises(LibraryError, match="has no column"):
        takes.all()


def test_several_who_keep_at_once_lose_nothing(takes):
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda seed: TaughtTakes(takes.folder).keep(noise(seed), asked(f"{seed}.wav")), range(12)))
    assert {take.imitation for take in takes.all()} == {take.imitation for take in kept}


KEEPER = """
import sys
from pathlib import Path
from personal.test_takes import asked, noise
from menura.personal.takes import TaughtTakes
takes = TaughtTakes(Path(sys.argv[1]))
for seed in range(100_000):
    print(takes.keep(noise(seed), asked(f"{seed % 3}.wav")).imitation, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_kill_leaves_every_take_that_was_said_to_be_kept(takes):
    here = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([here, *sys.path])}
    for n in (1, 3, 6):
        command = [sys.executable, "-c", KEEPER, str(takes.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            said = [process.stdout.readline().strip() for _ in range(n)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.read().split()
        names = {take.imitation for take in takes.all()}
        assert set(said) <= names
        assert len(load_plain(takes.folder).imitations) == len(names)
        takes.keep(noise(0), asked())  # the lock fell with its holder
