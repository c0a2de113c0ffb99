"""The same recording gives the same ranking and the same scores, by whatever way it comes."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

import menura
import menura.explanation.explain
from bundles import write_sound
from cli_calls import isolate, output_of
from menura import Library
from menura.cli.demo import run_demo
from menura.explanation import occlusion
from menura.web.app import create_app
from menura.web.settings import Settings
from web_clients import ADDRESS, CHANGES, wait_until_indexed

N_QUERIES = 3
Ranking = list[tuple[str, float, float]]


def write_query(folder: Path, number: int) -> Path:
    """Sounds of several rates and kinds, with silence, a click or a hum before them."""
    rng = np.random.default_rng(number)
    rate_hz = (16_000, 44_100, 48_000, 22_050)[number % 4]
    quiet = 1e-5 * rng.standard_normal(round(rng.uniform(0, 5) * rate_hz))
    time_s = np.arange(round(rng.uniform(0.3, 6) * rate_hz)) / rate_hz
    voice = np.sin(2 * np.pi * rng.uniform(100, 900) * time_s + 3 * np.sin(9 * time_s)) * np.exp(-time_s)
    path = folder / f"query {number}.{('wav', 'flac', 'ogg')[number % 3]}"
    soundfile.write(path, 0.4 * np.concatenate([quiet, voice]), rate_hz)
    return path


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    monkeypatch.setattr(menura.explanation.explain, "find_spec", lambda _: None)
    monkeypatch.setattr(occlusion, "N_ORDERS", 2)
    monkeypatch.setattr(occlusion, "TILES_PER_AXIS", 2)
    folder = tmp_path / "My Samples"
    for seed in range(6):
        write_sound(folder / f"{seed}.wav", seed, duration_s=0.4 + 0.9 * seed, rate_hz=(44_100, 48_000)[seed % 2])
    return folder


def of_json(items) -> Ranking:
    return [(item["path"], item["logit"], item["start_s"]) for item in items]


def test_every_way_gives_the_same(sounds, tmp_path, capsys):
    queries = [write_query(tmp_path, number) for number in range(N_QUERIES)]
    with Library.open(sounds) as library:
        python = [[(hit.path, hit.logit, hit.start_s) for hit in library.search(query)] for query in queries]
    assert len({tuple(ranking) for ranking in python}) == N_QUERIES

    for query, wanted in zip(queries, python, strict=True):
        assert of_json(json.loads(output_of("search", query, "-l", sounds, "--json"))["results"]) == wanted
        capsys.readouterr()
        run_demo(sounds, query)
        rows = [line.split() for line in capsys.readouterr().out.splitlines() if "█" in line or ".wav" in line]
        assert [next(word for word in row if word.endswith(".wav")) for row in rows] == [path for path, *_ in wanted]

        (path, logit, start_s), *_ = wanted
        explained = menura.explain(query, sounds / path)
        assert (explained.logit, explained.recording.clip.start_s) == pytest.approx((logit, start_s), abs=1e-5)
    told = json.loads(output_of("explain", query, sounds / path, "--json"))
    assert (told["logit"], told["score"]) == (explained.logit, explained.score)

    with TestClient(create_app(Settings((sounds,))), base_url=ADDRESS) as client:
        (served,) = wait_until_indexed(client)
        url = f"/api/libraries/{served['id']}"
        for query, wanted in zip(queries, python, strict=True):
            take = client.post("/api/takes", content=query.read_bytes(), headers=CHANGES).json()["id"]
            items = client.get(f"{url}/search", params={"take": take}).json()["items"]
            assert of_json(items) == wanted
            asked = {"take": take, "sound": items[0]["id"], "start_s": items[0]["start_s"]}
            why = client.get(f"{url}/explain", params=asked).json()
            assert (why["logit"], why["score"]) == (items[0]["logit"], items[0]["score"])
