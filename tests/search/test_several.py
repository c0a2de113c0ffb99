"""Several libraries are ranked as one library with all their sounds, page by page, with ties, filters and twins."""

import shutil

import numpy as np
import pytest

from bundles import write_sound
from menura import Library
from menura.search.ranking import Only, Question
from menura.search.several import Part, Several
from web_clients import wav_bytes

N_SOUNDS = (7, 9)


@pytest.fixture(scope="module")
def both(random_bundle, tmp_path_factory):
    """Two libraries, `a` and `b`, and one that holds both as subfolders."""
    folder = tmp_path_factory.mktemp("both")
    for name, count in zip("ab", N_SOUNDS, strict=True):
        for seed in range(count):
            place = "drums/" if seed % 2 else ""
            write_sound(folder / name / f"{place}sound {name}{seed}.wav", 100 * ord(name) + seed, duration_s=0.3)
    write_sound(folder / "b/long.wav", 7, duration_s=8.0)
    # Copies: one within a, one of a in b and again there, one of b in a under a name that comes later.
    shutil.copy(folder / "a/sound a0.wav", folder / "a/z copy.wav")
    shutil.copy(folder / "a/sound a2.wav", folder / "b/a2 copy.wav")
    shutil.copy(folder / "a/sound a2.wav", folder / "b/drums/a2 copy.wav")
    shutil.copy(folder / "b/sound b4.wav", folder / "a/zz.wav")
    opened = [Library.open(folder / one, random_bundle, tmp_path_factory.mktemp("data")) for one in ("a", "b", ".")]
    for library in opened:
        library.index()
    return opened


@pytest.fixture(scope="module")
def embedding(random_bundle, both):
    take = both[0].hear(wav_bytes())
    return random_bundle.embed_query(take.heard.samples)


def ids_of(library, *paths):
    with library.snapshot() as snapshot:
        return snapshot.named(paths).tolist()


def several_page(both, embedding, *, offset=0, limit=100, only=None, liked=((), ())):
    parts = [Part(lib, Question(embedding, ids, (), only or Only())) for lib, ids in zip(both, liked, strict=False)]
    page = Several().page(parts, offset=offset, limit=limit)
    names = "ab"
    return page.total, [
        (
            f"{names[one.place]}/{one.found.path}",
            getattr(one.found, "logit", None),
            getattr(one.found, "start_s", None),
            tuple(f"{names[one.place]}/{path}" for path in getattr(one.found, "alike", ()))
            + tuple(f"{names[place]}/{path}" for place, path in one.elsewhere),
        )
        for one in page.found
    ]


def one_page(library, embedding, *, only=None, liked=()):
    page = library.page(Question(embedding, liked, (), only or Only()), offset=0, limit=100)
    return page.total, [(hit.path, hit.logit, hit.start_s, hit.alike) for hit in page.found]


def as_one(page):
    total, hits = page
    return total, [(path, np.float32(logit), start, alike) for path, logit, start, alike in hits]


def test_the_ranking_is_that_of_one_library_with_all_sounds(both, embedding):
    a, b, whole = both
    found = as_one(several_page((a, b), embedding))
    assert found == as_one(one_page(whole, embedding))
    total, hits = found
    assert total == sum(N_SOUNDS) + 1 == len(hits)
    alike = {path: others for path, *_, others in hits if others}
    assert alike == {
        "a/sound a0.wav": ("a/z copy.wav",),
        "a/sound a2.wav": ("b/a2 copy.wav", "b/drums/a2 copy.wav"),
        "a/zz.wav": ("b/sound b4.wav",),
    }


@pytest.mark.parametrize("limit", [1, 2, 5, 16])
def test_pages_put_together_are_the_whole(both, embedding, limit):
    a, b, _ = both
    for query in (embedding, None):
        total, whole = several_page((a, b), query)
        pages = [several_page((a, b), query, offset=at, limit=limit) for at in range(0, total + limit, limit)]
        assert {page[0] for page in pages} == {total}
        assert [hit for _, hits in pages for hit in hits] == whole


def test_a_filter_leaves_the_twin_that_it_lets_through(both, embedding):
    a, b, whole = both
    for only in (Only("copy"), Only("b4"), Only("sound"), Only(paths=["drums/a2 copy.wav", "sound a0.wav"])):
        if only.paths is None:
            assert as_one(several_page((a, b), embedding, only=only)) == as_one(one_page(whole, embedding, only=only))
    total, hits = several_page((a, b), embedding, only=Only(folder="drums"))
    assert total == 3 + 4 + 1 == len(hits)
    assert "b/drums/a2 copy.wav" in {path for path, *_ in hits}


def test_judged_sounds_of_any_library_move_the_query_for_all(both, embedding):
    a, b, _ = both
    plain = several_page((a, b), embedding)
    liked = several_page((a, b), embedding, liked=((), ids_of(b, "long.wav")))
    assert [hit[1] for hit in liked[1]] != [hit[1] for hit in plain[1]]
    assert liked[0] == plain[0]
    # Without an imitation the examples alone are asked with.
    assert several_page((a, b), None, liked=((), ids_of(b, "long.wav")))[1][0][1] is not None


def test_what_is_not_meant_is_hidden_with_its_copies_in_every_library(both, embedding):
    a, b, whole = both
    for place, path, in_one in ((0, "sound a2.wav", "a/sound a2.wav"), (1, "sound b4.wav", "b/sound b4.wav")):
        unliked = [[], []]
        unliked[place] = ids_of((a, b)[place], path)
        expected = whole.page(Question(embedding, (), ids_of(whole, in_one)), offset=0, limit=100)
        for query in (embedding, None):
            parts = [Part(lib, Question(query, (), ids)) for lib, ids in zip((a, b), unliked, strict=True)]
            page = Several().page(parts, offset=0, limit=100)
            paths = [f"{'ab'[one.place]}/{one.found.path}" for one in page.found]
            assert not {in_one, "a/zz.wav" if place else "b/a2 copy.wav", path} & set(paths)
            if query is not None:
                assert (page.total, paths) == (expected.total, [hit.path for hit in expected.found])
                assert page.total == sum(N_SOUNDS)


def test_lengths_narrow_every_library(both, embedding):
    a, b, whole = both
    for only in (Only(longer_s=1.0), Only(shorter_s=1.0)):
        assert as_one(several_page((a, b), embedding, only=only)) == as_one(one_page(whole, embedding, only=only))
    assert several_page((a, b), embedding, only=Only(longer_s=1.0))[0] == 1


def test_two_copies_of_a_library_are_one_in_a_ranking_and_two_in_a_list(random_bundle, tmp_path):
    for name in "ab":
        for seed in (1, 2, 3):
            write_sound(tmp_path / name / f"{seed}.wav", seed)
    a, b = (Library.open(tmp_path / name, random_bundle, tmp_path / "data") for name in "ab")
    for library in (a, b):
        library.index()
    query = random_bundle.embed_query(a.hear(wav_bytes()).heard.samples)
    total, hits = several_page((a, b), query)
    assert (total, [path for path, *_ in hits]) == (3, [f"a/{n}.wav" for n in order(a, query)])
    assert [path for path, *_ in several_page((a, b), None)[1]] == [f"{lib}/{n}.wav" for lib in "ab" for n in (1, 2, 3)]


def order(library, query):
    page = library.page(Question(query), offset=0, limit=10)
    return [hit.path.removesuffix(".wav") for hit in page.found]


def test_what_is_written_meanwhile_is_seen(random_bundle, tmp_path):
    write_sound(tmp_path / "a/1.wav", 1)
    write_sound(tmp_path / "b/2.wav", 2)
    a, b = (Library.open(tmp_path / name, random_bundle, tmp_path / "data") for name in "ab")
    for library in (a, b):
        library.index()
    query = random_bundle.embed_query(a.hear(wav_bytes()).heard.samples)
    several = Several()
    parts = [Part(a, Question(query)), Part(b, Question(query))]
    assert several.page(parts, offset=0, limit=10).total == 2
    shutil.copy(tmp_path / "a/1.wav", tmp_path / "b/1.wav")
    b.index()
    page = several.page(parts, offset=0, limit=10)
    assert page.total == 2
    assert [one.elsewhere for one in page.found if one.found.path == "1.wav"] == [((1, "1.wav"),)]
