"""What the composer points out beside an order that may go as it is."""

from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest

from kite.connect.market import Quote
from kite.exceptions import StoreUnavailable
from kite.offsite.account import costs
from kite.vocabulary import IST, Mode
from kite.web.composer import market_hours, warnings
from tests.support.forms import controls

MARKET = {
    "tradingsymbol": "CENTRALBK-BE",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": "10",
    "product": "CNC",
}
TOLD = "CENTRALBK-BE is in the trade-to-trade series. Kite often refuses market orders there."
FUTURE = MARKET | {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO", "product": "NRML"}


def form(*rows, **more):
    return {
        f"items-{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()
    } | more


@pytest.fixture
def page(composer):
    def post(*rows, **more):
        return unescape(composer.post("/", data=form(*rows, **{"action": "update"} | more)).text)

    return post


def test_an_order_at_market_where_few_trade_is_pointed_out_on_its_line_and_at_its_field(page):
    text = page(MARKET)
    assert f'<span class="under">{TOLD}</span>' in text
    assert f'<div class="care" id="items-0-order_type-care"><p>{TOLD}</p>' in text
    assert 'id="faults"' not in text


def test_taking_what_is_offered_makes_it_a_limit_and_says_nothing_more(page):
    text = page(MARKET, action="fix-0-order_type=LIMIT&price=37.8")
    assert 'name="items-0-price" value="37.8"' in text
    assert TOLD not in text and 'id="faults"' not in text
    assert 'value="fix-0-order_type=LIMIT&price=37.8"' in page(MARKET)
    assert ">Make it a limit at 37.80</button>" in page(MARKET)


def test_what_is_pointed_out_never_stops_a_basket(composer):
    token = dict(controls(composer.get("/").text))["csrf_token"]
    answer = composer.post("/", data=form(MARKET, MARKET, action="hand_off", csrf_token=token))
    assert answer.status_code == 303


def test_the_second_of_two_equal_orders_names_the_first(page):
    text = page(MARKET, MARKET | {"tradingsymbol": "INFY"}, MARKET)
    assert text.count("Order 1 is for the same, on the same terms. Both go to Kite.</p>") == 1
    assert 'id="items-2-tradingsymbol-care"' in text


def test_an_ordinary_basket_has_nothing_to_point_out(page):
    text = page(MARKET | {"tradingsymbol": "INFY"}, FUTURE | {"quantity": "75"})
    assert 'class="care"' not in text and 'class="under"' not in text


@pytest.mark.parametrize(("quantity", "hint"), [("75", "75 = 1 lot"), ("1,500", "1,500 = 20 lots")])
def test_a_quantity_is_shown_in_lots(page, quantity, hint):
    assert f'id="items-0-quantity-hint">{hint}</p>' in page(FUTURE | {"quantity": quantity})


@pytest.mark.parametrize(
    "row",
    [FUTURE | {"quantity": "76"}, FUTURE | {"quantity": "0"}, MARKET, MARKET | {"tradingsymbol": "NIFTY 50"}],
)
def test_what_is_no_number_of_lots_is_not_shown_so(page, row):
    assert "items-0-quantity-hint" not in page(row)


def test_an_expired_contract_is_told_with_the_next_one(page):
    text = page(FUTURE | {"tradingsymbol": "NIFTY26OCTFUT", "quantity": "75"}, action="fix-0-tag=")
    assert "No instrument NIFTY26OCTFUT on NFO. Nearest: NIFTY26NOVFUT, NIFTY26DECFUT." in text
    assert 'value="fix-0-tradingsymbol=NIFTY26NOVFUT"' in text


def test_a_contract_that_an_old_list_still_names_is_told_to_have_expired(module_site, page):
    began = module_site.clock.at
    module_site.clock.at = datetime(2026, 11, 25, 9, 16, tzinfo=IST)
    try:
        text = page(FUTURE | {"tradingsymbol": "NIFTY26NOVFUT", "quantity": "75"}, action="fix-0-tag=")
    finally:
        module_site.clock.at = began
    assert "NIFTY26NOVFUT expired on 24 Nov 2026. Next: NIFTY26DECFUT, NIFTY27JANFUT." in text
    assert ">NIFTY26DECFUT</button>" in text


@pytest.fixture
def holds(monkeypatch):
    """Let Kite tell of 16 SBIN on BSE and 10 INFY on NSE, and count how often it is asked."""
    visits = []

    def sellable(services, visit):
        visits.append(visit)
        return {("BSE", "SBIN"): 16, ("NSE", "INFY"): 10}

    monkeypatch.setattr(warnings, "sellable_quantities", sellable)
    return visits


SELL = MARKET | {"transaction_type": "SELL", "tradingsymbol": "SBIN"}


def test_a_sale_where_nothing_is_held_is_offered_the_exchange_where_it_is(page, holds):
    text = page(SELL)
    assert "You hold none on NSE, and 16 on BSE." in text
    assert 'value="fix-0-exchange=BSE"' in text and ">Use BSE</button>" in text
    assert 'class="care"' not in page(SELL, action="fix-0-exchange=BSE")


def test_a_sale_of_more_than_is_held_is_offered_what_there_is(page, holds):
    text = page(SELL | {"tradingsymbol": "INFY", "quantity": "11"})
    assert "You can sell 10 on NSE." in text and 'value="fix-0-quantity=10"' in text


def test_holdings_are_asked_for_only_when_something_is_sold_for_delivery(page, holds):
    page(MARKET, SELL | {"product": "MIS"}, FUTURE | {"transaction_type": "SELL", "quantity": "75"})
    assert holds == []


def test_without_a_session_nothing_is_said_of_holdings(page, module_site):
    assert costs.sellable_quantities(module_site.services, "nobody") is None
    assert 'class="care"' not in page(SELL)


def test_hours_are_told_of_kite_and_not_of_the_simulator_which_never_closes(page, module_site, monkeypatch):
    monkeypatch.setattr(module_site.clock, "at", datetime(2026, 11, 21, 11, 0, tzinfo=IST))
    assert '<div id="hours"></div>' in page(MARKET)
    sentence = (
        "NSE: closed now, usually open again on 23 Nov, 09:15 IST. Kite takes an order until then as an after"
        " market order."
    )
    with monkeypatch.context() as patch:
        patch.setattr(market_hours, "Mode", type("Elsewhere", (), {"SIMULATOR": Mode.CONNECT}))
        assert sentence in page(MARKET)
        module_site.clock.at = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
        assert "After market orders are usually taken from 16:00 to 08:58 IST." in page(
            MARKET | {"variety": "amo"}
        )
        module_site.clock.at = datetime(2027, 1, 1, 11, 0, tzinfo=IST)
        assert "NSE: we don’t know the holidays after 31 Dec 2026. It may be closed that day." in page(MARKET)
        module_site.clock.at = datetime(2026, 12, 31, 11, 0, tzinfo=IST)
        assert "we don’t know" not in page(MARKET)


LIMIT = MARKET | {"tradingsymbol": "INFY", "order_type": "LIMIT", "price": "14482"}
SLIPPED = (
    "900 % above 1,448.20, the last price known. Outside the day’s band Kite refuses it, often without a line"
    " in your order book."
)


def test_a_price_far_off_is_pointed_out_at_its_field_with_what_was_meant(page):
    text = page(LIMIT)
    assert f'<div class="care" id="items-0-price-care"><p>{SLIPPED}</p>' in text
    assert f'<span class="under">{SLIPPED}</span>' in text
    assert 'value="fix-0-price=1448.2"' in text and ">1,448.20</button>" in text
    assert 'class="care"' not in page(LIMIT, action="fix-0-price=1448.2")


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        (
            LIMIT | {"order_type": "SL", "price": "1450", "trigger_price": "900"},
            "trigger_price",
            "The trigger is 37 % below 1,448.20, the last price known.",
        ),
        (
            LIMIT | {"quantity": "1,00,001", "price": "1448"},
            "quantity",
            "Kite refuses an order for more than 1,00,000 shares,",
        ),
        (
            FUTURE | {"order_type": "LIMIT", "quantity": "75", "price": "2614"},
            "price",
            "90 % below 26,148.00, the last price known.",
        ),
    ],
)
def test_what_else_is_far_off_is_pointed_out_at_its_field(page, row, field, sentence):
    assert f'id="items-0-{field}-care"><p>{sentence}' in page(row)


def test_a_market_order_in_an_option_on_a_stock_says_what_kite_does_to_it(page, module_site):
    option = next(
        instrument
        for instrument in module_site.services.catalogue.nearest("NFO", "INFY", 50)
        if instrument.instrument_type == "CE"
    )
    text = page(FUTURE | {"tradingsymbol": option.tradingsymbol, "quantity": str(option.lot_size)})
    assert (
        "Kite refuses market orders in options on stocks, often without a line in your order book. Give it a"
        " limit." in text
    )
    assert ">Make it a limit at " in text


def test_what_is_far_off_never_stops_a_basket(composer):
    token = dict(controls(composer.get("/").text))["csrf_token"]
    answer = composer.post(
        "/", data=form(LIMIT, LIMIT | {"quantity": "200000"}, action="hand_off", csrf_token=token)
    )
    assert answer.status_code == 303
    waits = unescape(composer.get(answer.location).text)
    assert SLIPPED in waits, "whoever sees the page reads it there too"
    assert "Kite refuses an order for more than 1,00,000 shares" in waits


def test_a_quote_counts_before_the_last_close_and_is_asked_for_what_names_a_price_only(page, monkeypatch):
    calls = []

    def quotes(services, visit, names):
        calls.append(list(names))
        return {name: Quote(Decimal(14000), None, None, None) for name in calls[-1]}

    monkeypatch.setattr(warnings, "quotes", quotes)
    assert 'class="care"' not in page(LIMIT, MARKET | {"tradingsymbol": "SBIN"})
    assert calls == [["NSE:INFY"]]
    assert "89 % below 14,000.00, the last price known." in page(LIMIT | {"price": "1448.2"})


def test_a_database_that_is_away_keeps_no_composer_from_opening(page, monkeypatch):
    def away(services, visit, names):
        raise StoreUnavailable("away")

    monkeypatch.setattr(warnings, "quotes", away)
    assert SLIPPED in page(LIMIT), "the list still tells"
