"""Behind a proxy: by its public address, below a path, and nobody by another name."""

import pytest

from menura.errors import UsageError
from menura.web.settings import Limits, PublicAddress
from web_clients import CHANGES, refusal, served, wav_bytes

PUBLIC = "https://studio.example/sounds/menura/"


@pytest.fixture(scope="module")
def behind(folder, random_bundle_folder, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    with served([folder], random_bundle_folder, data, public=PublicAddress.of(PUBLIC)) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://studio.example", "https://studio.example", ""),
        ("https://Studio.Example:443/", "https://studio.example", ""),
        ("http://studio.example:8080/a/b/", "http://studio.example:8080", "/a/b"),
        ("https://[2001:db8::1]:8443/m", "https://[2001:db8::1]:8443", "/m"),
    ],
)
def test_an_address_is_read(url, origin, path):
    assert PublicAddress.of(url) == PublicAddress(origin, path)


@pytest.mark.parametrize(
    "url", ["studio.example", "ftp://a.example", "https://", "https://a.example/?x=1", "https://me:pw@a.example", "h:/"]
)
def test_what_is_no_address_of_a_page_is_refused_in_one_line(url):
    with pytest.raises(UsageError, match="is not the address of a page"):
        PublicAddress.of(url)


@pytest.mark.parametrize("path", ["/api/status", "/sounds/menura/api/status", "/", "/sounds/menura/"])
@pytest.mark.parametrize("host", ["studio.example", "127.0.0.1:8573"])
def test_the_page_is_there_whether_the_proxy_takes_its_path_and_name_off_or_not(behind, path, host):
    asked = {"Host": host, "Origin": "https://studio.example"}
    assert behind.get(path, headers=asked).status_code == 200


def test_without_the_last_slash_the_browser_is_sent_to_it(behind):
    answer = behind.get("/sounds/menura", headers={"Host": "studio.example"}, follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == PUBLIC


@pytest.mark.parametrize("origin", ["http://studio.example", "https://evil.example", "https://studio.example:444"])
def test_another_origin_is_refused_there_too(behind, origin):
    assert refusal(behind.get("/api/status", headers={"Host": "studio.example", "Origin": origin}), 403)
    assert refusal(behind.get("/api/status", headers={"Host": "evil.example"}), 421)


def test_the_page_names_its_parts_by_where_it_is(behind):
    page = behind.get("/sounds/menura/").text
    assert 'src="./assets/index.js"' in page
    assert '"/assets' not in page


def test_a_client_is_told_from_others_by_what_the_proxy_wrote_last(folder, random_bundle_folder, tmp_path):
    limits = Limits(uploads_per_s=0.001, upload_burst=1)
    told = {"public": PublicAddress.of(PUBLIC), "limits": limits, "peer": "127.0.0.1"}
    with served([folder], random_bundle_folder, tmp_path, **told) as client:
        assert upload(client, "10.0.0.1") == 201
        assert upload(client, "10.0.0.2") == 201
        assert upload(client, "10.9.9.9, 10.0.0.1") == 429  # whatever it says itself
    told["peer"] = "192.168.1.7"
    with served([folder], random_bundle_folder, tmp_path, **told) as client:
        assert upload(client, "10.0.0.3") == 201
        assert upload(client, "10.0.0.4") == 429  # no proxy of this machine: nobody is believed


def upload(client, passed_on):
    headers = CHANGES | {"Host": "studio.example", "X-Forwarded-For": passed_on}
    return client.post("/api/takes", content=wav_bytes(), headers=headers).status_code
