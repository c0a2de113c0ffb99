"""What somebody does with a fresh installation: a search, and what an extra is for.

    python trial.py EXTRA FOLDER

Run by the Python of an environment that holds the wheel, its extra and nothing else, in an empty folder;
`benchmarks.packages.installs` does so. It ends with an error if anything is not as it should be.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44_100
SOUNDS = 6
_COMMAND = Path(sys.executable).parent / "menura"


def run() -> None:
    """Search; then what the extra is for."""
    extra, folder = sys.argv[1], Path(sys.argv[2])
    search(folder)
    TRIALS[extra](folder)


def menura(*arguments: object) -> str:
    """What a command prints."""
    done = subprocess.run([_COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"menura {arguments[0]}: {done.stdout[-2_000:]}{done.stderr[-2_000:]}"
    return done.stdout


def sound(seed: int, duration_s: float = 0.6) -> NDArray[np.float64]:
    """(n,) a decaying chirp that no other seed gives."""
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    from_hz, by_hz = np.random.default_rng(seed).uniform((200, -300), (2_000, 3_000))
    return 0.5 * np.exp(-3 * at_s) * np.sin(2 * np.pi * (from_hz + by_hz * at_s) * at_s)


def write_sounds(folder: Path) -> Path:
    """A few of them as files."""
    folder.mkdir()
    for seed in range(SOUNDS):
        soundfile.write(folder / f"{seed}.wav", sound(seed), RATE_HZ)
    return folder


def ranked(query: Path, sounds: Path, *options: object) -> list[str]:
    """The paths that a search prints."""
    results = json.loads(menura("search", query, "--library", sounds, "--json", *options))["results"]
    assert results == sorted(results, key=lambda result: -result["logit"])
    return [result["path"] for result in results]


def search(folder: Path) -> None:
    """All sounds are ranked; the scan is compiled, and finds what NumPy finds; the doctor finds nothing wrong."""
    sounds = write_sounds(folder / "sounds")
    assert sorted(ranked(sounds / "3.wav", sounds)) == [f"{seed}.wav" for seed in range(SOUNDS)]
    assert "the compiled scan is there" in menura("doctor")

    from menura.index.snapshot import Table
    from menura.search.scan import Scanner

    rows, (query, weight) = (np.random.default_rng(0).standard_normal((n, 20), np.float32) for n in (20_000, 2))
    everything = np.arange(len(rows))
    table = Table(everything, everything, np.ones(len(rows), np.int64), rows)
    (found,) = Scanner(weight, 0.0).best(query[None], table, 5)
    scores = np.maximum(query + rows, 0) @ weight
    assert len(found.rows) < 100 and set(np.argsort(scores)[-5:]) <= set(found.rows.tolist())


def page(folder: Path) -> None:
    """The page is served, and what it asks for."""
    command = [_COMMAND, "serve", folder / "sounds", "--no-open", "--port", "18573"]
    with (folder / "serve.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            assert b"<html" in get("http://127.0.0.1:18573/")
            token = (folder / "serve.log").read_text().partition("#token=")[2].split()[0]
            assert json.loads(get(f"http://127.0.0.1:18573/api/status?token={token}"))
        finally:
            server.terminate()


def get(url: str) -> bytes:
    """What a server answers, once it is there."""
    for attempt in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except OSError:
            if attempt == 299:
                raise
            time.sleep(0.1)
    raise AssertionError


def train(folder: Path) -> None:
    """A network learns from twelve pairs, becomes a bundle, and searches."""
    data = folder / "pairs"
    rows = []
    for kind, takes in (("recordings", 1), ("imitations", 2)):
        (data / kind).mkdir(parents=True)
        for seed in range(SOUNDS):
            for take in range(takes):
                soundfile.write(data / kind / f"{seed}-{take}.wav", sound(seed, 0.5 + take / 10), RATE_HZ)
                rows.append((f"{seed}-{take}.wav", f"{seed}-0.wav", f"person {take}"))
    with (data / "pairs.csv").open("w", newline="") as table:
        csv.writer(table).writerows([("imitation", "recording", "speaker"), *rows[SOUNDS:]])
    settings = folder / "small.toml"
    settings.write_text("[fine_tuning]\nepochs = 1\nbatch_size = 8\nimitations_per_sound = 2\n")
    out = folder / "trained"
    menura("train", "pairs", "--data", data, "--out", out, "--work", folder / "work", "--settings", settings)
    assert len(ranked(folder / "sounds" / "3.wav", folder / "sounds", "--model", out)) == SOUNDS


def formats(folder: Path) -> None:
    """An m4a is found."""
    import av

    samples = sound(77).astype(np.float32)[None]
    (folder / "memos").mkdir()
    memo = folder / "memos" / "memo.m4a"
    with av.open(str(memo), "w", format="mp4") as file:
        stream: Any = file.add_stream("aac", rate=RATE_HZ)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("fltp", "mono", RATE_HZ, frame_size=stream.codec_context.frame_size)
        for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(ready))
    assert ranked(memo, folder / "memos") == ["memo.m4a"]


def hub(folder: Path) -> None:
    """Without a network, the hub's refusal is told in a line."""
    from menura.errors import ModelError
    from menura.model.hub import take_from_hub

    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        take_from_hub("nobody/nothing", folder / "taken")
    except ModelError as error:
        assert "the hub did not do it" in str(error)
    else:
        raise AssertionError("taken, without a network")


def lay_out_map(_: Path) -> None:
    """Sounds of two kinds lie in two places."""
    from menura.map.layout import lay_out

    features = np.random.default_rng(0).standard_normal((40, 8), np.float32) + np.repeat((0, 50), 20)[:, None]
    places = lay_out(features.astype(np.float32))
    assert np.linalg.norm(places[:20].mean(0) - places[20:].mean(0)) > places[:20].std()


def music(_: Path) -> None:
    """A note has its pitch, a loop its tempo."""
    from menura.audio import pitch, tempo

    at_s = np.arange(pitch.RATE_HZ) / pitch.RATE_HZ
    note = sum(np.sin(2 * np.pi * 220 * n * at_s) / n for n in range(1, 11)) * np.exp(-2 * at_s)
    found_hz = pitch.pitch_hz((0.1 * note).astype(np.float32))
    assert found_hz is not None and abs(found_hz - 220) < 2, found_hz
    beats_per_s, at_s = 2, np.arange(4 * tempo.RATE_HZ) / tempo.RATE_HZ
    loop = np.sin(2 * np.pi * 60 * at_s) * np.exp(-20 * (at_s % (1 / beats_per_s)))
    found_bpm = tempo.tempo_bpm(loop.astype(np.float32))
    assert found_bpm is not None and round(found_bpm) in (60, 120), found_bpm


def study(folder: Path) -> None:
    """What ten people did becomes a report with figures and pictures."""
    sys.path.append(str(Path(__file__).parents[2] / "tests"))
    from menura.study.report import report_of, write_report
    from studies import do_all, study_in

    done = study_in(folder)
    for _ in range(10):
        do_all(done)
    assert write_report(done, report_of(done), folder / "report")


TRIALS = {
    "base": lambda _: None,  # it has been searched
    "web": page,
    "train": train,
    "formats": formats,
    "hub": hub,
    "map": lay_out_map,
    "music": music,
    "study": study,
}

if __name__ == "__main__":
    run()
