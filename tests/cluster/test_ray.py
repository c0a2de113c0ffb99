"""The commands on a real Ray of two workers, with sounds and store in S3, while processes are killed."""

import os
import shutil
import signal
import time

import pytest

from menura import Library
from ray_machines import PATIENCE_S, Machine, pids_of
from sounds_made import noise

pytest.importorskip("ray", reason='no Ray here: pip install -e ".[dev]"')
moto = pytest.importorskip("moto.server", reason='no S3 here: pip install -e ".[dev]"')
pytest.importorskip("s3fs", reason='nothing that reads S3 here: pip install -e ".[dev]"')
soundfile = pytest.importorskip("soundfile")

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.skipif(os.name == "nt", reason="Ray here is for POSIX")]

N_SOUNDS = 40
KEYS = {"AWS_ACCESS_KEY_ID": "KEY-1", "AWS_SECRET_ACCESS_KEY": "SECRET-2", "AWS_DEFAULT_REGION": "us-east-1"}
STORE = "s3://library/store"


@pytest.fixture(scope="module")
def sounds(real_clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "kit").mkdir()
    for clip in real_clips:
        shutil.copy(clip, folder / "kit" / clip.name)
        shutil.copy(clip, folder / f"copy {clip.name}")
    for seed in range(N_SOUNDS):
        soundfile.write(folder / f"noise {seed}.wav", noise(2.0, seed), 16_000)
    (folder / "no sound.wav").write_bytes(b"none")
    return folder


@pytest.fixture(scope="module")
def bucket(sounds):
    """What a machine has in its environment for an S3 server of this machine that has the sounds."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    import boto3

    names = {name: KEYS[name.upper()] for name in ("aws_access_key_id", "aws_secret_access_key")}
    s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", **names)
    s3.create_bucket(Bucket="library")
    for file in sorted(path for path in sounds.rglob("*") if path.is_file()):
        s3.put_object(Bucket="library", Key=f"sounds/{file.relative_to(sounds)}", Body=file.read_bytes())
    yield {**KEYS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    server.stop()


@pytest.fixture(scope="module")
def machine(bucket, tmp_path_factory):
    """A machine on which Ray runs with two workers."""
    machine = Machine(tmp_path_factory.mktemp("home"), **bucket)
    machine.run("up")
    yield machine
    began = time.monotonic()
    machine.run("down")
    assert time.monotonic() - began < 25  # Ray itself would wait 30 s for the shards
    assert machine.run("down") == "Nothing runs on this machine.\n"


@pytest.fixture(scope="module")
def wanted(sounds, real_clips, tmp_path_factory):
    """What one machine finds."""
    library = Library.open(sounds, data_dir=tmp_path_factory.mktemp("data"), music=False)
    library.index()
    return [(hit.path, hit.logit, hit.start_s, list(hit.alike)) for hit in library.search(real_clips[0], top=100)]


def test_filled_while_processes_are_killed_it_finds_what_one_machine_finds(machine, wanted, real_clips):
    filling = machine.start("fill", "s3://library/sounds", "--store", STORE, "--shards", 3)
    for what in (b"ray::_examined", b"ray::_ShardActor", b"ray::_examined", b"ray::_ShardActor"):
        give_up = time.monotonic() + PATIENCE_S
        while not (pids := pids_of(what.decode())) and time.monotonic() < give_up and filling.poll() is None:
            time.sleep(0.05)
        for pid in pids[:1]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
    printed, complained = filling.communicate(timeout=PATIENCE_S)
    assert filling.returncode == 0, complained
    # Ray tells of each process that was killed, and not among the answer.
    assert printed.startswith(f"{STORE}: ")
    assert "raylet" in complained
    assert "raylet" not in printed
    assert "no sound.wav: not a sound file that can be read" in printed
    assert machine.found(real_clips[0], STORE) == wanted
    assert machine.run("fill", "s3://library/sounds", "--store", STORE).startswith(f"{STORE}: {N_SOUNDS + 22} sounds")
    assert machine.run("check", "--store", STORE) == f"{STORE}: every shard and what it published is whole.\n"


def test_a_shard_whose_disk_is_lost_is_there_again(machine, wanted, real_clips):
    for kept in machine.home.glob("menura/cluster/*/*/*/0001"):
        shutil.rmtree(kept)
    for pid in pids_of("ray::_ShardActor"):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    assert machine.found(real_clips[0], STORE) == wanted
    told = machine.run("status", "--store", STORE).splitlines()
    assert told[0].endswith("2 workers")
    assert [line.partition(":")[0] for line in told[1:]] == ["shard 0", "shard 1", "shard 2"]
    assert all("published" in line for line in told[1:])


def test_who_has_no_token_is_not_let_in_and_it_is_up_once(machine, bucket, tmp_path):
    assert "Ray runs on this machine, of the cluster at 127.0.0.1:" in machine.run("up", code=2)
    token = machine.home / "menura" / "cluster" / "token"
    assert token.stat().st_mode & 0o077 == 0
    stranger = Machine(tmp_path, **bucket)
    assert "no Ray runs on this machine: menura cluster up starts it" in stranger.run("status", code=2)
    assert "no token of that cluster here: copy" in stranger.run("up", "--address", "127.0.0.1:6379", code=2)
    assert "127.0.0.1:1: nobody answers" in stranger.run("status", "--address", "127.0.0.1:1", code=1)
