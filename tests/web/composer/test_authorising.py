"""What is said of a sale for delivery whose person has not authorised it: before it leaves, by what
a session at Kite tells.
"""

from html import unescape

import pytest

from kite.simulator.account import authorisations
from kite.simulator.core.sessions import USER_ID
from tests.support.fault_journey import control, simulator_services

SELL = {"tradingsymbol": "INFY", "transaction_type": "SELL", "quantity": "5"}
SAYS = "Kite may ask you to authorise the sale of INFY (CDSL TPIN)."
WITHOUT_CONSENT = {"action": "switch", "name": "authorised_sales", "value": "on"}
INFY, RELIANCE = "INE009A01021", "INE002A01018"


@pytest.fixture
def person(site):
    """Somebody with a session at Kite, who has given no consent to sales once and for all."""
    control(site, WITHOUT_CONSENT)
    person = site.visitor()
    person.buy({"tradingsymbol": "TCS"})
    return person


def composed(person, *rows):
    """The composer with these orders."""
    usual = {"exchange": "NSE", "order_type": "MARKET", "product": "CNC"}
    fields = {
        f"items-{number}-{name}": text
        for number, row in enumerate(rows)
        for name, text in (usual | row).items()
    }
    return unescape(person.post("/", status=200, action="update", **fields).text)


def authorise(site, **wanted):
    """Authorise the sale of shares, by their ISIN, as at a depository."""
    simulator = simulator_services(site)
    with simulator.ledger.write() as connection:
        request_id = authorisations.ask(connection, USER_ID, wanted, simulator.at())
        authorisations.decide(
            connection, authorisations.find(connection, request_id, simulator.at()), authorisations.AUTHORISED
        )
    site.clock.advance(31)  # what Kite told before is good no more


@pytest.mark.parametrize(
    "row",
    [
        SELL,
        SELL | {"product": ""},
        SELL | {"order_type": "LIMIT", "price": "1448.2"},
        SELL | {"quantity": "1"},
    ],
    ids=["cnc", "kite's own product", "limit", "one share"],
)
def test_a_sale_for_delivery_says_that_kite_may_ask_for_an_authorisation(person, row):
    page = composed(person, row)
    assert f'id="items-0-quantity-care"><p>{SAYS}</p>' in page
    assert 'id="faults"' not in page


@pytest.mark.parametrize(
    "row",
    [
        SELL | {"product": "MIS"},
        SELL | {"transaction_type": "BUY"},
        SELL | {"tradingsymbol": "SIMOPEN"},
        SELL | {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO", "quantity": "75", "product": "NRML"},
        SELL | {"variety": "co", "product": "MIS", "trigger_price": "1500"},
    ],
    ids=["intraday", "a purchase", "not held", "a contract", "a cover order"],
)
def test_what_takes_no_authorisation_is_not_spoken_of(person, row):
    assert "authorise" not in composed(person, row)


def test_what_was_authorised_is_not_asked_for_again_and_what_exceeds_it_is(site, person):
    authorise(site, **{INFY: 10})
    assert SAYS not in composed(person, SELL | {"quantity": "10"})
    assert SAYS in composed(person, SELL | {"quantity": "11"})
    page = composed(
        person, SELL | {"quantity": "6"}, SELL | {"quantity": "6", "order_type": "LIMIT", "price": "1450"}
    )
    assert 'id="items-1-quantity-care"' in page and 'id="items-0-quantity-care"' not in page


def test_an_authorisation_of_one_share_is_none_of_another(site, person):
    authorise(site, **{RELIANCE: 100})
    assert SAYS in composed(person, SELL)
    assert "authorise" not in composed(person, SELL | {"tradingsymbol": "RELIANCE"})


def test_with_consent_once_and_for_all_nothing_is_said(site, person):
    control(site, WITHOUT_CONSENT | {"value": "off"})
    site.clock.advance(31)
    assert "authorise" not in composed(person, SELL)


def test_without_a_session_nothing_is_said(site):
    control(site, WITHOUT_CONSENT)
    assert "authorise" not in composed(site.visitor(), SELL)


def test_when_kite_does_not_tell_nothing_is_said(site, person):
    control(site, {"action": "set", "fault": "gateway_502", "path": "/user/profile"})
    site.clock.advance(31)
    assert "authorise" not in composed(person, SELL)


def test_it_stops_nothing_and_the_receipt_says_what_came_of_it(site, person):
    execution_id = person.buy(SELL)
    site.clock.advance(5)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "rejected"
    page = unescape(person.get(f"/executions/{execution_id}").text)
    assert "This sale isn’t authorised (CDSL TPIN)." in page
    assert "Authorise it under Holdings on Kite. With DDPI you’re not asked again." in page
    assert "The sale of 5 INFY needs an authorisation. Authorised: 0." in page
