"""No page, file or list shows what only a program reads."""

import re

import pytest

from kite.web.wording.labels import plain
from tests.support.fault_journey import control
from tests.support.forms import text, tree

PROGRAM = re.compile(r"\['|\{'|\bTrue\b|\bFalse\b|\bNone\b|Decimal\(|datetime\.|<class|Exception\b|NoAnswer")


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["vhyzr8x3"], "vhyzr8x3"),
        (["mktp", "mktp:2.00"], "mktp, mktp:2.00"),
        ({"leg": 1}, "leg: 1"),
        ({"iceberg": {"leg": 1, "legs": 5}}, "iceberg: leg: 1, legs: 5"),
        ([{"order_id": "1"}, None], "order_id: 1, –"),
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        ("", "–"),
        ([], "–"),
        ({}, "–"),
        (0, "0"),
        (1450.05, "1450.05"),
        ("True", "True"),
    ],
)
def test_whatever_kite_sends_is_written_for_people(site, value, words):
    with site.app.test_request_context():
        assert plain(value) == words


def test_receipt_trail_and_exports_show_no_sign_of_a_program(site, person):
    execution_id = person.buy({"order_type": "LIMIT", "price": "1300"}, {"tradingsymbol": "SIMREJECT"})
    site.clock.advance(5)
    order_id = person.receipt(execution_id)["orders"][0]["order_id"]
    for press, fault in enumerate(("address_not_allowed", "slow", None)):
        control(site, {"action": "set", "fault": fault} if fault else {"action": "clear"})
        fields = {"quantity": "7", "price": "1290.5"}
        person.post(
            f"/executions/{execution_id}/orders/{order_id}/modify", status=303, press=str(press), **fields
        )
        control(site, {"action": "clear"})
    site.clock.advance(5)
    person.receipt(execution_id)
    trail = text(tree(person.get(f"/executions/{execution_id}/trail", status=200).text))
    assert "Kite was asked to change order" in trail and "quantity 7, price 1,290.50" in trail
    assert "Kite refused it: order" in trail and "IP not allowed to place orders for this app" in trail
    texts = [
        trail,
        text(tree(person.get(f"/executions/{execution_id}", status=200).text)),
        person.get("/executions.csv").text,
    ]
    assert [match[0] for match in map(PROGRAM.search, texts) if match] == []


def test_a_list_of_receipts_says_what_works_only_while_it_can_be_read(site, person):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(5)
    person.receipt(execution_id)
    assert "0 of 1 filled, 1 still working" in person.get("/executions", status=200).text
    site.clock.advance(24 * 3600)  # the session ends at six in the morning
    assert "0 of 1 filled, 1 not known" in person.get("/executions", status=200).text
    assert person.get("/executions.json", status=200).get_json()[0]["items"][0]["outcome"] == "unknown"
