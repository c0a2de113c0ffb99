"""Nobody gets in: other names, other sites, requests that a form could make, paths that lead out, wrong tokens."""

import os
import shutil

import pytest

from bundles import write_sound
from menura import Library
from web_clients import ADDRESS, CHANGES, add_take, refusal, served, wav_bytes

TOKEN = "correct-horse-battery"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8573", "127.0.0.1:0", "127.0.0.1:85730", "localhost:", "192.168.1.2"),
        *("127.0.0.1.evil.example:8573", "127.0.0.2:8573", "0.0.0.0:8573", "[::2]:8573", "user@127.0.0.1:8573"),
        *("127.0.0.1:8573:8573", ":8573", "192.168.1.2:8573", "127.0.0.1:+8573", "127.0.0.1:8573x"),
    ],
)
def test_another_name_is_refused_everywhere(client, host):
    for path in ("/", "/api/status", "/assets/x.js", "/api/openapi.json"):
        assert refusal(client.get(path, headers={"Host": host}), 421)


@pytest.mark.parametrize("host", ["127.0.0.1:8573", "localhost:8573", "LOCALHOST:8573", "[::1]:8573"])
def test_this_machines_own_names_are_answered(client, host):
    assert client.get("/api/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:80"])
def test_a_tunnel_may_begin_at_any_port_of_the_other_machine(client, host):
    asked = {"Host": host, "Origin": f"http://{host}"}
    assert client.get("/api/status", headers=asked).status_code == 200
    assert client.post("/api/takes", content=wav_bytes(), headers=CHANGES | asked).status_code == 201
    assert refusal(client.get("/api/status", headers={"Host": host, "Origin": "http://localhost:3000"}), 403)


def test_this_machines_name_in_capitals_is_its_name(client, host="LOCALHOST:8573"):
    assert client.get("/api/status", headers={"Host": host}).status_code == 200


def test_two_hosts_are_one_too_many(client):
    assert refusal(client.get("/api/status", headers=[("Host", "127.0.0.1:8573"), ("Host", "evil.example")]), 421)


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "https://127.0.0.1:8573", "http://127.0.0.1", "http://127.0.0.1:3000"),
        *("http://localhost:8573", "http://127.0.0.1:8573.evil.example", "", "http://127.0.0.1:8573 http://a.example"),
    ],
)
def test_another_origin_is_refused(client, origin):
    assert refusal(client.get("/api/status", headers={"Origin": origin}), 403)
    assert refusal(client.post("/api/takes", content=wav_bytes(), headers=CHANGES | {"Origin": origin}), 403)


def test_the_pages_own_requests_are_answered(client):
    headers = CHANGES | {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/takes", content=wav_bytes(), headers=headers).status_code == 201


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_not_embed_what_is_private(client, lib, site):
    assert refusal(client.get(f"{lib}/sounds/1/audio", headers={"Sec-Fetch-Site": site}), 403)


def test_nothing_is_changed_without_the_header(client, lib):
    url = f"{lib}/favourites/1"
    take = add_take(client)
    for send in (
        lambda headers: client.post("/api/takes", content=wav_bytes(), headers=headers),
        lambda headers: client.delete(f"/api/takes/{take}", headers=headers),
        lambda headers: client.post(f"{lib}/index", headers=headers),
        lambda headers: client.put(url, headers=headers),
        lambda headers: client.delete(url, headers=headers),
    ):
        for headers in ({}, {"X-Menura": "0"}, {"Content-Type": "application/x-www-form-urlencoded"}):
            assert "X-Menura" in refusal(send(headers), 403)
    assert client.get(f"{lib}/search", params={"take": take}).status_code == 200
    assert client.get(f"{lib}/search", params={"favourites": "true"}).json()["total"] == 0


def test_a_preflight_of_another_site_is_not_given_leave(client):
    answer = client.options(
        "/api/takes",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_is_protected(client, lib):
    for answer in (
        client.get("/api/status"),
        client.get("/"),
        client.get("/api/nothing"),
        client.get("/", headers={"Host": "evil.example"}),
        client.get(f"{lib}/sounds/1/audio", headers={"Range": "bytes=0-3"}),
        client.post("/api/takes"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["permissions-policy"] == "microphone=(self)"
        assert "server" not in answer.headers


def test_a_bug_is_an_error_like_others_and_tells_nothing(client, monkeypatch, lib):
    def broken(*_):
        raise RuntimeError("a secret")

    monkeypatch.setattr(Library, "page", broken)
    answer = client.get(f"{lib}/search")
    assert "secret" not in refusal(answer, 500)
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.wav", "..%2Fsecret.wav", "%2e%2e/secret.wav", "%2e%2e%2fsecret.wav", "..%5csecret.wav"),
        *("%2Fetc%2Fpasswd", "/etc/passwd", "....//secret.wav", "%252e%252e%252fsecret.wav", "1%00", "-1"),
        *("1/../../../../../etc/passwd", "0x1", "1%2f..%2f2", "99999999999999999999"),
    ],
)
def test_no_path_leads_to_a_file(client, lib, folder, path):
    (folder.parent / "secret.wav").write_bytes(b"secret")
    for answer in (
        client.get(f"{lib}/sounds/{path}"),
        client.get(f"{lib}/sounds/{path}/file"),
        client.get(f"{lib}/sounds/{path}/audio"),
        client.get(f"/assets/{path}"),
        client.get(f"/hears/{path}"),
        client.get(f"/{path}"),
    ):
        assert answer.status_code in (403, 404, 405, 422), answer.text
        assert answer.content != b"secret" and b"root:" not in answer.content


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_out_of_the_library_are_not_sent(random_bundle_folder, tmp_path):
    folder, outside = tmp_path / "sounds", tmp_path / "outside"
    write_sound(outside / "secret.wav", 1)
    write_sound(folder / "mine.wav", 2)
    (folder / "link.wav").symlink_to(outside / "secret.wav")
    (folder / "linked").symlink_to(outside)
    (folder / "inside.wav").symlink_to(folder / "mine.wav")
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        items = client.get(f"{url}/search").json()["items"]
        answers = {item["path"]: client.get(f"{url}/sounds/{item['id']}/file") for item in items}
        (leading_out,) = [path for path in answers if path.startswith("link")]
        assert "leads out of the library" in refusal(answers.pop(leading_out), 403)
        ((inside, answer),) = answers.items()
        assert inside in ("inside.wav", "mine.wav")
        assert answer.content == (folder / "mine.wav").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_out_of_the_library_are_sent_where_its_owner_says_so(random_bundle_folder, tmp_path):
    folder, outside = tmp_path / "sounds", tmp_path / "outside"
    write_sound(outside / "pack/b.wav", 1)
    write_sound(folder / "mine.wav", 2)
    (folder / "linked").symlink_to(outside)
    (folder / "away.wav").symlink_to(outside / "pack/b.wav")
    for follow_links in (False, True):
        with served([folder], random_bundle_folder, tmp_path / "data", follow_links=follow_links) as client:
            (library,) = client.get("/api/libraries").json()
            url = f"/api/libraries/{library['id']}"
            number = {item["path"]: item["id"] for item in client.get(f"{url}/search").json()["items"]}
            (linked,) = number.keys() - {"mine.wav"}  # it is one sound, by its first path
            for what in ("file", "audio", "view"):
                answer = client.get(f"{url}/sounds/{number[linked]}/{what}")
                if follow_links:
                    assert answer.status_code == 200, answer.text
                else:
                    assert "menura serve --follow-links" in refusal(answer, 403)
            if follow_links:
                answer = client.get(f"{url}/sounds/{number[linked]}/file")
                assert answer.content == (outside / "pack/b.wav").read_bytes()
                assert client.get(f"{url}/sounds/{number['mine.wav']}/audio").status_code == 200


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_file_that_has_become_something_else_is_not_opened(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    for name in ("a", "sub/b", "c", "d"):
        write_sound(folder / f"{name}.wav", 1)
    write_sound(tmp_path / "outside/b.wav", 2)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        number = {item["path"]: item["id"] for item in client.get(f"{url}/search").json()["items"]}
        for name in ("a.wav", "c.wav", "d.wav"):
            (folder / name).unlink()
        os.mkfifo(folder / "a.wav")
        (folder / "c.wav").mkdir()
        (folder / "d.wav").symlink_to("d.wav")
        shutil.rmtree(folder / "sub")
        (folder / "sub").symlink_to(tmp_path / "outside")
        for path, sound in number.items():
            for what in ("audio", "file", "view", ""):
                assert client.get(f"{url}/sounds/{sound}/{what}".rstrip("/")).status_code in (403, 404), path


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot walk folder by folder")
def test_a_link_put_in_between_is_not_followed(tmp_path, monkeypatch):
    from fastapi import HTTPException

    from menura.web import files

    write_sound(tmp_path / "sounds/sub/a.wav", 1)
    write_sound(tmp_path / "outside/a.wav", 2)
    folder = (tmp_path / "sounds").resolve()
    real = os.path.realpath

    def swap(path, **options):
        found = real(path, **options)
        (folder / "sub").rename(folder / "kept")
        (folder / "sub").symlink_to(tmp_path / "outside")
        return found

    monkeypatch.setattr(files.os.path, "realpath", swap)
    with pytest.raises(HTTPException) as refused:
        files.open_inside(folder, "sub/a.wav")
    assert refused.value.status_code in (403, 404)


@pytest.fixture(scope="module")
def guarded(folder, random_bundle_folder, tmp_path_factory):
    """A server that others can reach, with a gallery."""
    gallery = tmp_path_factory.mktemp("gallery")
    (gallery / "index.html").write_text("neurons")
    told = {"host": "0.0.0.0", "token": TOKEN, "gallery": gallery}
    with served([folder], random_bundle_folder, tmp_path_factory.mktemp("data"), wait=False, **told) as client:
        yield client


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "é"])
def test_without_the_token_nothing_private_is_told(guarded, header):
    headers = {} if header is None else {"Authorization": header.encode()}
    for path in ("/api/status", "/api/libraries", "/api/openapi.json", "/hears/", "/api/nothing"):
        answer = guarded.get(path, headers=headers)
        assert "token" in refusal(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_token_opens_as_header_or_in_the_address(guarded):
    assert guarded.get("/api/status", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guarded.get("/api/status", params={"token": TOKEN}).status_code == 200
    assert refusal(guarded.get("/api/status", params={"token": "wrong"}), 401)
    assert refusal(guarded.get("/api/status", headers={"Cookie": f"menura_token={TOKEN}"}), 401)


def test_the_gallery_has_a_key_of_its_own_that_opens_nothing_else(guarded):
    """Its script can read the address that it is opened by."""
    key = guarded.get("/api/status", params={"token": TOKEN}).json()["gallery_key"]
    answer = guarded.get("/hears/", params={"key": key})
    assert answer.text == "neurons" and "set-cookie" not in answer.headers
    assert guarded.get("/hears/", params={"token": TOKEN}).text == "neurons"
    assert refusal(guarded.get("/hears/", params={"key": "wrong"}), 401)
    for asked in ({"key": key}, {"token": key}):
        assert refusal(guarded.get("/api/status", params=asked), 401)


def test_open_to_all_it_answers_to_addresses_and_never_to_names(guarded):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for host in ("192.168.1.2:8573", "127.0.0.1:8573", "[fe80::1]:8573"):
        assert guarded.get("/api/status", headers=headers | {"Host": host}).status_code == 200
    for host in ("evil.example:8573", "192.168.1.2:80"):
        assert refusal(guarded.get("/api/status", headers=headers | {"Host": host}), 421)
