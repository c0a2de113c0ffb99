"""The report as a command: figures, pictures, a table for R, and what it refuses to say."""

import csv
import json
import sys

import numpy as np
import pytest
from PIL import Image

from cli_calls import output_of, refusal_of
from menura.errors import DataError
from menura.study.report import report_of
from menura.study.session import Shown
from studies import do_all, do_turn, study_in


def take_part(study, number, *, better="two"):
    """A person to whom one system finds the sound first and the other later; the more so the higher the number."""
    rng = np.random.default_rng(number)
    key, session = study.begin()
    study.answer(key, {"music": "always"})
    for at, turn in enumerate(session.turns):
        if study.session(key).step(study.plan) == "break":
            study.rest(key)
        study.take(key, at, b"RIFF")
        ranks = {name: int(1 + rng.integers(2) + (name != better) * rng.integers(2, 9)) for name in ("one", "two")}
        shown = [Shown(f"kind0/{place}.wav", 0.0, 1.0) for place in range(5)]
        study.search(key, at, ranks, {"one": 40, "two": 40}, shown)
        rating = int(np.clip(round(rng.normal(3.8 if turn.system == better else 2.4, 0.6)), 1, 5))
        own = ranks[turn.system]
        study.rate(key, at, [rating] * 4 + [None], own if own <= 5 else 0, 15.0)
    return key


def report(study):
    """What the command prints."""
    return output_of("study", "report", study.folder)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    made = study_in(tmp_path_factory.mktemp("report"))
    for number in range(14):
        take_part(made, number)
    do_all(made, turns=2)  # who gave up
    return made


def test_the_command_prints_and_writes_what_it_found(study):
    printed = report(study)
    assert "15 people began, 14 rated half of the sounds or more and count." in printed
    assert "MRR: two is higher than one (+0." in printed
    assert "rating: two is higher than one" in printed
    figures = json.loads((study.folder / "report" / "report.json").read_text())
    assert figures["people"] == {"began": 15, "counted": 14}
    assert {one["measure"] for one in figures["comparisons"] if one["claim"]} >= {"rr", "rating"}
    for name in ("means.png", "people.png"):
        with Image.open(study.folder / "report" / name) as picture:
            assert min(picture.size) > 300
            assert np.asarray(picture.convert("L")).std() > 5


def test_the_table_for_r_gives_the_means_of_the_report(study):
    report(study)
    with (study.folder / "report" / "trials.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 14 * 8 * 2
    assert {row["music"] for row in rows} == {"always"}
    assert all((row["rating"] == "") == (row["assigned"] == "FALSE") for row in rows)
    made = report_of(study)
    for system in ("one", "two"):
        people = {}
        for row in rows:
            if row["system"] == system:
                people.setdefault(row["person"], []).append(1 / int(row["rank"]))
        by_hand = np.mean([np.mean(values) for values in people.values()])
        assert made.mean("rr", system).mean == pytest.approx(by_hand)


def test_too_few_people_are_told_so(tmp_path):
    few = study_in(tmp_path)
    for number in range(3):
        take_part(few, number)
    printed = report(few)
    assert "MRR: too few people to claim anything: 3 did enough, 12 or more are needed" in printed
    assert "higher than" not in printed


def test_a_study_without_answers_says_so(tmp_path):
    empty = study_in(tmp_path)
    with pytest.raises(DataError, match=r"nobody has rated half of the 8 sounds yet \(0 of 0 who began\)"):
        report_of(empty)
    key, _ = empty.begin()
    empty.answer(key, {"music": "never"})
    do_turn(empty, key)
    with pytest.raises(DataError, match="0 of 1 who began"):
        report_of(empty)


def test_without_its_extra_the_report_says_what_to_install(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    assert 'pip install "menura[study]"' in refusal_of("study", "report", study.folder, code=2)
