"""A published basket as a file, and the command that publishes one."""

import contextlib
import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kite.exceptions import BasketError
from kite.publishing import files
from kite.store.flow import events
from kite.store.flow.event_causes import OPERATORS_ACTS, EventCause
from kite.store.flow.event_data import OfferedBasket
from kite.store.publishing import published
from tests.support.fuzzing import examples
from tests.support.live import ROOT
from tests.support.offered import publish

ITEMS = [
    {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "price": 1450.5,
        "quantity": 2,
        "product": "CNC",
    }
]
FILE = {
    "slug": "one",
    "title": "One",
    "author": "Asha Rao",
    "items": ITEMS,
    "valid_until": "2026-11-27T15:30",
    "amount": "50000.50",
    "weights": [2],
}


def run(site, tmp_path, content):
    path = tmp_path / "basket.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return command(site, "publish", str(path))


def command(site, *words):
    return site.app.test_cli_runner().invoke(args=list(words))


def test_a_file_is_published_and_again_only_when_something_is_different(site, tmp_path):
    first = run(site, tmp_path, FILE)
    assert first.output == "Published version 1 of http://127.0.0.1:8000/b/one\n"
    assert (
        run(site, tmp_path, FILE).output
        == "Nothing is different from version 1 of http://127.0.0.1:8000/b/one\n"
    )
    assert (
        run(site, tmp_path, FILE | {"title": "Two"}).output
        == "Published version 2 of http://127.0.0.1:8000/b/one\n"
    )
    with site.services.store.reading() as conn:
        basket, version = published.by_slug(conn, "one")
    assert (basket.version, version.title, version.amount, version.weights) == (2, "Two", "50000.50", '["2"]')
    assert version.valid_until.isoformat() == "2026-11-27T15:30:00+05:30"
    assert [(item.price, item.quantity) for item in version.items] == [(files.Decimal("1450.5"), 2)]


def test_null_in_a_file_is_not_given(site, tmp_path):
    nulls = dict.fromkeys(("valid_from", "valid_until", "amount", "weights", "rationale"))
    assert run(site, tmp_path, FILE | nulls).exit_code == 0
    with site.services.store.reading() as conn:
        _, version = published.by_slug(conn, "one")
    assert (version.valid_from, version.valid_until, version.amount, version.rationale) == (
        None,
        None,
        "",
        "",
    )
    assert "title" in run(site, tmp_path, FILE | {"title": None}).output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nonsense", "This is not JSON."),
        ("[]", "A file holds one JSON object"),
        (FILE | {"sulg": "x"}, "There is no key sulg."),
        (FILE | {"title": 5}, "title is no text."),
        (FILE | {"valid_from": "soon"}, "valid_from is no time"),
        (FILE | {"amount": "ten"}, "amount is no number."),
        (FILE | {"amount": True}, "amount is no number."),
        (FILE | {"weights": ["NaN"]}, "weights is no number."),
        (FILE | {"weights": True}, "weights is no list of numbers."),
        (FILE | {"items": []}, "A basket holds 1 to 100 items."),
        (FILE | {"items": [{}]}, "Order 1, exchange: Choose one."),
        (FILE | {"slug": "../x"}, "slug: Use 1 to 64 small letters, digits and hyphens, like large-five."),
        (
            FILE | {"items": [ITEMS[0] | {"tradingsymbol": "NOSUCH"}]},
            "Order 1, NOSUCH, tradingsymbol: No instrument NOSUCH on NSE.",
        ),
        ('{"slug": ' + "9" * 5000 + "}", "This is not JSON."),
        ("[" * 100_000, "This is not JSON."),
    ],
)
def test_a_wrong_file_publishes_nothing_and_says_why(site, tmp_path, content, words):
    result = run(site, tmp_path, content)
    assert result.exit_code == 1
    assert words in result.output
    with site.services.store.reading() as conn:
        assert published.list_all(conn) == []


def test_a_shell_pauses_a_basket_and_offers_it_again_and_the_trail_names_it(site):
    publish(site.services, slug="one", valid_until=site.clock() + timedelta(hours=1))
    there = "http://127.0.0.1:8000/b/one"
    assert command(site, "pause", "one").output == f"{there} is paused.\n"
    assert "This basket is paused by its author." in site.visitor().get("/b/one", status=200).text
    assert command(site, "pause", "one").output == f"{there} was paused already.\n"
    assert command(site, "offer-again", "one").output == f"{there} is offered again.\n"
    assert 'id="start"' in site.visitor().get("/b/one", status=200).text
    assert command(site, "offer-again", "one").output == f"{there} was not paused.\n"
    with site.services.store.reading() as conn:
        trail = [
            (event.cause, event.unpack(OfferedBasket).slug, event.actor)
            for event in events.without_execution(conn, OPERATORS_ACTS, 10)
        ]
    assert trail[:2] == [(EventCause.OFFERED_AGAIN, "one", "shell"), (EventCause.PAUSED, "one", "shell")]
    command(site, "pause", "one")
    site.clock.advance(3600)
    assert (
        command(site, "offer-again", "one").output
        == f"{there} is offered again.\nNothing can be sent from it now: expired.\n"
    )


@pytest.mark.parametrize("slug", ["two", "../one", ""])
@pytest.mark.parametrize("name", ["pause", "offer-again"])
def test_a_shell_that_names_no_basket_is_told(site, name, slug):
    result = command(site, name, slug)
    assert (result.exit_code, result.output) == (
        1,
        f"Error: Nothing is published at http://127.0.0.1:8000/b/{slug}\n",
    )


def test_the_example_of_the_document_is_published(site, tmp_path):
    document = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", document, re.DOTALL)[1]
    assert (
        run(site, tmp_path, example).output == "Published version 1 of http://127.0.0.1:8000/b/large-five\n"
    )


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@examples(30)
@given(some.dictionaries(some.sampled_from(sorted(files.KNOWN)), JSON))
def test_whatever_a_file_holds_it_is_read_or_refused(content):
    with contextlib.suppress(BasketError):
        files.read_basket_file(json.dumps(content))


TWO = [ITEMS[0], ITEMS[0] | {"tradingsymbol": "TCS", "price": 3000}]


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([TWO[0], TWO[1] | {"prise": 5}], "Order 2: there is no key prise."),
        ([TWO[0] | {"squareoff": 5}, TWO[1]], "Order 1: there is no key squareoff."),
        ([TWO[0], TWO[1], TWO[0] | {"status": "COMPLETE"}], "Order 3: there is no key status."),
        ([TWO[0], TWO[1] | {"quantity": "1,,0"}], "Order 2, TCS, quantity: Enter a whole number, like 100."),
        (
            [TWO[0], TWO[1] | {"price": 3000.03}],
            "Order 2, TCS, price: Not on the tick. Use: 3,000.00 / 3,000.10.",
        ),
        (
            [TWO[0] | {"quantity": -2}, TWO[1]],
            "Order 1, INFY, quantity: A quantity has no sign. Do you mean Sell 2?",
        ),
        (
            [TWO[0], TWO[1] | {"tradingsymbol": "TCSS"}],
            "Order 2, TCSS, tradingsymbol: No instrument TCSS on NSE. Nearest: TCS",
        ),
        ([TWO[0], TWO[1] | {"order_type": None}], "Order 2, TCS, order_type: Choose one."),
    ],
)
def test_what_is_wrong_with_an_order_is_said_with_its_number(site, tmp_path, items, words):
    result = run(site, tmp_path, FILE | {"items": items, "weights": None})
    assert result.exit_code == 1
    assert result.output.startswith("Error: Nothing was published.")
    assert words in result.output
    with site.services.store.reading() as conn:
        assert published.list_all(conn) == []


def test_everything_that_is_wrong_is_said_at_once(site, tmp_path):
    result = run(
        site,
        tmp_path,
        FILE
        | {
            "items": [TWO[0] | {"quantity": 0, "price": "ten"}, TWO[1] | {"exchange": "NYSE"}],
            "weights": None,
        },
    )
    assert result.output.splitlines() == [
        "Error: Nothing was published.",
        "Order 1, INFY, price: Enter an amount in rupees, like 1412.50.",
        "Order 1, INFY, quantity: Enter 1 or more.",
        "Order 2, TCS, exchange: Kite's page does not take NYSE. Choose one that is listed.",
    ]


@pytest.mark.parametrize(
    ("until", "over"), [("2020-01-01T10:00", True), ("2026-11-20T09:16", True), ("2099-01-01T10:00", False)]
)
def test_a_basket_that_is_over_is_published_with_a_warning(site, tmp_path, until, over):
    result = run(site, tmp_path, FILE | {"valid_until": until})
    assert result.exit_code == 0
    assert (
        f"This basket is over: it was offered until {until.replace('T', ' ')} IST." in result.output
    ) is over


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            {"order_type": "MARKET"},
            "Order 1, INFY: price 1450.5 was left out. Kite uses none for such an order.",
        ),
        (
            {"trigger_price": 1440},
            "Order 1, INFY: trigger_price 1440 was left out. Kite uses none for such an order.",
        ),
    ],
)
def test_what_kite_does_not_use_is_left_out_and_said(site, tmp_path, item, words):
    result = run(site, tmp_path, FILE | {"items": [ITEMS[0] | item]})
    assert result.exit_code == 0
    assert result.output.splitlines()[1:] == [words]


@pytest.mark.parametrize("zero", [0, "", None, "0.00"])
def test_zero_null_and_nothing_are_not_given_in_a_file(site, tmp_path, zero):
    result = run(
        site,
        tmp_path,
        FILE | {"items": [ITEMS[0] | {"trigger_price": zero, "disclosed_quantity": zero, "tag": None}]},
    )
    assert result.output == "Published version 1 of http://127.0.0.1:8000/b/one\n"


@pytest.mark.parametrize(
    ("amount", "stored"),
    [("1,00,000", "100000"), ("₹50,000.50", "50000.50"), (50000.5, "50000.5"), (1e5, "100000")],
)
def test_an_amount_is_read_as_everywhere(site, tmp_path, amount, stored):
    assert run(site, tmp_path, FILE | {"amount": amount}).exit_code == 0
    with site.services.store.reading() as conn:
        assert published.by_slug(conn, "one")[1].amount.removesuffix(".0") == stored


@pytest.mark.parametrize("amount", ["1,,0", "1_000", "１０", "1e5", "-5", "1.000,5"])
def test_an_amount_that_nobody_writes_is_refused(site, tmp_path, amount):
    assert "amount is no number." in run(site, tmp_path, FILE | {"amount": amount}).output
