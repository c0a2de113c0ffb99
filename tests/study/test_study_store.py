"""What a study keeps: nothing is lost, and its folder is a corpus."""

import csv
import errno
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from menura.corpora.registry import load_imitations
from menura.errors import DataError, UsageError
from menura.study import events
from menura.study.session import Shown
from menura.study.store import Study
from small_disk import fill
from studies import do_all, do_turn, study_in


def rows(study, name):
    with (study.folder / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_session_goes_from_questions_to_its_end(tmp_path):
    study = study_in(tmp_path)
    key, session = study.begin()
    assert session.step(study.plan) == "questions"
    assert study.answer(key, {"music": "never"}).step(study.plan) == "imitate"
    study.take(key, 0, b"RIFF")
    steps = []
    for _ in session.turns:
        steps.append(do_turn(study, key).step(study.plan))
        if steps[-1] == "break":
            assert study.rest(key).step(study.plan) == "imitate"
    assert steps == ["imitate"] * 4 + ["break"] + ["imitate"] * 3 + ["done"]


def test_the_folder_is_a_corpus_of_what_counts(tmp_path):
    study = study_in(tmp_path)
    people = [do_all(study), do_all(study)]
    study.take(people[0], 3, b"RIFF too late")
    half, session = study.begin()
    study.answer(half, {"music": "always"})
    do_turn(study, half)
    study.take(half, 1, b"RIFF a draft")
    catalogue = load_imitations(study.folder)
    assert catalogue.name == "the study study"
    assert len(catalogue.imitations) == 16  # neither practice nor drafts
    assert {one.speaker for one in catalogue.imitations} == {study.session(key).id for key in people}
    assert {sound.category for sound in catalogue.sounds} == {sound.category for sound in study.plan.sounds}
    assert all(part.sounds for part in catalogue.split_half(0))
    drafts = [row for row in rows(study, "vocal_imitations.csv") if row["draft"] == "TRUE"]
    assert [row["participant_id"] for row in drafts] == [session.id]


def test_the_tables_say_what_was_said(tmp_path):
    study = study_in(tmp_path)
    key = do_all(study)
    searches = rows(study, "searches.csv")
    assert len(searches) == 2 * 9
    assert all(row["found"] == ("TRUE" if row["assigned"] == "TRUE" else "") for row in searches)
    ratings = rows(study, "ratings.csv")
    assert len(ratings) == 9 * 5
    assert [row["place"] for row in ratings if row["is_it"] == "TRUE"] == ["1"] * 9
    (person,) = rows(study, "people.csv")
    assert (person["sounds_done"], person["finished"], person["music"]) == ("8", "TRUE", "never")
    assert person["consent"] == study.plan.consent_version
    assert person["begun_at"].endswith("+00:00")
    assert key not in "".join(path.read_text(errors="replace") for path in study.folder.rglob("*") if path.is_file())


def test_people_are_spread_over_the_arrangements(tmp_path):
    study = study_in(tmp_path)
    for _ in range(3):
        study.begin()  # who looks in and goes away
    keys = [do_all(study, turns=2) for _ in range(4)]
    arrangements = [study.session(key).arrangement for key in keys]
    assert sorted(arrangements) == [0, 0, 1, 1]
    assert [one.number for one in study.sessions()] == list(range(7))


def test_a_session_goes_on_after_the_server_has(tmp_path):
    study = study_in(tmp_path)
    key = do_all(study, turns=3)
    again = Study.open(study.folder)
    assert again.plan == study.plan
    assert again.session(key) == study.session(key)
    assert again.session("nobody has this key") is None
    assert again.session("../../etc/passwd") is None


def test_what_was_said_twice_counts_once(tmp_path):
    study = study_in(tmp_path)
    key = do_all(study, turns=1)
    before = study.session(key).done[0].ratings
    study.rate(key, 0, [1, 1, 1, 1, 1], 0, 1.0)
    study.skip(key, 0, "another tab")
    assert study.session(key).done[0].ratings == before
    assert study.session(key).done[0].skipped is None


def test_who_takes_everything_back_leaves_nothing(tmp_path):
    study = study_in(tmp_path)
    gone, kept = do_all(study), do_all(study, turns=2)
    name = study.session(gone).id
    study.withdraw(gone)
    assert study.session(gone) is None
    assert not [path for path in study.folder.rglob("*") if name in path.name]
    assert not any(name in path.read_text() for path in study.folder.glob("*.csv"))
    assert study.session(kept) is not None


def test_a_line_that_was_cut_off_is_no_event(tmp_path):
    study = study_in(tmp_path)
    key = do_all(study, turns=2)
    (file,) = (study.folder / "sessions").glob("*.jsonl")
    before = study.session(key)
    with file.open("ab") as stream:
        stream.write(b'{"event": "rated", "turn"')
    assert study.session(key) == before
    assert do_turn(study, key).turn == 3
    assert Study.open(study.folder).session(key).turn == 3


def test_a_broken_session_is_left_out_and_told_of(tmp_path, caplog):
    study = study_in(tmp_path)
    do_all(study, turns=1)
    (study.folder / "sessions" / "broken.jsonl").write_text('{"event": "begun"}\n[1]\n')
    assert len(study.sessions()) == 1
    assert "broken.jsonl" in caplog.text
    assert "line 2 is no event" in caplog.text


@pytest.mark.parametrize("what", ["take", "rate"])
def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, what):
    study = study_in(tmp_path)
    key = do_all(study, turns=2)
    before, text = study.session(key), (study.folder / "searches.csv").read_text()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(events.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        study.take(key, 2, b"RIFF") if what == "take" else study.rate(key, 2, [3] * 5, 0, 1.0)
    assert study.session(key) == before
    assert (study.folder / "searches.csv").read_text() == text
    assert not [path for path in study.folder.rglob(".*") if path.is_file()]
    monkeypatch.undo()
    assert do_turn(study, key).turn == 3


@pytest.mark.parametrize("what", ["take", "rate", "begin"])
def test_a_disk_that_is_really_full_loses_nothing(small_disk, what):
    study = study_in(small_disk)
    key = do_all(study, turns=2)
    study.take(key, 2, b"RIFF take")
    before, people = study.session(key), len(study.sessions())

    def work():
        if what == "take":
            return study.take(key, 2, b"RIFF" + bytes(20_000))
        return study.begin() if what == "begin" else study.search(key, 2, {}, {}, [Shown("a" * 9_000, 0.0, 1.0)] * 5)

    ballast = fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        work()
    assert study.session(key) == before
    assert len(study.sessions()) == people
    ballast.unlink()
    assert Study.open(study.folder).session(key) == before
    work()
    assert len(study.sessions()) == people + (what == "begin")
    if what == "take":
        assert len(study.session(key).done[2].takes) == 2
    assert do_turn(study, key).turn == 3 if what != "rate" else study.rate(key, 2, [3] * 5, 0, 1.0).turn == 3
    assert not [path for path in study.folder.rglob(".*") if path.is_file()]


def test_several_people_at_once(tmp_path):
    study = study_in(tmp_path)
    with ThreadPoolExecutor(6) as pool:
        keys = list(pool.map(lambda _: do_all(study), range(6)))
    assert len({study.session(key).id for key in keys}) == 6
    assert sorted(one.number for one in study.sessions()) == list(range(6))
    assert len(load_imitations(study.folder).imitations) == 48
    assert len(rows(study, "ratings.csv")) == 6 * 9 * 5


def test_who_is_killed_has_lost_nothing_that_was_told_to_be_kept(tmp_path):
    study = study_in(tmp_path)
    script = f"""
        import sys
        from pathlib import Path
        from menura.study.store import Study
        from studies import do_turn
        study = Study.open(Path({str(study.folder)!r}))
        while True:
            key, session = study.begin()
            study.answer(key, {{"music": "never"}})
            for _ in session.turns:
                done = do_turn(study, key)
                print(key, done.turn, flush=True)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    for n_lines in (1, 3, 7):
        call = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environment) as running:
            told = [running.stdout.readline() for _ in range(n_lines)]
            running.send_signal(signal.SIGKILL)
            told += [line for line in running.stdout if line.endswith("\n")]
        again = Study.open(study.folder)
        for key, turn in map(str.split, told):
            session = again.session(key)
            assert session.turn >= int(turn)
            takes = [one.takes[-1] for one in session.done[: int(turn)]]
            assert all((again.folder / "vocal_imitations/included" / take).is_file() for take in takes)
    again.write_tables()
    assert load_imitations(again.folder).imitations


def test_what_is_no_study_is_said_to_be_none(tmp_path):
    with pytest.raises(UsageError, match=r"holds no study \(no study.json\)"):
        Study.open(tmp_path)
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        Study.open(tmp_path)
    (tmp_path / "study.json").write_text('{"format": 9}')
    with pytest.raises(DataError, match="another version"):
        Study.open(tmp_path)
    (tmp_path / "study.json").write_text('{"format": 1}')
    with pytest.raises(DataError, match="is no plan"):
        Study.open(tmp_path)
