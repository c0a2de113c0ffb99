"""Work says how far it is when nobody looks at a terminal."""

import pytest

from menura.inputs import counted as module
from menura.inputs.counted import Lines, counted, in_words


def test_a_line_every_half_minute_says_how_much_is_left(capsys):
    now = [0.0]
    lines = Lines("reading", 400, 100, clock=lambda: now[0])
    for now[0], done in ((10.0, 150), (31.0, 131), (59.0, 180), (61.0, 161)):
        lines.tell(done)
    assert capsys.readouterr().err.splitlines() == [
        "reading: 131 of 400, 4 min left",  # 31 in 31 s: 269 s for the rest
        "reading: 161 of 400, 4 min left",
    ]


def test_nothing_done_promises_nothing(capsys):
    now = [0.0]
    lines = Lines("reading", 400, clock=lambda: now[0])
    now[0] = 40.0
    lines.tell(0)
    assert capsys.readouterr().err == "reading: 0 of 400\n"


def test_items_come_through_whether_anybody_looks_or_not(monkeypatch, capsys):
    assert list(counted(range(5), "counting", 5)) == [0, 1, 2, 3, 4]
    assert capsys.readouterr().err == ""  # in less than half a minute there is nothing to tell
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    assert list(counted("ab", "counting", 3, done=1)) == ["a", "b"]
    assert [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "counting: 2 of 3",
        "counting: 3 of 3",
    ]


@pytest.mark.parametrize(("seconds", "words"), [(20, "under 1 min"), (95, "2 min"), (8_000, "2.2 h")])
def test_what_is_left_in_words(seconds, words):
    assert in_words(seconds) == words
