"""A basket that is written is read back as it was, and no spreadsheet runs anything of it."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kite.basket.basket_data import from_data
from kite.basket.fields import takes_disclosed_quantity, takes_price, takes_trigger
from kite.basket.formats.cells import FORMULA
from kite.basket.formats.documents import is_document, read_document
from kite.basket.formats.exporting import to_buttons, to_csv, to_json
from kite.basket.formats.row_reader import read_row
from kite.basket.items import Item
from kite.vocabulary import Exchange, OrderType, Product, TransactionType, Validity, Variety


def without_unused(item):
    """The item without what Kite does not use of it: nobody who writes such a value means it, and
    reading leaves it out.
    """
    return replace(
        item,
        price=item.price if takes_price(item.order_type) else None,
        trigger_price=item.trigger_price if takes_trigger(item.order_type, item.variety) else None,
        disclosed_quantity=item.disclosed_quantity if takes_disclosed_quantity(item.exchange) else None,
    )


SYMBOLS = st.sampled_from(["INFY", "M&M", "BAJAJ-AUTO", "512345", "NIFTY26DECFUT", "CENTRALBK-BE"]) | st.text(
    st.characters(categories=["Lu", "Nd"], include_characters="&-._*+=@'\" ,;|<>/:"), min_size=1, max_size=12
).map(str.strip).filter(bool).map(str.upper)
PRICES = st.none() | st.integers(1, 10**9).map(lambda paise: Decimal(paise) / 10000)
ITEMS = st.builds(
    Item,
    tradingsymbol=SYMBOLS,
    exchange=st.sampled_from(Exchange),
    transaction_type=st.sampled_from(TransactionType),
    order_type=st.sampled_from(OrderType),
    quantity=st.integers(1, 10**9),
    variety=st.sampled_from(Variety),
    product=st.none() | st.sampled_from(Product),
    price=PRICES,
    trigger_price=PRICES,
    disclosed_quantity=st.none() | st.integers(1, 10**9),
    validity=st.none() | st.sampled_from(Validity),
    readonly=st.booleans(),
    tag=st.none() | st.text("abcXYZ0123456789", min_size=1, max_size=12),
).map(without_unused)
BASKETS = st.lists(ITEMS, min_size=1, max_size=5)
ODD = [
    Item("=CMD|'/C CALC'!A0", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 1),
    Item("''A\"<B", Exchange.NSE, TransactionType.SELL, OrderType.SL, 2),
]


def items_of(text):
    """The items that a text is read back as, with nothing filled in."""
    items = []
    for read in read_document(text):
        assert read.row is not None, read.reason % read.params
        reading = read_row(read.row)
        assert not reading.unreadable
        items.append(reading.item)
    return items


@settings(max_examples=60, deadline=None)
@given(BASKETS)
@example(ODD)
def test_json_is_kites_own_and_read_back_as_it_was(items):
    assert from_data(to_json(items)) == items
    assert items_of(to_json(items)) == items


@settings(max_examples=60, deadline=None)
@given(BASKETS)
@example(ODD)
def test_csv_is_read_back_as_it_was(items):
    assert items_of(to_csv(items)) == items


@settings(max_examples=60, deadline=None)
@given(BASKETS)
@example(ODD)
def test_buttons_are_read_back_as_they_were(items):
    html = to_buttons(
        items, "https://your.site", lambda item: f"{item.transaction_type} {item.tradingsymbol}"
    )
    assert is_document(html)
    assert items_of(html) == items


@settings(max_examples=60, deadline=None)
@given(BASKETS)
@example(ODD)
def test_no_cell_begins_like_a_formula(items):
    csv_text = to_csv(items).removeprefix("\ufeff")
    for row in csv.reader(io.StringIO(csv_text)):
        assert not [cell for cell in row if cell.startswith(FORMULA)]
