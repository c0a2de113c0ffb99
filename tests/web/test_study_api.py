"""A study as it is served: a person from consent to the end, several at once, and all that can go wrong."""

import errno
import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from menura.corpora.registry import load_imitations
from menura.corpora.synthetic import synthesise_library
from menura.model.bundle import Bundle
from menura.search.library import Library
from menura.simulate import simulate_imitation
from menura.simulate.microphone import record
from menura.study import events
from menura.study.setup import Wanted, begun_study
from menura.web.settings import Settings
from menura.web.study.app import create_study_app
from menura.web.study.server import StudyServer
from web_clients import ADDRESS, CHANGES, refusal, wav_bytes

NAMES = ("system-7", "system-8")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory, random_bundle_folder):
    """A library that is indexed, its index, and a model; two systems of the same model are as alike as can be."""
    home = tmp_path_factory.mktemp("study")
    synthesise_library(home / "sounds")
    for kind in (home / "sounds").iterdir():  # a bell is as like a hum of its pitch as like itself
        if kind.name not in {"barks", "birds", "creaks"}:
            shutil.rmtree(kind) if kind.is_dir() else kind.unlink()
    bundle = Bundle.load(random_bundle_folder)
    Library(home / "sounds", bundle, home / "data").index()
    return home, bundle


@pytest.fixture
def served(indexed, tmp_path, monkeypatch):
    # FastAPI quietens a warning for the whole process while it makes its routes, and any other thread may end that.
    monkeypatch.setattr(StudyServer, "warm", lambda _: None)
    home, bundle = indexed
    libraries = [Library(home / "sounds", bundle, home / "data")] * 2
    study = begun_study(tmp_path / "study", libraries, NAMES, Wanted(NAMES, sounds=8))
    server = StudyServer.of(study, home / "sounds", dict.fromkeys(NAMES, bundle), home / "data", Settings(()))
    with TestClient(create_study_app(server), base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client, study


class Person:
    """Somebody who takes part."""

    def __init__(self, client):
        about = client.get("/api/study").json()
        self.client, self.questions = client, about["questions"]
        agreed = {"consent_version": about["consent_version"]}
        begun = client.post("/api/study/sessions", json=agreed, headers=CHANGES).json()
        self.state = begun["state"]
        self.headers = {**CHANGES, "X-Menura-Session": begun["key"]}

    def post(self, path, **told):
        answer = self.client.post(f"/api/study/{path}", headers=self.headers, **told)
        if answer.status_code == 200:
            self.state = answer.json()
        return answer

    def answer(self):
        return self.post("session/answers", json={"answers": {one["id"]: one["answers"][0] for one in self.questions}})

    def sound(self, path="sound"):
        return self.client.get(f"/api/study/turns/{self.state['turn']}/{path}", headers=self.headers)

    def do_turn(self, content=None):
        at = self.state["turn"]
        assert self.post(f"turns/{at}/take", content=content or wav_bytes(at)).status_code == 200
        assert self.post(f"turns/{at}/search").status_code == 200
        return self.rate(at)

    def rate(self, at, chosen=1):
        return self.post(f"turns/{at}/ratings", json={"ratings": [3] * 5, "chosen": chosen, "seconds": 2.5})

    def do_all(self):
        self.answer()
        while self.state["step"] != "done":
            done = self.post("session/rested") if self.state["step"] == "break" else self.do_turn()
            assert done.status_code == 200, done.text
        return self


def test_a_person_goes_through_a_study(served):
    client, study = served
    person = Person(client)
    assert person.state == {
        "step": "questions",
        "turn": 0,
        "turns": 9,
        "practice": True,
        "has_take": False,
        "results": [],
    }
    person.answer()
    assert soundfile.read(io.BytesIO(person.sound().content))[0].size > 1_000
    imitation = wav_bytes(5)
    assert person.post("turns/0/take", content=imitation).json()["has_take"]
    assert person.sound("take").content == imitation
    results = person.post("turns/0/search").json()["results"]
    assert len(results) == 5
    assert all(person.sound(f"results/{place}").status_code == 200 for place in range(5))
    assert person.rate(0).json()["turn"] == 1
    assert not person.state["practice"]
    person.do_all()
    assert person.state["step"] == "done"
    assert len(load_imitations(study.folder).imitations) == 8


def test_nothing_that_is_sent_tells_sounds_or_systems_apart(served):
    client, study = served
    person = Person(client)
    person.answer()
    person.post("turns/0/take", content=wav_bytes(1))
    answer = person.post("turns/0/search")
    about = client.get("/api/study").text
    words = {word for sound in study.plan.sounds for word in (sound.path, sound.filename, sound.label)}
    for text in (answer.text, about, str(person.sound().headers), str(person.sound("results/0").headers)):
        assert not any(word in text for word in (*words, *NAMES))


def test_people_at_once_and_every_one_whole(served):
    client, study = served
    with ThreadPoolExecutor(4) as pool:
        people = list(pool.map(lambda _: Person(client).do_all(), range(4)))
    assert all(person.state["step"] == "done" for person in people)
    sessions = study.sessions()
    assert sorted(one.arrangement for one in sessions) == [0, 0, 1, 1]
    assert len(load_imitations(study.folder).imitations) == 32


def test_systems_that_are_alike_find_alike(served):
    client, study = served
    Person(client).do_all()
    (session,) = study.sessions()
    for done in session.done:
        assert done.ranks[NAMES[0]] == done.ranks[NAMES[1]]
        assert 1 <= done.ranks[NAMES[0]] <= done.n_sounds[NAMES[0]]


def test_silence_is_no_take(served):
    client, study = served
    person = Person(client)
    person.answer()
    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(16_000), 16_000, format="WAV")
    line = refusal(person.post("turns/0/take", content=silence.getvalue()), 422)
    assert "nothing is heard" in line
    assert study.session(person.headers["X-Menura-Session"]).done[0].takes == []
    assert "no take of this sound yet" in refusal(person.post("turns/0/search"), 409)


def test_the_sound_out_of_a_loudspeaker_is_no_take_and_an_imitation_is_one(served):
    client, _ = served
    person = Person(client)
    person.answer()
    samples, rate_hz = soundfile.read(io.BytesIO(person.sound().content), dtype="float32")
    played, imitated = io.BytesIO(), io.BytesIO()
    soundfile.write(played, record(samples, rate_hz, np.random.default_rng(1)), rate_hz, format="WAV")
    soundfile.write(imitated, simulate_imitation(samples, rate_hz, 1), 16_000, format="WAV")
    assert "imitate it with your voice" in refusal(person.post("turns/0/take", content=played.getvalue()), 422)
    assert person.post("turns/0/take", content=imitated.getvalue()).status_code == 200


def test_what_is_no_wav_is_refused(served):
    client, _ = served
    person = Person(client)
    person.answer()
    flac = io.BytesIO()
    soundfile.write(flac, np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000, format="FLAC")
    assert "keeps wav files" in refusal(person.post("turns/0/take", content=flac.getvalue()), 422)
    refusal(person.post("turns/0/take", content=b"this is no sound"), 422)


def test_a_second_tab_changes_nothing_that_is_done(served):
    client, study = served
    person = Person(client)
    person.answer()
    person.do_turn()
    key = person.headers["X-Menura-Session"]
    before = study.session(key)
    assert "perhaps in another tab" in refusal(person.rate(0, chosen=4), 409)
    refusal(person.post("turns/0/take", content=wav_bytes(2)), 409)
    refusal(person.answer(), 409)
    refusal(person.post("turns/3/take", content=wav_bytes(2)), 409)
    assert study.session(key) == before
    assert client.get("/api/study/turns/3/sound", headers=person.headers).status_code == 404


def test_a_reload_goes_on_where_one_was(served):
    client, _ = served
    person = Person(client)
    person.answer()
    person.post("turns/0/take", content=wav_bytes(1))
    assert client.get("/api/study/session", headers=person.headers).json() == person.state
    person.post("turns/0/search")
    again = client.get("/api/study/session", headers=person.headers).json()
    assert again == person.state
    assert again["step"] == "rate"


@pytest.mark.parametrize("path", ["turns/0/take", "turns/0/ratings"])
def test_a_full_disk_is_said_in_words_and_loses_nothing(served, monkeypatch, path):
    client, study = served
    person = Person(client)
    person.answer()
    person.post("turns/0/take", content=wav_bytes(1))
    if path == "turns/0/ratings":
        person.post("turns/0/search")
    before = study.session(person.headers["X-Menura-Session"])

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(events.os, "fsync", full)
    answer = person.rate(0) if path == "turns/0/ratings" else person.post(path, content=wav_bytes(2))
    line = refusal(answer, 507)
    assert "No space left on device" in line
    assert str(study.folder) not in line
    monkeypatch.undo()
    assert study.session(person.headers["X-Menura-Session"]) == before
    assert (person.rate(0) if path == "turns/0/ratings" else person.post(path, content=wav_bytes(2))).status_code == 200


def test_a_sound_that_was_deleted_meanwhile_loses_nothing(served, indexed):
    client, study = served
    home, bundle = indexed
    person = Person(client)
    person.answer()
    planned = study.plan.practice
    away = home / "away.wav"
    (home / "sounds" / planned.path).rename(away)
    try:
        assert person.sound().status_code == 200  # the study has its own
        library = Library(home / "sounds", bundle, home / "data")
        library.index()
        person.post("turns/0/take", content=wav_bytes(1))
        assert person.post("turns/0/search").status_code == 200
        assert study.session(person.headers["X-Menura-Session"]).done[0].ranks == dict.fromkeys(NAMES)
        shown = study.session(person.headers["X-Menura-Session"]).done[0].shown[0]
        (home / "sounds" / shown.path).rename(home / "other.wav")
        try:
            assert "no longer there" in refusal(person.sound("results/0"), 404)
        finally:
            (home / "other.wav").rename(home / "sounds" / shown.path)
        said = {"ratings": [None, 2, 2, 2, 2], "chosen": 0, "seconds": None}
        assert person.post("turns/0/ratings", json=said).status_code == 200
    finally:
        away.rename(home / "sounds" / planned.path)
        Library(home / "sounds", bundle, home / "data").index()


def test_a_sound_can_be_left_out(served):
    client, _ = served
    person = Person(client)
    person.answer()
    assert person.post("turns/0/skip", json={"reason": "cannot be imitated"}).json()["turn"] == 1
    refusal(person.post("turns/1/skip", json={"reason": "bored"}), 422)


def test_who_takes_everything_back_is_forgotten(served):
    client, study = served
    person = Person(client)
    person.answer()
    person.do_turn()
    assert client.delete("/api/study/session", headers=person.headers).status_code == 204
    assert "not known here" in refusal(client.get("/api/study/session", headers=person.headers), 404)
    assert list((study.folder / "vocal_imitations/included").iterdir()) == []
    done = Person(client).do_all()
    refusal(client.delete("/api/study/session", headers=done.headers), 409)


def test_consent_is_to_the_words_of_now(served):
    client, study = served
    answer = client.post("/api/study/sessions", json={"consent_version": "another"}, headers=CHANGES)
    assert "read them" in refusal(answer, 409)
    assert study.sessions() == []
    assert refusal(client.get("/api/study/session"), 404)
    assert refusal(client.get("/api/libraries"), 404)  # nothing of menura serve is here
