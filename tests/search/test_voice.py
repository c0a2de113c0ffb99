"""What was learned of a voice moves queries, and nothing else; without it they are what they were, to the last bit."""

import numpy as np
import pytest

from bundles import write_sound
from menura.errors import LibraryError
from menura.search.library import Library
from menura.search.ranking import hit_near
from menura.search.voice import Voice, VoiceMap


def learned(width: int = 4, seed: int = 0) -> VoiceMap:
    rng = np.random.default_rng(seed)
    return VoiceMap(*(rng.normal(size=size).astype(np.float32) for size in (width, width, (width, width))))


@pytest.fixture
def voice(tmp_path) -> Voice:
    return Voice(tmp_path / "voice" / "learned" / "model.safetensors", 4)


def test_a_query_is_moved_as_the_map_says():
    one = learned()
    query = np.arange(4, dtype=np.float32)
    wanted = query + one.shift + one.weight @ (query - one.centre)
    np.testing.assert_allclose(one.moved(query), wanted, rtol=1e-5)
    assert one.moved(query).dtype == np.float32


def test_what_is_kept_is_used_until_it_is_forgotten(voice):
    query = np.ones(4, np.float32)
    assert voice.moved(query) is query
    assert voice.told is None
    assert not voice.forget()
    voice.keep(learned(), {"takes": 15})
    np.testing.assert_array_equal(voice.moved(query), learned().moved(query))
    assert voice.told == {"takes": 15}
    other = Voice(voice.file, 4)  # another program
    np.testing.assert_array_equal(other.moved(query), learned().moved(query))
    other.keep(learned(seed=1), {"takes": 16})
    np.testing.assert_array_equal(voice.moved(query), learned(seed=1).moved(query))
    assert other.forget()
    assert voice.moved(query) is query


@pytest.mark.parametrize("content", [b"", b"no safetensors", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_file_is_said(voice, content):
    voice.file.parent.mkdir(parents=True)
    voice.file.write_bytes(content)
    with pytest.raises(LibraryError, match="what was learned of your voice is damaged"):
        voice.moved(np.ones(4, np.float32))


def test_a_map_of_another_size_or_of_no_numbers_is_damaged(voice):
    voice.keep(learned(5), {})
    with pytest.raises(LibraryError, match="damaged"):
        voice.moved(np.ones(4, np.float32))
    voice.keep(VoiceMap(*(np.full(size, np.nan, np.float32) for size in (4, 4, (4, 4)))), {})
    with pytest.raises(LibraryError, match="NaN"):
        voice.moved(np.ones(4, np.float32))


def test_a_library_searches_with_it(tmp_path, random_bundle):
    for seed in range(5):
        write_sound(tmp_path / "sounds" / f"{seed}.wav", seed)
    query = write_sound(tmp_path / "query.wav", 9, duration_s=1.0)
    with Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data") as library:
        plain = library.search(query)
        width = random_bundle.spec.n_hidden
        shift = VoiceMap(
            np.zeros(width, np.float32), np.full(width, 2, np.float32), np.zeros((width, width), np.float32)
        )
        library.voice.keep(shift, {})
        embedding = random_bundle.embed_query(library.hear(query).heard.samples)
        moved = library.search(query)
        with library.snapshot() as snapshot:
            best = hit_near(snapshot, library.bundle, embedding + 2, moved[0].sound.id, moved[0].start_s)
        assert best is not None
        assert moved[0].logit == pytest.approx(best.logit)
        assert [hit.logit for hit in moved] != [hit.logit for hit in plain]
        library.voice.forget()
        assert library.search(query) == plain
