"""Whatever is sent, the site answers with a valid page that keeps what was typed, or with data;
never with a fault of its own.

10,000 examples in `make test`, the same ones in every run, and twenty times as many in `make soak`.
"""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.basket_data import from_data, to_data
from kite.basket.formats.order_lists import read_json
from kite.basket.formats.row_reader import Writer, read_row
from kite.basket.items import FIELDS
from kite.exceptions import BasketError
from kite.vocabulary import OrderType, Product, Validity, Variety
from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import by_id, controls
from tests.support.fuzzing import examples
from tests.support.hostile import HALVES, TEXTS, kept, kept_lines, sound
from tests.support.site import HOST, hidden_fields

TYPED = ("tradingsymbol", "quantity", "price", "trigger_price", "disclosed_quantity", "tag")

ENCODABLE = st.characters(exclude_categories=["Cs"])
HOSTILE = st.sampled_from([text for name, text in TEXTS.items() if name != "long"])
NUMBERS = st.sampled_from(
    [
        "1",
        "10",
        "1,000",
        "1412.50",
        "0",
        "-1",
        "1e5",
        "1e400",
        "NaN",
        " 5 ",
        "١٢",
        "9" * 20,
        "9" * 30,
        "0.0001",
        "00",
        "5.",
    ]
)
TEXT = st.one_of(HOSTILE, NUMBERS, st.text(ENCODABLE, max_size=20), st.just(""))

ROW = st.fixed_dictionaries(
    {},
    optional={
        "tradingsymbol": st.sampled_from(
            ["INFY", "M&M", "infy", "SBIN-EQ", "NIFTY26DECFUT", "NIFTY 50", "SIMDROP"]
        )
        | TEXT,
        "exchange": st.sampled_from(["NSE", "BSE", "NFO", "CDS", "MCX", "NCDEX", "nse"]) | TEXT,
        "transaction_type": st.sampled_from(["BUY", "SELL", "buy"]) | TEXT,
        "order_type": st.sampled_from([*OrderType, "SL_M"]) | TEXT,
        "product": st.sampled_from([*Product, "MTF", ""]) | TEXT,
        "validity": st.sampled_from([*Validity, "TTL", ""]) | TEXT,
        "variety": st.sampled_from([*Variety, "iceberg", ""]) | TEXT,
        "quantity": NUMBERS | TEXT,
        "price": NUMBERS | TEXT,
        "trigger_price": NUMBERS | TEXT,
        "disclosed_quantity": NUMBERS | TEXT,
        "tag": st.sampled_from(["", "a1", "x" * 13]) | TEXT,
        "readonly": st.sampled_from(["", "y", "false"]) | TEXT,
    },
)
ACTION = (
    st.sampled_from(
        [
            "hand_off",
            "add",
            "update",
            "import",
            "duplicate-0",
            "remove-0",
            "up-1",
            "down-0",
            "",
            "fix-0-0",
            "read",
        ]
    )
    | TEXT
)
OTHERS = st.dictionaries(
    st.sampled_from(["example", "csrf", "items-0-meta", "items-99-tag"]) | st.text(ENCODABLE, max_size=12),
    TEXT,
    max_size=2,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*HALVES.values()]) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECT = st.dictionaries(
    st.sampled_from(FIELDS),
    JSON | st.sampled_from([10, 1412.5, -0.0, 1e300, 10**30, "INFY", "LIMIT", "BUY", "NSE", True]),
    max_size=13,
)
DATA = (
    st.lists(OBJECT, max_size=2).map(json.dumps)
    | JSON.map(json.dumps)
    | TEXT
    | st.text(ENCODABLE, max_size=60)
)

GOOD = st.fixed_dictionaries(
    {name: st.just(value) for name, value in NEW_ROW.items()}
    | {"tradingsymbol": st.sampled_from(["INFY", "M&M", "BAJAJ-AUTO"])},
    optional={"tag": st.from_regex(r"[a-zA-Z0-9]{1,12}", fullmatch=True), "readonly": st.just("y")},
)


@pytest.fixture(scope="module")
def site(module_site):
    return module_site


@pytest.fixture(scope="module")
def client(site):
    """One browser for every example: its cookie and its token stay good."""
    client = site.app.test_client()
    client.token = dict(controls(client.get("/", base_url=HOST).text))["csrf_token"]
    return client


LINE = (
    st.sampled_from(
        ["buy 10 infy", "sell 5 m&m @ 3,012.40", "infy", "INFY\t10\nSBIN\t5", '[{"tradingsymbol":"\\u0000"}]']
    )
    | TEXT
)
ENTRY = st.fixed_dictionaries({"order_line": LINE, "paste": LINE})


def rows_of(page):
    """What the page's form would send, by row and field."""
    rows = {}
    for name, value in controls(page):
        if name.startswith("items-"):
            _, number, field = name.split("-")
            rows.setdefault(int(number), {})[field] = value
    return rows


def form_of(rows):
    return {f"items-{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}


@examples(500)
@given(rows=st.lists(ROW, min_size=1, max_size=2), others=OTHERS, action=ACTION)
def test_whatever_is_posted_to_the_composer_is_kept_or_handed_off(client, rows, others, action):
    answer = client.post(
        "/", base_url=HOST, data=others | form_of(rows) | {"action": action, "csrf_token": client.token}
    )
    sound(answer, 200, 303)
    if answer.status_code == 303:
        assert action == "hand_off"
        assert answer.location.startswith("/handoff/")
    elif action in ("hand_off", "update"):
        shown_rows = rows_of(answer.text)
        posted = [row for row in rows if row]  # a row of which nothing was sent is none
        for number, row in enumerate(posted):
            assert {name: shown_rows[number][name] for name in TYPED if name in row} == {
                name: kept(row[name]) for name in TYPED if name in row
            }


@examples(500)
@given(
    entry=ENTRY,
    action=st.sampled_from(["add", "import", "update", "hand_off", "duplicate-0", "remove-0", ""]),
)
def test_whatever_stands_in_order_line_and_list_becomes_rows_or_stays(client, entry, action):
    page = sound(
        client.post("/", base_url=HOST, data=entry | {"action": action, "csrf_token": client.token}), 200
    ).text
    if (
        preview := by_id(page, "preview")
    ) is not None:  # of a table, a page with buttons: what was pasted goes along
        kept_fields = {control.get("name"): control.get("value") for control in preview.iter("input")}
        assert kept_fields["paste"].split() == kept_lines(entry["paste"]).split()
        return
    line, paste = by_id(page, "order_line").get("value"), by_id(page, "paste").text or ""
    if action not in ("add", "update", "hand_off"):
        assert line == kept(entry["order_line"])
    if action not in ("import", "hand_off"):
        assert paste == kept_lines(entry["paste"])
    if len(rows_of(page)) == 1 and not any(rows_of(page)[0][name] for name in TYPED):
        assert line.strip() == kept(entry["order_line"]).strip()
        assert paste.split() == kept_lines(entry["paste"]).split()


@examples(120)
@given(
    rows=st.lists(GOOD, min_size=1, max_size=3),
    quantities=st.lists(st.integers(1, 10**9), min_size=3, max_size=3),
)
def test_what_is_handed_off_stands_in_the_form_that_goes_to_kite(client, rows, quantities):
    rows = [row | {"quantity": f"{number:,}"} for row, number in zip(rows, quantities, strict=False)]
    answer = sound(
        client.post(
            "/", base_url=HOST, data=form_of(rows) | {"action": "hand_off", "csrf_token": client.token}
        ),
        303,
    )
    page = sound(client.get(answer.location, base_url=HOST), 200).text
    data = hidden_fields(page)["data"]
    assert "<" not in data
    items = from_data(data)
    assert [(item.tradingsymbol, item.quantity, item.product, item.readonly) for item in items] == [
        (row["tradingsymbol"], number, row["product"], "readonly" in row)
        for row, number in zip(rows, quantities, strict=False)
    ]
    assert [item.tag[:-8] for item in items] == [row.get("tag", "") for row in rows]


@examples(400)
@given(data=DATA)
def test_whatever_a_link_brings_is_a_page_and_sends_nothing(client, data):
    page = sound(client.get("/", base_url=HOST, query_string={"data": data}), 200).text
    rows = [read.row for read in read_json(data) if read.row is not None]
    if not rows:
        assert "The basket in this link cannot be read." in page
        return
    shown_rows = rows_of(page)
    for number, row in enumerate(rows):
        assert {name: shown_rows[number][name] for name in TYPED} == {
            name: row.get(name, "") for name in TYPED
        }


@examples(100)
@given(data=DATA, address=st.ip_addresses(v=4), tail=TEXT)
def test_whatever_another_page_posts_is_shown_as_a_link_shows_it_or_refused(
    client, site, data, address, tail
):
    stranger = site.app.test_client(use_cookies=False)
    posted = stranger.post(
        "/prefill",
        base_url=HOST,
        data={"data": data, "more": tail},
        environ_overrides={"REMOTE_ADDR": str(address)},
    )
    sound(posted, 303, 400)
    assert "Set-Cookie" not in posted.headers
    page = sound(client.get("/", base_url=HOST, query_string={"data": data}), 200).text
    if posted.status_code == 400:
        assert "The basket in this link cannot be read." in page
        return
    assert rows_of(sound(client.get(posted.location, base_url=HOST), 200).text) == rows_of(page)
    sound(client.get("/", base_url=HOST, query_string={"prefill": tail}), 410)


@examples(5780)
@given(data=DATA)
def test_whatever_stands_in_data_is_read_in_the_same_way_or_refused_in_words(data):
    reads = read_json(data)
    rows = [read.row for read in reads if read.row is not None]
    assert reads
    assert all((read.row is None) == bool(read.reason % read.params) for read in reads)
    assert all(isinstance(text, str) and text == kept(text) for row in rows for text in row.values())
    assert all(set(row) <= {*FIELDS, "weight"} for row in rows)
    readings = [read_row(row) for row in rows]
    for reading in readings:
        unreadable = {problem.field for problem in reading.unreadable}
        again = read_row(reading.texts, Writer.MACHINE)
        assert {problem.field for problem in again.unreadable} == unreadable, "what was read is read so again"
        assert unreadable or (again.item, again.unused) == (reading.item, ()), (
            "and nothing more is left out of it"
        )
    if not any(reading.unreadable for reading in readings):
        items = [reading.item for reading in readings]
        assert not items or from_data(to_data(items)) == items
    try:
        items = from_data(data)
    except BasketError:
        return
    assert from_data(to_data(items)) == items


@examples(500)
@given(
    execution_id=TEXT | st.text(ENCODABLE, max_size=30),
    path=st.sampled_from(
        ["/?from={}", "/handoff/{}", "/executions/{}", "/executions/{}.json", "/returns/{}"]
    ),
)
def test_whatever_names_an_execution_is_not_found(client, execution_id, path):
    sound(
        client.get(path.format(quote(execution_id, safe="")), base_url=HOST),
        200 if path == "/returns/{}" and execution_id == "cancelled" else 404,
        308,
        200,
    )


WORDS = st.sampled_from(["success", "cancelled", "login", "basket", "Success", ""]) | TEXT
PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(["status", "request_token", "state", "type", "action"])
        | st.text(ENCODABLE, max_size=6),
        WORDS,
    ),
    max_size=6,
)


@examples(1200)
@given(parameters=PARAMETERS, tail=st.sampled_from(["", "&", "&%ff", "&status", "&=", "#"]))
def test_whatever_comes_back_from_kite_leads_to_a_page(site, parameters, tail):
    client = site.app.test_client()
    answer = sound(client.get(f"/redirect?{urlencode(parameters)}{tail}", base_url=HOST), 303)
    assert answer.location.startswith(("/returns/", "/executions/"))
    page = sound(client.get(answer.location, base_url=HOST), 200, 400, 403, 404)
    assert page.status_code != 404 or answer.location.startswith("/executions/")


COOKIE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
SIGNED = st.builds("{}.{}.{}".format, *[st.from_regex(r"[A-Za-z0-9_-]{0,24}", fullmatch=True)] * 3)


@examples(1000)
@given(
    cookie=COOKIE | SIGNED,
    path=st.sampled_from(
        ["/executions", "/redirect?status=cancelled", "/returns/cancelled", "/executions/x"]
    ),
)
def test_whatever_cookie_is_sent_is_a_new_visit(site, cookie, path):
    answer = site.app.test_client(use_cookies=False).get(
        path, base_url=HOST, headers={"Cookie": f"visit={cookie}"}
    )
    sound(answer, 200, 303, 404)
    if answer.status_code == 200:
        assert "INFY" not in answer.text
