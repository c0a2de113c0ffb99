"""A cluster of two machines, each with a disk of its own: shards are on both, and one machine is lost."""

import json
import os
import shutil

import pytest

from menura import Library
from ray_machines import Machine
from sounds_made import noise

pytest.importorskip("ray", reason='no Ray here: pip install -e ".[dev]"')
soundfile = pytest.importorskip("soundfile")

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.skipif(os.name == "nt", reason="Ray here is for POSIX")]

N_NOISES = 8


@pytest.fixture(scope="module")
def sounds(real_clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library") / "sounds"
    folder.mkdir()
    for clip in real_clips:
        shutil.copy(clip, folder / clip.name)
        shutil.copy(clip, folder / f"copy {clip.name}")
    for seed in range(N_NOISES):
        soundfile.write(folder / f"noise {seed}.wav", noise(1.0, seed), 16_000)
    return folder


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The head of a cluster, with two workers."""
    machine = Machine(tmp_path_factory.mktemp("home"))
    machine.run("up", "--host", "127.0.0.2")
    yield machine
    machine.run("down")


@pytest.fixture(scope="module")
def store(machine, sounds):
    """That of a library whose four shards are all on the head, beside its sounds."""
    store = sounds.with_name("store")
    machine.run("fill", sounds, "--store", store, "--shards", 4)
    return store


@pytest.fixture(scope="module")
def second(machine, store, tmp_path_factory):
    """Another machine, which joins the cluster once the library is filled."""
    second = Machine(tmp_path_factory.mktemp("second"))
    second.join(machine, "127.0.0.3")
    yield second
    second.run("down")


@pytest.fixture
def clip(real_clips):
    return real_clips[0]


@pytest.fixture
def wanted(sounds, clip, tmp_path):
    """What one machine finds, whenever it is called."""

    def find():
        library = Library.open(sounds, data_dir=tmp_path / "data", music=False)
        library.index()
        return [(hit.path, hit.logit, hit.start_s, list(hit.alike)) for hit in library.search(clip, top=100)]

    return find


def held(machine):
    """The numbers of the shards that have been on a machine's disk."""
    return {home.name for home in machine.home.glob("menura/cluster/*/*/*/[0-9]*")}


def test_shards_move_to_a_machine_that_has_joined(machine, second, store, clip, wanted):
    away = store.with_name("away")
    store.rename(away)
    assert "no cluster library there" in machine.run("rebalance", "--store", store, code=2)
    away.rename(store)
    manifest = max(store.glob("shards/*/0003/manifest-*"))
    kept = manifest.rename(store.with_name("kept"))
    complaint = machine.run("rebalance", "--store", store, code=1)
    assert "what was published of shard 3 is not whole, so it stays where it is" in complaint
    kept.rename(manifest)
    assert held(second) == set()
    moved = machine.run("rebalance", "--store", store).splitlines()
    assert [line.partition(":")[0] for line in moved] == ["shard 3", "shard 2"]
    assert [line.split()[4::3] for line in moved] == [["127.0.0.2", "127.0.0.3"]] * 2, moved
    assert held(second) == {"0002", "0003"}
    assert machine.found(clip, store) == wanted()
    assert machine.run("rebalance", "--store", store).startswith("Nothing is moved")


def test_a_machine_that_computes_otherwise_is_named(machine, second, store):
    assert "differ" not in machine.run("status", "--store", store)
    (probe,) = store.glob("probes/*.json")
    first, *rest = json.loads(probe.read_text())
    probe.write_text(json.dumps([first + 0.5, *rest]))
    told = machine.run("status", "--store", store).splitlines()
    odd = [line.partition(" ")[0] for line in told if "its projections differ by up to 0.5 from" in line]
    assert odd == ["127.0.0.2", "127.0.0.3"]
    probe.unlink()


def test_the_shards_of_a_machine_that_is_lost_are_there_again_on_another(machine, second, store, clip, wanted):
    machine.run("rebalance", "--store", store)
    assert held(second) == {"0002", "0003"}
    second.lose()
    assert machine.found(clip, store) == wanted()  # from what was published
    told = machine.run("status", "--store", store).splitlines()
    assert sorted(line.rpartition(" ")[2] for line in told[:2]) == ["lost", "workers"]
    assert all("revision" in line for line in told[2:])
    sounds = store.with_name("sounds")
    soundfile.write(sounds / "late.wav", noise(1.0, N_NOISES), 16_000)
    assert "1 added" in machine.run("fill", sounds, "--store", store)
    assert machine.found(clip, store) == wanted()
