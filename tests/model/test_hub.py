"""Bundles go to a model hub and come from it: one of folders, in place of the library that talks to the real one."""

import shutil
import sys
from fnmatch import fnmatch
from types import SimpleNamespace

import pytest

from cli_calls import isolate, output_of, refusal_of
from menura.model.bundle import Bundle


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub of folders, with what the library is asked for in `asked`; the calls are those of huggingface_hub."""
    isolate(tmp_path, monkeypatch)
    home, asked = tmp_path / "hub", []

    def create_repo(repo_id, *, private, exist_ok):
        asked.append(("create", repo_id, private))
        (home / repo_id).mkdir(parents=True, exist_ok=exist_ok)

    def upload_folder(*, repo_id, folder_path, allow_patterns, commit_message):
        for file in folder_path.iterdir():
            if any(fnmatch(file.name, pattern) for pattern in allow_patterns):
                shutil.copy(file, home / repo_id)
        return f"hub/{repo_id}/commit/1: {commit_message}"

    def snapshot_download(repo_id, *, revision, allow_patterns, local_dir):
        asked.append(("download", repo_id, revision))
        if not (home / repo_id).is_dir():
            raise OSError(f"404 Client Error for {repo_id}\nRepository Not Found")
        local_dir.mkdir()
        (local_dir / ".cache").mkdir()
        for file in (home / repo_id).iterdir():
            if any(fnmatch(file.name, pattern) for pattern in allow_patterns):
                shutil.copy(file, local_dir)

    api = SimpleNamespace(create_repo=create_repo, upload_folder=upload_folder)
    library = SimpleNamespace(HfApi=lambda: api, snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", library)
    return SimpleNamespace(home=home, asked=asked)


def test_a_bundle_goes_there_and_comes_back(hub, tmp_path, random_bundle_folder, random_bundle):
    mine = shutil.copytree(random_bundle_folder, tmp_path / "mine")
    (mine / "notes.pkl").write_bytes(b"not of a bundle")
    assert "hub/me/random/commit/1: random, a bundle of Menura" in output_of("hub", "put", mine, "me/random")
    assert hub.asked == [("create", "me/random", True)]  # nobody else sees it
    (hub.home / "me/random" / "evil.pkl").write_bytes(b"not asked for")

    back = tmp_path / "models" / "back"
    assert f"random is in {back}" in output_of("hub", "get", "me/random", "--out", back, "--revision", "v1")
    assert hub.asked[-1] == ("download", "me/random", "v1")
    assert sorted(path.name for path in back.iterdir()) == sorted(path.name for path in random_bundle_folder.iterdir())
    assert Bundle.load(back).fingerprint == random_bundle.fingerprint
    output_of("hub", "put", mine, "me/random", "--public")
    assert hub.asked[-1] == ("create", "me/random", False)


def test_what_is_damaged_on_the_hub_leaves_what_stands_here(hub, tmp_path, random_bundle_folder, random_bundle):
    there = hub.home / "me" / "random"
    shutil.copytree(random_bundle_folder, there)
    (there / "imitation.onnx").write_bytes(b"damaged")
    here = shutil.copytree(random_bundle_folder, tmp_path / "here")
    assert "imitation.onnx: damaged" in refusal_of("hub", "get", "me/random", "--out", here, code=1)
    assert Bundle.load(here).fingerprint == random_bundle.fingerprint
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".here")] == []


def test_refusals_are_a_line(hub, tmp_path, monkeypatch, random_bundle_folder):
    line = refusal_of("hub", "get", "me/none", "--out", tmp_path / "x", code=1)
    assert "me/none: the hub did not do it (404 Client Error for me/none); check the name and your login" in line
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for arguments in (("put", random_bundle_folder, "me/x"), ("get", "me/x", "--out", tmp_path / "x")):
        line = refusal_of("hub", *arguments, code=1)
        assert line == 'menura: a model hub needs huggingface_hub: pip install "menura[hub]"'
    assert not (tmp_path / "x").exists()
