"""The gallery is one file with every neuron, in a real browser too."""

import base64
import io
import json
import re

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from menura.visualise.climb import AscentSettings
from menura.visualise.gallery import Clip, write_gallery
from menura.visualise.media import picture_uri, sound_uri
from menura.visualise.neurons import layers_of
from menura.visualise.patterns import network_patterns
from mobilenets import SPEC as MN04_SPEC
from mobilenets import random_iminet
from toy import FRONT_END, SPEC, toy_network

HOSTILE = "</script><img src=x onerror=alert(1)> é.wav"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    torch.manual_seed(0)
    network = toy_network().eval()
    rng = np.random.default_rng(0)

    def clips(n, name):
        envelopes = rng.uniform(0, 1, (n, FRONT_END.n_samples))
        return [
            Clip(f"{name}{i}", (0.3 * e * rng.standard_normal(len(e))).astype("f4")) for i, e in enumerate(envelopes)
        ]

    return write_gallery(
        network,
        network_patterns(network, AscentSettings(max_steps=5), folder / "patterns"),
        {"imitation": clips(5, "hum "), "recording": [*clips(4, "kick "), Clip(HOSTILE, clips(1, "")[0].samples)]},
        folder / "out",
        work=folder / "patterns",
        name="toy",
        about="Five of each.",
        decided={"seed": 0},
    )


@pytest.fixture(scope="module")
def data(page):
    return data_of(page)


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_a_page_of_towers_that_are_mn04(tmp_path):
    front_end = MN04_SPEC.recording.front_end
    noise = (0.1 * np.random.default_rng(0).standard_normal(front_end.n_samples)).astype("f4")
    clips = {"imitation": [Clip("hum", noise)], "recording": [Clip("kick", noise[::-1].copy()), Clip("pad", noise)]}
    network, settings = random_iminet(), AscentSettings(max_steps=2)
    made = network_patterns(network, settings, tmp_path / "patterns")
    about = {"name": "mn04", "about": "Noise.", "decided": {}}
    page = write_gallery(network, made, clips, tmp_path / "out", work=tmp_path / "patterns", **about)
    found = data_of(page)
    assert [layer["name"] for layer in found["layers"]] == [layer.name for layer in layers_of(MN04_SPEC)]
    for layer, described in zip(layers_of(MN04_SPEC), found["layers"], strict=True):
        assert len(described["neurons"]) == layer.n_neurons
        whole = all(box.is_all_of(front_end) for box in layer.boxes.values())
        assert described["whole"] == whole
        for neuron in described["neurons"]:
            for side, box in layer.boxes.items():
                assert Image.open(content_of(neuron["sides"][side]["picture"])).size == (box.n_frames, box.n_mels)
                samples, rate_hz = soundfile.read(content_of(neuron["sides"][side]["sound"]))
                assert (len(samples), rate_hz) == (box.n_frames * 320, 32_000)
                assert all(("box" in one) != box.is_all_of(front_end) for one in neuron["exemplars"][side])


def content_of(uri):
    return io.BytesIO(base64.b64decode(uri.partition(",")[2]))


def test_every_neuron_has_its_pictures_and_sounds(data):
    assert [layer["name"] for layer in data["layers"]] == [layer.name for layer in layers_of(SPEC)]
    for layer, described in zip(layers_of(SPEC), data["layers"], strict=True):
        assert len(described["neurons"]) == layer.n_neurons
        for neuron in described["neurons"]:
            assert set(neuron["sides"]) == set(layer.boxes)
            for side, box in layer.boxes.items():
                picture = Image.open(content_of(neuron["sides"][side]["picture"]))
                assert picture.size == (box.n_frames, box.n_mels)
                samples, rate_hz = soundfile.read(content_of(neuron["sides"][side]["sound"]))
                assert rate_hz == FRONT_END.sample_rate_hz
                assert len(samples) == pytest.approx(box.n_frames * FRONT_END.hop_samples, abs=FRONT_END.hop_samples)


def test_every_exemplar_is_a_clip_on_the_page(data):
    for layer in data["layers"]:
        for neuron in layer["neurons"]:
            for side, found in neuron["exemplars"].items():
                assert len(found) == 3
                for one in found:
                    assert data["clips"][side][one["clip"]]["name"]
                    if not layer["whole"]:
                        left, bottom, width, height = one["box"]
                        assert 0 <= left <= left + width <= 1.0001
                        assert 0 <= bottom <= bottom + height <= 1.0001
                        assert one["to"] - one["from"] == pytest.approx(width * 0.2, abs=0.02)
    assert any(clip["name"] == HOSTILE for clip in data["clips"]["recording"])


def test_the_page_asks_nobody_for_anything(page):
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)[^\"']+|url\(|https?://|@import", text)
    assert text.count("</script>") == 2  # none of them from a file's name
    assert {item.name for item in page.parent.iterdir()} == {"index.html", "patterns.json"}


def test_the_spread_of_the_starts_is_told(page, data):
    numbers = json.loads((page.parent / "patterns.json").read_text())
    assert (numbers["model"], numbers["seed"]) == ("toy", 0)
    for layer, told, shown in zip(layers_of(SPEC), numbers["layers"], data["layers"], strict=True):
        assert [neuron["neuron"] for neuron in told["neurons"]] == list(range(layer.n_neurons))
        for neuron, on_page in zip(told["neurons"], shown["neurons"], strict=True):
            assert neuron["objective"] >= neuron["median"] >= neuron["lowest"]
            assert neuron["starts"] == (5 if layer.is_convolutional else 1)
            assert 0 < neuron["alike"] <= 1
            assert {name: on_page[name] for name in neuron} == neuron
    spreads = [n["objective"] - n["lowest"] for layer in numbers["layers"] for n in layer["neurons"]]
    assert max(spreads) > 0.01


def test_a_picture_is_bright_where_it_is_loud():
    decibels = np.full((4, 6), -80.0, np.float32)
    decibels[3, 5] = 0
    picture = np.asarray(Image.open(content_of(picture_uri(decibels, -80.0))).convert("L"))
    assert np.unravel_index(np.argmax(picture), picture.shape) == (0, 5)  # the highest band is the upmost row
    assert picture[3, 0] < 10


@pytest.mark.parametrize("seconds", [0.05, 2.0])
def test_a_sound_comes_back(seconds):
    rate_hz = 16_000
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(round(seconds * rate_hz)) / rate_hz).astype(np.float32)
    samples, found_hz = soundfile.read(content_of(sound_uri(tone, rate_hz)))
    assert found_hz == rate_hz
    assert len(samples) == pytest.approx(len(tone), abs=1_200)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * rate_hz / len(samples) == pytest.approx(500, abs=20)


def until(tab, condition):
    """Wait for it from outside: the page's own policy forbids that its scripts are given text to run."""
    for _ in range(100):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


def test_in_a_browser_neurons_are_walked_by_keyboard_and_heard(page, chromium):
    tab = chromium.new_page(viewport={"width": 1200, "height": 900})
    problems = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    tab.goto(page.as_uri())
    heading = tab.locator("#detail h2")
    assert heading.inner_text() == "imitation conv1, neuron 0"
    tab.keyboard.press("ArrowRight")
    assert heading.inner_text() == "imitation conv1, neuron 1"
    assert "the best of 5 starts, whose median is" in tab.locator("#detail").inner_text()
    for _ in range(4):
        tab.keyboard.press("ArrowDown")
    assert heading.inner_text() == "fc1, neuron 1"
    assert tab.locator("#detail img").count() == 8  # both sides of the pair, and three clips of each
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    tab.keyboard.press("Space")
    until(tab, "playing !== null && playing.audio.currentTime > 0")
    tab.keyboard.press("4")
    assert tab.locator("button.playing").get_attribute("data-exemplar") == "4"
    until(tab, "playing === null")  # clips of a fifth of a second end by themselves
    tab.keyboard.press("Escape")
    tab.set_viewport_size({"width": 360, "height": 700})
    assert tab.evaluate("document.documentElement.scrollWidth <= 360")
    assert problems == []
