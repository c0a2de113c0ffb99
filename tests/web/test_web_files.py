"""The page's own files: compressed where a browser takes that, and not sent again while they are the same."""

import gzip

import pytest

from web_clients import refusal

PAGE = ["/", "/index.html", "/assets/index.js", "/assets/index.css", "/assets/icon.svg", "/assets/capture.js"]


@pytest.mark.parametrize("path", PAGE)
def test_files_come_compressed_or_not_and_are_the_same(client, path):
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.status_code == 200 and "content-encoding" not in plain.headers
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip, br"}) as sent:
        raw = b"".join(sent.iter_raw())
        encoding = sent.headers.get("content-encoding")
    assert (gzip.decompress(raw) if encoding == "gzip" else raw) == plain.content
    assert len(raw) <= len(plain.content)
    assert encoding == "gzip" or len(plain.content) < 1_000


def test_the_script_is_sent_in_a_third_of_its_size(client):
    answer = client.get("/assets/index.js", headers={"Accept-Encoding": "gzip"})
    assert int(answer.headers["content-length"]) < len(answer.content) / 2.5


@pytest.mark.parametrize("path", PAGE)
def test_what_a_browser_has_is_not_sent_again(client, path):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert first.headers["cache-control"] == "no-cache"
    other = client.get(path, headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_what_is_not_there_or_not_to_be_done_is_said(client):
    assert refusal(client.get("/assets/nothing.js"), 404)
    assert refusal(client.post("/index.html", headers={"X-Menura": "1"}), 405)
    head = client.head("/assets/index.js")
    assert head.status_code == 200 and not head.content and int(head.headers["content-length"]) > 1_000
