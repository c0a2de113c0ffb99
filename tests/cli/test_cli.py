"""The command line as its users meet it: what it prints, and where."""

import json
import re
import shlex
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import edit_card
from cli_calls import isolate, output_of, refusal_of, run, write_sounds, write_tone
from menura.cli.text import clock, count, duration, printable, size
from menura.index.store import LibraryIndex
from menura.model.bundle import Bundle
from menura.search.library import Library


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)


def search_json(*arguments):
    return json.loads(output_of("search", *arguments, "--json"))


def test_a_first_search_indexes_and_prints_json_alone(sounds, hum):
    answer = search_json(hum, "--library", sounds)
    assert answer["query"] == str(hum)
    results = answer["results"]
    assert sorted(result["path"] for result in results) == ["bell.wav", "door/creak.wav", "door/slam.wav"]
    told = {"path", "score", "logit", "word", "start_s", "end_s", "alike", "kinds", "pitch_hz", "tempo_bpm"}
    assert all(set(result) == told for result in results)
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert all(0 <= result["start_s"] < result["end_s"] <= 7 for result in results)


def test_lengths_narrow_a_search_and_several_takes_are_one(sounds, hum):
    def paths(*arguments):
        return {result["path"] for result in search_json(hum, "--library", sounds, *arguments)["results"]}

    assert paths("--longer", "5") == {"bell.wav"}
    assert paths("--shorter", "5") == {"door/creak.wav", "door/slam.wav"}
    assert paths("--longer", "5", "--shorter", "6") == set()
    assert "give other lengths" in run("search", hum, "-l", sounds, "--longer", "3", "--shorter", "2").stderr
    one, two = search_json(hum, "-l", sounds), search_json(hum, hum, "-l", sounds)
    assert two["results"] == one["results"]
    assert (two["query"], two["heard"]) == ([one["query"]] * 2, [one["heard"]] * 2)


def test_copies_are_counted_in_the_table_and_named_in_json(sounds, hum):
    for name in ("a copy.wav", "door/bell.wav"):
        shutil.copy(sounds / "bell.wav", sounds / name)
    results = search_json(hum, "--library", sounds)["results"]
    assert {result["path"]: result["alike"] for result in results} == {
        "a copy.wav": ["bell.wav", "door/bell.wav"],
        "door/creak.wav": [],
        "door/slam.wav": [],
    }
    rows = output_of("search", hum, "--library", sounds).splitlines()
    assert [("a copy.wav" in row) for row in rows if "alike" in row] == [True]
    assert any("+2 alike" in row for row in rows)


def test_json_and_table_and_library_tell_the_same(sounds, hum):
    paths = [result["path"] for result in search_json(hum, "--library", sounds)["results"]]
    with Library.open(sounds) as library:
        assert [hit.path for hit in library.search(hum)] == paths
    rows = [line for line in output_of("search", hum, "--library", sounds).splitlines() if ".wav" in line]
    for rank, (row, path) in enumerate(zip(rows, paths, strict=True), start=1):
        folder, _, name = path.rpartition("/")
        assert row.split()[0] == str(rank)
        assert name in row
        assert folder in row
    assert "0:00.0 - 0:00.5" in output_of("search", hum, "--library", sounds, "--text", "creak")


def test_scores_have_words_where_the_model_has_steps(sounds, hum, tmp_path, random_bundle_folder):
    model = shutil.copytree(random_bundle_folder, tmp_path / "model")
    plain = search_json(hum, "-l", sounds, "--model", model)
    assert plain["nearest"] is None and {result["word"] for result in plain["results"]} == {None}
    first, second, _ = scores = [result["score"] for result in plain["results"]]
    for steps, words in (
        ({"close": first, "likely": second}, ["close", "likely", "loose"]),
        ({"likely": second}, ["likely", "likely", "loose"]),
        ({"close": 1.0, "likely": 1.0}, ["loose", "loose", "loose"]),
    ):
        edit_card(model, steps=steps)
        told = search_json(hum, "-l", sounds, "--model", model)
        assert [result["word"] for result in told["results"]] == words
        assert [result["score"] for result in told["results"]] == scores
        assert told["nearest"] == words[0]
        lines = output_of("search", hum, "-l", sounds, "--model", model).splitlines()
        assert [line.split()[3] for line in lines if ".wav" in line] == words
        assert ("Nothing here is near; these are only the least far." in lines) == (words[0] == "loose")
    assert search_json(hum, "-l", sounds, "--model", model, "--text", "nosuch")["nearest"] is None


def test_how_near_the_best_is_does_not_hang_on_how_many_sounds_there_are(sounds, hum, tmp_path, random_bundle_folder):
    model = shutil.copytree(random_bundle_folder, tmp_path / "model")
    best = search_json(hum, "-l", sounds, "--model", model)["results"][0]["score"]
    edit_card(model, steps={"likely": best, "measured_among": 1})
    told = search_json(hum, "-l", sounds, "--model", model)
    assert (told["results"][0]["word"], told["nearest"]) == ("loose", "likely")
    assert "Nothing here is near" not in output_of("search", hum, "-l", sounds, "--model", model)


def test_text_and_top_narrow_the_search(sounds, hum):
    assert {result["path"] for result in search_json(hum, "-l", sounds, "--text", "door")["results"]} == {
        "door/creak.wav",
        "door/slam.wav",
    }
    assert len(search_json(hum, "-l", sounds, "--top", 2)["results"]) == 2
    assert search_json(hum, "-l", sounds, "--text", "nosuch")["results"] == []
    assert "No sound is what is asked for" in output_of("search", hum, "-l", sounds, "--text", "nosuch")


def test_a_second_indexing_has_nothing_to_do(sounds):
    assert "3 sounds indexed; 3 added" in output_of("index", sounds)
    assert "3 sounds indexed; nothing has changed." in output_of("index", sounds)
    write_tone(sounds / "new.wav", 500)
    (sounds / "bell.wav").unlink()
    assert "3 sounds indexed; 1 added, 1 removed" in output_of("index", sounds)
    assert "3 sounds indexed; 3 added" in output_of("index", sounds, "--rebuild")


def test_unreadable_files_are_told_twenty_at_a_time(sounds):
    for number in range(25):
        (sounds / f"bad {number:02d}.wav").write_text("no sound")
    lines = output_of("index", sounds).splitlines()
    assert "25 files could not be read:" in lines
    assert sum("bad" in line for line in lines) == 20
    assert lines[-1] == f"... and 5 more: see menura info {sounds} --skipped"
    everything = output_of("info", sounds, "--skipped").splitlines()
    assert [line.split(".wav")[0].strip() for line in everything] == [f"bad {number:02d}" for number in range(25)]


def test_a_search_tells_on_stderr_what_it_leaves_out(sounds, hum, monkeypatch):
    (sounds / "bad.wav").write_text("no sound")
    assert run("search", hum, "-l", sounds).stderr == (
        f"1 file could not be read: see menura info {sounds} --skipped\n"
    )
    assert run("search", hum, "-l", sounds).stderr == ""

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    write_tone(sounds / "new.wav", 500)
    with monkeypatch.context() as during:
        during.setattr(LibraryIndex, "finish", interrupted)  # what is new is in by then
        assert run("index", sounds).exit_code == 130
    assert run("search", hum, "-l", sounds).stderr == (
        f"the index of {sounds} is not complete yet: menura index {sounds} goes on with it\n"
    )
    output_of("index", sounds)
    assert run("search", hum, "-l", sounds).stderr == ""


def test_a_search_of_a_library_whose_disk_is_gone_says_so(sounds, hum):
    output_of("index", sounds)
    for child in list(sounds.iterdir()):
        child.rename(sounds.parent / child.name)
    result = run("search", hum, "-l", sounds)
    assert result.exit_code == 0 and "bell.wav" in result.stdout
    assert result.stderr == f"{sounds} is empty now; if it is on a disk, connect that\n"


def test_info_tells_what_is_indexed_and_where(sounds, tmp_path):
    assert f"not indexed with {Bundle.load().name} yet; menura index {sounds} does it" in refusal_of(
        "info", sounds, code=2
    )
    assert not list(tmp_path.rglob("*.sqlite")), "to ask makes nothing"
    output_of("index", sounds)
    told = dict(line.split(maxsplit=1) for line in output_of("info", sounds).splitlines() if "readable" not in line)
    assert told["library"] == str(sounds)
    assert told["sounds"].startswith("3, 8.0 s")
    assert told["windows"] == "6"  # 7 s are four windows of 3 s: at 0, 1.5, 3 and 4 s
    assert str(tmp_path / "XDG_DATA_HOME") in told["index"]
    assert told["model"] == Bundle.load().name


def test_info_without_a_folder_shows_the_models_card():
    told = output_of("info")
    bundle = Bundle.load()
    assert bundle.fingerprint[:8] in told
    for corpus in bundle.card["training"]["data"]:
        assert f"{corpus['title']}, {corpus['licence']}" in told
    assert "needs a folder" in refusal_of("info", "--skipped", code=2)


def test_names_cannot_disturb_the_terminal(sounds, hum):
    write_tone(sounds / "[red]a\nb\x1b[31m.wav", 900)
    for output in (output_of("index", sounds), output_of("search", hum, "-l", sounds)):
        assert "\x1b" not in output
    assert r"[red]a\nb\x1b[31m.wav" in output


def test_a_tilde_that_the_shell_left_is_the_home_folder(tmp_path):
    write_tone(tmp_path / "HOME" / "My Sounds" / "a.wav", 300)
    assert "1 sound indexed" in output_of("index", "~/My Sounds")


def test_version_and_help():
    assert re.fullmatch(r"menura \d+\.\d+\.\d+\S*\n", output_of("--version"))
    bare = run()
    assert (bare.exit_code, bare.stderr) == (2, "")
    for command in ("index", "search", "info", "demo", "train"):
        assert command in output_of("--help")
        assert command in bare.stdout


@given(st.text(st.characters()))
def test_printable_text_is_one_line_and_says_the_same(text):
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    if text.isascii() and text.isprintable():
        assert shown == text


def test_words_for_numbers():
    assert [clock(0), clock(59.96), clock(83.2), clock(3600)] == ["0:00.0", "1:00.0", "1:23.2", "60:00.0"]
    assert [size(0), size(999), size(1_000), size(4_092_790), size(999_600)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "4.1 MB",
        "1.0 MB",
    ]
    assert [duration(4.21), duration(83), duration(7_300)] == ["4.2 s", "1 min 23 s", "2 h 1 min"]
    assert [count(1, "sound"), count(1_200, "sound")] == ["1 sound", "1,200 sounds"]


def test_another_model_has_an_index_of_its_own_which_info_names(tmp_path, random_bundle_folder):
    library, hum = write_sounds(tmp_path / "My Samples"), write_tone(tmp_path / "hum.wav", 300)
    model = shutil.copytree(random_bundle_folder, tmp_path / "my model")
    output_of("index", library, "--model", model)
    line = refusal_of("info", library, "--model", "default", code=2)
    random = f"random ({Bundle.load(model).fingerprint[:8]})"
    assert line.endswith(f"menura index '{library}' does it; there are indexes of it by {random}")
    found = json.loads(output_of("search", hum, "--library", library, "--model", model, "--json"))
    assert len(found["results"]) == 3
    output_of("index", library)
    for arguments, own, other in (
        ([], Bundle.load().name, random),
        (["--model", model], "random", f"{Bundle.load().name} ({Bundle.load().fingerprint[:8]})"),
    ):
        told = output_of("info", library, *arguments)
        assert re.search(rf"^model +{own}$", told, re.MULTILINE)
        assert re.search(rf"^beside 1 +{re.escape(other)}: 3 sounds, ", told, re.MULTILINE)
        assert "its index is whole: 3 sounds" in output_of("check", library, *arguments)
    assert "fingerprint" in output_of("info", "--model", model)


def test_commands_that_are_advised_work_as_they_stand(tmp_path, random_bundle_folder):
    library = write_sounds(tmp_path / "My Samples")
    model = shutil.copytree(random_bundle_folder, tmp_path / "it's a model")
    for number in range(21):
        (library / f"bad {number:02d}.wav").write_text("no sound")
    told = output_of("index", library, "--model", model).splitlines()[-1]
    program, *arguments = shlex.split(told.partition("see ")[2])
    assert (program, arguments[0]) == ("menura", "info")
    assert len(output_of(*arguments).splitlines()) == 21
    refused = refusal_of("check", library, code=2)
    _, *arguments = shlex.split(refused.partition("yet; ")[2].removesuffix(" does it"))
    assert "3 sounds indexed" in output_of(*arguments)
