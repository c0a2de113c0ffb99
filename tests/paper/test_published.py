"""What is published of a table: what was asked for, rounded, and the picture of it."""

import json
import sys

import pytest

from benchmarks import results
from benchmarks.models import all_systems, reproduced
from menura.evaluation.ranking import Ranked
from menura.evaluation.tables import make_table, write_table


@pytest.fixture
def docs(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "DOCS", tmp_path)
    monkeypatch.setattr(reproduced, "PICTURES", tmp_path / "pictures")
    (tmp_path / "pictures").mkdir()
    return tmp_path


@pytest.fixture
def work(tmp_path):
    ranked = {name: [[Ranked(f"s{rank}", "all", rank, 7, 1.0) for rank in (1, 3, 7)]] for name in ("ours", "2DFT")}
    about = {
        "corpus": "toy: 3 imitations",
        "reference": "ours",
        "note": "",
        "costs": {"ours": {"seconds_a_query": 1 / 3}},
    }
    write_table(make_table(ranked, [("ours", "2DFT")], {}), tmp_path / "work", about)
    return tmp_path / "work"


def test_a_table_is_published_as_it_was_measured(docs, work, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["all_systems", "systems_mosaics", "--work", str(work)])
    all_systems.main()
    written = json.loads((docs / "results" / "systems_mosaics.json").read_text())
    assert written["command"].startswith("menura reproduce systems --data YARDSTICK")
    assert written["data"].endswith("(toy: 3 imitations)")
    figures = written["figures"]
    assert [*figures] == list(all_systems.REPRODUCED)
    assert [(row["method"], row["mrr"]) for row in figures["rows"]] == [("ours", 0.4921), ("2DFT", 0.4921)]
    assert figures["costs"] == {"ours": {"seconds_a_query": 0.3333}}
    assert (docs / "pictures" / "systems_mosaics.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_small_is_no_zero():
    assert reproduced.rounded({"rate": [1e-5, 0.12345], "name": "a", "n": 3}) == {
        "rate": [1e-5, 0.1235],
        "name": "a",
        "n": 3,
    }
