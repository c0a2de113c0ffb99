"""Getting mn04: the licence first, then the published pickle, verified, and kept as safetensors."""

from hashlib import sha256
from io import BytesIO

import pytest
import torch

from cli_calls import output_of
from menura.corpora import mn04
from menura.corpora.fetch import RemoteFile
from menura.errors import DataError, ModelError
from menura.network.mobilenet import MobileNet, load_mn04
from menura.training.mn04 import convert, get_mn04
from mobilenets import published_names
from range_server import serving_ranges

pytestmark = pytest.mark.server


@pytest.fixture
def network():
    torch.manual_seed(0)
    return MobileNet(batch_norm=True).eval()


@pytest.fixture
def server(network, monkeypatch):
    """A server with a pickle of mn04's kind, and the addresses as if it were the published one."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = BytesIO()
    torch.save(published_names(network), made)
    content = made.getvalue()
    published = RemoteFile("mn04.pt", f"{mn04.PAGE}/mn04.pt", len(content), f"sha256:{sha256(content).hexdigest()}")
    monkeypatch.setattr(mn04, "ARCHIVE", published)
    with serving_ranges() as server:
        server.publish("/fschmid56/EfficientAT/mn04.pt", content)
        yield server


def test_the_weights_come_whole_and_with_their_notice(server, network, tmp_path):
    told, asked_when_told = [], []

    def announce(line):
        told.append(line)
        asked_when_told.append(len(server.asked))

    path = get_mn04(tmp_path, announce=announce, base_url=server.url)
    assert "licence: MIT" in told[0] and asked_when_told[0] == 0
    assert "sha256:" in told[1]
    assert sorted(item.name for item in path.iterdir()) == ["LICENSE", "weights.safetensors"]
    assert "Florian Schmid" in (path / "LICENSE").read_text()
    assert not list((tmp_path / ".downloads").rglob("*"))
    loaded = load_mn04(mn04.weights_of(tmp_path)).state_dict()
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded[name], tensor), name


def test_a_second_call_asks_nobody(server, tmp_path):
    get_mn04(tmp_path, announce=lambda _: None, base_url=server.url)
    asked = len(server.asked)
    told = []
    assert get_mn04(tmp_path, announce=told.append, base_url=server.url) == tmp_path / "mn04"
    assert len(server.asked) == asked and "is there" in told[0]
    assert "mn04: weights" in output_of("data", "list", "--folder", tmp_path)


def test_what_was_altered_on_the_way_is_not_kept(server, tmp_path):
    server.files["/fschmid56/EfficientAT/mn04.pt"].content = b"x" * mn04.ARCHIVE.n_bytes
    with pytest.raises(DataError, match="not the published file"):
        get_mn04(tmp_path, announce=lambda _: None, base_url=server.url)
    assert not mn04.weights_of(tmp_path).exists()


def test_another_networks_weights_are_not_kept(tmp_path):
    torch.save({"features.0.0.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="not the weights of mn04"):
        convert(tmp_path / "other.pt", tmp_path / "mn04" / "weights.safetensors")
    assert not list((tmp_path / "mn04").iterdir())


def test_the_address_is_the_published_one():
    assert mn04.ARCHIVE.url == ("https://github.com/fschmid56/EfficientAT/releases/download/v0.0.1/mn04_as_mAP_432.pt")
    assert mn04.ARCHIVE.n_bytes == 4_066_513
