"""What operators permit to others: tokens, sites, addresses to return to."""

import pytest

from kite.publishing import permissions
from kite.publishing.permissions import NotPermitted
from kite.store.flow import codes
from kite.store.people.allowed_sites import INLINE, RETURN_TO


def test_a_token_is_shown_once_and_revoked_for_good(operator, site):
    page = operator.post("/operator/tokens", name="the app", status=200).text
    token = page.partition('id="token">')[2].partition("<")[0]
    assert token.startswith("kt_")
    assert token not in operator.get("/operator/tokens").text
    with site.services.store.reading() as conn:
        stored_token = codes.tokens(conn)[0]
    assert stored_token.token_hash == permissions.hash_of(token)
    operator.post("/operator/tokens/revoke", which=stored_token.id, status=303)
    assert "Revoked" in operator.get("/operator/tokens").text
    with site.services.store.writing() as conn:
        assert codes.token(conn, permissions.hash_of(token), site.clock()) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_token_has_a_name(operator, name):
    page = operator.post("/operator/tokens", name=name, status=200).text
    assert "Give the token a name" in page


def test_sites_and_addresses_are_added_and_removed(operator, site):
    operator.post("/operator/allowed", kind=INLINE, value=" https://blog.example/ ", status=303)
    operator.post("/operator/allowed", kind=RETURN_TO, value="myapp://done", status=303)
    page = operator.get("/operator/allowed").text
    assert "https://blog.example<" in page
    assert "myapp://done" in page
    with site.services.store.reading() as conn:
        assert permissions.is_permitted(conn, INLINE, "https://blog.example")
        assert not permissions.is_permitted(conn, INLINE, "https://blog.example.evil.example")
    operator.post("/operator/allowed/remove", kind=INLINE, value="https://blog.example", status=303)
    with site.services.store.reading() as conn:
        assert not permissions.is_permitted(conn, INLINE, "https://blog.example")
    operator.post("/operator/allowed", kind="everything", value="https://blog.example", status=400)


def test_what_is_refused_stays_in_its_field_with_the_reason(operator):
    page = operator.post("/operator/allowed", kind=RETURN_TO, value="javascript:alert(1)", status=200).text
    assert 'value="javascript:alert(1)"' in page
    assert "Enter an https address" in page


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://blog.example", "https://blog.example"),
        ("https://BLOG.example:443/", "https://blog.example"),
        ("https://blog.example:8443", "https://blog.example:8443"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_an_origin_is_written_as_a_browser_writes_it(text, origin):
    assert permissions.read_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "null",
            "blog.example",
            "http://blog.example",
            "data:text/html,x",
            "https://",
            "https://[::1",
            "https://" + "a" * 600,
        ),
        *(
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://*.example",
            "https://é.example",
            "https://a b.example",
        ),
        *(
            "https://u:p@a.example",
            "https://a.example:99999",
            "https://a.example:0",
            "https://a.example\\@b.example",
        ),
    ],
)
def test_no_other_text_is_a_site(text):
    with pytest.raises(NotPermitted):
        permissions.read_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://app.example/done",
        "https://app.example/done?x=1",
        "myapp://done",
        "com.example.app:/done",
        "http://127.0.0.1:5000/done",
    ],
)
def test_an_address_to_return_to_is_taken_as_it_is(text):
    assert permissions.read_return_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "done",
            "/done",
            "//app.example/done",
            "http://app.example/done",
            "https:///done",
            "https://app.example/#x",
            "https://u@app.example/",
        ),
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:x",
            "intent://x",
        ),
        *("my app://x", 'myapp://"x', "x:y"),
    ],
)
def test_no_other_text_is_an_address_to_return_to(text):
    with pytest.raises(NotPermitted):
        permissions.read_return_address(text)
