"""Static files: kept for a year under a marked address, and compressed for browsers that take
it.
"""

import gzip
import re

import pytest

from tests.support.site import HOST
from tests.support.sources import ROOT

GZIP = {"Accept-Encoding": "gzip, deflate"}


@pytest.fixture
def load(composer):
    """Load a file, with the headers given."""
    return lambda address, **headers: composer.client.get(
        address, base_url=HOST, headers=headers, buffered=True
    )


@pytest.fixture
def addresses(composer):
    """The addresses of the files that the composer loads."""
    return re.findall(r'"(/static/[^"]+)"', composer.get("/").text)


def test_a_marked_file_is_kept_for_a_year_and_any_other_for_minutes(load, addresses):
    for address in addresses:
        assert load(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert load(address.partition("?")[0]).headers["Cache-Control"] == "public, max-age=300"


def test_a_file_is_the_same_compressed_and_plain(load, addresses):
    for address in addresses:
        content = (ROOT / address[1:].partition("?")[0]).read_bytes()
        small, plain = load(address, **GZIP), load(address, **{"Accept-Encoding": "gzip;q=0"})
        assert plain.data == content and "Content-Encoding" not in plain.headers
        assert gzip.decompress(small.data) == content
        assert int(small.headers["Content-Length"]) == len(small.data) < len(content)
        assert small.headers["Content-Encoding"] == "gzip"
        assert {plain.headers["Vary"], small.headers["Vary"]} == {"Accept-Encoding"}


@pytest.mark.parametrize("name", ["nothing.css", "../app.py", "%2e%2e/app.py", "css/", "css/nothing.js"])
def test_a_file_that_is_not_there_is_not_found_by_any_name(load, name):
    assert load(f"/static/{name}", **GZIP).status_code == 404


def test_a_page_is_never_compressed(composer):
    assert "Content-Encoding" not in composer.get("/", headers=GZIP).headers
