"""The page of the rules says what the code holds."""

import re
from html import unescape

from kite.basket.checking.cautions import CAUTIONS
from kite.basket.checking.rules import RULES
from kite.basket.formats.choice_words import NOT_TAKEN
from kite.web.wording.fact_words import with_facts


def test_every_rule_stands_on_the_page_with_its_sentences_and_its_source(composer):
    page = unescape(composer.get("/rules").text)
    for rule in (*RULES, *CAUTIONS):
        with composer.client.application.test_request_context():
            sentence = with_facts(rule.sentence)
        assert f'<li id="{rule.check.__name__}"><b>{sentence}</b>' in page
        assert rule.source.name in page and rule.source.url in page
    assert page.count("“") == sum(len(rule.codes) for rule in (*RULES, *CAUTIONS))
    assert "%(" not in page
    assert "“BSE takes no SL-M orders. Make it an SL, with a price.”" in page


def test_rules_name_exchanges_and_order_types_as_their_tables_have_them(composer):
    page = composer.get("/rules").text
    for sentence in (
        "The symbol stands in today&#39;s list of instruments, spelled exactly so. Kite drops every other one"
        " without a word.",
        "CNC is for NSE and BSE, NRML for derivatives. MIS is for both.",
        "SL-M orders are not taken on BSE, BFO and BCD, and not on options.",
        "A LIMIT or SL order has a price above 0.",
        "A MARKET or SL-M order has no price. One that was typed is never dropped.",
        "A price has at most 2 decimals, 4 on CDS and BCD. Checked where the tick is not known.",
        "An SL or SL-M order and every cover order has a trigger above 0.",
        "Other MARKET and LIMIT orders have no trigger. One that was typed is never dropped.",
        "Cover orders are for shares on NSE.",
        "Orders on NFO and BFO have no disclosed quantity.",
        "A disclosed quantity is at least 10 % of the quantity, 25 % on MCX, and not more than all of it.",
        "an option of a later month or an option on MCX is often refused or filled badly.",
    ):
        assert sentence in page


def test_rules_name_their_sources_and_lead_to_them(composer):
    page = unescape(composer.get("/rules").text)
    for name in (
        "How to place an order via the Kite Connect REST API, a guide by others",
        "This site: it keeps 8 letters of Kite's 20 to recognise your orders",
        "How others send baskets to Kite, and what was refused to them",
        "Zerodha’s support pages, orders that are refused before the order book",
    ):
        assert name in page
    for name, address in (
        ("Kite Connect documentation, Offsite order execution", "kite.trade/docs/connect/v3/basket/"),
        ("Kite Connect documentation, Orders", "kite.trade/docs/connect/v3/orders/"),
        (
            "Kite Connect documentation, Market quotes and instruments",
            "kite.trade/docs/connect/v3/market-quotes/",
        ),
        ("Zerodha support, order types and exchanges", "support.zerodha.com/"),
    ):
        assert re.search(rf'<a href="https://{re.escape(address)}"[^>]*>{re.escape(name)}</a>', page), name


def test_what_kites_page_does_not_take_is_listed(composer):
    page = composer.get("/rules").text
    for values in NOT_TAKEN.values():
        assert ", ".join(values) in page
    assert "iceberg_legs" in page and "squareoff" in page


def test_fields_of_other_orders_are_named_when_a_link_brings_them(composer):
    answer = composer.get("/", query_string={"data": '[{"tradingsymbol": "INFY", "squareoff": 5, "<b>": 1}]'})
    assert "Left out, because Kite’s basket page does not take it: squareoff, &lt;b&gt;." in answer.text


def test_a_fix_that_names_no_row_or_no_field_changes_nothing(composer):
    row = {"items-0-tradingsymbol": "INFY", "items-0-quantity": "5", "items-0-price": "1"}
    for action in (
        "fix-",
        "fix-0",
        "fix-7-price=",
        "fix-x-price=",
        "fix-0-csrf_token=1",
        "fix-0-" + "&" * 9,
        "fix-0-quantity=%00%ff",
    ):
        page = composer.post("/", data=row | {"action": action})
        assert page.status_code == 200
        assert 'name="items-0-tradingsymbol" value="INFY"' in page.text
        assert 'name="items-0-price" value="1"' in page.text


def test_after_a_fix_what_else_is_wrong_stays_told(composer):
    row = {
        "items-0-tradingsymbol": "INFY",
        "items-0-exchange": "NSE",
        "items-0-transaction_type": "BUY",
        "items-0-order_type": "MARKET",
    }
    page = composer.post(
        "/", data=row | {"items-0-quantity": "0", "items-0-price": "1", "action": "fix-0-price="}
    ).text
    assert "Enter 1 or more." in page
    assert "Market orders take no price" not in page
