"""The same take gives the same ranking by microphone, drop, upload, shell, Python and API, and is explained alike."""

import json
import urllib.request
from statistics import median

import pytest

import menura
import menura.explanation.explain
from benchmarks.web.driving import ServedMenura, opened, record
from cli_calls import output_of
from menura import Library
from menura.explanation import occlusion
from page_tools import IMITATED, drop

N_FIRST = 3
# The browser resamples what the microphone gives, begins at another sample each time, and may lose some where the
# processor is busy. Logits of one take differ by 4.6 from sound to sound (standard deviation).
NEAR_LOGIT = 0.8


@pytest.fixture
def served(synthetic_library, tmp_path, monkeypatch):
    """A server of a small library, whose index the shell and Python use too."""
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(menura.explanation.explain, "find_spec", lambda _: None)
    monkeypatch.setattr(occlusion, "N_ORDERS", 2)
    monkeypatch.setattr(occlusion, "TILES_PER_AXIS", 2)
    server = ServedMenura([synthetic_library], tmp_path).start()
    yield server
    server.kill()


def ranking_of(items):
    return [(item["path"], item["logit"], item["start_s"]) for item in items]


def ranked(page, ask):
    """The ranking that the page is given after a take came in."""
    with page.expect_response(lambda answer: "/search?take=" in answer.url) as answered:
        ask()
    return ranking_of(answered.value.json()["items"])


def of_api(server, content):
    token = server.address.partition("#token=")[2]

    def call(path, data=None):
        headers = {"Authorization": f"Bearer {token}", "X-Menura": "1"}
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, headers)) as answer:
            return json.load(answer)

    (library,) = call("/api/libraries")
    take = call("/api/takes", content)["id"]
    url = f"/api/libraries/{library['id']}"
    items = call(f"{url}/search?take={take}&limit=30")["items"]
    why = call(f"{url}/explain?take={take}&sound={items[0]['id']}&start_s={items[0]['start_s']}")
    assert why["logit"] == pytest.approx(items[0]["logit"], abs=1e-5)
    return ranking_of(items)


def test_one_take_is_one_query(hearing, served, voice, synthetic_library, tmp_path):
    with opened(hearing, served) as page:
        spoken = ranked(page, lambda: record(page))
        with page.expect_download() as caught:
            page.click("[aria-label='Save the take']")
        take = tmp_path / "take.wav"
        caught.value.save_as(take)
        dropped = ranked(page, lambda: drop(page, "take.wav", take.read_bytes()))
        chosen = ranked(page, lambda: page.set_input_files("input[type=file]", take))
        of_voice = ranked(page, lambda: drop(page, "voice.wav", voice.read_bytes()))

    shell = ranking_of(json.loads(output_of("search", take, "-l", synthetic_library, "--json", "--top", 30))["results"])
    with Library.open(synthetic_library) as library:
        python = [(hit.path, hit.logit, hit.start_s) for hit in library.search(take, top=30)]
    assert len(spoken) == 30
    for other in (dropped, chosen, shell, python, of_api(served, take.read_bytes())):
        assert other == spoken

    (path, logit, start_s), *_ = spoken
    explained = menura.explain(take, synthetic_library / path)
    assert explained.recording.clip.start_s == pytest.approx(start_s, abs=1e-9)
    assert explained.logit == pytest.approx(logit, abs=1e-5)  # a tower rounds one window otherwise than several

    assert [path for path, *_ in spoken[:N_FIRST]] == [path for path, *_ in of_voice[:N_FIRST]]
    logits = {path: logit for path, logit, _ in of_voice}
    assert median(abs(logits[path] - logit) for path, logit, _ in spoken if path in logits) < NEAR_LOGIT
    assert IMITATED in [path for path, *_ in spoken[:5]]
