"""What a session of the visit tells of a basket's money, at the real simulator: asked once, kept
for a moment, never waited for.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from kite.basket.items import Item
from kite.connect.client import KiteConnect
from kite.exceptions import InputException, NoAnswer, TokenException
from kite.offsite.account import costs
from kite.offsite.account.kite_queries import session_of
from kite.offsite.base.asking import AnswerVerdict
from kite.vocabulary import Exchange, OrderType, Product, TransactionType
from tests.support.clock import Clock
from tests.support.site import HOST, Site

INFY = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10)
FUTURE = Item("USDINR26DECFUT", Exchange.CDS, TransactionType.BUY, OrderType.MARKET, 2, product=Product.NRML)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("money"), Clock())
    person = site.visitor()
    person.buy()
    with person.client.session_transaction(base_url=HOST) as cookie:
        site.visit = cookie["visit"]
    yield site
    site.close()


@pytest.fixture
def site(shared):
    shared.clock.advance(60)  # what an earlier test was told is good no more
    return shared


@pytest.fixture
def calls(monkeypatch):
    """The routes that were asked at Kite, counted."""
    routes, request = Counter(), KiteConnect._request

    def counted(self, call):
        routes[call.route] += 1
        return request(self, call)

    monkeypatch.setattr(KiteConnect, "_request", counted)
    return routes


@pytest.fixture
def refuse(monkeypatch):
    """Let Kite answer every question with an error."""

    def refuse(error):
        def refused(self, call):
            raise error

        monkeypatch.setattr(KiteConnect, "_request", refused)

    return refuse


def test_a_whole_basket_is_asked_about_at_once(site, calls):
    answer = costs.basket_costs(site.services, site.visit, [INFY, FUTURE]).value
    assert calls == {"basket.margins": 1, "order.charges": 1, "margins": 1}
    assert answer.at == site.clock()
    assert [order.item for order in answer.orders] == [INFY, FUTURE]
    assert answer.final == sum(order.margin for order in answer.orders) == answer.initial
    assert answer.charges.total == sum(order.charges.total for order in answer.orders) > 0
    assert answer.remaining == answer.free - answer.final - answer.charges.total > 0


def test_the_same_basket_is_asked_about_once_while_nothing_changes(site, calls):
    first = costs.basket_costs(site.services, site.visit, [INFY])
    site.clock.advance(29)
    assert costs.basket_costs(site.services, site.visit, [INFY]) is first
    assert costs.basket_costs(site.services, site.visit, [INFY, INFY]) is not first
    site.clock.advance(1)
    assert costs.basket_costs(site.services, site.visit, [INFY]).value.at == site.clock()
    assert calls["basket.margins"] == 3


def test_what_orders_need_less_together_is_told(site):
    sell = Item(
        "NIFTY26DEC26000CE", Exchange.NFO, TransactionType.SELL, OrderType.MARKET, 75, product=Product.NRML
    )
    hedge = replace(sell, tradingsymbol="NIFTY26DEC26500CE", transaction_type=TransactionType.BUY)
    answer = costs.basket_costs(site.services, site.visit, [sell, hedge]).value
    assert answer.benefit == answer.initial - answer.final > 0


def test_without_items_or_without_a_session_nothing_is_asked(site, calls):
    assert costs.basket_costs(site.services, site.visit, []) is None
    assert costs.basket_costs(site.services, "a visit that never came back", [INFY]) is None
    assert costs.basket_costs(site.services, site.visit, [INFY], user_id="ZZ9999") is None
    assert costs.holdings(site.services, "another") is None
    assert costs.sellable_quantities(site.services, "another") is None
    assert costs.funds(site.services, "another") is None
    assert costs.quotes(site.services, "another", ["NSE:INFY"]) == {}
    assert not calls


def test_with_a_publisher_key_there_is_no_session(sites):
    keyed = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")
    assert session_of(keyed.services, "visit") is None


def test_holdings_and_what_was_bought_today_can_be_sold(site, calls):
    held = {
        (holding.exchange, holding.tradingsymbol): holding.sellable
        for holding in costs.holdings(site.services, site.visit)
    }
    assert costs.sellable_quantities(site.services, site.visit) == held | {
        ("NSE", "INFY"): held["NSE", "INFY"] + 10
    }
    assert costs.sellable_quantities(site.services, site.visit) and calls == {"holdings": 1, "positions": 1}


def test_funds_are_told_by_segment(site):
    assert costs.funds(site.services, site.visit)["equity"].net > 0


def test_quotes_are_asked_once_for_everybody_and_only_for_what_is_new(site, calls):
    first = costs.quotes(site.services, site.visit, ["NSE:INFY", "NSE:NOSUCH", "NSE:INFY"])
    assert first.keys() == {"NSE:INFY"}
    assert (
        first["NSE:INFY"].lower_circuit_limit
        < first["NSE:INFY"].last_price
        < first["NSE:INFY"].upper_circuit_limit
    )
    assert costs.quotes(site.services, site.visit, ["NSE:INFY", "NSE:NOSUCH"]) == first
    assert calls["quote"] == 1
    assert costs.quotes(site.services, site.visit, []) == {} and calls["quote"] == 1


def test_no_quote_is_waited_for_when_others_ask(site, calls, monkeypatch):
    monkeypatch.setattr(costs, "PATIENCE_IN_PAGE", (0.0, 0.01))
    with site.services.answers.take_turn("quote", 1):
        assert costs.quotes(site.services, site.visit, ["NSE:INFY"]) == {}
    assert not calls


def test_a_refusal_is_told_in_kites_words_and_kept_for_a_moment(site, refuse, calls):
    refuse(InputException("Invalid `tradingsymbol`.", 400))
    refusal = costs.basket_costs(site.services, site.visit, [INFY])
    assert (refusal.verdict, refusal.message) == (AnswerVerdict.REFUSED, "Invalid `tradingsymbol`.")
    refuse(AssertionError("asked again"))
    assert costs.basket_costs(site.services, site.visit, [INFY]) is refusal


def test_an_account_that_holds_nothing_is_asked_once_too(site, monkeypatch):
    questions = []
    monkeypatch.setattr(KiteConnect, "holdings", lambda self: questions.append(self) or [])
    assert costs.holdings(site.services, site.visit) == ()
    assert costs.holdings(site.services, site.visit) == ()
    assert len(questions) == 1


def test_where_kite_is_silent_nobody_waits_for_the_next_question(site, refuse):
    refuse(NoAnswer("no answer"))
    assert costs.holdings(site.services, site.visit) is None
    refuse(AssertionError("asked again"))
    assert costs.basket_costs(site.services, site.visit, [INFY]).verdict is AnswerVerdict.NO_ANSWER
    assert costs.sellable_quantities(site.services, site.visit) is None


def test_silence_is_not_taken_for_long(site, refuse, monkeypatch):
    refuse(NoAnswer("no answer"))
    assert costs.basket_costs(site.services, site.visit, [INFY]).verdict is AnswerVerdict.NO_ANSWER
    monkeypatch.undo()
    site.clock.advance(10)
    assert costs.basket_costs(site.services, site.visit, [INFY]).verdict is AnswerVerdict.ANSWERED


def test_answer_for_another_number_of_orders_is_no_answer(site, monkeypatch):
    monkeypatch.setattr(KiteConnect, "get_virtual_contract_note", lambda self, params: [])
    assert costs.basket_costs(site.services, site.visit, [INFY]).verdict is AnswerVerdict.REFUSED


def test_charges_without_a_price_are_those_of_the_margin(site, calls, monkeypatch):
    monkeypatch.setattr(site.services.catalogue, "find_all", lambda names: {})
    assert costs.basket_costs(site.services, site.visit, [INFY]).value.charges.total > Decimal(1)
    assert "order.charges" not in calls


def test_a_session_that_kite_calls_over_is_over_here(site, refuse):
    refuse(TokenException("Incorrect `api_key` or `access_token`.", 403))
    assert costs.basket_costs(site.services, site.visit, [INFY]).verdict is AnswerVerdict.SESSION_OVER
    assert session_of(site.services, site.visit) is None
