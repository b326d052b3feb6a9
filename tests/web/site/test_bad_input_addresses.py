"""Bad input at every other address: ids, returns, sessions, cookies, bodies of every kind, and the
texts that Kite itself sends.
"""

import json
import sqlite3
from urllib.parse import quote

import html5lib
import pytest
from sqlalchemy import text

from kite.instruments.catalogue_writer import load
from kite.instruments.csv_rows import table
from kite.web.composer.row_fields import NEW_ROW
from tests.support.clock import START
from tests.support.forms import controls
from tests.support.hostile import LONG, TEXTS, kept_lines, sound
from tests.support.html import check_page, words
from tests.support.site import HOST, hidden_fields

EVERY_TEXT = [pytest.param(text, id=name) for name, text in TEXTS.items()]


def opened(site, path, *statuses, method="GET", **options):
    """Ask for an address in a new browser, and hold the answer against what an answer must be."""
    return sound(site.app.test_client().open(path, base_url=HOST, method=method, **options), *statuses)


def posted(site, path, *statuses, client=None, **fields):
    """Post a form with a good token."""
    client = client or site.app.test_client()
    page = client.get("/", base_url=HOST).text
    fields = {"csrf_token": dict(controls(page))["csrf_token"]} | fields
    return sound(client.post(path, base_url=HOST, data=fields, headers={"Origin": HOST}), *statuses)


GETS = ("/executions/{}", "/executions/{}.json", "/handoff/{}", "/returns/{}", "/{}")
POSTS = ("/returns/{}", "/executions/{}/check", "/executions/{}/again")


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_id_is_not_found(module_site, hostile):
    for path in GETS:
        opened(module_site, path.format(quote(hostile, safe="")), 308, 404)
    for path in POSTS:
        posted(module_site, path.format(quote(hostile, safe="")), 308, 404)


def test_bytes_that_are_no_text_are_not_found(module_site):
    for path in GETS:
        opened(module_site, path.format("%ff%fe%c0%80%ed%a0%80"), 404)


def test_a_hostile_id_is_not_found_on_postgresql(sites, postgres_url):
    site = sites(DATABASE_URL=postgres_url)
    for hostile in ("\0", "' OR 1=1; --", LONG, "\ufffe"):
        for path in GETS:
            opened(site, path.format(quote(hostile, safe="")), 404)
        for path in POSTS:
            posted(site, path.format(quote(hostile, safe="")), 404)
        opened(site, f"/?from={quote(hostile)}", 404)
        posted(site, "/returns/cancelled", 404, execution_id=hostile)
        opened(site, f"/redirect?status=success&request_token={quote(hostile)}", 303)
        opened(site, f"/redirect?status=success&request_token=t&state={quote(hostile)}", 303)


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_return_is_told_and_exchanges_nothing(module_site, hostile):
    word = quote(hostile, safe="")
    for query in (
        f"status={word}",
        f"status=success&request_token=t&state={word}",
        f"status={word}&request_token={word}&state={word}&type={word}&action={word}",
        f"status=success&status={word}&request_token=t&request_token={word}&state=",
        f"{word}={word}",
    ):
        client = module_site.app.test_client()
        answer = sound(client.get(f"/redirect?{query}", base_url=HOST), 303)
        page = sound(client.get(answer.location, base_url=HOST), 200, 400, 403, 502).text
        assert hostile not in page or len(hostile.strip()) < 4
    with module_site.services.store.reading() as conn:
        assert conn.execute(text("select count(*) from kite_sessions")).scalar() == 0


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_token_of_a_return_is_asked_about_and_refused_by_kite(module_site, hostile):
    client = module_site.app.test_client()
    answer = sound(
        client.get(f"/redirect?status=success&request_token={quote(hostile, safe='')}", base_url=HOST), 303
    )
    page = sound(client.get(answer.location, base_url=HOST), 200)
    assert hostile not in page.text or len(hostile.strip()) < 4
    answer = posted(module_site, answer.location, 303, client=client)
    sound(client.get(answer.location, base_url=HOST), 200, 400, 403, 502)


@pytest.mark.parametrize(
    "hostile",
    [
        *EVERY_TEXT,
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_hostile_page_to_come_back_to_leads_nowhere_else(module_site, hostile):
    assert posted(module_site, "/session/logout", 303, next=hostile).location == "/"
    path = posted(module_site, "/session/logout", 303, next=f"/{hostile}").location
    assert path.startswith("/") and not path.startswith("//") and path.isascii() and path.isprintable()
    login = posted(module_site, "/session/login", 303, next=hostile).location
    assert (login.startswith(f"{HOST}/simulator/connect/login?") and hostile not in login) or len(hostile) < 4
    posted(module_site, "/returns/cancelled", 404, execution_id=hostile)


@pytest.mark.parametrize(
    "cookie",
    [
        *(text for text in EVERY_TEXT if text.id not in ("header", "line ends")),
        "e30.aaaa.bbbb",
        "eyJ2aXNpdCI6ImEifQ",
        ".eJw",
        "a" * 8000,
        "=;=",
        '"',
    ],
)
def test_a_hostile_cookie_is_a_new_visit(module_site, cookie):
    value = cookie.encode().decode("latin-1")
    for path in (
        "/",
        "/executions",
        "/redirect?status=cancelled",
        "/returns/cancelled",
        "/executions/none.json",
    ):
        answer = opened(
            module_site,
            path,
            200,
            303,
            404,
            headers={"Cookie": f"visit={value}; kite_simulator={value}; {value}"},
        )
        assert "visit=" in answer.headers.get("Set-Cookie", "visit=")
    opened(
        module_site,
        "/",
        200,
        400,
        method="POST",
        data={"action": "hand_off"},
        headers={"Cookie": f"visit={value}"},
    )


@pytest.mark.parametrize(
    "name",
    [
        "Referer",
        "User-Agent",
        "Accept-Language",
        "If-None-Match",
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Sec-Purpose",
        "Range",
    ],
)
def test_a_hostile_header_changes_nothing(module_site, name):
    for hostile in (
        '<script>alert(1)</script>"',
        "\x80\xff",
        LONG,
        "en;q=x,*;q=nan",
        'W/"a", "',
        "bytes=0-0,9-",
    ):
        opened(module_site, "/", 200, headers={name: hostile})
        opened(module_site, "/executions", 200, headers={name: hostile})


BODIES = {
    "json": ("application/json", b'{"action": "hand_off"}'),
    "deep json": ("application/json", b"[" * 100_000),
    "text": ("text/plain", b"items-0-tradingsymbol=INFY&action=hand_off"),
    "xml": ("application/xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "no type": ("", b"action=hand_off"),
    "a type that is none": (";;;=", b"action=hand_off"),
    "unknown charset": ("application/x-www-form-urlencoded; charset=utf-99", b"action=hand_off"),
    "utf-16": (
        "application/x-www-form-urlencoded; charset=utf-16",
        "items-0-tag=a&action=add".encode("utf-16"),
    ),
    "invalid utf-8": (
        "application/x-www-form-urlencoded",
        b"items-0-tag=%ff%fe%ed%a0%80\xff\xc0\x80&action=add&\xff=\xff",
    ),
    "only separators": ("application/x-www-form-urlencoded", b"&=" * 50_000),
    "hundred thousand fields": (
        "application/x-www-form-urlencoded",
        b"&".join(b"a=" for _ in range(100_000)),
    ),
    "hundred thousand names": (
        "application/x-www-form-urlencoded",
        b"&".join(b"%d" % number for number in range(70_000)),
    ),
    "hundred thousand rows": (
        "application/x-www-form-urlencoded",
        b"&".join(b"items-%d-tag=" % number for number in range(25_000)),
    ),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n--x--"),
    "empty boundary": ("multipart/form-data; boundary=", b"--\r\n\r\n----"),
    "long boundary": (f"multipart/form-data; boundary={'x' * 5000}", b"--x\r\n"),
    "cut off": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="action"\r\n\r\nadd',
    ),
    "parts without names": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
    ),
    "a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="items-0-tag"; filename="a"\r\n\r\nab\r\n--x--\r\n',
    ),
    "thousands of parts": (
        "multipart/form-data; boundary=x",
        b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n' % number for number in range(5000)
        )
        + b"--x--\r\n",
    ),
    "long header of a part": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=" + b"x" * 300_000,
    ),
    "half a megabyte": ("application/x-www-form-urlencoded", b"a" * 600_000),
    "half a megabyte of parts": ("multipart/form-data; boundary=x", b"--x\r\n" + b"a" * 600_000),
}


@pytest.mark.parametrize(("kind", "body"), [pytest.param(*body, id=name) for name, body in BODIES.items()])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/session/login",
        "/session/logout",
        "/returns/cancelled",
        "/returns/x",
        "/executions/x/check",
        "/nothing",
    ],
)
def test_a_hostile_body_is_taken_or_refused_on_a_page(module_site, path, kind, body):
    statuses = (200, 400, 413) if path == "/" else (400, 404, 413)
    opened(module_site, path, *statuses, method="POST", data=body, content_type=kind)


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PROPFIND", "GET\n"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/executions",
        "/executions/x",
        "/executions/x.json",
        "/handoff/x",
        "/redirect",
        "/returns/x",
        "/session/login",
    ],
)
def test_a_method_that_an_address_does_not_take_is_refused(module_site, path, method):
    answer = module_site.app.test_client().open(path, base_url=HOST, method=method)
    assert answer.status_code < 500 or (path, method) == ("/redirect", "HEAD")
    if answer.data and answer.mimetype == "text/html":
        check_page(answer.text)


def test_an_instrument_with_a_hostile_name_is_only_text_on_every_page(sites):
    site = sites()
    names = ["M&M", "<SCRIPT>", 'A"B', "A'B", "</SCRIPT>", "{{7*7}}", "${7*7}", "नमस्ते", "A\\B", "&LT;"]
    rows = [
        {
            "tradingsymbol": name,
            "exchange": "NSE",
            "name": f"{name}<img src=x onerror=alert(1)>",
            "segment": "NSE",
            "instrument_type": "EQ",
        }
        | {"expiry": "", "strike": "0", "tick_size": "0.05", "lot_size": "1", "last_price": "100"}
        for name in names
    ]
    load(site.settings.instance / "instruments.db", table(rows), START)
    client = site.app.test_client()
    page = sound(client.get("/", base_url=HOST)).text
    items = [NEW_ROW | {"tradingsymbol": name, "quantity": "1"} for name in names]
    fields = {
        f"items-{number}-{field}": value for number, item in enumerate(items) for field, value in item.items()
    }
    checked = sound(client.post("/", base_url=HOST, data=fields | {"action": "update"}), 200).text
    assert [value for name, value in controls(checked) if name.endswith("-tradingsymbol")] == names
    answer = client.post(
        "/",
        base_url=HOST,
        data=fields | {"action": "hand_off", "csrf_token": dict(controls(page))["csrf_token"]},
    )
    handed = sound(client.get(answer.location, base_url=HOST), 200).text
    assert [item["tradingsymbol"] for item in json.loads(hidden_fields(handed)["data"])] == names
    assert "<SCRIPT>" not in handed and "</SCRIPT>" not in handed
    receipt = sound(client.get(answer.location.replace("handoff", "executions"), base_url=HOST), 200).text
    assert "<SCRIPT>" not in receipt and "M&amp;M" in receipt
    sound(client.get("/executions", base_url=HOST), 200)


@pytest.mark.parametrize("hostile", [*EVERY_TEXT, "\ud800"])
def test_a_hostile_text_of_kites_own_is_only_text_on_the_receipt(sites, hostile):
    site = sites()
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "SIMREJECT", "quantity": "1"})
    _rewrite_orders(
        site,
        status_message=hostile,
        status_message_raw=hostile,
        meta={hostile: [hostile]},
        guid=hostile,
        variety=hostile,
    )
    site.clock.advance(5)
    page = sound(person.client.get(f"/executions/{execution_id}", base_url=HOST), 200).text
    assert " ".join(kept_lines(hostile).split()) in page_words(page)
    answer = sound(person.client.get(f"/executions/{execution_id}.json", base_url=HOST), 200)
    assert answer.get_json()["items"][0]["outcome"] == "rejected"


def test_a_hostile_text_of_kites_own_is_kept_on_postgresql(sites, postgres_url):
    site = sites(DATABASE_URL=postgres_url)
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "SIMREJECT", "quantity": "1"})
    _rewrite_orders(site, status_message="no \0 reason \ud800", status_message_raw="\0")
    site.clock.advance(5)
    page = sound(person.client.get(f"/executions/{execution_id}", base_url=HOST), 200).text
    assert "no \ufffd reason \ufffd" in page_words(page)


def _rewrite_orders(site, **changes):
    """Let the simulator tell of its orders in other words, through its API, as Kite might."""
    with sqlite3.connect(site.settings.simulator.database) as book:
        for order_id, number, state in book.execute(
            "select order_id, number, state from order_events"
        ).fetchall():
            changed_state = json.dumps(json.loads(state) | changes)
            book.execute(
                "update order_events set state = ? where order_id = ? and number = ?",
                (changed_state, order_id, number),
            )
    book.close()


def page_words(page):
    return words(html5lib.parse(page, namespaceHTMLElements=False).find("body"))
