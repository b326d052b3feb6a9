"""Which paths that a browser brings stay on this site."""

import pytest

from kite.web.site.own_paths import LONGEST_PATH, own_path
from tests.support.site import HOST

OWN = [
    "/",
    "/executions",
    "/?from=abc",
    "/executions?q=INFY&state=settled",
    "/executions#orders",
    "/executions?next=//evil.example",
    "/executions?q=../..",
    "/é",
    "/a b",
    "/a//b",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/b/...",
    "/" + "x" * (LONGEST_PATH - 1),
]

FOREIGN = [
    "",
    " ",
    "executions",
    "?from=abc",
    "//evil.example",
    "///evil.example",
    "//evil.example/executions",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/executions\\",
    "http:",
    "http:evil.example",
    "http://evil.example/",
    "https:/evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2F%2Fevil.example",
    "%2Fexecutions",
    " /executions",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "\t//evil.example",
    "/\0",
    "/\x7f",
    "/\u2028",
    "/\ud800",
    "/..//evil.example",
    "/.//evil.example",
    "/operator/../data",
    "/operator/%2e%2e/data",
    "/operator/.%2E/data",
    "/..",
    "/..?x",
    "/..#x",
    "/" + "x" * LONGEST_PATH,
    "/" + "é" * (LONGEST_PATH // 2),
]


@pytest.mark.parametrize("text", OWN)
def test_a_path_of_this_site_is_taken_as_it_is(text: str) -> None:
    assert own_path(text) == text


@pytest.mark.parametrize("text", FOREIGN)
def test_what_may_lead_elsewhere_is_no_path_of_this_site(text: str) -> None:
    assert own_path(text) == ""


@pytest.mark.parametrize(
    "text", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
)
def test_no_form_leads_elsewhere(site, text: str) -> None:
    person = site.visitor()
    assert person.post("/session/logout", status=303, next=text).location == "/"
    login = person.post("/session/login", status=303, next=text).location
    page = person.client.get(login.removeprefix(HOST), base_url=HOST)
    assert person.get(person.decide(page, "approve"), status=303).location == "/"
    assert person.post("/returns/cancelled", status=303).location == "/executions"
