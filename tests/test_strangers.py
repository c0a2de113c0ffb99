"""Models and indexes from strangers: refused in one line, or harmless; nothing that they hold is ever run."""

import json
import os
import pickle
import shutil
import sqlite3
import struct
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bundles import clips, edit_card, resign, write_sound
from menura import Library
from menura.errors import LibraryError, ModelError, TrainingError
from menura.index.codes import CodesFile
from menura.index.database import connect
from menura.index.store import LibraryIndex
from menura.model.bundle import Bundle
from menura.network.checkpoint import load_network
from menura.training.fit import _checkpoint
from stores import MODEL, embedded, stored
from toy import toy_network


class Bomb:
    """Unpickled, it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.fixture
def mark(tmp_path):
    """A file that is there once a stranger's code has run."""
    mark = tmp_path / "mark"
    yield mark
    assert not mark.exists()


@pytest.fixture
def bundle_copy(random_bundle_folder, tmp_path):
    return Path(shutil.copytree(random_bundle_folder, tmp_path / "bundle"))


# Models


@pytest.mark.parametrize("name", ["head.safetensors", "imitation.onnx", "recording.onnx", "weights.safetensors"])
def test_a_pickle_in_a_bundle_is_not_loaded(bundle_copy, mark, name):
    (bundle_copy / name).write_bytes(pickle.dumps(Bomb(mark)))
    resign(bundle_copy, name)
    with pytest.raises(ModelError):
        bundle = Bundle.load(bundle_copy)
        load_network(bundle_copy)
        bundle.embed_query(clips(1, 1_000)[0])
        bundle.project_recordings(clips(1, 1_000))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4")  # and refuses it all the same
def test_a_pickle_in_place_of_a_checkpoint_is_not_loaded(tmp_path, mark):
    (tmp_path / "last.ckpt").write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(TrainingError, match=r"last\.ckpt: not a checkpoint that can be read"):
        _checkpoint(tmp_path, toy_network())


def headed(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + bytes(4)


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2**31) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        headed(b'{"output_bias":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}'),
        headed(b'{"output_bias":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'),
    ],
)
def test_a_head_with_an_absurd_header_is_refused(bundle_copy, content):
    (bundle_copy / "head.safetensors").write_bytes(content)
    resign(bundle_copy, "head.safetensors")
    with pytest.raises(ModelError, match=r"head\.safetensors: "):
        Bundle.load(bundle_copy)


def tower_with(node: onnx.NodeProto, *weights: onnx.TensorProto, domain: str = "") -> bytes:
    """A tower of the right inputs and outputs around one node."""
    graph = helper.make_graph(
        [node],
        "tower",
        [helper.make_tensor_value_info("imitation_log_mel", TensorProto.FLOAT, ["batch", 1, 39, 482])],
        [helper.make_tensor_value_info("imitation_features", TensorProto.FLOAT, ["batch", 2640])],
        initializer=list(weights),
    )
    sets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=sets)
    model.ir_version = 8
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("location", ["../secret.bin", "secret.bin", "{absolute}"])
def test_a_tower_whose_weights_lie_elsewhere_is_refused(bundle_copy, tmp_path, monkeypatch, location):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.ones((39 * 482, 2640), np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[39 * 482, 2640])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location.format(absolute=secret))
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 39 * 482])
    content = tower_with(helper.make_node("MatMul", ["flat", "weight"], ["imitation_features"]), shape, weight)
    model = onnx.load_from_string(content)
    model.graph.node.insert(0, helper.make_node("Reshape", ["imitation_log_mel", "shape"], ["flat"]))
    (bundle_copy / "imitation.onnx").write_bytes(model.SerializeToString())
    resign(bundle_copy, "imitation.onnx")
    with pytest.raises(ModelError, match=r"imitation\.onnx: "):
        Bundle.load(bundle_copy).embed_query(clips(1, 1_000)[0])


def test_a_tower_with_an_operator_of_its_own_is_refused(bundle_copy):
    node = helper.make_node("RunThis", ["imitation_log_mel"], ["imitation_features"], domain="strangers")
    (bundle_copy / "imitation.onnx").write_bytes(tower_with(node, domain="strangers"))
    resign(bundle_copy, "imitation.onnx")
    with pytest.raises(ModelError, match=r"imitation\.onnx: ONNX Runtime cannot load it"):
        Bundle.load(bundle_copy).embed_query(clips(1, 1_000)[0])


def test_a_card_that_names_files_elsewhere_has_none_of_them_read(bundle_copy, tmp_path):
    os.mkfifo(tmp_path / "pipe")  # to read it would wait for ever
    card = json.loads((bundle_copy / "model.json").read_text())
    edit_card(bundle_copy, sha256={"../pipe": "0" * 64, str(tmp_path / "pipe"): "0" * 64, **card["sha256"]})
    assert Bundle.load(bundle_copy).name == "random"


def with_number(spec, place, number):
    *path, last = place
    inner = spec
    for key in path:
        inner = inner[key]
    inner[last] = number
    return spec


@pytest.mark.parametrize(
    ("place", "number"),
    [
        (("n_hidden",), 10**15),
        (("n_hidden",), -1),
        (("n_hidden",), 1e999),
        (("imitation", "layers", 2, "filters"), 10**15),
        (("imitation", "layers", 0, "pool"), [0, 0]),
        (("imitation", "front_end", "hop_samples"), 0),
        (("imitation", "front_end", "duration_s"), 1e308),
        (("imitation", "front_end", "n_frames"), 10**12),
        (("recording", "front_end", "n_mels"), 10**12),
    ],
)
def test_a_card_of_absurd_sizes_is_refused(bundle_copy, place, number):
    spec = json.loads((bundle_copy / "model.json").read_text())["spec"]
    edit_card(bundle_copy, spec=with_number(spec, place, number))
    with pytest.raises(ModelError):
        Bundle.load(bundle_copy)


def test_a_card_of_endless_depth_is_refused(bundle_copy):
    (bundle_copy / "model.json").write_text("[" * 200_000)
    with pytest.raises(ModelError, match=r"model\.json: not JSON"):
        Bundle.load(bundle_copy)


# Indexes


@pytest.fixture
def index(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    index = LibraryIndex.open(folder, tmp_path / "data", MODEL)
    index.write([embedded("a.wav", 1, 2), embedded("b.wav", 3)])
    index.finish([], [])
    return index


def spoil(index, *statements, values=()):
    """Do to an index what only a stranger does."""
    db = sqlite3.connect(index.home / "index.sqlite", isolation_level=None)
    for statement in statements:
        db.execute(statement, values)
    db.close()


def use(index):
    """Everything that a search and an indexing do."""
    opened = LibraryIndex.open(index.folder, index.home.parents[1], MODEL)
    found = stored(opened)
    opened.write([embedded("c.wav", 9)])
    opened.finish([], [])
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON sounds BEGIN DELETE FROM sounds; END",
        "CREATE TRIGGER evil AFTER INSERT ON sounds BEGIN SELECT load_extension('/tmp/evil.so'); END",
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil.so')",
        "CREATE VIRTUAL TABLE evil USING fts5 (x)",
        "CREATE TABLE evil (x CHECK (load_extension('/tmp/evil.so')))",
        "CREATE INDEX evil ON sounds (hex(path))",
        "ALTER TABLE sounds ADD COLUMN evil AS (hex(path))",
        "ALTER TABLE words_config ADD COLUMN evil DEFAULT 1",
    ],
)
def test_an_index_with_programs_of_its_own_is_refused(index, statement):
    spoil(index, statement)
    with pytest.raises(LibraryError, match=r"damaged \(it holds what Menura never put there, '\w+'\); make"):
        use(index)
    assert LibraryIndex.open(index.folder, index.home.parents[1], MODEL, rebuild=True).state == "new"


def test_a_view_in_place_of_a_table_is_refused_and_goes_with_a_rebuild(index):
    spoil(index, "ALTER TABLE meta RENAME TO hidden", "CREATE VIEW meta AS SELECT * FROM hidden")
    with pytest.raises(LibraryError, match="it holds what Menura never put there"):
        use(index)
    assert LibraryIndex.open(index.folder, index.home.parents[1], MODEL, rebuild=True).state == "new"


def test_no_connection_loads_extensions_or_trusts_a_schema(index):
    db = connect(index.home / "index.sqlite")
    assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError, match="not authorized"):
        db.execute("SELECT load_extension('/tmp/evil.so')")
    db.close()


@pytest.mark.parametrize("table", ["words_data", "words_idx", "words_config"])
def test_garbled_tables_of_full_text_search_are_refused_or_harmless(index, table):
    rng = np.random.default_rng(0)
    blob = {"words_data": "block", "words_idx": "pgno", "words_config": "v"}[table]
    spoil(index, f"UPDATE {table} SET {blob} = ?", values=(rng.bytes(500),))
    try:
        with index.snapshot() as snapshot:
            snapshot.matching("wav")
        use(index)
    except LibraryError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("key", ["projections", "codes"])
@pytest.mark.parametrize(
    "name", ["../../../victim", "/etc/passwd", "projections-0.f32/../../x", "x\0y", "index.sqlite"]
)
def test_a_name_that_leads_elsewhere_is_refused(index, tmp_path, key, name):
    victim = tmp_path / "victim"
    victim.write_bytes(bytes(5_000))
    spoil(index, f"INSERT OR REPLACE INTO meta VALUES ('{key}', ?)", values=(name,))
    with pytest.raises(LibraryError, match="no such file could be its own"):
        use(index)
    assert victim.read_bytes() == bytes(5_000)


def test_projections_that_are_a_link_are_not_written_to(index, tmp_path):
    (file,) = index.home.glob("*.f32")
    victim = file.rename(tmp_path / "victim")
    before = victim.read_bytes()
    file.symlink_to(victim)
    with pytest.raises(LibraryError, match="is not a file"):
        use(index)
    assert victim.read_bytes() == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("first_row", -1),
        ("first_row", 2**62),
        ("first_row", 1),
        ("n_rows", 2**63 - 1),
        ("n_rows", 0),
        ("first_row", "words"),
        ("n_rows", 1e300),
        ("n_rows", b"bytes"),
        ("alike", 2**62),
        ("alike", "words"),
    ],
)
def test_rows_that_are_not_its_own_are_refused(index, column, value):
    spoil(index, f"UPDATE sounds SET {column} = ? WHERE path = CAST('a.wav' AS BLOB)", values=(value,))
    with pytest.raises(LibraryError, match="its index is damaged"):
        use(index)


@pytest.mark.parametrize(
    ("key", "value"), [("rows", "-3"), ("rows", "9" * 30), ("coded_rows", "-4096"), ("width", "0")]
)
def test_numbers_out_of_range_are_refused(index, key, value):
    spoil(index, "INSERT OR REPLACE INTO meta VALUES (?, ?)", values=(key, value))
    with pytest.raises(LibraryError):
        use(index)


@pytest.mark.parametrize("path", ["../outside.wav", "/etc/passwd", "a/../../b.wav", "", "x\0.wav"])
def test_a_path_that_leads_out_of_the_library_is_never_given_out(index, path):
    spoil(index, "UPDATE sounds SET path = ? WHERE path = CAST('a.wav' AS BLOB)", values=(os.fsencode(path),))
    with pytest.raises(LibraryError, match=r"damaged \(a path leads out of the library\)"):
        stored(index)


@pytest.mark.parametrize("columns", [[np.nan] * 3, [-5.0, 125.0, 0.0], [1e9, 0.0, 0.0], [np.inf] * 3])
def test_codes_whose_columns_lie_elsewhere_are_done_without(tmp_path, columns, index):
    """The compiled scan reads where the file's head says."""
    meta = index_meta(index)._replace(codes="projections-0-0.u8", coded_rows=4_096, rows=4_096)
    meta = meta._replace(projections="projections-0.f32")
    header = np.zeros(4_096 // 8)
    header[:11] = [4_096, 1.0, *[1.0] * 3, *[0.0] * 3, *columns]
    (index.home / meta.codes).write_bytes(header.tobytes() + bytes(4_096 * 200))
    assert CodesFile.of(meta, index.home) is None


def index_meta(index):
    with index._connection() as db:
        return index._read_meta(db)


def test_a_model_that_gives_no_numbers_breaks_nothing(tmp_path, random_bundle_folder):
    """Whatever a stranger's model makes of them, every sound is listed once."""
    folder = tmp_path / "sounds"
    for seed in range(4):
        write_sound(folder / f"{seed}.wav", seed)
    with Library.open(folder, random_bundle_folder, tmp_path / "data") as library:
        assert len({hit.path for hit in library.search(folder / "0.wav", top=99)}) == 4
